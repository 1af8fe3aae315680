import { createPageReader, type PageReader } from '../extract/page-reader.ts';
import { askedSize, isNumbered, placeOfRow, withSize, type Place } from '../extract/place.ts';
import type { FeedList, ListFeed, SourcePage } from '../model/connector.ts';
import type { Instant } from '../model/instant.ts';
import { jsonEvidence } from '../observe/json-evidence.ts';
import type { Checkpoint } from '../record/scans.ts';
import type { BatchResult } from './batch.ts';
import { hasOnlyGrown, type Front } from './front.ts';
import { createItemSink, type ItemSink } from './item-sink.ts';
import { sortedRows } from './list-order.ts';
import { afterPage, afterStrayPage, nextRow, pagesLeft, UNREAD_LIST, type ListState, type PageFacts, type PageLink } from './list-state.ts';
import { nextPage, type NextPage } from './next-page.ts';
import {
  afterFitting,
  afterTooLarge,
  fitPages,
  isTooLarge,
  isWhereAsked,
  OtherwiseCutError,
  pagesToGrow,
  refitPages,
  USUAL_PAGES,
  type PageFit,
} from './smaller-pages.ts';
import { observeItems, type ReadItems, type StreamRun } from './stream-run.ts';
import { asSupplements } from './supplement.ts';

export interface ListReading {
  readonly feed: ListFeed;
  readonly list: FeedList;
  readonly parentId: string | null;
  readonly shownBy: 'all' | 'some';
  /** Where it was left; left out, it is read from its beginning. */
  readonly from?: ListState;
  /** Reading a list that is newest first: ends after a page whose records are all known, unchanged and older than this moment. null reads to the end. */
  readonly until: Instant | null;
  /** Whether it ends after its first page in any case. */
  readonly isOnePage?: boolean;
  /** The scan that this is part of, and whether another sync may go on with it. */
  readonly scan: { readonly id: bigint; readonly isResumable: boolean; readonly sourceStartedAt: Instant | null } | null;
  /** Whether pages are fetched several at a time. */
  readonly isHurried: boolean;
}

/** Pages that are read several at a time before it is looked whether the list stood still meanwhile. */
const STRIDE = 64;

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
        if (more !== null) [[work, state], pace] = [more, { ...pace, front: null }];
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
}

const PAGE_BY_PAGE: Pace = { front: null, alone: 0, stretch: null };

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
    return { state: after, pace: { front, alone: isSlow ? stretch : 0, stretch: isSlow ? stretch * 2 : usual }, isOver: false, tooLarge };
  }
  const { page, items, state: after } = await readNext(work, state);
  await sink.add(items, checkpointOf(reading, after, null));
  const result = reading.until === null ? null : await sink.flush();
  const isOver = reading.isOnePage === true || (reading.until !== null && isOldPage(reading, after, page, items, result, reading.until));
  return { state: after, pace: { ...pace, front: null, alone: Math.max(0, pace.alone - 1) }, isOver, tooLarge: null };
}

interface ListWork {
  readonly run: StreamRun;
  /** With the list in pages of the size that it is asked for now. */
  readonly reading: ListReading;
  /** The rows of a page as it is asked for at first. */
  readonly usual: number;
  readonly reader: PageReader;
  readonly sink: ItemSink;
  /** Rows with all in front of them read: those of the last page that hung together with the ones before. */
  joinedKeys: ReadonlySet<string>;
  /** Rows of the page behind a gap. */
  islandKeys: ReadonlySet<string>;
  /** Whether the source gives pages of other sizes too. */
  canBridge: boolean;
  /** Whether the size of pages was changed, and no page has shown yet that the source keeps to it. */
  isSizeInDoubt: boolean;
  /** Whether the first page, by which pages that are read several at a time are held together, is too large for this size. */
  isFrontTooLarge: boolean;
}

const NO_KEYS: ReadonlySet<string> = new Set();

function beginWork(run: StreamRun, reading: ListReading, sink: ItemSink, from: ListState): { work: ListWork; state: ListState } {
  const fit = fitOf(run, reading.list);
  const { list, state } = fitPages(reading.list, from, fit);
  const usual = askedSize(reading.list.pagination);
  // A scan that is gone on with may have been left where rows were large.
  if (askedSize(list.pagination) < Math.min(fit.mostRows, usual)) noteFit(run, list, { ...fit, mostRows: askedSize(list.pagination) });
  const isSizeInDoubt = fit.mostRows < usual;
  return { work: { ...workOn(run, { ...reading, list }, sink), usual, isSizeInDoubt }, state };
}

function workOn(run: StreamRun, reading: ListReading, sink: ItemSink): Omit<ListWork, 'usual' | 'isSizeInDoubt'> {
  const reader = createPageReader(run.api, reading.list, { signal: run.signal, log: run.log });
  return { run, reading, reader, sink, joinedKeys: NO_KEYS, islandKeys: NO_KEYS, canBridge: true, isFrontTooLarge: false };
}

function fitOf(run: StreamRun, { request }: FeedList): PageFit {
  return run.pageFits.get(request.path) ?? USUAL_PAGES;
}

function noteFit(run: StreamRun, { request }: FeedList, fit: PageFit): void {
  run.pageFits.set(request.path, fit);
}

/** @throws the error, where smaller pages are no help against it */
function inFewerRows(work: ListWork, state: ListState, error: unknown): [ListWork, ListState] {
  const { run, reading } = work;
  const fit = afterTooLarge(fitOf(run, reading.list), error, reading.list, state.size);
  if (fit === null) throw error;
  run.log.info({ path: reading.list.request.path, rows: fit.mostRows }, 'a page is larger than an answer may be: asking for smaller ones');
  noteFit(run, reading.list, fit);
  const [fewer, after] = refitted(work, state, fit.mostRows);
  // Back at a size that it has kept to.
  return [{ ...fewer, isSizeInDoubt: !(error instanceof OtherwiseCutError) }, after];
}

/** @returns null where the pages stay as they are */
function inMoreRows(work: ListWork, state: ListState, pages: number): [ListWork, ListState] | null {
  const { run, reading, usual } = work;
  const before = fitOf(run, reading.list);
  if (before === USUAL_PAGES || state.isDone) return null;
  const fit = afterFitting(before, pages, usual);
  noteFit(run, reading.list, fit);
  return Math.min(fit.mostRows, usual) === Math.min(before.mostRows, usual) ? null : refitted(work, state, fit.mostRows);
}

function refitted(work: ListWork, before: ListState, rows: number): [ListWork, ListState] {
  const { run, reading, sink, usual } = work;
  work.reader.close();
  const { list, state } = refitPages(reading.list, before, rows);
  const joinedKeys = isNumbered(list.pagination) ? NO_KEYS : work.joinedKeys;
  return [{ ...workOn(run, { ...reading, list }, sink), joinedKeys, usual, isSizeInDoubt: true }, state];
}

interface PageRead {
  readonly page: PageFacts;
  readonly items: ReadItems;
  readonly state: ListState;
}

/** Reads the page of the first row that may not have been seen. */
async function readNext(work: ListWork, state: ListState, ahead: readonly Place[] = []): Promise<PageRead> {
  const { list } = work.reading;
  const next = nextPage(list.pagination, state, { canOverlap: work.joinedKeys.size > 0, canBridge: work.canBridge });
  const { page, items, keys } = await observe(
    work,
    next.asked === undefined ? await readAhead(work, next.place, ahead) : await readOtherwise(work, next.place, next.asked),
  );
  if (work.isSizeInDoubt && next.asked === undefined) {
    if (!isWhereAsked(list, state, { ...page, rowsBefore: next.rowsBefore })) throw new OtherwiseCutError(page.response, page.rows);
    work.isSizeInDoubt = state.size === null;
  }
  const link = linkOf(work, next, keys);
  if (next.asked !== undefined && !isCutAsAsked(page, next.asked, link)) {
    work.canBridge = false;
    work.islandKeys = NO_KEYS;
    return { page, items, state: afterStrayPage(state) };
  }
  const after = afterPage(state, { ...page, ...next }, sortedRows(list, items.observations), link);
  if (after.uncovered.island === null) work.joinedKeys = new Set(link.showsIsland ? [...keys, ...work.islandKeys] : keys);
  work.islandKeys = after.uncovered.island === null ? NO_KEYS : new Set(keys);
  return { page, items, state: after };
}

async function readAhead({ reader }: ListWork, place: Place, ahead: readonly Place[]): Promise<SourcePage> {
  reader.foresee([place, ...ahead]);
  return await reader.read(place);
}

async function readOtherwise({ run, reading }: ListWork, place: Place, size: number): Promise<SourcePage> {
  const { list } = reading;
  const reader = createPageReader(run.api, { ...list, pagination: withSize(list.pagination, size) }, { signal: run.signal, log: run.log });
  try {
    return await reader.read(place);
  } finally {
    reader.close();
  }
}

/** Where a source does not tell the size of a page, the end of a list can be as short by chance: a row that is known must show where it was cut. */
function isCutAsAsked(page: PageFacts, asked: number, link: PageLink): boolean {
  return page.size === null ? page.rows === asked && link.isJoined : page.size === asked;
}

function linkOf({ joinedKeys, islandKeys }: ListWork, next: NextPage, keys: readonly string[]): PageLink {
  const isJoined = keys.some((key) => joinedKeys.has(key));
  return {
    isJoined,
    showsIsland: keys.some((key) => islandKeys.has(key)),
    isLost: next.isOverlapping && next.rowsBefore > 0 && !isJoined,
  };
}

/** Reads pages several at a time, and gives back how far they are known to have shown everything. */
async function readStride(
  work: ListWork,
  from: ListState,
  known: Front | null,
): Promise<{ state: ListState; front: Front; tooLarge: Error | null }> {
  const { run, reading, sink } = work;
  const first = known === null ? await readFront(work, from) : { front: known, state: from };
  const { front: before, state: start } = first;
  let state = start;
  let tooLarge: Error | null = null;
  const most = Math.min(STRIDE, pagesToGrow(fitOf(run, reading.list), work.usual));
  for (let pages = 0; pages < most && !state.isDone; pages += 1) {
    const ahead = placesAhead(reading.list, state, Math.min(aheadOf(run), most - pages - 1));
    const next = await readNext(work, state, ahead).catch((error: unknown) => {
      if (!isTooLarge(error, reading.list.pagination)) throw error;
      tooLarge = error as Error;
      return null;
    });
    if (next === null) break;
    if (next.page.total !== before.total) {
      await sink.add(next.items);
      break;
    }
    state = next.state;
    const doubted = { fromRow: nextRow(start), frontIds: before.ids };
    await sink.add(next.items, checkpointOf(reading, state, doubted));
    run.report('listing');
  }
  // Whether the pages hung together is told by the front, and by nothing else.
  work.joinedKeys = NO_KEYS;
  const after = await readFront(work, state);
  if (hasOnlyGrown(before, after.front)) return { state: after.state, front: after.front, tooLarge };
  run.tally.hasDrift = true;
  run.log.info({ row: nextRow(start) }, 'the list moved while several of its pages were read: reading them again one by one');
  return { state: after.over(start), front: after.front, tooLarge };
}

/** @returns the first page, and what it means for a state of the list */
async function readFront(
  work: ListWork,
  state: ListState,
): Promise<{ front: Front; state: ListState; over: (state: ListState) => ListState }> {
  const { reader, reading, sink } = work;
  const first = placeOfRow(reading.list.pagination, 0, state.size ?? 1);
  const { page, items, keys } = await observe(work, await reader.read(first));
  await sink.add(items);
  const sorted = sortedRows(reading.list, items.observations);
  const over = (before: ListState): ListState => afterPage(before, { ...page, rowsBefore: 0 }, sorted);
  return { front: { ids: keys, total: page.total }, state: over(state), over };
}

/** Looks whether the rows that an earlier scan read several at a time were all of one list. */
export async function settleDoubt(run: StreamRun, reading: ListReading, checkpoint: Checkpoint, state: ListState): Promise<boolean> {
  if (checkpoint.doubted === null) return true;
  const sink = createItemSink(run, { shownBy: reading.shownBy }, null);
  const { work, state: fitted } = beginWork(run, reading, sink, state);
  try {
    const { front } = await readFront(work, fitted);
    return hasOnlyGrown({ ids: checkpoint.doubted.frontIds, total: checkpoint.total }, front);
  } catch (error) {
    // Smaller pages show a smaller front, which proves nothing. That they are needed is found out again where they are read.
    if (!isTooLarge(error, work.reading.list.pagination)) throw error;
    return false;
  } finally {
    await sink.flush();
    work.reader.close();
  }
}

interface ObservedPage {
  readonly page: PageFacts;
  readonly items: ReadItems;
  readonly keys: readonly string[];
}

async function observe({ run, reading }: ListWork, { items: rawItems, ...rest }: SourcePage): Promise<ObservedPage> {
  const page: PageFacts = { ...rest, rows: rawItems.length };
  run.tally.pages += 1;
  const size = Math.max(1, page.size ?? page.rows);
  if (reading.parentId === null) run.tally.pagesTotal = page.total === null ? null : Math.max(1, Math.ceil(page.total / size));
  const read = await observeItems(run, rawItems, reading.feed.observe, page.response, reading.parentId, reading.list.keyOf);
  const items = reading.shownBy === 'all' ? read : { ...read, observations: asSupplements(read.observations) };
  return { page, items, keys: rawItems.map((item) => keyOf(reading.list, item)) };
}

function keyOf(list: FeedList, item: unknown): string {
  return list.keyOf?.(item) ?? jsonEvidence(item).digest;
}

function placesAhead(list: FeedList, state: ListState, count: number): readonly Place[] {
  const size = state.size ?? 1;
  const row = nextRow(state);
  const places: Place[] = [];
  for (let next = row + size; places.length < count && next < (state.total ?? 0); next += size) {
    places.push(placeOfRow(list.pagination, next, size));
  }
  return places;
}

/** Pages on their way besides the one that is waited for. */
function aheadOf(run: StreamRun): number {
  return Math.max(0, run.settings.requests.concurrency - 1);
}

/** Only where it saves more than the looks at the front cost, and in pages that are numbered: by offset each is joined to the one before. */
function mayHurry({ run, reading: { list }, isFrontTooLarge }: ListWork, state: ListState): boolean {
  const left = pagesLeft(state);
  return (
    !isFrontTooLarge &&
    isNumbered(list.pagination) &&
    aheadOf(run) > 0 &&
    state.size !== null &&
    Number.isFinite(left) &&
    left > 2 * aheadOf(run)
  );
}

/** A list of which four times as many pages were read as it has, or has shown, and that is still not done moves faster than it can be read. */
function mostPages(state: ListState): number {
  return 20 + 4 * Math.ceil(Math.max(state.total ?? 0, state.reach) / Math.min(state.size ?? 1, state.leastSize));
}

function checkpointOf(reading: ListReading, state: ListState, doubted: Checkpoint['doubted']): Checkpoint | undefined {
  // A list that is not newest first is not gone on with: only its totals are no proof.
  if (reading.scan?.isResumable !== true || state.size === null || !state.order.isDescending) return undefined;
  const rowCount = Math.min(nextRow(state), state.total ?? Infinity);
  if (!Number.isFinite(rowCount)) return undefined;
  return {
    rowCount,
    pageSize: state.size,
    total: state.total,
    doubted,
    sourceStartedAt: reading.scan.sourceStartedAt ?? state.firstAnswerAt,
  };
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
