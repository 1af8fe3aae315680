/**
 * The places of a list, counted from 1, where a record may stand that was not seen yet: ranges in order, apart from each other, both ends
 * included. A list is read whole once nothing of it is left uncovered.
 */
export type Uncovered = readonly Range[];

export interface Range {
  readonly from: number;
  readonly to: number;
}

export const ALL_UNCOVERED: Uncovered = [{ from: 1, to: Infinity }];

export function uncoveredFrom(from: number): Uncovered {
  return [{ from, to: Infinity }];
}

/** Rows vanished: whatever was not seen may have moved up by as many places. */
export function movedUp(uncovered: Uncovered, rows: number): Uncovered {
  const moved: Range[] = [];
  for (const range of uncovered) {
    const from = Math.max(1, range.from - rows);
    const last = moved.at(-1);
    if (last !== undefined && from <= last.to + 1) moved[moved.length - 1] = { from: last.from, to: range.to };
    else moved.push({ from, to: range.to });
  }
  return moved;
}

/** These places were seen. */
export function withCovered(uncovered: Uncovered, from: number, to: number): Uncovered {
  return uncovered.flatMap((range) => {
    if (range.to < from || range.from > to) return [range];
    const before = range.from < from ? [{ from: range.from, to: from - 1 }] : [];
    const after = range.to > to ? [{ from: to + 1, to: range.to }] : [];
    return [...before, ...after];
  });
}

/** @returns Infinity where all is covered */
export function firstUncovered(uncovered: Uncovered): number {
  return uncovered[0]?.from ?? Infinity;
}
