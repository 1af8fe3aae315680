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
import { STATUS_OF_STATE, type Run } from '../../src/simulator/run.ts';
import { NOXUS_STATUS } from '../../src/simulator/noxus/words.ts';
import type { World } from '../../src/simulator/world.ts';

type StoredEvent = Omit<EventRow, 'details_digest'> & { readonly details_digest: Uint8Array | null; readonly chain_hash: Uint8Array };

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
  events.forEach((event, index) => {
    expect(event.position).toBe(BigInt(index + 1));
    const digest = event.details_digest === null ? null : Buffer.from(event.details_digest).toString('hex');
    const { chain_hash: stored, ...row } = event;
    chain = chainHash(chain, { ...row, details_digest: digest });
    expect(Buffer.from(stored).toString('hex'), `chain at ${event.position}`).toBe(Buffer.from(chain).toString('hex'));
    const key = `${event.connection}/${event.stream}/${event.record_id}`;
    const before = states.get(key) ?? null;
    expect(event.sequence).toBe((before?.record.sequence ?? 0) + 1);
    const folded = foldEvent(before, asFoldable(event));
    states.set(key, folded.state);
    if (folded.closed !== null) attempts.set(`${key}#${folded.closed.attempt}`, folded.closed);
    attempts.set(`${key}#${folded.state.attempt.attempt}`, folded.state.attempt);
  });
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
 * claimed as reported is the moment itself.
 */
export async function expectNothingInvented(ledger: Ledger, world: World): Promise<void> {
  const events = await readEvents(ledger);
  for (const [recordId, history] of Map.groupBy(events, (event) => event.record_id)) {
    const run = world.run(recordId);
    if (run === null) throw new Error(`the ledger has a record ${recordId} that never was`);
    let next = 0;
    for (const event of history) {
      expect(event.event_type, 'a run is never reopened').not.toBe('reopened');
      expect(event.anomalies).toEqual([]);
      if (event.to_status === null) continue;
      const entry = run.transitions.findIndex(
        (transition, index) =>
          index >= next &&
          transition.status === event.to_status &&
          (event.source_status === null || (transition.state !== 'deleted' && NOXUS_STATUS[transition.state] === event.source_status)) &&
          (event.earliest_at === null || transition.at >= event.earliest_at) &&
          transition.at <= event.latest_at,
      );
      expect(
        entry,
        `event ${event.position} of ${recordId}: ${event.to_status} in [${event.earliest_at ?? ''}, ${event.latest_at}], truth ${truthOf(run)}`,
      ).toBeGreaterThanOrEqual(0);
      if (event.reported_at !== null) expect(run.transitions[entry]?.at).toBe(event.reported_at);
      next = entry + 1;
    }
  }
}

/** Law 9: what the source shows now is what the ledger last says, and every time that it reports is there as reported. */
export async function expectCaughtUp(ledger: Ledger, world: World): Promise<void> {
  const { rows } = await sql<{
    record_id: string;
    status: Status;
    source_status: string;
    queued_at: Instant | null;
    finished_at: Instant | null;
  }>`
    select r.record_id, r.status, r.source_status, a.queued_at, a.finished_at
    from runledger.records r
    join runledger.attempts a using (connection, stream, record_id, attempt)`.execute(ledger.db);
  const known = new Map(rows.map((row) => [row.record_id, row]));
  for (const run of world.runs) {
    if (run.deletedAt !== null) continue;
    const record = known.get(run.id);
    expect(record, `run ${run.id}, ${truthOf(run)}`).toBeDefined();
    expect(record).toMatchObject({
      status: STATUS_OF_STATE[run.state],
      source_status: NOXUS_STATUS[run.state],
      queued_at: run.createdAt,
    });
    if (run.finishedAt !== null) expect(record?.finished_at).toBe(run.finishedAt);
  }
}

function truthOf(run: Run): string {
  return run.transitions.map((transition) => `${transition.state}@${transition.at}`).join(' ');
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
