import type { Logger } from 'pino';
import type { Ledger } from '../db/open-ledger.ts';
import { inTransaction } from '../db/transaction.ts';
import { clearMarks } from '../record/clear-marks.ts';
import { countRejections } from '../record/count-rejections.ts';
import { loadKnown } from '../record/load-known.ts';
import { lockStream } from '../record/lock-stream.ts';
import { moveCheckpoint, noteSeen } from '../record/scans.ts';
import { upsertWorkflows } from '../record/upsert-workflows.ts';
import { appendPlan } from './append-plan.ts';
import { batchResult, scanKeys, type Batch, type BatchResult, type BatchTarget } from './batch.ts';
import { diffBatch, type BatchPlan } from './diff-batch.ts';
import { watchRecords } from './watch-records.ts';
import { workflowsOf } from './workflows-of.ts';

/**
 * Records a batch: all of it in one transaction, or nothing (law 4). The stream's lock is held from the start, so that what is known of its records
 * stands still; the head's lock only while events are chained and inserted, so that other streams hardly wait.
 *
 * Run again after a connection was lost, it finds what had landed already known and appends nothing twice.
 */
export async function recordBatch(
  ledger: Ledger,
  target: BatchTarget,
  batch: Batch,
  options: { readonly log: Logger; readonly signal?: AbortSignal },
): Promise<BatchResult> {
  return await inTransaction(
    ledger,
    async (trx) => {
      await lockStream(trx, target.connection, target.stream, target.syncId);
      const ids = [...new Set(batch.observations.map((observation) => observation.recordId))];
      const known = await loadKnown(trx, target.connection, target.stream, ids, target.syncId);
      const plan = diffBatch(target.kind, known, batch.observations, {
        isConfirmation: batch.purpose === 'confirm',
        wordsSince: target.wordsSince,
      });
      await appendPlan(trx, target, plan.records);
      await watchRecords(trx, target, plan, batch);
      if (batch.shownBy === 'all') await clearMarks(trx, target.connection, target.stream, onlyShown(plan, batch));
      await upsertWorkflows(trx, target.connection, workflowsOf(batch.observations));
      await countRejections(trx, target.connection, target.stream, target.syncId, batch.rejections);
      if (batch.scan !== undefined) {
        const newCount = await noteSeen(trx, batch.scan.id, scanKeys(batch));
        await moveCheckpoint(trx, batch.scan.id, newCount, batch.scan.checkpoint);
      }
      return batchResult(plan, batch.purpose);
    },
    options,
  );
}

/** Records that were shown and tell nothing new of themselves: as they were before what is known, or not to be understood. */
function onlyShown({ records }: BatchPlan, { rejections }: Batch): readonly string[] {
  const stale = records.filter(({ before, seen, deferred }) => before?.nextReadReason === 'absence' && seen === null && deferred === null);
  return [...stale.map(({ recordId }) => recordId), ...rejections.flatMap(({ key }) => (key === undefined ? [] : [key]))];
}
