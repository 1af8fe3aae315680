import { createPageReader } from '../extract/page-reader.ts';
import { inPagesOf, type Place } from '../extract/place.ts';
import type { FeedList, SourcePage } from '../model/connector.ts';
import { jsonEvidence } from '../observe/json-evidence.ts';
import { sortedRows } from './list-order.ts';
import { afterPage, afterStrayPage, nextRow, type ListState, type PageFacts, type PageLink } from './list-state.ts';
import { fitOf, NO_KEYS, noteFit, type ListWork } from './list-work.ts';
import { nextPage, type NextPage } from './next-page.ts';
import { isCutAsAsked, OtherwiseCutError } from './smaller-pages.ts';
import { observeItems, type ReadItems } from './stream-run.ts';
import { asSupplements } from './supplement.ts';

export interface PageRead {
  readonly page: PageFacts;
  readonly items: ReadItems;
  readonly state: ListState;
}

/** Reads the page of the first row that may not have been seen. */
export async function readNext(work: ListWork, state: ListState, ahead: readonly Place[] = []): Promise<PageRead> {
  const { list } = work.reading;
  const next = nextPage(list.pagination, state, { canOverlap: work.joinedKeys.size > 0, canBridge: work.canBridge });
  const { page, items, keys } = await observePage(
    work,
    next.asked === undefined ? await readAhead(work, next.place, ahead) : await readOtherwise(work, next.place, next.asked),
  );
  if (next.asked === undefined) checkSize(work, state, page, next.rowsBefore);
  const link = lostOnce(work, state, linkOf(work, next, keys));
  if (next.asked !== undefined && !isBridge(page, next.asked, link)) {
    work.canBridge = false;
    work.islandKeys = NO_KEYS;
    return { page, items, state: afterStrayPage(state) };
  }
  const after = afterPage(state, { ...page, ...next }, sortedRows(list, items.observations), link);
  if (after.uncovered.island === null) work.joinedKeys = new Set(link.showsIsland ? [...keys, ...work.islandKeys] : keys);
  work.islandKeys = after.uncovered.island === null ? NO_KEYS : new Set(keys);
  return { page, items, state: after };
}

/** @throws OtherwiseCutError */
function checkSize({ run, reading: { list } }: ListWork, { size }: ListState, page: PageFacts, rowsBefore: number): void {
  const fit = fitOf(run, list);
  if (fit.isKept || size === null) return;
  if (!isCutAsAsked(list, size, fit, { ...page, rowsBefore })) throw new OtherwiseCutError(page.response, page.rows);
  if (rowsBefore > 0) noteFit(run, list, { ...fit, isKept: true });
}

/** A row that is counted and never shown is missed in front of the same place again: going back once more would bring nothing. */
function lostOnce(work: ListWork, state: ListState, link: PageLink): PageLink {
  if (!link.isLost) return link;
  const isAgain = work.lostAt === nextRow(state);
  work.lostAt = nextRow(state);
  if (isAgain) work.run.tally.isUnsettled = true;
  return isAgain ? { ...link, isLost: false } : link;
}

async function readAhead({ reader }: ListWork, place: Place, ahead: readonly Place[]): Promise<SourcePage> {
  reader.foresee([place, ...ahead]);
  return await reader.read(place);
}

async function readOtherwise({ run, reading }: ListWork, place: Place, size: number): Promise<SourcePage> {
  const { list } = reading;
  const reader = createPageReader(run.api, inPagesOf(list, size), { signal: run.signal, log: run.log });
  try {
    return await reader.read(place);
  } finally {
    reader.close();
  }
}

/** Where a source does not tell the size of a page, the end of a list can be as short by chance: a row that is known must show where it was cut. */
function isBridge(page: PageFacts, asked: number, link: PageLink): boolean {
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

export interface ObservedPage {
  readonly page: PageFacts;
  readonly items: ReadItems;
  readonly keys: readonly string[];
}

export async function observePage({ run, reading }: ListWork, { items: rawItems, ...rest }: SourcePage): Promise<ObservedPage> {
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
