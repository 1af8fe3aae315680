import type { SourceError } from '../model/errors.ts';
import type { StreamState } from '../record/stream-lease.ts';
import { NOTHING_READ, type FeedsRead, type FeedsTask } from './what-feeds-showed.ts';
import { overlapMicros } from './overlap.ts';
import { readInForm } from './read-in-form.ts';
import { keepFailure, type StreamRun } from './stream-run.ts';

/**
 * Finds new and changed records; in a full scan, every record that there is. A source that has gone over to another form of its API since the last sync is read in that
 * one.
 */
export async function readFeeds(run: StreamRun, state: StreamState, task: FeedsTask): Promise<FeedsRead> {
  try {
    if (!run.form.isKnown) await run.form.recognise(run.api, run.startedAt, 'first');
    else if (task.isScan && run.form.hasOthers) await run.form.recognise(run.api, run.startedAt, 'newer');
  } catch (error) {
    return notRead(run, error);
  }
  const { firstError } = run.tally;
  let result = await readInForm(run, state, task);
  if (!task.isScan && isSourceSetBack(run, state)) {
    run.log.warn('the clock of the source was set back: what it changes may look older than what was read, so every record is read');
    result = await readInForm(run, state, { ...task, isScan: true });
  }
  if (!run.form.hasOthers || result.wasRead || !(await hasMoved(run, result.failure))) return result;
  run.tally.firstError = firstError;
  // What only the new form shows may be older than all that the old one has shown.
  return await readInForm(run, state, { ...task, isScan: true });
}

/**
 * Whether the source's clock fell behind ours since the watermark was read, by more than the overlap makes up for. Or ours was set forward: then a scan is made in
 * vain.
 */
function isSourceSetBack(run: StreamRun, { clock }: StreamState): boolean {
  const { tally } = run;
  if (clock === null || tally.clock === null || tally.clock.mostMicros >= clock.leastMicros) return false;
  return clock.mostMicros - tally.clock.leastMicros > overlapMicros(run);
}

/** Whether a list that could not be read is not there any more because the source has gone over to another form. */
async function hasMoved(run: StreamRun, failure: SourceError | null): Promise<boolean> {
  if (failure?.code !== 'source_other_form' && failure?.code !== 'source_not_found') return false;
  try {
    return await run.form.recognise(run.api, run.startedAt, failure.code === 'source_other_form' ? 'other' : 'gone');
  } catch (error) {
    keepFailure(run, error);
    return false;
  }
}

/** The open records are read all the same. */
function notRead(run: StreamRun, error: unknown): FeedsRead {
  keepFailure(run, error);
  return { ...NOTHING_READ, feed: run.source.feeds.find(({ showsAll }) => showsAll) ?? null, failure: error as SourceError };
}
