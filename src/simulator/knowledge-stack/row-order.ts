import type { Instant } from '../../model/instant.ts';
import type { Listable, ListOrder } from '../noxus/ordered-list.ts';
import { hashText } from '../random.ts';

/** `by_change`: what changed last comes last, as rows of a table come that nobody sorts; so they move while a list of them is read. */
export type RowOrder = ListOrder | 'by_change';

/** @param rows in order of creation */
export function inOrder<T extends Listable>(rows: readonly T[], order: RowOrder, changedAt: (row: T) => Instant): readonly T[] {
  switch (order) {
    case 'oldest_first':
      return rows;
    case 'newest_first':
      return rows.toReversed();
    case 'none':
      return sortedBy(rows, ({ id }) => hashText(id), 'ASC');
    case 'by_change':
      return sortedBy(rows, changedAt, 'ASC');
  }
}

export type SortDirection = 'ASC' | 'DESC';

/**
 * Rows without a key come last where the rest ascends and first where it descends, as Postgres has it. Of equal keys the later created one is
 * the greater.
 */
export function sortedBy<T extends Listable>(
  rows: readonly T[],
  keyOf: (row: T) => string | number | null,
  direction: SortDirection,
): readonly T[] {
  const ascending = rows.map((row) => ({ row, key: keyOf(row) })).sort((a, b) => compare(a.key, b.key) || a.row.number - b.row.number);
  const sorted = direction === 'ASC' ? ascending : ascending.reverse();
  return sorted.map(({ row }) => row);
}

function compare(a: string | number | null, b: string | number | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -1 : 1;
}
