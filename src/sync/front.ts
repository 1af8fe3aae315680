/** The first page of a list that is newest first, as it was at a moment. */
export interface Front {
  readonly ids: readonly string[];
  readonly total: number | null;
}

/**
 * Whether nothing had vanished from a list while it was read several pages at a time. Then every page that told the `total` of before was of one
 * list that stood still, whatever came afterwards.
 *
 * Pages that are answered in any order can pass a row by wherever rows come and others go, and `total` alone does not tell: one that came and one that
 * went leave it as it was. But new rows come at the front, where they can be counted; if `total` grew by as many, no old row has gone, and then `total` is what
 * it was exactly while no new row was there. Whatever else is otherwise at the front, such as a row that came in between two others, leaves it in doubt.
 *
 * @returns false also where it cannot be told
 */
export function hasOnlyGrown(before: Front, after: Front): boolean {
  if (before.total === null || after.total === null) return false;
  const known = new Set(before.ids);
  const come = after.ids.findIndex((id) => known.has(id));
  // Nothing of the old front is left to count from.
  if (come < 0) return before.ids.length === 0 && after.ids.length === 0;
  if (come !== after.total - before.total) return false;
  return after.ids.slice(come).every((id, index) => id === before.ids[index]);
}
