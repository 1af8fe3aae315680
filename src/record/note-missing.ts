import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Instant } from '../model/instant.ts';
import { recordset } from './recordset.ts';
import type { JsonKey } from './rows.ts';

const COLUMNS = { connection: 'text', stream: 'text', record_id: 'text', sent_at: 'timestamptz', received_at: 'timestamptz' } as const;

export interface MissingRecord extends JsonKey {
  readonly sent_at: Instant;
  readonly received_at: Instant;
}

/**
 * Notes that the source answered that it does not know an open record. Not yet a disappearance: only that it is missing, since when, and
 * that it was asked for.
 */
export async function noteMissing(trx: Transaction<LedgerTables>, missing: readonly MissingRecord[]): Promise<void> {
  if (missing.length === 0) return;
  await sql`
    update runledger.sightings s set
      missing_since_at = coalesce(s.missing_since_at, x.received_at),
      last_tried_at = greatest(s.last_tried_at, x.sent_at),
      next_read_at = case when s.next_read_reason = 'absence' then s.next_read_at end,
      next_read_reason = case when s.next_read_reason = 'absence' then s.next_read_reason end
    from ${recordset(missing, COLUMNS)}
    where s.connection = x.connection and s.stream = x.stream and s.record_id = x.record_id`.execute(trx);
}
