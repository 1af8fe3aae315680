import type { Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import { foldEvent } from '../diff/fold-event.ts';
import type { AttemptState, FoldState, RecordState } from '../model/record.ts';
import { keysetPages } from '../record/keyset-pages.ts';
import type { Queue } from '../record/one-at-a-time.ts';
import { foldableEvent, readEventsByRecord, type FoldableRow } from '../record/read-events.ts';
import { readAttemptRows, readRecordRows, type KeyedAttemptRow, type KeyedRecordRow } from '../record/read-folded-rows.ts';
import type { JsonKey } from '../record/rows.ts';

/** What the events of a record fold into. */
export interface FoldedRecord {
  readonly key: JsonKey;
  readonly record: RecordState;
  readonly attempts: ReadonlyMap<number, AttemptState>;
}

/** A record by its events, and as the tables have it: either may be missing. */
export interface MergedRecord {
  readonly key: JsonKey;
  readonly folded: FoldedRecord | null;
  readonly recordRow: KeyedRecordRow | null;
  readonly attemptRows: readonly KeyedAttemptRow[];
}

/**
 * Every record that has an event, a row in `records` or one in `attempts`, in the order of keys: three readers side by side, so that a record at
 * a time is in memory and not the ledger.
 *
 * @param queue what else runs on this transaction meanwhile goes through it, too
 * @param onEvents told how many events have been folded
 */
export async function* mergeFold(
  trx: Transaction<LedgerTables>,
  queue: Queue,
  onEvents: (done: number) => void,
): AsyncGenerator<MergedRecord, void> {
  const folded = foldedRecords(
    keysetPages<FoldableRow>((last) => queue(() => readEventsByRecord(trx, last))),
    onEvents,
  );
  const records = rowsOf(keysetPages<KeyedRecordRow>((last) => queue(() => readRecordRows(trx, last))));
  const attempts = attemptsOfRecords(keysetPages<KeyedAttemptRow>((last) => queue(() => readAttemptRows(trx, last))));
  try {
    let [fold, record, group] = [await taken(folded), await taken(records), await taken(attempts)];
    for (;;) {
      const keys = [fold?.key, record, group?.[0]].filter((key) => key !== undefined);
      const [first, ...others] = keys;
      if (first === undefined) return;
      const key = others.reduce<JsonKey>((least, other) => (compareKeys(other, least) < 0 ? other : least), first);
      const [isFold, isRecord, isGroup] = [isAt(fold?.key, key), isAt(record, key), isAt(group?.[0], key)];
      yield {
        key: keyOf(key),
        folded: isFold ? (fold ?? null) : null,
        recordRow: isRecord ? (record ?? null) : null,
        attemptRows: isGroup ? (group ?? []) : [],
      };
      if (isFold) fold = await taken(folded);
      if (isRecord) record = await taken(records);
      if (isGroup) group = await taken(attempts);
    }
  } finally {
    for (const reader of [folded, records, attempts]) await reader.return();
  }
}

async function* foldedRecords(
  pages: AsyncIterable<readonly FoldableRow[]>,
  onEvents: (done: number) => void,
): AsyncGenerator<FoldedRecord, void> {
  let key: JsonKey | null = null;
  let state: FoldState | null = null;
  let attempts = new Map<number, AttemptState>();
  let done = 0;
  for await (const page of pages) {
    for (const row of page) {
      if (key === null || !isSameKey(key, row)) {
        if (key !== null && state !== null) yield { key, record: state.record, attempts };
        [key, state, attempts] = [keyOf(row), null, new Map<number, AttemptState>()];
      }
      const folded: ReturnType<typeof foldEvent> = foldEvent(state, foldableEvent(row));
      state = folded.state;
      if (folded.closed !== null) attempts.set(folded.closed.attempt, folded.closed);
      attempts.set(state.attempt.attempt, state.attempt);
    }
    done += page.length;
    onEvents(done);
  }
  if (key !== null && state !== null) yield { key, record: state.record, attempts };
}

async function* rowsOf<Row>(pages: AsyncIterable<readonly Row[]>): AsyncGenerator<Row, void> {
  for await (const page of pages) yield* page;
}

async function* attemptsOfRecords(pages: AsyncIterable<readonly KeyedAttemptRow[]>): AsyncGenerator<readonly KeyedAttemptRow[], void> {
  let group: KeyedAttemptRow[] = [];
  for await (const row of rowsOf(pages)) {
    const [first] = group;
    if (first !== undefined && !isSameKey(first, row)) {
      yield group;
      group = [];
    }
    group.push(row);
  }
  if (group.length > 0) yield group;
}

async function taken<T>(reader: AsyncGenerator<T, void>): Promise<T | undefined> {
  const { value, done } = await reader.next();
  return done === true ? undefined : value;
}

function isAt(key: JsonKey | undefined, least: JsonKey): boolean {
  return key !== undefined && isSameKey(key, least);
}

function isSameKey(a: JsonKey, b: JsonKey): boolean {
  return a.record_id === b.record_id && a.connection === b.connection && a.stream === b.stream;
}

function keyOf({ connection, stream, record_id }: JsonKey): JsonKey {
  return { connection, stream, record_id };
}

/** As `collate "C"` does, by bytes: the code units of JavaScript put what lies beyond the basic plane before U+E000. */
function compareKeys(a: JsonKey, b: JsonKey): number {
  return compareTexts(a.connection, b.connection) || compareTexts(a.stream, b.stream) || compareTexts(a.record_id, b.record_id);
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
