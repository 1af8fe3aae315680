import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import { RunledgerError } from '../model/errors.ts';
import type { Instant } from '../model/instant.ts';

/** The end of the ledger, locked: nobody else appends until the transaction ends. */
export interface Head {
  readonly position: bigint;
  readonly chainHash: Uint8Array;
  /** When the events that come next are recorded: never before those that are there. */
  readonly recordedAt: Instant;
}

/**
 * Locks the head and reads the clock in a statement of its own after the lock. In the locking statement the clock would be read before
 * the wait, and times of recording could run backwards along the positions.
 */
export async function takeHead(trx: Transaction<LedgerTables>): Promise<Head> {
  const { rows } = await sql<{ position: bigint; chain_hash: Uint8Array }>`
    select position, chain_hash
    from runledger.ledger_head
    for update`.execute(trx);
  const head = rows[0];
  if (head === undefined) {
    throw new RunledgerError('integrity', 'runledger.ledger_head has no row, so the end of the ledger is unknown', {
      hint: 'The row was deleted by hand. Restore the database from a backup.',
    });
  }
  const clock = await sql<{ recorded_at: Instant }>`
    select greatest(recorded_at, clock_timestamp()) as recorded_at
    from runledger.ledger_head`.execute(trx);
  return { position: head.position, chainHash: head.chain_hash, recordedAt: (clock.rows[0] as { recorded_at: Instant }).recorded_at };
}
