import { isNumbered } from '../extract/place.ts';
import type { FeedList } from '../model/connector.ts';
import type { Instant } from '../model/instant.ts';
import type { BatchResult } from './batch.ts';
import type { Front } from './front.ts';
import { createItemSink } from './item-sink.ts';
import { sortedRows } from './list-order.ts';
import { nextRow, tellsFalls, UNREAD_LIST, type ListState, type PageFacts } from './list-state.ts';
import { beginWork, checkpointOf, fitOf, inFewerRows, inMoreRows, type ListReading, type ListWork } from './list-work.ts';
import { readNext } from './read-next.ts';
import { aheadOf, mayHurry, readStride } from './read-stride.ts';
import { isTooLarge } from './smaller-pages.ts';
import type { ReadItems, StreamRun } from './stream-run.ts';

/**
 * Reads a list and records it. Where rows vanish while it is read, it goes back as far as they may have moved the others. A list that moves faster than it can
 * be read is left undone.
 *
 * Several pages at a time are only known to have been of one list if it stood still: that is looked at after every stride, and a stride that may have passed a
 * row by is read again, page after page.
 */
export async function readList(run: StreamRun, reading: ListReading): Promise<ListState> {
  const sink = createItemSink(run, { shownBy: reading.shownBy }, reading.scan);
  let { work, state } = beginWork(run, reading, sink, reading.from ?? UNREAD_LIST);
  let pace = PAGE_BY_PAGE;
  try {
    while (!state.isDone && state.pages <= mostPages(state)) {
      try {
        const read = await readSome(work, state, pace);
        const { pages } = state;
        ({ state, pace } = read);
        if (read.tooLarge !== null) throw read.tooLarge;
        if (read.isOver) break;
        const more = inMoreRows(work, state, state.pages - pages);
        if (more !== null) [[work, state], pace] = [more, { ...PAGE_BY_PAGE, oldRows: pace.oldRows }];
      } catch (error) {
        [work, state] = inFewerRows(work, state, error);
        pace = PAGE_BY_PAGE;
      }
      run.report('listing');
    }
  } finally {
    // Also when a page fails or a signal ends the reading: what was read is kept.
    await sink.flush();
    work.reader.close();
  }
  if (state.hasDrift) run.tally.hasDrift = true;
  // Rows of megabytes, one by one: nothing joins them, and one that vanished meanwhile may have moved another to a place that was passed.
  const isOneByOne = !isNumbered(reading.list.pagination) && state.leastSize === 1 && state.pages > 1;
  if (isOneByOne && !(state.order.isDescending && tellsFalls(state))) run.tally.isUnsettled = true;
  return state;
}

/** How several pages at a time go: where a stride brings little, the next pages are read one by one, for longer each time. */
interface Pace {
  /** The front as the last stride left it. */
  readonly front: Front | null;
  /** Pages to be read one by one before the next stride. */
  readonly alone: number;
  /** The same after the next slow stride; null before the first. */
  readonly stretch: number | null;
  /** Rows of the last pages, one after the other, that were all known and old. */
  readonly oldRows: number;
}

const PAGE_BY_PAGE: Pace = { front: null, alone: 0, stretch: null, oldRows: 0 };

interface SomeRead {
  readonly state: ListState;
  readonly pace: Pace;
  readonly isOver: boolean;
  /** Why it ended before a page that could not be read, though smaller ones may be. */
  readonly tooLarge: Error | null;
}

async function readSome(work: ListWork, state: ListState, pace: Pace): Promise<SomeRead> {
  const { run, reading, sink } = work;
  if (reading.isHurried && pace.alone === 0 && state.uncovered.island === null && mayHurry(work, state)) {
    const stride = await readStride(work, state, pace.front).catch((error: unknown) => {
      if (!isTooLarge(error, reading.list.pagination)) throw error;
      return null;
    });
    if (stride === null) {
      work.isFrontTooLarge = true;
      return { state, pace: PAGE_BY_PAGE, isOver: false, tooLarge: null };
    }
    const { state: after, front, tooLarge } = stride;
    const usual = aheadOf(run) * 2;
    const stretch = pace.stretch ?? usual;
    const isSlow = (nextRow(after) - nextRow(state)) / (after.size ?? 1) < usual;
    return {
      state: after,
      pace: { front, alone: isSlow ? stretch : 0, stretch: isSlow ? stretch * 2 : usual, oldRows: 0 },
      isOver: false,
      tooLarge,
    };
  }
  const { page, items, state: after } = await readNext(work, state);
  await sink.add(items, checkpointOf(reading, after, null));
  const result = reading.until === null ? null : await sink.flush();
  const isOld = reading.until !== null && isOldPage(reading, after, page, items, result, reading.until);
  const oldRows = isOld ? pace.oldRows + page.rows : 0;
  // Of smaller pages as many as hold the rows of a usual one.
  const isOver = reading.isOnePage === true || (isOld && (fitOf(run, reading.list).mostRows >= work.usual || oldRows >= work.usual));
  return { state: after, pace: { ...pace, front: null, alone: Math.max(0, pace.alone - 1), oldRows }, isOver, tooLarge: null };
}

/** A list of which four times as many pages were read as it has, or has shown, and that is still not done moves faster than it can be read. */
function mostPages(state: ListState): number {
  return 20 + 4 * Math.ceil(Math.max(state.total ?? 0, state.reach) / Math.min(state.size ?? 1, state.leastSize));
}

/** Whether everything behind this page is known: nothing in front of its end is unread, and all of it is known, unchanged and old. */
function isOldPage(
  reading: ListReading,
  state: ListState,
  page: PageFacts,
  items: ReadItems,
  result: BatchResult | null,
  until: Instant,
): boolean {
  if (nextRow(state) < page.number * (state.size ?? 1)) return false;
  const known = result === null ? 0 : result.unchangedCount + result.staleCount;
  return known === items.observations.length && isOlder(reading.list, items, until);
}

/** A page that shows no moment at all proves nothing about its age. */
function isOlder(list: FeedList, { observations }: ReadItems, until: Instant): boolean {
  const moments = sortedRows(list, observations).flatMap(({ at }) => (at === null ? [] : [at]));
  return moments.length > 0 && moments.every((at) => at < until);
}
