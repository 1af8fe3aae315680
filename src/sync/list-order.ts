import type { Instant } from '../model/instant.ts';
import type { Observation } from '../model/observation.ts';
import type { ListOrder } from '../record/stream-lease.ts';

/**
 * Watches in what order a list comes, page by page. No source documents its order, so it is believed only as far as it was seen, and a list that is
 * too short to tell is read whole, which costs next to nothing.
 */
export interface OrderWatch {
  readonly seen: number;
  /** moments of creation that differ from the one before */
  readonly steps: number;
  readonly isDescending: boolean;
  readonly isAscending: boolean;
  readonly lastCreatedAt: Instant | null;
  /** Ids of the page before: rows that moved on to the next page say nothing about the order. */
  readonly previousIds: ReadonlySet<string>;
}

/** So many different moments in one order are no chance: one in 3,628,800 for ten. */
const ENOUGH_STEPS = 10;

export const NO_ORDER_SEEN: OrderWatch = {
  seen: 0,
  steps: 0,
  isDescending: true,
  isAscending: true,
  lastCreatedAt: null,
  previousIds: new Set(),
};

/** @param page the observations of one page, in its order */
export function watchOrder(watch: OrderWatch, page: readonly Observation[]): OrderWatch {
  let { seen, steps, isDescending, isAscending, lastCreatedAt } = watch;
  for (const { recordId, createdAt } of page) {
    if (createdAt === undefined || createdAt === null || watch.previousIds.has(recordId)) continue;
    if (lastCreatedAt !== null && createdAt !== lastCreatedAt) {
      steps += 1;
      if (createdAt > lastCreatedAt) isDescending = false;
      else isAscending = false;
    }
    lastCreatedAt = createdAt;
    seen += 1;
  }
  return { seen, steps, isDescending, isAscending, lastCreatedAt, previousIds: new Set(page.map((observation) => observation.recordId)) };
}

/** @returns null where too little was seen to tell */
export function orderOf(watch: OrderWatch): ListOrder | null {
  if (!watch.isDescending && !watch.isAscending) return 'none';
  if (watch.steps < ENOUGH_STEPS) return null;
  return watch.isDescending ? 'newest_first' : 'oldest_first';
}
