import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';

/** @returns hex of the hash of the event at a position; null where there is none */
export async function readEventHash(trx: Transaction<LedgerTables>, position: bigint): Promise<string | null> {
  const { rows } = await sql<{ chain_hash: string }>`
    select encode(chain_hash, 'hex') as chain_hash from runledger.events where position = ${position.toString()}::bigint`.execute(trx);
  return rows[0]?.chain_hash ?? null;
}

/** @returns the position of the last event, 0 where there is none */
export async function readLastPosition(trx: Transaction<LedgerTables>): Promise<bigint> {
  const { rows } = await sql<{ position: bigint }>`select coalesce(max(position), 0) as position from runledger.events`.execute(trx);
  return rows[0]?.position ?? 0n;
}
