import type { Pagination } from '../../src/model/connector.ts';
import { createRandom } from '../../src/simulator/random.ts';
import { afterPage, afterStrayPage, resized, UNREAD_LIST, type ListState, type PageLink } from '../../src/sync/list-state.ts';
import { nextPage, type NextPage } from '../../src/sync/next-page.ts';
import { RESPONSE } from '../observe/evidence.ts';

/** A list of numbers, the largest in front, that changes between every two readings of it. */
export interface MovingList {
  readonly seed: number;
  readonly rows: number;
  readonly size: number;
  /** Rows that come at the front, and that vanish anywhere, between two readings: each up to so many. */
  readonly most: number;
  readonly pagination?: 'page' | 'offset';
  readonly total?: 'exact' | 'none';
  /** Pages of another size than the usual one are given as if the usual one had been asked for. */
  readonly hasOneSize?: boolean;
  /** Rows vanish from its end alone, one at least before every reading, and none comes. */
  readonly shrinks?: boolean;
  /** After so many readings pages have half as many rows, and again half after as many more. */
  readonly shrinksAfter?: number;
  /** After so many readings nothing moves any more. */
  readonly restsAfter?: number;
}

/** What of the account is left out, to see that it is needed. */
export type Left = 'falls' | 'links' | 'nothing';

export interface ListOutcome {
  readonly isDone: boolean;
  /** Rows that were in the list from the first reading to the last, and that none showed. */
  readonly missed: readonly number[];
  readonly pages: number;
  readonly state: ListState;
}

/** Reads it as a scan without prefetching does. */
export function readMovingList(list: MovingList, leftOut: Left = 'nothing'): ListOutcome {
  const random = createRandom(list.seed);
  let { size } = list;
  let pagination = paginationOf(list);
  const rows = Array.from({ length: list.rows }, (_, index) => list.rows - index);
  const lasting = new Set(rows);
  const seen = new Set<number>();
  let newest = list.rows;
  let joined: ReadonlySet<number> = new Set();
  let island: ReadonlySet<number> = new Set();
  let canBridge = true;
  let state = UNREAD_LIST;
  const mostPages = (): number => 20 + 4 * Math.ceil(list.rows / size);
  while (!state.isDone && state.pages < mostPages()) {
    if (state.pages > 0 && state.pages % (list.shrinksAfter ?? Infinity) === 0 && size > 3) shrink();
    if (state.pages > 0 && state.pages < (list.restsAfter ?? Infinity)) move();
    const next = nextPage(pagination, state, { canOverlap: joined.size > 0, canBridge });
    const { items, page } = answer(next);
    for (const row of items) seen.add(row);
    if (next.asked !== undefined && page.size !== next.asked) {
      canBridge = false;
      island = new Set();
      state = afterStrayPage(state);
      continue;
    }
    const link = leftOut === 'links' ? NONE_NEEDED : linkOf(items, next);
    const after = afterPage(leftOut === 'falls' ? { ...state, total: null } : state, page, [], link);
    state = after;
    if (after.uncovered.island === null) joined = new Set(link.showsIsland ? [...items, ...island] : items);
    island = after.uncovered.island === null ? new Set() : new Set(items);
  }
  return { isDone: state.isDone, missed: [...lasting].filter((row) => !seen.has(row)), pages: state.pages, state };

  function move(): void {
    if (list.shrinks === true) {
      for (const row of rows.splice(-1 - Math.floor(random() * list.most))) lasting.delete(row);
      return;
    }
    for (let count = Math.floor(random() * (list.most + 1)); count > 0; count -= 1) rows.unshift((newest += 1));
    for (let count = Math.floor(random() * (list.most + 1)); count > 0 && rows.length > 0; count -= 1) {
      const [gone] = rows.splice(Math.floor(random() * rows.length), 1);
      if (gone !== undefined) lasting.delete(gone);
    }
  }

  function shrink(): void {
    size = Math.floor(size / 2);
    pagination = paginationOf({ ...list, size });
    state = resized(state, size);
    island = new Set();
    if (pagination.style === 'page') joined = new Set();
  }

  function answer(next: NextPage): { items: readonly number[]; page: Parameters<typeof afterPage>[1] } {
    const given = list.hasOneSize === true ? size : (next.asked ?? size);
    const start = pagination.style === 'offset' ? next.place.position : (next.place.number - 1) * given;
    const items = rows.slice(start, start + given);
    const total = list.total === 'none' ? null : rows.length;
    const isLast = items.length < given || start + given === total;
    return { items, page: { rows: items.length, total, size: given, number: next.place.number, isLast, response: RESPONSE, ...next } };
  }

  function linkOf(items: readonly number[], next: NextPage): PageLink {
    const isJoined = items.some((row) => joined.has(row));
    return { isJoined, showsIsland: items.some((row) => island.has(row)), isLost: next.isOverlapping && next.rowsBefore > 0 && !isJoined };
  }
}

/** As if the places alone told that a gap was seen. */
const NONE_NEEDED: PageLink = { isJoined: false, showsIsland: true, isLost: false };

function paginationOf({ pagination = 'page', size }: MovingList): Pagination {
  return pagination === 'page'
    ? { style: 'page', pageParameter: 'page', sizeParameter: 'size', size }
    : { style: 'offset', offsetParameter: 'offset', limitParameter: 'limit', limit: size };
}
