import { sql, type Kysely } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Stream } from '../model/event.ts';

/** Present records that the list that shows all has shown: what its total counts. */
export async function countListed(db: Kysely<LedgerTables>, connection: string, stream: Stream): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`
    select (select count(*) from runledger.records r
        where r.connection = ${connection} and r.stream = ${stream} and r.is_present)
      - (select count(*) from runledger.sightings s
        join runledger.records r using (connection, stream, record_id)
        where s.connection = ${connection} and s.stream = ${stream} and not s.is_listed and r.is_present) as count`.execute(db);
  return Number(rows[0]?.count ?? 0n);
}
