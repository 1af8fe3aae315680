import type { Instant } from '../model/instant.ts';
import type { FeedList } from '../model/connector.ts';
import type { Observation } from '../model/observation.ts';
import type { ListOrder } from '../record/stream-lease.ts';

/**
 * Watches in what order a list comes, page by page. No source documents its order, so it is believed only as far as it was seen, and a list that is
 * too short to tell is read whole, which costs next to nothing.
 */
export interface OrderWatch {
  readonly seen: number;
  /** moments that differ from the one before */
  readonly steps: number;
  readonly isDescending: boolean;
  readonly isAscending: boolean;
  readonly lastAt: Instant | null;
  /** Ids of the page before: rows that moved on to the next page say nothing about the order. */
  readonly previousIds: ReadonlySet<string>;
}

/** A row as its list is sorted: by its creation, or by its last change. */
export interface SortedRow {
  readonly recordId: string;
  readonly at: Instant | null;
}

export function sortedRows({ sortedBy }: Pick<FeedList, 'sortedBy'>, observations: readonly Observation[]): readonly SortedRow[] {
  return observations.map(({ recordId, createdAt, sourceUpdatedAt }) => ({
    recordId,
    at: (sortedBy === 'updated' ? sourceUpdatedAt : createdAt) ?? null,
  }));
}

/** So many different moments in one order are no chance: one in 3,628,800 for ten. */
const ENOUGH_STEPS = 10;

export const NO_ORDER_SEEN: OrderWatch = {
  seen: 0,
  steps: 0,
  isDescending: true,
  isAscending: true,
  lastAt: null,
  previousIds: new Set(),
};

/** @param page the rows of one page, in its order */
export function watchOrder(watch: OrderWatch, page: readonly SortedRow[]): OrderWatch {
  let { seen, steps, isDescending, isAscending, lastAt } = watch;
  for (const { recordId, at } of page) {
    if (at === null || watch.previousIds.has(recordId)) continue;
    if (lastAt !== null && at !== lastAt) {
      steps += 1;
      if (at > lastAt) isDescending = false;
      else isAscending = false;
    }
    lastAt = at;
    seen += 1;
  }
  return { seen, steps, isDescending, isAscending, lastAt, previousIds: new Set(page.map((row) => row.recordId)) };
}

/** @returns null where too little was seen to tell */
export function orderOf(watch: OrderWatch): ListOrder | null {
  if (!watch.isDescending && !watch.isAscending) return 'none';
  if (watch.steps < ENOUGH_STEPS) return null;
  return watch.isDescending ? 'newest_first' : 'oldest_first';
}
