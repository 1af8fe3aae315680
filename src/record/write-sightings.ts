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
  server_date: 'timestamptz',
  sync_id: 'bigint',
  next_read_at: 'timestamptz',
  next_read_reason: 'text',
  progress_percent: 'double precision',
  last_activity: 'text',
  source_updated_at: 'timestamptz',
  is_listed: 'boolean',
  is_answered: 'boolean',
} as const;

export interface Sighting extends JsonKey {
  readonly sent_at: Instant;
  readonly received_at: Instant;
  readonly server_date: Instant | null;
  /** The sync that saw it then; null: an earlier one, and these bounds are taken over. */
  readonly sync_id: string | null;
  /** Set: it is to be read again by id, in this sync or the next. */
  readonly next_read_at: Instant | null;
  readonly next_read_reason: 'confirm' | 'detail' | null;
  /** Whether a list that shows all records showed it, or a read by id did, now or ever. */
  readonly is_listed: boolean;
  readonly is_answered: boolean;
  readonly progress_percent: number | null;
  readonly last_activity: string | null;
  readonly source_updated_at: Instant | null;
}

/**
 * Notes that records were seen as they are known: the lower bound of their next change. Times only go forward, but where our clock was set back between two
 * syncs.
 */
export async function upsertSightings(trx: Transaction<LedgerTables>, sightings: readonly Sighting[]): Promise<void> {
  if (sightings.length === 0) return;
  await sql`
    insert into runledger.sightings (connection, stream, record_id, first_seen_at, last_sent_at, last_received_at, last_server_date, sync_id, last_tried_at,
      next_read_at, next_read_reason, is_listed, was_listed, is_answered, progress_percent, last_activity, source_updated_at)
    select x.connection, x.stream, x.record_id, x.received_at, x.sent_at, x.received_at, x.server_date, x.sync_id, x.sent_at,
      x.next_read_at, x.next_read_reason, x.is_listed, x.is_listed, x.is_answered, x.progress_percent, x.last_activity, x.source_updated_at
    from ${recordset(sightings, COLUMNS)}
    order by x.connection, x.stream, x.record_id
    on conflict (connection, stream, record_id) do update set
      last_sent_at = case when excluded.sync_id is null then greatest(sightings.last_sent_at, excluded.last_sent_at) else excluded.last_sent_at end,
      last_received_at = case when excluded.sync_id is null then greatest(sightings.last_received_at, excluded.last_received_at)
        else excluded.last_received_at end,
      last_server_date = case when excluded.sync_id is null then sightings.last_server_date else excluded.last_server_date end,
      sync_id = coalesce(excluded.sync_id, sightings.sync_id),
      last_tried_at = case when excluded.sync_id is null then sightings.last_tried_at else greatest(sightings.last_tried_at, excluded.last_tried_at) end,
      missing_since_at = null,
      unseen_first_at = null,
      unseen_last_at = null,
      next_read_at = excluded.next_read_at,
      next_read_reason = excluded.next_read_reason,
      was_listed = sightings.was_listed or sightings.is_listed or excluded.is_listed,
      -- Found by its id after a scan had not seen it: it is there, and in the list no more.
      is_listed = (sightings.is_listed and not (sightings.next_read_reason is not distinct from 'absence' and excluded.is_answered))
        or excluded.is_listed,
      is_answered = sightings.is_answered or excluded.is_answered,
      progress_percent = coalesce(excluded.progress_percent, sightings.progress_percent),
      last_activity = coalesce(excluded.last_activity, sightings.last_activity),
      source_updated_at = coalesce(excluded.source_updated_at, sightings.source_updated_at)`.execute(trx);
}

/** A finished record is watched no more. */
export async function deleteSightings(trx: Transaction<LedgerTables>, keys: readonly JsonKey[]): Promise<void> {
  if (keys.length === 0) return;
  await sql`
    delete from runledger.sightings s
    using ${recordset(keys, { connection: 'text', stream: 'text', record_id: 'text' })}
    where s.connection = x.connection and s.stream = x.stream and s.record_id = x.record_id`.execute(trx);
}

/** A record that has disappeared is watched no more; that the list that shows all never showed it is kept in mind. */
export async function dropAbsent(trx: Transaction<LedgerTables>, keys: readonly JsonKey[]): Promise<void> {
  if (keys.length === 0) return;
  const rows = recordset(keys, { connection: 'text', stream: 'text', record_id: 'text' });
  await sql`
    update runledger.sightings s set missing_since_at = null, unseen_first_at = null, unseen_last_at = null, next_read_at = null, next_read_reason = null
    from ${rows}
    where s.connection = x.connection and s.stream = x.stream and s.record_id = x.record_id and not s.is_listed`.execute(trx);
  await sql`
    delete from runledger.sightings s
    using ${rows}
    where s.connection = x.connection and s.stream = x.stream and s.record_id = x.record_id and s.is_listed`.execute(trx);
}

/**
 * Asks for records to be read again by id, without having seen them as they are known: the lower bound of their next change stays where it was.
 */
export async function requestReads(trx: Transaction<LedgerTables>, reads: readonly ReadRequest[]): Promise<void> {
  if (reads.length === 0) return;
  await sql`
    insert into runledger.sightings (connection, stream, record_id, first_seen_at, last_sent_at, last_received_at, last_server_date, sync_id, last_tried_at,
      next_read_at, next_read_reason, is_listed, was_listed, is_answered)
    select x.connection, x.stream, x.record_id, x.received_at, x.sent_at, x.received_at, x.server_date, x.sync_id, least(x.sent_at, x.next_read_at), x.next_read_at, x.next_read_reason, x.is_listed, x.is_listed, x.is_answered
    from ${recordset(reads, COLUMNS)}
    order by x.connection, x.stream, x.record_id
    on conflict (connection, stream, record_id) do update set
      unseen_first_at = null,
      unseen_last_at = null,
      next_read_at = excluded.next_read_at,
      next_read_reason = excluded.next_read_reason,
      is_listed = sightings.is_listed or excluded.is_listed,
      was_listed = sightings.was_listed or sightings.is_listed or excluded.is_listed,
      is_answered = sightings.is_answered or excluded.is_answered`.execute(trx);
}

export interface ReadRequest extends JsonKey {
  /** Of the answer that last showed it as it is known, for a row that is not there yet. */
  readonly sent_at: Instant;
  readonly received_at: Instant;
  readonly server_date: Instant | null;
  readonly sync_id: string | null;
  readonly next_read_at: Instant;
  readonly next_read_reason: 'confirm' | 'detail';
  readonly is_listed: boolean;
  readonly is_answered: boolean;
}
