import type { ListFeed } from '../model/connector.ts';
import type { SourceError } from '../model/errors.ts';
import type { OpenScan } from '../record/scans.ts';
import type { StreamState } from '../record/stream-lease.ts';
import { NOTHING_READ, type FeedsRead, type FeedsTask } from './what-feeds-showed.ts';
import { beginScan, isFirstScan } from './begin-scan.ts';
import { overlapped } from './overlap.ts';
import { readChanged } from './read-changed.ts';
import { readChildren } from './read-children.ts';
import { readMain, scanMain } from './read-main.ts';
import { keepFailure, type StreamRun } from './stream-run.ts';

/** Reads every feed of the form that the source has now; one that fails keeps no other from being read. */
export async function readInForm(run: StreamRun, state: StreamState, task: FeedsTask): Promise<FeedsRead> {
  const { isScan } = task;
  let result = NOTHING_READ;
  if (isScan) run.tally.isFullScan = true;
  const resume = isScan ? await beginScan(run, state) : null;
  for (const feed of run.source.feeds) {
    const pages = run.tally.pages;
    try {
      const read = await readFeed(run, feed, state, task, resume);
      if (feed.showsAll) result = read;
    } catch (error) {
      keepFailure(run, error);
      if (feed.showsAll) result = { ...result, feed, failure: error as SourceError, wasRead: run.tally.pages > pages };
    }
  }
  return result;
}

async function readFeed(
  run: StreamRun,
  feed: ListFeed,
  state: StreamState,
  { isScan, isTotalWanted }: FeedsTask,
  resume: OpenScan | null,
): Promise<FeedsRead> {
  if (feed.parents === null) {
    if (isScan) return await scanMain(run, feed, state, resume);
    if (feed.changedSince === null || state.watermark === null) return await readMain(run, feed, state);
    const watermark = await readChanged(run, feed, feed.changedSince, overlapped(run, state.watermark));
    return isTotalWanted ? { ...(await readMain(run, feed, state)), watermark } : { ...NOTHING_READ, feed, wasRead: true, watermark };
  }
  const { isWhole, scan, firstAnswerAt } = await readChildren(
    run,
    feed,
    feed.parents,
    !isScan ? 'incremental' : isFirstScan(state) ? 'first' : 'full',
  );
  return {
    ...NOTHING_READ,
    feed,
    wasRead: true,
    watermark: isWhole ? firstAnswerAt : null,
    scan: scan && { ...scan, startedAt: scan.resumedFrom ?? run.startedAt, isResumed: scan.resumedFrom !== null },
  };
}
