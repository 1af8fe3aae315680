import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterShown, ALL_UNCOVERED, movedUp, type Shown, type Uncovered } from '../../src/sync/uncovered.ts';
import { propertyRuns } from '../support/property-runs.ts';

function shown(from: number, to: number, more: Partial<Shown> = {}): Shown {
  return { from, to, isJoined: false, showsIsland: false, ...more };
}

/** Twenty places were read, then seven rows vanished before the next ten were shown. */
const GAP: Uncovered = afterShown(movedUp({ from: 21, island: null }, 7), shown(21, 30));

describe('what of a list is uncovered', () => {
  it('is all of it at first, and then what comes after the places that were shown', () => {
    expect(afterShown(ALL_UNCOVERED, shown(1, 10))).toEqual({ from: 11, island: null });
    expect(afterShown({ from: 11, island: null }, shown(11, 20))).toEqual({ from: 21, island: null });
    expect(afterShown({ from: 11, island: null }, shown(1, 5))).toEqual({ from: 11, island: null });
    expect(afterShown({ from: 11, island: null }, shown(11, Infinity)).from).toBe(Infinity);
  });

  it('is more by as many places as rows vanished, the first one at most', () => {
    expect(movedUp({ from: 21, island: null }, 7)).toEqual({ from: 14, island: null });
    expect(movedUp({ from: 21, island: null }, 30)).toEqual({ from: 1, island: null });
    expect(movedUp(GAP, 3)).toEqual({ from: 11, island: { from: 18, to: 27 } });
  });

  it('has a gap where a page begins behind what may not have been seen', () => {
    expect(GAP).toEqual({ from: 14, island: { from: 21, to: 30 } });
  });

  it('has the gap no more after an answer with both sides of it', () => {
    expect(afterShown(GAP, shown(13, 21, { showsIsland: true }))).toEqual({ from: 31, island: null });
    expect(afterShown(GAP, shown(11, 40, { showsIsland: true }))).toEqual({ from: 41, island: null });
    // A row of those read before tells as much as a place in front of the gap.
    expect(afterShown(GAP, shown(16, 24, { isJoined: true, showsIsland: true }))).toEqual({ from: 31, island: null });
  });

  it('has no island any more after an answer without it, whatever places that held: the island may have moved on', () => {
    expect(afterShown(GAP, shown(11, 20))).toEqual({ from: 21, island: null });
    expect(afterShown(GAP, shown(11, 29, { isJoined: true }))).toEqual({ from: 30, island: null });
  });

  it('keeps the gap while answers begin behind it', () => {
    expect(afterShown(GAP, shown(18, 27, { showsIsland: true }))).toEqual({ from: 14, island: { from: 18, to: 27 } });
  });

  it('never loses a place that nothing showed', () => {
    const step = fc.record({ vanished: fc.nat(5), from: fc.integer({ min: 1, max: 40 }), length: fc.integer({ min: 1, max: 10 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        let uncovered = ALL_UNCOVERED;
        for (const { vanished, from, length } of steps) {
          const before = movedUp(uncovered, vanished);
          uncovered = afterShown(before, shown(from, from + length - 1));
          const isSeen = from <= before.from && before.from < from + length;
          expect(uncovered.from).toBe(isSeen ? from + length : before.from);
        }
      }),
      propertyRuns(300),
    );
  });
});
