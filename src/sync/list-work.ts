import { createPageReader, type PageReader } from '../extract/page-reader.ts';
import { askedSize, isNumbered } from '../extract/place.ts';
import type { FeedList, ListFeed } from '../model/connector.ts';
import type { Instant } from '../model/instant.ts';
import type { Checkpoint } from '../record/scans.ts';
import type { ItemSink } from './item-sink.ts';
import { nextRow, type ListState } from './list-state.ts';
import { afterFitting, afterTooLarge, fitPages, refitPages, USUAL_PAGES, type PageFit } from './smaller-pages.ts';
import type { StreamRun } from './stream-run.ts';

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

/** A list that is being read: in pages of which size, and by what they hang together. */
export interface ListWork {
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
  /** The row in front of which a page last did not begin with the row of the page before; null where none did. */
  lostAt: number | null;
  /** Whether the first page, by which pages that are read several at a time are held together, is too large for this size. */
  isFrontTooLarge: boolean;
}

export const NO_KEYS: ReadonlySet<string> = new Set();

export function beginWork(run: StreamRun, reading: ListReading, sink: ItemSink, from: ListState): { work: ListWork; state: ListState } {
  const fit = fitOf(run, reading.list);
  const { list, state } = fitPages(reading.list, from, fit);
  const usual = askedSize(reading.list.pagination);
  // A scan that is gone on with may have been left where rows were large.
  if (askedSize(list.pagination) < Math.min(fit.mostRows, usual)) noteFit(run, list, { ...fit, mostRows: askedSize(list.pagination) });
  return { work: { ...workOn(run, { ...reading, list }, sink), usual }, state };
}

function workOn(run: StreamRun, reading: ListReading, sink: ItemSink): Omit<ListWork, 'usual'> {
  const reader = createPageReader(run.api, reading.list, { signal: run.signal, log: run.log });
  return { run, reading, reader, sink, joinedKeys: NO_KEYS, islandKeys: NO_KEYS, canBridge: true, lostAt: null, isFrontTooLarge: false };
}

export function fitOf(run: StreamRun, { request }: FeedList): PageFit {
  return run.pageFits.get(request.path) ?? USUAL_PAGES;
}

export function noteFit(run: StreamRun, { request }: FeedList, fit: PageFit): void {
  run.pageFits.set(request.path, fit);
}

/** @throws the error, where smaller pages are no help against it */
export function inFewerRows(work: ListWork, state: ListState, error: unknown): [ListWork, ListState] {
  const { run, reading } = work;
  const fit = afterTooLarge(fitOf(run, reading.list), error, reading.list, state.size);
  if (fit === null) throw error;
  run.log.info({ path: reading.list.request.path, rows: fit.mostRows }, 'asking for pages of fewer rows');
  noteFit(run, reading.list, fit);
  return refitted(work, state, fit.mostRows);
}

/** @returns null where the pages stay as they are */
export function inMoreRows(work: ListWork, state: ListState, pages: number): [ListWork, ListState] | null {
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
  return [{ ...workOn(run, { ...reading, list }, sink), joinedKeys, usual, lostAt: work.lostAt }, state];
}

export function checkpointOf(reading: ListReading, state: ListState, doubted: Checkpoint['doubted']): Checkpoint | undefined {
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
