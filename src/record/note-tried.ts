import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';

/**
 * Notes that records were asked for although no answer showed them: they go to the end of the line, so that records that cannot be read keep
 * no others waiting.
 */
export async function noteTried(
  trx: Transaction<LedgerTables>,
  connection: string,
  stream: Stream,
  recordIds: readonly string[],
  triedAt: Instant,
): Promise<void> {
  await sql`
    update runledger.sightings s
    set last_tried_at = greatest(s.last_tried_at, ${triedAt}::timestamptz)
    from unnest(${recordIds}::text[]) as tried (record_id)
    where s.connection = ${connection} and s.stream = ${stream} and s.record_id = tried.record_id`.execute(trx);
  await sql`
    update runledger.tracked t
    set last_read_at = ${triedAt}::timestamptz, last_result = coalesce(t.last_result, 'cannot be read')
    from unnest(${recordIds}::text[]) as tried (record_id)
    where t.connection = ${connection} and t.stream = ${stream} and t.record_id = tried.record_id`.execute(trx);
}
