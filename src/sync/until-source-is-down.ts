import type { ReadTarget } from '../model/connector.ts';
import { SourceError } from '../model/errors.ts';
import type { StreamRun } from './stream-run.ts';

/** Records of which so many fail one after the other are not the problem: the source is. */
const FAILURES_IN_A_ROW = 5;

/**
 * Told of single reads made side by side: what could not be read goes to the end of the line, or it would keep others waiting for ever.
 *
 * @returns whether the rest is to be left to the next sync, because the source answers none of them
 */
export function untilSourceIsDown(
  run: StreamRun,
): (targets: readonly ReadTarget[], results: readonly PromiseSettledResult<unknown>[]) => Promise<boolean> {
  let failures = 0;
  return async (targets, results) => {
    const failed = targets.filter((_, index) => results[index]?.status === 'rejected');
    if (failed.length > 0) await run.recorder.tried(failed.map((target) => target.recordId));
    for (const result of results) failures = result.status === 'rejected' && isSourceDown(result.reason) ? failures + 1 : 0;
    if (failures < FAILURES_IN_A_ROW) return false;
    run.log.warn({ failures }, 'single records cannot be read: leaving the rest to the next sync');
    return true;
  };
}

/** An answer about one record alone says nothing of the others. */
function isSourceDown(error: unknown): boolean {
  return error instanceof SourceError && (error.code === 'source_unavailable' || error.code === 'source_timeout');
}
