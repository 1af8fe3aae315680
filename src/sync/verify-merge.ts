import type { Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import { foldEvent } from '../diff/fold-event.ts';
import type { AttemptState, FoldState, RecordState } from '../model/record.ts';
import { keysetPages } from '../record/keyset-pages.ts';
import type { Queue } from '../record/one-at-a-time.ts';
import { foldableEvent, readEventsByRecord, type FoldableRow } from '../record/read-events.ts';
import { readAttemptRows, readRecordRows, type KeyedAttemptRow, type KeyedRecordRow } from '../record/read-folded-rows.ts';
import { openCursor, type RowCursor } from '../record/row-cursor.ts';
import type { JsonKey } from '../record/rows.ts';

/** What the events of a record fold into. */
export interface FoldedRecord {
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
  const events = await openCursor(keysetPages<FoldableRow>((last) => queue(() => readEventsByRecord(trx, last))));
  const records = await openCursor(keysetPages<KeyedRecordRow>((last) => queue(() => readRecordRows(trx, last))));
  const attempts = await openCursor(keysetPages<KeyedAttemptRow>((last) => queue(() => readAttemptRows(trx, last))));
  let done = 0;
  const countEvent = (): void => {
    done += 1;
    if (done % TELL_EVERY === 0) onEvents(done);
  };
  try {
    for (;;) {
      const key = leastKey(leastKey(events.row, records.row), attempts.row);
      if (key === undefined) break;
      const folded = await foldRecord(events, key, countEvent);
      const [recordRow = null] = await takeRows(records, key);
      yield { key, folded, recordRow, attemptRows: await takeRows(attempts, key) };
    }
    onEvents(done);
  } finally {
    for (const cursor of [events, records, attempts]) await cursor.close();
  }
}

const TELL_EVERY = 1_000;

async function foldRecord(events: RowCursor<FoldableRow>, key: JsonKey, countEvent: () => void): Promise<FoldedRecord | null> {
  let state: FoldState | null = null;
  const attempts = new Map<number, AttemptState>();
  for (let { row } = events; row !== undefined && isSameKey(row, key); { row } = events) {
    const folded: ReturnType<typeof foldEvent> = foldEvent(state, foldableEvent(row));
    state = folded.state;
    if (folded.closed !== null) attempts.set(folded.closed.attempt, folded.closed);
    attempts.set(state.attempt.attempt, state.attempt);
    countEvent();
    const turning = events.advance();
    if (turning !== undefined) await turning;
  }
  return state === null ? null : { record: state.record, attempts };
}

async function takeRows<Row extends JsonKey>(cursor: RowCursor<Row>, key: JsonKey): Promise<readonly Row[]> {
  const taken: Row[] = [];
  for (let { row } = cursor; row !== undefined && isSameKey(row, key); { row } = cursor) {
    taken.push(row);
    const turning = cursor.advance();
    if (turning !== undefined) await turning;
  }
  return taken;
}

function leastKey(a: JsonKey | undefined, b: JsonKey | undefined): JsonKey | undefined {
  if (a === undefined || b === undefined) return keyOf(a ?? b);
  return isSameKey(a, b) || compareKeys(a, b) < 0 ? keyOf(a) : keyOf(b);
}

function isSameKey(a: JsonKey, b: JsonKey): boolean {
  return a.record_id === b.record_id && a.connection === b.connection && a.stream === b.stream;
}

/** Without the other columns of a row. */
function keyOf(row: JsonKey | undefined): JsonKey | undefined {
  return row === undefined ? undefined : { connection: row.connection, stream: row.stream, record_id: row.record_id };
}

/** As `collate "C"` does, by bytes: the code units of JavaScript put what lies beyond the basic plane before U+E000. */
function compareKeys(a: JsonKey, b: JsonKey): number {
  return compareTexts(a.connection, b.connection) || compareTexts(a.stream, b.stream) || compareTexts(a.record_id, b.record_id);
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
