import { sql, type Kysely } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { LedgerHead } from '../model/sync-result.ts';

/** The end of the ledger: whoever keeps it elsewhere can prove later that nothing before it was changed. */
export async function readHead(db: Kysely<LedgerTables>): Promise<LedgerHead> {
  const { rows } = await sql<{ position: bigint; chain_hash: Uint8Array }>`
    select position, chain_hash from runledger.ledger_head`.execute(db);
  const head = rows[0] as (typeof rows)[0];
  return { position: head.position, chain_hash: Buffer.from(head.chain_hash).toString('hex') };
}
