import type { Transaction } from 'kysely';
import { pino, type Logger } from 'pino';
import type { Ledger } from '../db/open-ledger.ts';
import type { LedgerTables } from '../db/tables.ts';
import { inTransaction } from '../db/transaction.ts';
import { RunledgerError } from '../model/errors.ts';
import { lockWriters } from '../record/lock-writers.ts';
import { oneAtATime } from '../record/one-at-a-time.ts';
import { readExtent, type LedgerExtent } from '../record/read-extent.ts';
import { isDeadHolder } from './holder.ts';
import { createMender, type MendedCounts } from './rebuild-rows.ts';
import { verifyChain } from './verify-chain.ts';
import { rowDifferences } from './verify-difference.ts';
import { mergeFold } from './verify-merge.ts';
import { throwIfAborted, type VerifyOptions } from './verify-result.ts';

export interface RebuildOptions extends VerifyOptions {
  readonly log?: Logger;
}

/** Keys named as the SQL columns, so that `--json` prints it as it is. Counts of records and attempts are those after it. */
export interface RebuildResult extends LedgerExtent, MendedCounts {}

/**
 * Folds `records` and `attempts` again from `events`, and writes the rows that differ. All of it in one transaction, which no sync can write beside;
 * one that begins meanwhile waits. Sightings are outside of the fold and stay.
 *
 * @throws RunledgerError integrity where the chain of events is broken: what it would fold into nobody has recorded; ledger_locked where a sync runs;
 * aborted; of kind `ledger`. Nothing is changed then.
 */
export async function rebuildLedger(ledger: Ledger, options: RebuildOptions = {}): Promise<RebuildResult> {
  const { log = pino({ level: 'silent' }), signal } = options;
  return await inTransaction(
    ledger,
    async (trx) => {
      await holdOffSyncs(trx, ledger);
      const extent = await readExtent(trx);
      await refuseBroken(trx, extent, options);
      const counts = await foldAgain(trx, extent, options);
      throwIfAborted(signal, 'records were rebuilt');
      return { ...(await readExtent(trx)), ...counts };
    },
    { log, signal },
  );
}

async function holdOffSyncs(trx: Transaction<LedgerTables>, ledger: Ledger): Promise<void> {
  const leased = await lockWriters(trx);
  const live = leased.find(({ lease_holder: holder }) => !isDeadHolder(holder, ledger.target.kind === 'embedded'));
  if (live === undefined) return;
  // It would wait for longer than it may, and fail.
  throw new RunledgerError('ledger_locked', `a sync runs on ${live.connection}/${live.stream}: ${live.lease_holder}`, {
    hint: 'Wait for its end, or stop it, and run this again. Nothing was changed.',
  });
}

async function refuseBroken(trx: Transaction<LedgerTables>, extent: LedgerExtent, options: VerifyOptions): Promise<void> {
  const broken = (await verifyChain(trx, extent, options)).find((check) => check.break !== null)?.break;
  if (broken == null) return;
  throw new RunledgerError('integrity', `the events are not those that were recorded, so nothing is folded from them: ${broken.message}`, {
    hint: 'Restore the database from a backup. `runledger verify` shows all that is found. Nothing was changed.',
  });
}

async function foldAgain(
  trx: Transaction<LedgerTables>,
  extent: LedgerExtent,
  { signal, onProgress }: VerifyOptions,
): Promise<MendedCounts> {
  const queue = oneAtATime();
  const mender = createMender(trx, queue);
  const total = Number(extent.event_count);
  const onEvents = (done: number): void => {
    throwIfAborted(signal, 'records were rebuilt');
    onProgress?.({ phase: 'fold', done, total });
  };
  for await (const merged of mergeFold(trx, queue, onEvents)) await mender.mend(merged, rowDifferences(merged));
  return mender.finish();
}
