import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/simulator/random.ts';
import { hasOnlyGrown, type Front } from '../../src/sync/front.ts';
import { propertyRuns } from '../support/property-runs.ts';

function front(total: number | null, ...ids: readonly string[]): Front {
  return { ids, total };
}

describe('whether a list has only grown', () => {
  it('is told by as many new rows at its front as its total grew', () => {
    expect(hasOnlyGrown(front(9, 'c', 'b', 'a'), front(9, 'c', 'b', 'a'))).toBe(true);
    expect(hasOnlyGrown(front(9, 'c', 'b', 'a'), front(11, 'e', 'd', 'c'))).toBe(true);
    expect(hasOnlyGrown(front(0), front(0))).toBe(true);
  });

  it('is denied where one came and one went, which leaves the total as it was', () => {
    expect(hasOnlyGrown(front(9, 'c', 'b', 'a'), front(9, 'd', 'c', 'b'))).toBe(false);
    expect(hasOnlyGrown(front(9, 'c', 'b', 'a'), front(8, 'c', 'b', 'a'))).toBe(false);
    expect(hasOnlyGrown(front(9, 'c', 'b', 'a'), front(8, 'b', 'a'))).toBe(false);
  });

  it('is denied where it cannot be told', () => {
    expect(hasOnlyGrown(front(9, 'c', 'b', 'a'), front(12, 'f', 'e', 'd'))).toBe(false);
    expect(hasOnlyGrown(front(null, 'a'), front(9, 'a'))).toBe(false);
    expect(hasOnlyGrown(front(9, 'a'), front(null, 'a'))).toBe(false);
    expect(hasOnlyGrown(front(0), front(1, 'a'))).toBe(false);
  });

  it('is never told of a list from which a row of before has gone', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 6 }),
        (seed, size, moves) => {
          const random = createRandom(seed);
          const rows = Array.from({ length: 1 + Math.floor(random() * 60) }, (_, index) => `old-${index}`);
          const old = new Set(rows);
          const before = front(rows.length, ...rows.slice(0, size));
          let hasLost = false;
          for (let move = 0; move < moves; move += 1) {
            if (random() < 0.5) rows.unshift(`new-${move}`);
            else hasLost = rows.splice(Math.floor(random() * rows.length), 1).some((row) => old.has(row)) || hasLost;
          }
          if (hasLost) expect(hasOnlyGrown(before, front(rows.length, ...rows.slice(0, size)))).toBe(false);
        },
      ),
      propertyRuns(1_000),
    );
  });
});
