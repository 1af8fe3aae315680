import { sql, type Kysely } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { ReadTarget } from '../model/connector.ts';
import type { Stream } from '../model/event.ts';

/** Some present records that nothing is missing of, those that changed last first: a read by id must find them. */
export async function selectCanaries(
  db: Kysely<LedgerTables>,
  connection: string,
  stream: Stream,
  limit: number,
): Promise<readonly ReadTarget[]> {
  const { rows } = await sql<{ record_id: string; workflow_id: string | null; collection_id: string | null }>`
    select r.record_id, r.workflow_id, r.collection_id
    from runledger.records r
    left join runledger.sightings s using (connection, stream, record_id)
    where r.connection = ${connection} and r.stream = ${stream} and r.is_present and s.missing_since_at is null
      and s.next_read_reason is distinct from 'absence' and coalesce(s.is_listed or s.is_answered, true)
    order by r.last_position desc
    limit ${limit}`.execute(db);
  return rows.map((row) => ({ recordId: row.record_id, workflowId: row.workflow_id, collectionId: row.collection_id }));
}
