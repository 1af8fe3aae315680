import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Instant } from '../model/instant.ts';
import type { JsonKey } from './rows.ts';

export interface Redaction {
  readonly position: bigint;
  readonly recorded_at: Instant;
}

/** @returns null where the record was never redacted */
export async function findRedaction(
  trx: Transaction<LedgerTables>,
  { connection, stream, record_id: recordId }: JsonKey,
): Promise<Redaction | null> {
  const { rows } = await sql<Redaction>`
    select position, recorded_at
    from runledger.events
    where connection = ${connection} and stream = ${stream} and record_id = ${recordId} and event_type = 'redacted'
    order by sequence
    limit 1`.execute(trx);
  return rows[0] ?? null;
}
