import { sql } from 'kysely';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { Stream } from '../../src/model/event.ts';
import type { Instant } from '../../src/model/instant.ts';
import type { ShownRecord } from '../sync/system-truth.ts';

export interface RecordKey {
  readonly connection: string;
  readonly stream: Stream;
  readonly record_id: string;
}

export interface StoredEvent extends RecordKey {
  readonly position: bigint;
  readonly event_type: string;
  readonly attempt: number;
  readonly to_status: string | null;
  readonly source_status: string | null;
  readonly reported_at: Instant | null;
  readonly earliest_at: Instant | null;
  readonly latest_at: Instant;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly anomalies: readonly string[];
}

export interface StoredRecord extends RecordKey, ShownRecord {
  readonly is_present: boolean;
  /** Whether something showed it that would show that it is gone. */
  readonly is_provable: boolean;
}

/** A sync of a stream that read all that it should. */
export interface CompleteSync {
  readonly connection: string;
  readonly stream: Stream;
  readonly sync_id: bigint;
  readonly mode: 'incremental' | 'full';
  /** The last event that there was when it ended. */
  readonly head_position: bigint;
  readonly started_at: Instant;
  readonly finished_at: Instant;
}

export interface StoredRows {
  readonly events: readonly StoredEvent[];
  readonly records: readonly StoredRecord[];
  readonly syncs: readonly CompleteSync[];
}

export async function readRows({ db }: Ledger): Promise<StoredRows> {
  const events = await sql<StoredEvent>`
    select connection, stream, record_id, position, event_type, attempt, to_status, source_status, reported_at, earliest_at, latest_at, facts, anomalies
    from runledger.events
    order by position`.execute(db);
  const records = await sql<StoredRecord>`
    select r.connection, r.stream, r.record_id, r.status, r.source_status, r.attempt_key, r.created_at, r.started_at, r.finished_at, r.is_present,
      coalesce(s.is_listed or s.is_answered, true) as is_provable
    from runledger.records r
    left join runledger.sightings s using (connection, stream, record_id)`.execute(db);
  const syncs = await sql<CompleteSync>`
    select connection, stream, sync_id, mode, head_position, started_at, finished_at
    from runledger.sync_streams
    where status = 'succeeded' and is_complete`.execute(db);
  return { events: events.rows, records: records.rows, syncs: syncs.rows };
}

export function keyOf({ connection, stream, record_id }: RecordKey): string {
  return `${connection}/${stream}/${record_id}`;
}
