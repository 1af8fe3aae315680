import { isNumbered, placeOfRow, type Place } from '../extract/place.ts';
import type { Pagination } from '../model/connector.ts';
import { nextRow, type ListState } from './list-state.ts';

/** The page to be read next. */
export interface NextPage {
  readonly place: Place;
  /** the rows in front of it */
  readonly rowsBefore: number;
  /** The rows that it is to hold, where that is not as many as on the others. */
  readonly asked?: number;
  /** Whether it begins with a row that was read before. */
  readonly isOverlapping: boolean;
}

/**
 * The page of the first row that may not have been seen.
 *
 * - By offset it begins with the last row of the page before: if that is another now, rows have vanished, whatever the total says.
 * - In front of an island it is one that shows both sides of the gap at once. Pages that are numbered meet there and do not overlap: so smaller ones are
 *   asked for, which are cut elsewhere.
 *
 * @param canOverlap whether rows are known by which it can be joined to what was read
 * @param canBridge whether the source gives pages of other sizes too
 */
export function nextPage(
  pagination: Pagination,
  state: ListState,
  { canOverlap, canBridge }: { readonly canOverlap: boolean; readonly canBridge: boolean },
): NextPage {
  const size = state.size ?? 1;
  const bridge = isNumbered(pagination) && canBridge ? bridgeOver(pagination, state) : null;
  if (bridge !== null) return bridge;
  const row = nextRow(state);
  const isOverlapping = pagination.style === 'offset' && !isNumbered(pagination) && row > 0 && size > 1 && canOverlap;
  const place = placeOfRow(pagination, isOverlapping ? row - 1 : row, size);
  return { place, rowsBefore: isNumbered(pagination) ? (place.number - 1) * size : place.position, isOverlapping };
}

/** The numbered page, of any size up to the usual one, that reaches farthest to both sides of the gap; null where none shows both. */
function bridgeOver(pagination: Pagination, { uncovered, size }: ListState): NextPage | null {
  const { from, island } = uncovered;
  if (island === null || size === null) return null;
  let best: NextPage | null = null;
  let bestReach = -1;
  for (let asked = size; asked > size / 2; asked -= 1) {
    const number = Math.floor((from + island.from) / 2 / asked) + 1;
    const rowsBefore = (number - 1) * asked;
    const inFront = rowsBefore === 0 ? Infinity : from - 1 - rowsBefore;
    const reach = Math.min(inFront, rowsBefore + asked - island.from);
    if (reach <= bestReach) continue;
    bestReach = reach;
    best = { place: placeOfRow(pagination, rowsBefore, asked), rowsBefore, asked, isOverlapping: false };
  }
  return best;
}
