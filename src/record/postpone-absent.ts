import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';

/** Puts marked records behind the others, without their having been asked for. */
export async function postponeAbsent(
  trx: Transaction<LedgerTables>,
  connection: string,
  stream: Stream,
  recordIds: readonly string[],
  at: Instant,
): Promise<void> {
  await sql`
    update runledger.sightings s set next_read_at = greatest(s.next_read_at, ${at}::timestamptz)
    from unnest(${recordIds}::text[]) as postponed (record_id)
    where s.connection = ${connection} and s.stream = ${stream} and s.record_id = postponed.record_id and s.next_read_reason = 'absence'`.execute(
    trx,
  );
}
