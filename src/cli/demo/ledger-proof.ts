import { sql } from 'kysely';
import type { Ledger } from '../../db/open-ledger.ts';
import type { LedgerHead } from '../../model/sync-result.ts';

/** What can be seen of a ledger's soundness without reading it all. */
export interface LedgerProof {
  readonly event_count: bigint;
  /** Positions from 1 to the head's that no event has. */
  readonly missing_positions: bigint;
  readonly head: LedgerHead;
  /** Whether the head is the hash of the last event. */
  readonly head_is_last: boolean;
  /** What the database said to a `delete` of one event. */
  readonly refusal: string;
}

export async function proveLedger({ db }: Pick<Ledger, 'db'>): Promise<LedgerProof> {
  const { rows } = await sql<Omit<LedgerProof, 'head' | 'refusal'> & { position: bigint; chain_hash: string }>`
    select
      count(e.position) as event_count,
      h.position - count(e.position) filter (where e.position between 1 and h.position) as missing_positions,
      h.position,
      encode(h.chain_hash, 'hex') as chain_hash,
      coalesce((select last.chain_hash = h.chain_hash from runledger.events last where last.position = h.position), false) as head_is_last
    from runledger.ledger_head h
    left join runledger.events e on true
    group by h.position, h.chain_hash`.execute(db);
  const { position, chain_hash, ...found } = rows[0] as (typeof rows)[0];
  return { ...found, head: { position, chain_hash }, refusal: await tryToDelete({ db }) };
}

/** In a transaction that is never committed: were the ledger not to refuse, nothing would be lost. */
async function tryToDelete({ db }: Pick<Ledger, 'db'>): Promise<string> {
  const trx = await db.startTransaction().execute();
  try {
    await sql`delete from runledger.events where position = 1`.execute(trx);
    return 'it was not refused';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await trx.rollback().execute();
  }
}
