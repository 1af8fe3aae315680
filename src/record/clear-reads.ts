import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Stream } from '../model/event.ts';

/** A read that was asked for has been answered, or cannot be: it is not asked for again. Sightings of finished records go with it. */
export async function clearReads(
  trx: Transaction<LedgerTables>,
  connection: string,
  stream: Stream,
  recordIds: readonly string[],
): Promise<void> {
  if (recordIds.length === 0) return;
  await sql`
    delete from runledger.sightings s
    using runledger.records r
    where s.connection = ${connection} and s.stream = ${stream} and s.record_id = any(${recordIds}::text[])
      and r.connection = s.connection and r.stream = s.stream and r.record_id = s.record_id
      and (r.is_terminal or not r.is_present)`.execute(trx);
  await sql`
    update runledger.sightings
    set next_read_at = null, next_read_reason = null
    where connection = ${connection} and stream = ${stream} and record_id = any(${recordIds}::text[])`.execute(trx);
}
