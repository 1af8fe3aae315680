import { sql, type Transaction } from 'kysely';
import { codeOf } from '../db/error-code.ts';
import type { LedgerTables } from '../db/tables.ts';
import { RunledgerError } from '../model/errors.ts';
import type { Stream } from '../model/event.ts';

export interface LeasedStream {
  readonly connection: string;
  readonly stream: Stream;
  readonly lease_holder: string;
}

/**
 * Keeps everybody from writing until the transaction ends; reading goes on. Every batch of a sync begins by locking a row of `streams`, and so
 * does taking and giving back a lease: with the table locked none begins, and those in hand have ended. The tables that are folded are locked
 * besides, against what comes in by another way. In the order in which a batch takes them, so that nobody waits in a ring.
 *
 * @returns the streams whose lease has not run out
 * @throws RunledgerError ledger_locked where somebody writes for longer than a lock is waited for
 */
export async function lockWriters(trx: Transaction<LedgerTables>): Promise<readonly LeasedStream[]> {
  try {
    await sql`lock table runledger.streams in exclusive mode`.execute(trx);
    await sql`lock table runledger.ledger_head, runledger.records, runledger.attempts in exclusive mode`.execute(trx);
  } catch (cause) {
    if (codeOf(cause) !== '55P03') throw cause;
    throw new RunledgerError('ledger_locked', 'the ledger could not be locked: something wrote to it all the time', {
      hint: 'Stop the syncs, and run it again.',
      cause,
    });
  }
  const { rows } = await sql<LeasedStream>`
    select connection, stream, lease_holder
    from runledger.streams
    where lease_holder is not null and lease_until_at > clock_timestamp()
    order by connection, stream`.execute(trx);
  return rows;
}
