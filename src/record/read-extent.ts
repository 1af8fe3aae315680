import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';

/** How much there is in a ledger. */
export interface LedgerExtent {
  readonly event_count: bigint;
  readonly record_count: bigint;
  readonly attempt_count: bigint;
  /** null where `ledger_head` has no row. */
  readonly head_position: bigint | null;
  /** hex */
  readonly head_hash: string | null;
}

export async function readExtent(trx: Transaction<LedgerTables>): Promise<LedgerExtent> {
  const { rows } = await sql<LedgerExtent>`
    select
      (select count(*) from runledger.events) as event_count,
      (select count(*) from runledger.records) as record_count,
      (select count(*) from runledger.attempts) as attempt_count,
      (select position from runledger.ledger_head) as head_position,
      (select encode(chain_hash, 'hex') from runledger.ledger_head) as head_hash`.execute(trx);
  return rows[0] as LedgerExtent;
}
