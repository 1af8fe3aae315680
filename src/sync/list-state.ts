import type { SourcePage } from '../model/connector.ts';
import type { Instant } from '../model/instant.ts';
import { NO_ORDER_SEEN, watchOrder, type OrderWatch, type SortedRow } from './list-order.ts';
import { afterShown, ALL_UNCOVERED, movedUp, type Uncovered } from './uncovered.ts';

/**
 * How far a list was read, one page after the other, while it changes.
 *
 * In a list that is newest first new rows come only at the front, and move the others down: none is passed by. A row that vanishes moves those behind it
 * up by one, perhaps to a page that was read already. How many vanished is at least as many as `total` fell, and at most as many matter: what
 * was not seen moved up by no more than the fall, however many came and went. So each fall uncovers as many rows again. How far it moved down nobody
 * tells: rows come and go between two answers and leave the total as it was.
 */
export interface ListState {
  readonly uncovered: Uncovered;
  /** The source's own count, of the last answer; null where it tells none. */
  readonly total: number | null;
  /** The same, of the first answer. */
  readonly firstTotal: number | null;
  /** rows on a page, as the source really gives them; null before the first page */
  readonly size: number | null;
  /** The fewest rows that a page of it was asked for. */
  readonly leastSize: number;
  /** Whether an answer showed more rows than its own `total` allows: then its rises and falls tell nothing. */
  readonly isTotalFalse: boolean;
  readonly order: OrderWatch;
  /** The source's clock at the first answer; null where it told none: then nothing is concluded from times. */
  readonly firstAnswerAt: Instant | null;
  readonly pages: number;
  /** rows on all pages read; those that came twice count twice */
  readonly rows: number;
  /** The farthest row that was shown. */
  readonly reach: number;
  /** Whether `total` ever changed. */
  readonly hasDrift: boolean;
  /** Whether rows vanished while it was read, so that pages had to be read again. */
  readonly fallCount: number;
  readonly isDone: boolean;
  readonly lastNumber: number | null;
}

/** A page after which none is the next: it was cut elsewhere. */
const OTHERWISE_CUT = -1;

export const UNREAD_LIST: ListState = {
  uncovered: ALL_UNCOVERED,
  total: null,
  firstTotal: null,
  size: null,
  leastSize: Infinity,
  isTotalFalse: false,
  order: NO_ORDER_SEEN,
  firstAnswerAt: null,
  pages: 0,
  rows: 0,
  reach: 0,
  hasDrift: false,
  fallCount: 0,
  isDone: false,
  lastNumber: null,
};

/** A list of which the first rows were read before. */
export function resumedList(rows: number, size: number, total: number | null): ListState {
  return { ...UNREAD_LIST, uncovered: { from: rows + 1, island: null }, size, total };
}

/** The same list, read on in pages of another size. */
export function resized(state: ListState, size: number): ListState {
  return { ...state, size, uncovered: { ...state.uncovered, island: null }, lastNumber: OTHERWISE_CUT };
}

/** Whether the source's count shows rows that vanish. */
export function tellsFalls({ total, isTotalFalse }: ListState): boolean {
  return total !== null && !isTotalFalse;
}

/** The row to read next, from 0. */
export function nextRow({ uncovered }: ListState): number {
  return uncovered.from - 1;
}

/** Pages still to be read as far as it is known; Infinity where the source tells no total. */
export function pagesLeft(state: ListState): number {
  if (state.isDone) return 0;
  if (state.total === null || state.size === null) return Infinity;
  return Math.max(0, Math.ceil((state.total - nextRow(state)) / state.size));
}

/** A page without its items, which can be megabytes: they are let go as soon as they are observed. */
export type PageFacts = Omit<SourcePage, 'items'> & { readonly rows: number };

/** A page that was read, and where. */
export interface ReadPage extends Pick<PageFacts, 'rows' | 'total' | 'size' | 'number' | 'isLast' | 'response'> {
  /** the rows in front of it */
  readonly rowsBefore: number;
  /** The rows that it was asked to hold, where that is not as many as the others. */
  readonly asked?: number;
}

/** How a page hangs together with those read before. */
export interface PageLink {
  /** Whether a row of it was among those of the last page that hung together with all before. */
  readonly isJoined: boolean;
  /** Whether a row of it was among those behind a gap. */
  readonly showsIsland: boolean;
  /** The row in front of it, read again, was none of those read before: what was not seen may stand further ahead. */
  readonly isLost: boolean;
}

export const NO_LINK: PageLink = { isJoined: false, showsIsland: false, isLost: false };

export function afterPage(state: ListState, page: ReadPage, sorted: readonly SortedRow[], link: PageLink = NO_LINK): ListState {
  const { rows } = page;
  const size = state.size ?? Math.max(1, page.size ?? rows);
  const fallen = Math.max(fallOf(state.total, page.total), link.isLost ? stepBack(size) : 0);
  // A page that is not full holds its places all the same: who leaves rows out after counting is found out by the count.
  const end = page.rowsBefore + Math.max(rows, page.asked ?? size);
  const uncovered = afterShown(movedUp(state.uncovered, fallen), { ...link, from: page.rowsBefore + 1, to: rows === 0 ? Infinity : end });
  // Rows come again that were passed already: they say nothing against the order.
  const isNext = page.asked === undefined && (state.lastNumber === null || page.number === state.lastNumber + 1);
  const order = isNext ? state.order : { ...state.order, lastAt: null, previousIds: new Set<string>() };
  const after: ListState = {
    ...state,
    uncovered,
    size,
    leastSize: Math.min(state.leastSize, size),
    isTotalFalse: state.isTotalFalse || (page.total !== null && rows > 0 && page.rowsBefore + rows > page.total),
    total: page.total ?? state.total,
    firstTotal: state.pages === 0 ? page.total : state.firstTotal,
    order: watchOrder(order, sorted),
    firstAnswerAt: state.firstAnswerAt ?? page.response.serverDate,
    pages: state.pages + 1,
    rows: state.rows + rows,
    reach: rows === 0 ? state.reach : Math.max(state.reach, page.rowsBefore + rows),
    hasDrift: state.hasDrift || link.isLost || (state.total !== null && page.total !== null && state.total !== page.total),
    fallCount: state.fallCount + Number(fallen > 0),
    lastNumber: page.asked === undefined ? page.number : OTHERWISE_CUT,
  };
  return { ...after, isDone: isRead(after, page, page.asked ?? size) };
}

/** A page that was cut otherwise than asked for: where its rows stand is not known. */
export function afterStrayPage(state: ListState): ListState {
  return { ...state, uncovered: { ...state.uncovered, island: null }, pages: state.pages + 1, lastNumber: OTHERWISE_CUT };
}

/** Where it is not known how far rows moved up: half a page, so that the next page shows both sides, and always more than the row read again. */
function stepBack(size: number): number {
  return Math.max(2, Math.ceil(size / 2));
}

function fallOf(before: number | null, now: number | null): number {
  return before === null || now === null ? 0 : Math.max(0, before - now);
}

function isRead(state: ListState, page: Pick<ReadPage, 'rows' | 'isLast' | 'rowsBefore'>, size: number): boolean {
  const first = state.uncovered.from;
  const { rows } = page;
  const rowsUpTo = page.rowsBefore + rows;
  if (first <= page.rowsBefore) return false;
  if (rows === 0) return true;
  if (state.total === null) return page.isLast;
  // More rows than the total: it lies, and only a short page tells the end.
  if (rowsUpTo > state.total) return first > rowsUpTo && rows < size;
  return first > state.total;
}
