import { isNumbered } from '../extract/place.ts';
import type { FeedList, ListFeed } from '../model/connector.ts';
import type { ListOrder } from '../record/stream-lease.ts';
import type { OpenScan } from '../record/scans.ts';
import { orderOf } from './list-order.ts';
import { resumedList, tellsFalls, type ListState } from './list-state.ts';
import type { ListReading } from './list-work.ts';
import { readList } from './read-list.ts';
import { settleDoubt } from './read-stride.ts';
import type { StreamRun } from './stream-run.ts';

export interface ListScan {
  readonly feed: ListFeed;
  readonly list: FeedList;
  readonly parentId: string | null;
  /** As it was seen before; null where nothing is known. */
  readonly order: ListOrder | null;
  /** Where what it sees is kept together with what other lists show; null where it has that to itself. */
  readonly sharedScanId: bigint | null;
  /** An earlier scan to go on with. */
  readonly resume: OpenScan | null;
  readonly isResumable: boolean;
}

export interface ScannedList {
  readonly state: ListState;
  /** As the reading showed it; null where it showed too little. */
  readonly order: ListOrder | null;
  /** Whether every record was seen that was in the list from beginning to end of the reading. */
  readonly isProven: boolean;
  /** Records seen, each once, with items that could not be understood or are none of the stream's; null where they are counted with other lists'. */
  readonly distinctCount: number | null;
  /** Where what it saw is kept. */
  readonly scanIds: readonly bigint[];
}

/** So often a list is read before it is told incomplete; one without order once more, because two readings make one try. */
const TRIES = 3;

/**
 * Reads a list whole, until it is proven that nothing was passed by, or three tries were in vain.
 *
 * - One answer, be it a bare array or the only page, is one moment.
 * - Newest first, joined by new records only, and with a total that can be believed: see ListState.
 * - By offset, in an order that rows keep among themselves: every page begins with the last row of the one before.
 * - Sorted by the last change: as the others, and then its front, where the rows are that changed meanwhile and so left the place where they would have been met.
 * - Otherwise it is read twice: what both readings saw was there when the second began, and if `total` then was as many, there was nothing else.
 *
 * And what was seen must be as many as `total`: a source that leaves records out of a list is found out by that.
 */
export async function scanList(run: StreamRun, scan: ListScan): Promise<ScannedList> {
  let previous: { readonly scanId: bigint; readonly count: number } | null = null;
  let isOrdered = scan.order === null || scan.order === 'newest_first';
  let resume = scan.resume;
  for (let tries = 1; ; tries += 1) {
    const isShared: boolean = scan.sharedScanId !== null && isOrdered;
    const scanId: bigint = isShared ? (scan.sharedScanId as bigint) : (resume?.scanId ?? (await run.recorder.beginScan()));
    const { state, order } = await readOnce(run, scan, scanId, resume);
    const isResumed = resume !== null;
    resume = null;
    isOrdered &&= order === 'newest_first' && scan.list.isJoinedAnywhere !== true;
    // Before what was seen is counted: the front may show what the reading passed by.
    const front =
      state.isDone && isJoined(scan.list, state, order, isResumed) ? await readMovedRows(run, scan, scanId, state, order) : null;
    const seen = isShared ? null : await countSeen(run, scan, scanId, front === null ? state : { ...state, total: front.total });
    const hasAll = seen?.hasAll ?? (state.hasDrift || state.rows >= (state.total ?? 0));
    const isOfOneList = front !== null && hasAll;
    const isSeenTwice =
      previous !== null && seen?.isWhole === true && state.isDone && (await isSame(run, previous, { scanId, count: seen.count }, state));
    const found = { state, order, distinctCount: seen?.count ?? null };
    if (isOfOneList) return { ...found, isProven: true, scanIds: [scanId] };
    if (isSeenTwice) return { ...found, isProven: true, scanIds: [previous?.scanId as bigint, scanId] };
    if (tries > TRIES || (isOrdered && tries === TRIES)) return { ...found, isProven: false, scanIds: [scanId] };
    previous = state.isDone && seen !== null ? { scanId, count: seen.count } : null;
    run.log.info({ path: scan.list.request.path, tries }, 'not proven that the list was read whole: reading it again');
  }
}

async function readOnce(
  run: StreamRun,
  scan: ListScan,
  scanId: bigint,
  resume: OpenScan | null,
): Promise<{ state: ListState; order: ListOrder | null }> {
  const reading: ListReading = {
    ...readingOf(scan, { id: scanId, isResumable: scan.isResumable, sourceStartedAt: resume?.sourceStartedAt ?? null }),
    until: null,
    isHurried: scan.parentId === null,
  };
  const from = resume === null ? null : await resumedState(run, reading, resume);
  const state = await readList(run, { ...reading, ...(from !== null && { from }) });
  return { state, order: orderOf(state.order) };
}

async function resumedState(run: StreamRun, reading: ListReading, resume: OpenScan): Promise<ListState> {
  const state = resumedList(resume.rowCount, resume.pageSize, resume.total);
  run.log.info({ row: resume.rowCount, total: resume.total }, 'going on with the scan that was interrupted');
  if (await settleDoubt(run, reading, resume, state)) return state;
  return resumedList(resume.doubted?.fromRow ?? 0, resume.pageSize, resume.total);
}

interface Seen {
  readonly count: number;
  readonly isWhole: boolean;
  /** Whether they are as many as the source counts. */
  readonly hasAll: boolean;
}

/**
 * Counts what was seen. Where rows came meanwhile, those at the front of the list are looked at too: the source counts them, and the reading had passed their
 * place before they came.
 */
async function countSeen(run: StreamRun, scan: ListScan, scanId: bigint, state: ListState): Promise<Seen> {
  const seen = await run.recorder.countSeen(scanId);
  if (!seen.isWhole || seen.count >= (state.total ?? 0)) return { ...seen, hasAll: seen.isWhole };
  if (!state.isDone || !state.hasDrift || !state.order.isDescending || state.firstAnswerAt === null) return { ...seen, hasAll: false };
  const front = await readList(run, {
    ...readingOf(scan, { id: scanId, isResumable: false, sourceStartedAt: null }),
    until: state.firstAnswerAt,
    isHurried: false,
  });
  const now = await run.recorder.countSeen(scanId);
  return { ...now, hasAll: now.isWhole && now.count >= (front.firstTotal ?? 0) };
}

function readingOf({ feed, list, parentId }: ListScan, scan: ListReading['scan']): Omit<ListReading, 'until' | 'isHurried'> {
  return { feed, list, parentId, shownBy: feed.showsAll ? 'all' : 'some', scan };
}

/** Whether its pages are known to have been of one list. */
function isJoined(list: FeedList, state: ListState, order: ListOrder | null, isResumed: boolean): boolean {
  // Emptied from one answer to the next, or an answer that is none: it is read again.
  if (state.total === 0 && state.rows > 0) return false;
  // It was in order up to where it was left, or it would not be gone on with.
  if (isResumed) return tellsFalls(state) && state.order.isDescending;
  if (list.pagination.style === 'array' || state.pages === 1) return true;
  if (order === 'newest_first' && tellsFalls(state) && list.isJoinedAnywhere !== true) return true;
  // Pages of one row have none to spare by which they could be joined.
  return !isNumbered(list.pagination) && (order === 'newest_first' || order === 'oldest_first') && state.leastSize > 1;
}

/**
 * In a list that is sorted by the last change, a row that was not met yet and changes is at its front at once. So the front is read, back to where the reading of the
 * list began. One answer shows one moment; where it does not reach back so far, more are read, and then what changed meanwhile in the same way.
 *
 * @returns what the source then counted; null where the front moved faster than it could be read
 */
async function readMovedRows(
  run: StreamRun,
  scan: ListScan,
  scanId: bigint,
  state: ListState,
  order: ListOrder | null,
): Promise<{ readonly total: number | null } | null> {
  if (scan.list.sortedBy !== 'updated' || state.pages === 1) return { total: state.total };
  if (order !== 'newest_first') return null;
  let since = state.firstAnswerAt;
  for (let readings = 0; readings < MOST_FRONTS && since !== null; readings += 1) {
    const reading = { ...readingOf(scan, { id: scanId, isResumable: false, sourceStartedAt: null }), isHurried: false };
    const { isDone, order: shown, total } = await readList(run, { ...reading, until: null, isOnePage: true });
    if (isDone || (shown.isDescending && shown.lastAt !== null && shown.lastAt < since)) return { total };
    ({ firstAnswerAt: since } = await readList(run, { ...reading, until: since }));
  }
  return null;
}

/** A front that changes faster than a few readings can follow is not settled. */
const MOST_FRONTS = 5;

async function isSame(
  run: StreamRun,
  one: { readonly scanId: bigint; readonly count: number },
  other: { readonly scanId: bigint; readonly count: number },
  state: ListState,
): Promise<boolean> {
  const firstTotal = state.isTotalFalse ? null : state.firstTotal;
  const both = await run.recorder.countSeenByBoth(one.scanId, other.scanId);
  return firstTotal === null ? both === one.count && both === other.count : both === firstTotal;
}
