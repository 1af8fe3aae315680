import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Stream } from '../model/event.ts';

/** A list that shows all has shown these, as they were or not to be understood: they are not missing. */
export async function clearMarks(
  trx: Transaction<LedgerTables>,
  connection: string,
  stream: Stream,
  recordIds: readonly string[],
): Promise<void> {
  if (recordIds.length === 0) return;
  await sql`
    update runledger.sightings s
    set missing_since_at = null, unseen_first_at = null, unseen_last_at = null, next_read_at = null, next_read_reason = null
    from unnest(${recordIds}::text[]) as shown (record_id)
    where s.connection = ${connection} and s.stream = ${stream} and s.record_id = shown.record_id and s.next_read_reason = 'absence'`.execute(
    trx,
  );
}
