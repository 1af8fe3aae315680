import { sql, type Kysely } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { ReadTarget } from '../model/connector.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';

/**
 * By the primary key, whatever the planner believes: without statistics a plain join reads all sightings of the stream for each record (22 s for 2,000
 * open records).
 */
const SIGHTING_OF_R = sql`
  select s.last_tried_at from runledger.sightings s
  where s.connection = r.connection and s.stream = r.stream and s.record_id = r.record_id
  offset 0`;

interface TargetRow {
  readonly record_id: string;
  readonly workflow_id: string | null;
  readonly collection_id: string | null;
}

/**
 * Open records that were not asked for since `since`, longest unasked first: what a sync must still read after the lists.
 * The partial index on open records keeps it independent of how many finished ones there are.
 */
export async function selectOpenUnread(
  db: Kysely<LedgerTables>,
  connection: string,
  stream: Stream,
  since: Instant,
  limit: number,
): Promise<readonly ReadTarget[]> {
  const { rows } = await sql<TargetRow>`
    select r.record_id, r.workflow_id, r.collection_id
    from runledger.records r
    left join lateral (${SIGHTING_OF_R}) s on true
    where r.connection = ${connection} and r.stream = ${stream} and r.is_present and not r.is_terminal
      and (s.last_tried_at is null or s.last_tried_at < ${since}::timestamptz)
    order by s.last_tried_at nulls first, r.record_id
    limit ${limit}`.execute(db);
  return rows.map(target);
}

/** How many open records there are, and how many of them were not asked for since `since`. */
export async function countOpen(
  db: Kysely<LedgerTables>,
  connection: string,
  stream: Stream,
  since: Instant,
): Promise<{ readonly open: number; readonly unread: number }> {
  const { rows } = await sql<{ open: bigint; unread: bigint }>`
    select count(*) as open,
      count(*) filter (where s.last_tried_at is null or s.last_tried_at < ${since}::timestamptz) as unread
    from runledger.records r
    left join lateral (${SIGHTING_OF_R}) s on true
    where r.connection = ${connection} and r.stream = ${stream} and r.is_present and not r.is_terminal`.execute(db);
  return { open: Number(rows[0]?.open ?? 0n), unread: Number(rows[0]?.unread ?? 0n) };
}

/** Records that are to be read again by id, for one reason, those asked first first. */
export async function selectRequestedReads(
  db: Kysely<LedgerTables>,
  connection: string,
  stream: Stream,
  reason: 'confirm' | 'detail',
  limit: number,
): Promise<readonly ReadTarget[]> {
  const { rows } = await sql<TargetRow>`
    select s.record_id, r.workflow_id, r.collection_id
    from runledger.sightings s
    left join lateral (
      select r.workflow_id, r.collection_id from runledger.records r
      where r.connection = s.connection and r.stream = s.stream and r.record_id = s.record_id
      offset 0
    ) r on true
    where s.connection = ${connection} and s.stream = ${stream} and s.next_read_at is not null and s.next_read_reason = ${reason}
    order by s.next_read_at, s.record_id
    limit ${limit}`.execute(db);
  return rows.map(target);
}

/** Ids that a user asked to follow and that no answer has shown yet. */
export async function selectTrackedUnseen(
  db: Kysely<LedgerTables>,
  connection: string,
  stream: Stream,
  limit: number,
): Promise<readonly ReadTarget[]> {
  const { rows } = await sql<TargetRow>`
    select t.record_id, null::text as workflow_id, null::text as collection_id
    from runledger.tracked t
    where t.connection = ${connection} and t.stream = ${stream}
      and not exists (
        select from runledger.records r
        where r.connection = t.connection and r.stream = t.stream and r.record_id = t.record_id
      )
    order by t.last_read_at nulls first, t.record_id
    limit ${limit}`.execute(db);
  return rows.map(target);
}

function target(row: TargetRow): ReadTarget {
  return { recordId: row.record_id, workflowId: row.workflow_id, collectionId: row.collection_id };
}
