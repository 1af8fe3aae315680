import { sql } from 'kysely';
import { expect } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import { foldEvent } from '../../src/diff/fold-event.ts';
import type { Anomaly, Stream } from '../../src/model/event.ts';
import { GENESIS_HASH } from '../../src/model/genesis.ts';
import type { Instant } from '../../src/model/instant.ts';
import type { AttemptState, FoldState } from '../../src/model/record.ts';
import type { Status, StatusReason } from '../../src/model/status.ts';
import { chainHash, type EventRow } from '../../src/record/canonical-event.ts';
import { attemptFromRow, recordFromRow, type AttemptRow, type RecordRow } from '../../src/record/rows.ts';
import { NOXUS_DOCUMENT_STATUS, NOXUS_STATUS } from '../../src/simulator/noxus/words.ts';
import { STATUS_OF_STATE } from '../../src/simulator/run.ts';
import type { World } from '../../src/simulator/world.ts';

export type StoredEvent = Omit<EventRow, 'details_digest'> & {
  readonly details_digest: Uint8Array | null;
  readonly chain_hash: Uint8Array;
};

export async function readEvents(ledger: Ledger): Promise<readonly StoredEvent[]> {
  const { rows } = await sql<StoredEvent>`select * from runledger.events order by position`.execute(ledger.db);
  return rows;
}

/** Laws 3 and 5: positions without a gap, the chain whole, and `records` and `attempts` nothing but a fold of `events`. */
export async function expectConsistent(ledger: Ledger): Promise<void> {
  const events = await readEvents(ledger);
  let chain: Uint8Array = Buffer.from(GENESIS_HASH, 'hex');
  const states = new Map<string, FoldState>();
  const attempts = new Map<string, AttemptState>();
  // One assertion over all: thousands of them take longer than what they hold.
  const broken: string[] = [];
  events.forEach((event, index) => {
    if (event.position !== BigInt(index + 1)) broken.push(`position ${event.position} at place ${index + 1}`);
    const digest = event.details_digest === null ? null : Buffer.from(event.details_digest).toString('hex');
    const { chain_hash: stored, ...row } = event;
    chain = chainHash(chain, { ...row, details_digest: digest });
    if (!Buffer.from(stored).equals(chain)) broken.push(`chain at ${event.position}`);
    const key = `${event.connection}/${event.stream}/${event.record_id}`;
    const before = states.get(key) ?? null;
    const sequence = (before?.record.sequence ?? 0) + 1;
    if (event.sequence !== sequence) broken.push(`sequence ${event.sequence} of ${key} instead of ${sequence}`);
    const folded = foldEvent(before, asFoldable(event));
    states.set(key, folded.state);
    if (folded.closed !== null) attempts.set(`${key}#${folded.closed.attempt}`, folded.closed);
    attempts.set(`${key}#${folded.state.attempt.attempt}`, folded.state.attempt);
  });
  expect(broken).toEqual([]);
  const records = await sql<RecordRow & { connection: string; stream: Stream; record_id: string }>`select * from runledger.records`.execute(
    ledger.db,
  );
  expect(new Map(records.rows.map((row) => [`${row.connection}/${row.stream}/${row.record_id}`, recordFromRow(row)]))).toEqual(
    new Map([...states].map(([key, state]) => [key, state.record])),
  );
  const rows = await sql<AttemptRow & { connection: string; stream: Stream; record_id: string }>`select * from runledger.attempts`.execute(
    ledger.db,
  );
  expect(new Map(rows.rows.map((row) => [`${row.connection}/${row.stream}/${row.record_id}#${row.attempt}`, attemptFromRow(row)]))).toEqual(
    attempts,
  );
}

/**
 * Law 10: every status that an event claims was entered in truth within the event's interval, each entry claimed once and in order, and what is
 * claimed as reported is the moment itself. Of a document also: under the ingestion run that the ledger has for it then, and no two attempts in truth as
 * one of the ledger's, nor one as two. What is said to have disappeared was deleted within the interval.
 */
export async function expectNothingInvented(ledger: Ledger, world: World): Promise<void> {
  const events = await readEvents(ledger);
  for (const [key, history] of Map.groupBy(events, (event) => `${event.stream}/${event.record_id}`)) {
    const truth = truthOf(world, history[0]?.stream as Stream, history[0]?.record_id ?? '');
    if (truth === null) throw new Error(`the ledger has a record ${key} that never was`);
    let next = 0;
    let runId: unknown = null;
    const attempts = new Map<number, number>();
    for (const event of history) {
      const where = (): string => `event ${event.position} of ${key}, truth ${told(truth)}`;
      if (truth.stream === 'runs' && event.event_type === 'reopened') throw new Error(`a run is never reopened: ${where()}`);
      if (event.event_type === 'reappeared') throw new Error(`nothing ever comes back: ${where()}`);
      if (event.anomalies.length > 0) throw new Error(`${event.anomalies.join(', ')}: ${where()}`);
      if ('attempt_key' in event.facts) runId = event.facts['attempt_key'];
      if (event.event_type === 'disappeared') {
        if (truth.deletedAt === null || !isWithin(event, truth.deletedAt)) throw new Error(`it was not deleted then: ${where()}`);
      }
      if (event.to_status === null) continue;
      const attempt = attempts.get(event.attempt);
      const lastAttempt = Math.max(0, ...attempts.values());
      const entry = truth.entries.findIndex(
        (candidate, index) =>
          index >= next &&
          candidate.status === event.to_status &&
          (event.source_status === null || candidate.word === event.source_status) &&
          (candidate.runId === null || candidate.runId === runId) &&
          (candidate.runId === null || (attempt === undefined ? candidate.attempt > lastAttempt : candidate.attempt === attempt)) &&
          isWithin(event, candidate.at),
      );
      const found = truth.entries[entry];
      if (found === undefined) {
        const claim = `${event.to_status} in [${event.earliest_at ?? ''}, ${event.latest_at}], attempt ${event.attempt} by ${String(runId)}`;
        throw new Error(`${claim}: ${where()}`);
      }
      if (event.reported_at !== null && event.reported_at !== found.at) throw new Error(`reported at ${event.reported_at}: ${where()}`);
      // Before it had a run, nothing could tell an attempt from the one after it.
      if (found.runId !== null) attempts.set(event.attempt, found.attempt);
      next = entry + 1;
    }
  }
}

/** Law 9: what the source shows now is what the ledger last says, and every time that it reports is there as reported. */
export async function expectCaughtUp(ledger: Ledger, world: World, streams: readonly Stream[] = ['runs']): Promise<void> {
  const { rows } = await sql<KnownRow>`
    select r.stream, r.record_id, r.status, r.source_status, r.attempt_key, r.run_id, r.collection_id, r.created_at, a.queued_at, a.finished_at
    from runledger.records r
    join runledger.attempts a using (connection, stream, record_id, attempt)
    where r.is_present`.execute(ledger.db);
  const known = new Map(rows.map((row) => [`${row.stream}/${row.record_id}`, row]));
  for (const run of streams.includes('runs') ? world.runs : []) {
    if (run.deletedAt !== null) continue;
    const record = known.get(`runs/${run.id}`);
    expect(record, `run ${run.id}`).toMatchObject({
      status: STATUS_OF_STATE[run.state],
      source_status: NOXUS_STATUS[run.state],
      queued_at: run.createdAt,
    });
    if (run.finishedAt !== null) expect(record?.finished_at).toBe(run.finishedAt);
  }
  for (const document of streams.includes('documents') ? world.documents : []) {
    if (document.deletedAt !== null) continue;
    expect(known.get(`documents/${document.id}`), `document ${document.id}`).toMatchObject({
      status: document.state,
      source_status: NOXUS_DOCUMENT_STATUS[document.state],
      attempt_key: document.runId,
      run_id: document.runId,
      collection_id: document.collection.id,
      created_at: document.createdAt,
    });
  }
}

/**
 * After a full scan that proves absence: what the ledger has as present is what there is. Left out is what neither a list that shows all nor a read by id ever
 * showed, such as a run of a knowledge base that ended and was deleted while the list of all runs could not be read: silence there proves nothing of it.
 */
export async function expectSamePresent(ledger: Ledger, world: World, streams: readonly Stream[]): Promise<void> {
  const { rows } = await sql<{ key: string }>`
    select r.stream || '/' || r.record_id as key
    from runledger.records r
    left join runledger.sightings s using (connection, stream, record_id)
    where r.is_present and coalesce(s.is_listed or s.is_answered, true)`.execute(ledger.db);
  const present = (stream: Stream, all: readonly { readonly id: string; readonly deletedAt: Instant | null }[]): readonly string[] =>
    streams.includes(stream) ? all.filter(({ deletedAt }) => deletedAt === null).map(({ id }) => `${stream}/${id}`) : [];
  expect(rows.map((row) => row.key).sort()).toEqual([...present('runs', world.runs), ...present('documents', world.documents)].sort());
}

interface KnownRow {
  readonly stream: Stream;
  readonly record_id: string;
  readonly status: Status;
  readonly source_status: string;
  readonly attempt_key: string | null;
  readonly run_id: string | null;
  readonly collection_id: string | null;
  readonly created_at: Instant | null;
  readonly queued_at: Instant | null;
  readonly finished_at: Instant | null;
}

/** What became of a record, in the words of a source: the same for runs and for documents. */
interface Truth {
  readonly stream: Stream;
  readonly deletedAt: Instant | null;
  readonly entries: readonly {
    readonly status: Status | null;
    readonly word: string | null;
    readonly attempt: number;
    readonly runId: string | null;
    readonly at: Instant;
  }[];
}

function truthOf(world: World, stream: Stream, recordId: string): Truth | null {
  if (stream === 'runs') {
    const run = world.run(recordId);
    if (run === null) return null;
    const { deletedAt, transitions } = run;
    const entries = transitions.map(({ state, status, at }) => ({
      ...{ status, at, attempt: 1, runId: null },
      word: state === 'deleted' ? null : NOXUS_STATUS[state],
    }));
    return { stream, deletedAt, entries };
  }
  const document = world.document(recordId);
  if (document === null) return null;
  const { deletedAt, transitions } = document;
  const entries = transitions.map(({ state, status, at, attempt, runId }) => ({
    ...{ status, at, attempt, runId },
    word: state === 'deleted' ? null : NOXUS_DOCUMENT_STATUS[state],
  }));
  return { stream, deletedAt, entries };
}

function isWithin({ earliest_at, latest_at }: StoredEvent, at: Instant): boolean {
  return (earliest_at === null || at >= earliest_at) && at <= latest_at;
}

function told({ entries }: Truth): string {
  return entries.map(({ word, attempt, at }) => `${word ?? 'deleted'}#${attempt}@${at}`).join(' ');
}

function asFoldable(event: StoredEvent): Parameters<typeof foldEvent>[1] {
  return {
    position: event.position,
    sequence: event.sequence,
    eventType: event.event_type,
    attempt: event.attempt,
    fromStatus: event.from_status as Status | null,
    toStatus: event.to_status as Status | null,
    sourceStatus: event.source_status,
    statusReason: event.status_reason as StatusReason | null,
    when: { at: event.occurred_at, reportedAt: event.reported_at, earliestAt: event.earliest_at, latestAt: event.latest_at },
    facts: event.facts,
    anomalies: event.anomalies as readonly Anomaly[],
  };
}
