import { sql, type Transaction } from 'kysely';
import { explainQueryError } from '../db/explain-query-error.ts';
import type { Ledger } from '../db/open-ledger.ts';
import type { LedgerTables } from '../db/tables.ts';
import { readExtent } from '../record/read-extent.ts';
import { verifyChain } from './verify-chain.ts';
import { verifyDetails } from './verify-details.ts';
import { verifyFold } from './verify-fold.ts';
import { verifyLaws } from './verify-laws.ts';
import type { VerifyOptions, VerifyResult } from './verify-result.ts';

/**
 * Whether a ledger holds what was recorded, and nothing else: the chain of its events and its head, the digests of their details, `records` and
 * `attempts` as a fold of them, and every law of `sql/checks`. It reads all of it once or twice, in one snapshot (a sync that runs meanwhile is
 * no contradiction) and in pages (memory does not grow with the ledger). A contradiction ends the check that found it, not the others.
 *
 * @throws RunledgerError of kind `ledger`; aborted
 */
export async function verifyLedger(ledger: Pick<Ledger, 'db' | 'place'>, options: VerifyOptions = {}): Promise<VerifyResult> {
  const trx = await ledger.db.startTransaction().execute();
  try {
    await sql`set transaction isolation level repeatable read, read only`.execute(trx);
    return await verifyAll(trx, options);
  } catch (error) {
    throw explainQueryError(error, ledger.place);
  } finally {
    // Of a connection that is lost the error is told that showed it.
    await trx
      .rollback()
      .execute()
      .catch(() => undefined);
  }
}

async function verifyAll(trx: Transaction<LedgerTables>, options: VerifyOptions): Promise<VerifyResult> {
  const extent = await readExtent(trx);
  const checks = [
    ...(await verifyChain(trx, extent, options)),
    await verifyDetails(trx, extent, options),
    ...(await verifyFold(trx, extent, options)),
    ...(await verifyLaws(trx, options)),
  ];
  const broken = checks.find((check) => !check.ok);
  return { ok: broken === undefined, ...extent, break: broken?.break ?? null, checks, unseen: UNSEEN };
}

/** Two of these end with an anchor: a head that is kept where nobody who can write to the ledger can write. */
const UNSEEN: readonly string[] = [
  'that events were cut off at the end and the head was put back with them',
  'that the past was rewritten, and every hash after it computed anew',
  'that an answer, a sync or a sighting was edited in a way that no law contradicts: only events are in the chain',
  'that what was recorded is not what the source showed',
];
