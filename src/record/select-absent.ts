import { sql, type Kysely } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { ReadTarget } from '../model/connector.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';

/** A record that is missing and whose absence is to be confirmed. */
export interface AbsentTarget extends ReadTarget {
  /** Whether a list that shows all, or a read by id, ever showed it: only then its silence counts. */
  readonly wasAnswered: boolean;
  readonly isListed: boolean;
  /** Whether a list that shows all ever showed it. */
  readonly wasListed: boolean;
  /** The first and the last full scan that did not see it; null where none has looked for it since it was seen. */
  readonly unseenFirstAt: Instant | null;
  readonly unseenLastAt: Instant | null;
  /** When it was asked for last; null where it is not watched. */
  readonly triedAt: Instant | null;
}

/** Of a record `r` and its sighting `s`, which it may not have: then a list showed it. */
export const ABSENT_COLUMNS = sql`r.record_id, r.workflow_id, r.collection_id, coalesce(s.is_listed or s.is_answered, true) as was_answered,
      coalesce(s.is_listed, true) as is_listed, coalesce(s.is_listed or s.was_listed, true) as was_listed, s.unseen_first_at, s.unseen_last_at,
      s.last_tried_at`;

/** Marked records, longest unasked first: those that cannot be read keep no others waiting. */
export async function selectAbsent(
  db: Kysely<LedgerTables>,
  connection: string,
  stream: Stream,
  limit: number,
): Promise<readonly AbsentTarget[]> {
  const { rows } = await sql<AbsentRow>`
    select ${ABSENT_COLUMNS}
    from runledger.sightings s
    cross join lateral (
      select r.record_id, r.workflow_id, r.collection_id from runledger.records r
      where r.connection = s.connection and r.stream = s.stream and r.record_id = s.record_id and r.is_present
      offset 0
    ) r
    where s.connection = ${connection} and s.stream = ${stream} and s.next_read_at is not null and s.next_read_reason = 'absence'
    order by greatest(s.last_tried_at, s.next_read_at), s.record_id
    limit ${limit}`.execute(db);
  return rows.map(absentTarget);
}

export interface AbsentRow {
  readonly record_id: string;
  readonly workflow_id: string | null;
  readonly collection_id: string | null;
  readonly was_answered: boolean;
  readonly is_listed: boolean;
  readonly was_listed: boolean;
  readonly unseen_first_at: Instant | null;
  readonly unseen_last_at: Instant | null;
  readonly last_tried_at: Instant | null;
}

export function absentTarget(row: AbsentRow): AbsentTarget {
  return {
    recordId: row.record_id,
    workflowId: row.workflow_id,
    collectionId: row.collection_id,
    wasAnswered: row.was_answered,
    isListed: row.is_listed,
    wasListed: row.was_listed,
    unseenFirstAt: row.unseen_first_at,
    unseenLastAt: row.unseen_last_at,
    triedAt: row.last_tried_at,
  };
}
