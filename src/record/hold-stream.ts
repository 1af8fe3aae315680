import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Stream } from '../model/event.ts';

/**
 * Locks a stream's row until the transaction ends, whoever has its lease: every batch begins with that lock, so none is under way, and the next one reads what
 * is written here.
 */
export async function holdStream(trx: Transaction<LedgerTables>, connection: string, stream: Stream): Promise<void> {
  await sql`
    select 1 from runledger.streams
    where connection = ${connection} and stream = ${stream}
    for update`.execute(trx);
}
