import type { ReadTarget } from '../model/connector.ts';
import { observeItems, keepFailure, recordItems, type StreamRun } from './stream-run.ts';
import type { ReadBudget } from './read-open.ts';

/**
 * Reads, once a record, what no list shows of it, such as why it failed. A source that does not have the answer is not asked again for that record.
 */
export async function readDetails(run: StreamRun, budget: ReadBudget): Promise<void> {
  const { detail } = run.source;
  if (detail === null) return;
  const targets = await run.recorder.requestedReads('detail', budget.left);
  if (targets.length > 0) run.report('reading details');
  const { concurrency } = run.settings.requests;
  for (let first = 0; first < targets.length && budget.left > 0; first += concurrency) {
    const some = targets.slice(first, first + Math.min(concurrency, budget.left));
    budget.left -= some.length;
    const results = await Promise.allSettled(some.map((target) => readDetail(run, detail, target)));
    for (const result of results) if (result.status === 'rejected') keepFailure(run, result.reason);
    run.report('reading details');
  }
}

async function readDetail(run: StreamRun, detail: NonNullable<StreamRun['source']['detail']>, target: ReadTarget): Promise<void> {
  const { body, response } = await run.api.read(detail.request(target));
  if (response.status >= 400) {
    await run.recorder.clearReads([target.recordId]);
    return;
  }
  const items = await observeItems(run, [body], detail.observe, response, target.collectionId);
  const right = items.observations.filter((observation) => observation.recordId === target.recordId);
  await recordItems(run, { observations: right, rejections: items.rejections }, 'detail');
  if (right.length === 0) await run.recorder.clearReads([target.recordId]);
}
