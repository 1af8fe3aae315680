import { sql, type Transaction } from 'kysely';
import { explainQueryError } from '../db/explain-query-error.ts';
import type { Ledger } from '../db/open-ledger.ts';
import type { LedgerTables } from '../db/tables.ts';
import { readExtent } from '../record/read-extent.ts';
import { readIdentity } from '../record/read-identity.ts';
import { pointOf, verifyAnchors } from './verify-anchor.ts';
import { GENESIS, verifyChain } from './verify-chain.ts';
import { verifyDetails } from './verify-details.ts';
import { verifyFold } from './verify-fold.ts';
import { verifyLaws } from './verify-laws.ts';
import type { VerifyOptions, VerifyResult } from './verify-result.ts';
import { unseenBy } from './verify-unseen.ts';

/**
 * Whether a ledger holds what was recorded, and nothing else: the chain of its events and its head, the digests of their details, `records` and
 * `attempts` as a fold of them, every law of `sql/checks`, and the anchors that are given. It reads all of it once or twice, in one snapshot (a sync that
 * runs meanwhile is no contradiction) and in pages (memory does not grow with the ledger). A contradiction ends the check that found it, not the others.
 *
 * From an anchor on it reads the chain and the details only of what came since. The fold and the laws are of the present, and read all.
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
  const { anchors = [], isFull = false } = options;
  const extent = await readExtent(trx);
  const identity = await readIdentity(trx);
  const anchored = anchors.length === 0 ? [] : [await verifyAnchors(trx, identity, anchors)];
  // What an anchor contradicts is to be found, and lies before it.
  const from = isFull || anchored.some((check) => !check.ok) ? GENESIS : pointOf(anchors);
  const checks = [
    ...anchored,
    ...(await verifyChain(trx, extent, options, from)),
    await verifyDetails(trx, extent, options, from.position),
    ...(await verifyFold(trx, extent, options)),
    ...(await verifyLaws(trx, options)),
  ];
  const broken = checks.find((check) => !check.ok);
  return {
    ok: broken === undefined,
    ledger_id: identity?.ledger_id ?? null,
    ...extent,
    head_recorded_at: identity?.recorded_at ?? null,
    anchors,
    verified_after_position: from.position,
    break: broken?.break ?? null,
    checks,
    unseen: unseenBy(anchored.every((check) => check.ok) ? anchors : [], from.position),
  };
}
