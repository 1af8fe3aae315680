import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Stream } from '../model/event.ts';

/**
 * A read that was asked for has been answered, or cannot be: it is not asked for again. Sightings of finished records go with it, except those of records that the
 * list that shows all never showed.
 */
export async function clearReads(
  trx: Transaction<LedgerTables>,
  connection: string,
  stream: Stream,
  recordIds: readonly string[],
): Promise<void> {
  if (recordIds.length === 0) return;
  await sql`
    delete from runledger.sightings s
    using unnest(${recordIds}::text[]) as answered (record_id)
    cross join lateral (
      select r.record_id from runledger.records r
      where r.connection = ${connection} and r.stream = ${stream} and r.record_id = answered.record_id and (r.is_terminal or not r.is_present)
      offset 0
    ) r
    where s.connection = ${connection} and s.stream = ${stream} and s.record_id = r.record_id
      and s.is_listed and s.next_read_reason is distinct from 'absence'`.execute(trx);
  await sql`
    update runledger.sightings s
    set next_read_at = null, next_read_reason = null
    from unnest(${recordIds}::text[]) as answered (record_id)
    where s.connection = ${connection} and s.stream = ${stream} and s.record_id = answered.record_id
      and s.next_read_reason is distinct from 'absence'`.execute(trx);
}
