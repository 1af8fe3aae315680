import type { FeedList, ListFeed } from '../model/connector.ts';
import type { SourceError } from '../model/errors.ts';
import { addMicros, type Instant } from '../model/instant.ts';
import type { RecordKind } from '../model/record-kind.ts';
import type { OpenScan } from '../record/scans.ts';
import type { ListOrder, StreamState } from '../record/stream-lease.ts';
import { orderOf } from './list-order.ts';
import type { ListState } from './list-state.ts';
import { readChanged } from './read-changed.ts';
import { readChildren } from './read-children.ts';
import { readList } from './read-list.ts';
import { scanList } from './scan-list.ts';
import { keepFailure, type StreamRun } from './stream-run.ts';

/** What the lists of a stream showed, and where the one that shows all was left. */
export interface FeedsRead {
  /** The feed that shows all. */
  readonly feed: ListFeed | null;
  /** Where it is one list: how far that was read. */
  readonly main: ListState | null;
  readonly order: ListOrder | null;
  /** Why it could not be read to where it should be; the open records are read all the same. */
  readonly failure: SourceError | null;
  /** Whether it answered at all. */
  readonly wasRead: boolean;
  /** Up to when the lists were read without a gap, on the source's clock. */
  readonly watermark: Instant | null;
  readonly scan: ScanRead | null;
}

/** What a full scan came to. */
export interface ScanRead {
  /** Whether it saw every record that was there all the while. */
  readonly isProven: boolean;
  /** When it began; where an earlier one was gone on with, when that one did. */
  readonly startedAt: Instant;
  /** Whether an earlier one was gone on with: then what it has not seen may still have been there. */
  readonly isResumed: boolean;
  readonly distinctCount: number | null;
  readonly scanIds: readonly bigint[];
}

const NOTHING_READ: FeedsRead = { feed: null, main: null, order: null, failure: null, wasRead: false, watermark: null, scan: null };

/** What is asked of the lists. */
export interface FeedsTask {
  /** Every record is to be read. */
  readonly isScan: boolean;
  /** How many records the source counts is to be known, whatever else has to be read for it. */
  readonly isTotalWanted: boolean;
}

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
function isSourceSetBack({ tally, settings }: StreamRun, { clock }: StreamState): boolean {
  if (clock === null || tally.clock === null || tally.clock.mostMicros >= clock.leastMicros) return false;
  return clock.mostMicros - tally.clock.leastMicros > BigInt(Math.round(settings.overlapMs)) * 1000n;
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

async function readInForm(run: StreamRun, state: StreamState, task: FeedsTask): Promise<FeedsRead> {
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

/** Nothing of the stream was ever read to its end: what is known of it is what scans that were cut off have seen. */
function isFirstScan({ lastFullScanAt, watermark }: StreamState): boolean {
  return lastFullScanAt === null && watermark === null;
}

/** @returns the first scan to go on with, where one was cut off */
async function beginScan(run: StreamRun, state: StreamState): Promise<OpenScan | null> {
  const resume = isFirstScan(state) ? await run.recorder.openScan() : null;
  if (resume === null) await run.recorder.endScans();
  run.seen.scanId = await run.recorder.beginScan();
  return resume;
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

/**
 * A list known to come newest first is read until a whole page is known, unchanged and older than the watermark less the overlap; every other list is read
 * whole. A list that turns out not to keep its order is read on to its end.
 */
async function readMain(run: StreamRun, feed: ListFeed, state: StreamState): Promise<FeedsRead> {
  const list = onlyList(feed);
  const mayEnd = state.listOrder === 'newest_first' && showsChanges(run.source.kind, feed, list);
  const until = mayEnd && state.watermark !== null ? overlapped(run, state.watermark) : null;
  const reading = { feed, list, parentId: null, shownBy: 'all', scan: null, isHurried: false } as const;
  let main = await readList(run, { ...reading, until });
  if (!main.isDone && !main.order.isDescending) {
    run.log.warn('the list is not newest first any more: reading it whole');
    main = await readList(run, { ...reading, until: null, from: main });
  }
  const isGivenUp = !main.isDone && until === null;
  if (isGivenUp) run.tally.isUnsettled = true;
  return {
    ...NOTHING_READ,
    feed,
    main,
    order: learnedOrder(state.listOrder, main),
    wasRead: true,
    watermark: isGivenUp ? null : main.firstAnswerAt,
  };
}

/**
 * Whether what is in front of a list, or what its filter lets through, shows all that may have changed: not where it is sorted by creation and what has ended can be
 * taken up again in its old place.
 */
export function showsChanges({ reopensFrom }: RecordKind, feed: ListFeed, list: FeedList): boolean {
  return reopensFrom.length === 0 || list.sortedBy === 'updated' || feed.changedSince !== null;
}

/**
 * Reads the list whole. A first scan that was cut off is gone on with where it was left, and then the front of the list is read, where there is what came
 * meanwhile.
 */
async function scanMain(run: StreamRun, feed: ListFeed, state: StreamState, resume: OpenScan | null): Promise<FeedsRead> {
  const list = onlyList(feed);
  const scanned = await scanList(run, {
    feed,
    list,
    parentId: null,
    order: state.listOrder,
    sharedScanId: null,
    resume,
    isResumable: isFirstScan(state),
  });
  let firstAnswerAt = scanned.state.firstAnswerAt;
  if (resume !== null) {
    const until = resume.sourceStartedAt === null ? null : overlapped(run, resume.sourceStartedAt);
    const front = await readList(run, { feed, list, parentId: null, shownBy: 'all', scan: null, isHurried: false, until });
    // Whatever came before the front was read is known now: what came after it was asked for is not.
    firstAnswerAt = front.firstAnswerAt;
  }
  return {
    feed,
    main: scanned.state,
    order: scanned.order ?? learnedOrder(state.listOrder, scanned.state),
    failure: null,
    wasRead: true,
    // What an unproven scan may have passed by is looked for again from where the lists were last read without a gap.
    watermark: scanned.state.isDone && (scanned.isProven || isFirstScan(state)) ? firstAnswerAt : null,
    scan: {
      isProven: scanned.isProven,
      startedAt: resume?.startedAt ?? run.startedAt,
      isResumed: resume !== null,
      distinctCount: scanned.distinctCount,
      scanIds: scanned.scanIds,
    },
  };
}

function overlapped(run: StreamRun, moment: Instant): Instant {
  return addMicros(moment, -BigInt(Math.round(run.settings.overlapMs)) * 1000n);
}

function onlyList(feed: ListFeed): ReturnType<ListFeed['lists']>[number] {
  const [list] = feed.lists(null);
  if (list === undefined) throw new TypeError(`${feed.name} has no list`);
  return list;
}

/** An order, once known, holds until a page contradicts it. */
function learnedOrder(known: ListOrder | null, main: ListState): ListOrder | null {
  const order = orderOf(main.order);
  if (order !== null) return order;
  return known === 'newest_first' && !main.order.isDescending ? 'none' : known;
}
