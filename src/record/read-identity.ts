import { sql, type Kysely, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Instant } from '../model/instant.ts';

/** Which ledger it is, and when its last event was recorded. */
export interface LedgerIdentity {
  readonly ledger_id: string;
  readonly recorded_at: Instant;
}

/** @returns null where `ledger_head` has no row */
export async function readIdentity(db: Kysely<LedgerTables> | Transaction<LedgerTables>): Promise<LedgerIdentity | null> {
  const { rows } = await sql<LedgerIdentity>`select ledger_id, recorded_at from runledger.ledger_head`.execute(db);
  return rows[0] ?? null;
}
