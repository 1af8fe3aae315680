import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';

/**
 * Notes in which form a source answers for a stream; at once, and not when the sync ends: what is read from now on is in its words.
 *
 * @param since null where the source had answered in no other before
 */
export async function noteGeneration(
  trx: Transaction<LedgerTables>,
  connection: string,
  stream: Stream,
  generation: string,
  since: Instant | null,
): Promise<void> {
  await sql`
    update runledger.streams set generation = ${generation}, generation_since_at = ${since}::timestamptz
    where connection = ${connection} and stream = ${stream}`.execute(trx);
}
