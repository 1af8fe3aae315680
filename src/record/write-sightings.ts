import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Instant } from '../model/instant.ts';
import { recordset } from './recordset.ts';
import type { JsonKey } from './rows.ts';

const COLUMNS = {
  connection: 'text',
  stream: 'text',
  record_id: 'text',
  sent_at: 'timestamptz',
  received_at: 'timestamptz',
  next_read_at: 'timestamptz',
  next_read_reason: 'text',
  progress_percent: 'double precision',
  last_activity: 'text',
  source_updated_at: 'timestamptz',
} as const;

export interface Sighting extends JsonKey {
  readonly sent_at: Instant;
  readonly received_at: Instant;
  /** Set: it is to be read again by id, in this sync or the next. */
  readonly next_read_at: Instant | null;
  readonly next_read_reason: 'confirm' | 'detail' | null;
  readonly progress_percent: number | null;
  readonly last_activity: string | null;
  readonly source_updated_at: Instant | null;
}

/** Notes that records were seen as they are known: the lower bound of their next change. Times only go forward. */
export async function upsertSightings(trx: Transaction<LedgerTables>, sightings: readonly Sighting[]): Promise<void> {
  if (sightings.length === 0) return;
  await sql`
    insert into runledger.sightings (connection, stream, record_id, first_seen_at, last_sent_at, last_received_at, last_tried_at,
      next_read_at, next_read_reason, progress_percent, last_activity, source_updated_at)
    select x.connection, x.stream, x.record_id, x.received_at, x.sent_at, x.received_at, x.sent_at,
      x.next_read_at, x.next_read_reason, x.progress_percent, x.last_activity, x.source_updated_at
    from ${recordset(sightings, COLUMNS)}
    order by x.connection, x.stream, x.record_id
    on conflict (connection, stream, record_id) do update set
      last_sent_at = greatest(sightings.last_sent_at, excluded.last_sent_at),
      last_received_at = greatest(sightings.last_received_at, excluded.last_received_at),
      last_tried_at = greatest(sightings.last_tried_at, excluded.last_tried_at),
      missing_since_at = null,
      next_read_at = excluded.next_read_at,
      next_read_reason = excluded.next_read_reason,
      progress_percent = coalesce(excluded.progress_percent, sightings.progress_percent),
      last_activity = coalesce(excluded.last_activity, sightings.last_activity),
      source_updated_at = greatest(sightings.source_updated_at, excluded.source_updated_at)`.execute(trx);
}

/** A finished record is watched no more. */
export async function deleteSightings(trx: Transaction<LedgerTables>, keys: readonly JsonKey[]): Promise<void> {
  if (keys.length === 0) return;
  await sql`
    delete from runledger.sightings s
    using ${recordset(keys, { connection: 'text', stream: 'text', record_id: 'text' })}
    where s.connection = x.connection and s.stream = x.stream and s.record_id = x.record_id`.execute(trx);
}

/**
 * Asks for records to be read again by id, without having seen them as they are known: the lower bound of their next change stays where it was.
 */
export async function requestReads(trx: Transaction<LedgerTables>, reads: readonly ReadRequest[]): Promise<void> {
  if (reads.length === 0) return;
  await sql`
    insert into runledger.sightings (connection, stream, record_id, first_seen_at, last_sent_at, last_received_at, last_tried_at, next_read_at, next_read_reason)
    select x.connection, x.stream, x.record_id, x.received_at, x.sent_at, x.received_at, x.sent_at, x.next_read_at, x.next_read_reason
    from ${recordset(reads, COLUMNS)}
    order by x.connection, x.stream, x.record_id
    on conflict (connection, stream, record_id) do update set
      next_read_at = excluded.next_read_at,
      next_read_reason = excluded.next_read_reason`.execute(trx);
}

export interface ReadRequest extends JsonKey {
  /** Of the answer that last showed it as it is known, for a row that is not there yet. */
  readonly sent_at: Instant;
  readonly received_at: Instant;
  readonly next_read_at: Instant;
  readonly next_read_reason: 'confirm' | 'detail';
}
