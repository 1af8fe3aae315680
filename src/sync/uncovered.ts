/**
 * The places of a list, counted from 1, where a record may stand that was not seen yet: all from one place on, save those of an island, rows that were seen
 * behind a gap. A list is read whole once nothing of it is left uncovered.
 */
export interface Uncovered {
  readonly from: number;
  readonly island: Island | null;
}

/** Rows that were seen one after another, both ends included. The gap in front of it may be empty. */
export interface Island {
  readonly from: number;
  readonly to: number;
}

export const ALL_UNCOVERED: Uncovered = { from: 1, island: null };

/** Places that one answer showed, both ends included, and what is known of the rows that stood there. */
export interface Shown {
  readonly from: number;
  /** Infinity where nothing more comes in the list. */
  readonly to: number;
  /** Whether one of them was among those read before: then everything in front of it was read too. */
  readonly isJoined: boolean;
  /** Whether one of them was among those of the island. */
  readonly showsIsland: boolean;
}

/** Rows vanished: whatever was not seen may have moved up by as many places. */
export function movedUp({ from, island }: Uncovered, rows: number): Uncovered {
  return {
    from: Math.max(1, from - rows),
    island: island === null ? null : { from: Math.max(1, island.from - rows), to: Math.max(1, island.to - rows) },
  };
}

/**
 * One answer showed these places.
 *
 * Places alone do not tell that the gap in front of an island was seen: rows that came meanwhile may have moved what stood there down, to where the island
 * was. Only an answer that begins in front of the gap and ends on the island has shown all of it. After any other the island is forgotten.
 */
export function afterShown({ from, island }: Uncovered, shown: Shown): Uncovered {
  if (!shown.isJoined && shown.from > from) return { from, island: { from: shown.from, to: shown.to } };
  const reached = Math.max(from, shown.to + 1);
  return { from: island !== null && shown.showsIsland ? Math.max(reached, island.to + 1) : reached, island: null };
}
