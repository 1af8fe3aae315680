import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';

/** Ids of records that the ledger has already are left out: every sync reads those anyway. @returns how many were added */
export async function insertTracked(
  trx: Transaction<LedgerTables>,
  connection: string,
  stream: Stream,
  recordIds: readonly string[],
  at: Instant,
): Promise<number> {
  const { rows } = await sql<{ record_id: string }>`
    insert into runledger.tracked (connection, stream, record_id, tracked_at)
    select ${connection}, ${stream}, wanted.record_id, ${at}::timestamptz
    from unnest(${recordIds}::text[]) as wanted (record_id)
    where not exists (
      select from runledger.records r
      where r.connection = ${connection} and r.stream = ${stream} and r.record_id = wanted.record_id
    )
    order by wanted.record_id
    on conflict do nothing
    returning record_id`.execute(trx);
  return rows.length;
}
