import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';

/** Notes what a source said of a tracked id that it has not shown yet. */
export async function noteTracked(
  trx: Transaction<LedgerTables>,
  connection: string,
  stream: Stream,
  recordId: string,
  readAt: Instant,
  result: string,
): Promise<void> {
  await sql`
    update runledger.tracked
    set last_read_at = ${readAt}::timestamptz, last_result = ${result}
    where connection = ${connection} and stream = ${stream} and record_id = ${recordId}`.execute(trx);
}
