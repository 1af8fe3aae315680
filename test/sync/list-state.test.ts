import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterPage, nextRow, pagesLeft, resumedList, UNREAD_LIST, type ListState, type ReadPage } from '../../src/sync/list-state.ts';
import { RESPONSE } from '../observe/evidence.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { readMovingList, type Left, type MovingList } from './moving-list.ts';

/** A page of ten rows, number `number`, of a list of `total`. */
function page(number: number, total: number | null, rows = 10, more: Partial<ReadPage> = {}): ReadPage {
  return { rows, total, size: 10, number, isLast: rows < 10, rowsBefore: (number - 1) * 10, response: RESPONSE, ...more };
}

function after(...pages: readonly ReadPage[]): ListState {
  return pages.reduce((state, one) => afterPage(state, one, []), UNREAD_LIST);
}

describe('how far a list was read', () => {
  it('is a page further with every page, and done with its total', () => {
    expect(nextRow(after(page(1, 25)))).toBe(10);
    expect(pagesLeft(after(page(1, 25)))).toBe(2);
    expect(after(page(1, 25), page(2, 25))).toMatchObject({ isDone: false, hasDrift: false });
    expect(after(page(1, 25), page(2, 25), page(3, 25, 5))).toMatchObject({ isDone: true, pages: 3, rows: 25, fallCount: 0 });
    expect(after(page(1, 0, 0))).toMatchObject({ isDone: true, pages: 1 });
  });

  it('is as many rows less as the total fell', () => {
    const fallen = after(page(1, 30), page(2, 27));
    expect(fallen).toMatchObject({ isDone: false, hasDrift: true, fallCount: 1 });
    expect(nextRow(fallen)).toBe(7);
    expect(nextRow(after(page(1, 30), page(2, 33)))).toBe(20);
  });

  it('is not done while a gap is open, even where its last page was read', () => {
    expect(after(page(1, 12), page(2, 11, 1))).toMatchObject({ isDone: false, uncovered: { from: 10 } });
  });

  it('passes over a gap once one answer showed both sides of it', () => {
    const gap = after(page(1, 30), page(2, 27));
    const between = page(2, 27, 8, { asked: 8, size: 8, rowsBefore: 8 });
    expect(nextRow(afterPage(gap, between, [], { isJoined: true, showsIsland: true, isLost: false }))).toBe(20);
    // It showed none of what was behind the gap: that has moved on, and the gap with it.
    expect(nextRow(afterPage(gap, between, [], { isJoined: true, showsIsland: false, isLost: false }))).toBe(16);
  });

  it('goes back where by offset the row in front is another than before, whatever the total says', () => {
    const start = after(page(1, 30));
    const next = page(2, 30, 10, { rowsBefore: 9 });
    expect(nextRow(afterPage(start, next, [], { isJoined: false, showsIsland: false, isLost: true }))).toBe(5);
  });

  it('notices a total that lies low, and then ends only with a short page', () => {
    expect(after(page(1, 5))).toMatchObject({ isDone: false, isTotalFalse: true });
    expect(after(page(1, 5), page(2, 5, 3))).toMatchObject({ isDone: true, isTotalFalse: true });
    expect(after(page(1, 25), page(2, 25), page(3, 25, 5))).toMatchObject({ isTotalFalse: false });
  });

  it('ends without a total with a page that is the last', () => {
    expect(after(page(1, null))).toMatchObject({ isDone: false });
    expect(pagesLeft(after(page(1, null)))).toBe(Infinity);
    expect(after(page(1, null), page(2, null, 4))).toMatchObject({ isDone: true });
  });

  it('goes on where it was left, less the rows that vanished meanwhile', () => {
    expect(nextRow(resumedList(20, 10, 50))).toBe(20);
    expect(nextRow(afterPage(resumedList(20, 10, 50), page(3, 46), []))).toBe(16);
    expect(nextRow(afterPage(resumedList(20, 10, 50), page(3, 55), []))).toBe(30);
  });
});

const moving = fc.record<MovingList>({
  seed: fc.integer({ min: 1, max: 2 ** 31 }),
  rows: fc.constant(2_000),
  size: fc.integer({ min: 1, max: 100 }),
  most: fc.integer({ min: 0, max: 4 }),
});

/** A list in which rows that were there all the while were passed by, although it is told done. */
function counterexample(lists: fc.Arbitrary<MovingList>, leftOut: Left): readonly number[] | null {
  const result = fc.check(
    fc.property(lists, (list) => {
      const { isDone, missed } = readMovingList(list, leftOut);
      return !isDone || missed.length === 0;
    }),
    { numRuns: 200, seed: 1, endOnFailure: true },
  );
  return result.counterexample === null ? null : readMovingList(result.counterexample[0], leftOut).missed;
}

describe('a list of 2,000 rows that is newest first and moves between every two pages', () => {
  it('for example with pages of 35', () => {
    expect(readMovingList({ seed: 4, rows: 2_000, size: 35, most: 2 })).toMatchObject({ isDone: true, missed: [] });
  });

  it('is done only when every row was seen that was there all the while', () => {
    fc.assert(
      fc.property(moving, fc.boolean(), (list, hasOneSize) => {
        const { isDone, missed } = readMovingList({ ...list, hasOneSize });
        if (isDone) expect(missed).toEqual([]);
      }),
      propertyRuns(300),
    );
  });

  it('is done once it rests', () => {
    fc.assert(
      fc.property(moving, fc.boolean(), (list, hasOneSize) => {
        expect(readMovingList({ ...list, hasOneSize, restsAfter: 20 })).toMatchObject({ isDone: true, missed: [] });
      }),
      propertyRuns(100),
    );
  });

  it('is read to its end although it never rests, where pages are large against what moves', () => {
    fc.assert(
      fc.property(moving, fc.integer({ min: 30, max: 100 }), (list, size) => {
        const { isDone, pages } = readMovingList({ ...list, size });
        expect({ isDone, isDear: pages > 3.5 * Math.ceil(2_000 / size) + 10 }).toEqual({ isDone: true, isDear: false });
      }),
      propertyRuns(200),
    );
  });

  it('is read to its end where rows vanish from there before every page, because one page shows both sides of a gap', () => {
    fc.assert(
      fc.property(moving, fc.integer({ min: 30, max: 100 }), (list, size) => {
        const shrinking = { ...list, size, most: Math.max(1, list.most), shrinks: true };
        expect(readMovingList(shrinking)).toMatchObject({ isDone: true, missed: [] });
        expect(readMovingList({ ...shrinking, hasOneSize: true })).toMatchObject({ isDone: false });
      }),
      propertyRuns(50),
    );
  });

  it('is passed by where the account leaves out falls of the total, or takes a gap for seen by its places', () => {
    expect(counterexample(moving, 'nothing')).toBeNull();
    expect(counterexample(moving, 'falls')).not.toHaveLength(0);
    expect(counterexample(moving, 'links')).not.toHaveLength(0);
  });

  it('is read whole by offset too, with a total and without one', () => {
    fc.assert(
      fc.property(moving, fc.constantFrom('exact' as const, 'none' as const), (list, total) => {
        const { isDone, missed } = readMovingList({ ...list, size: Math.max(2, list.size), pagination: 'offset', total });
        if (isDone) expect(missed).toEqual([]);
      }),
      propertyRuns(300),
    );
  });

  it.each(['page', 'offset'] as const)(
    'is done only when every row was seen, also where its pages become smaller meanwhile (%s)',
    (pagination) => {
      let done = 0;
      fc.assert(
        fc.property(moving, fc.integer({ min: 1, max: 30 }), (list, shrinksAfter) => {
          const { isDone, missed } = readMovingList({ ...list, size: Math.max(2, list.size), pagination, shrinksAfter });
          if (isDone) expect(missed).toEqual([]);
          done += Number(isDone);
        }),
        propertyRuns(200),
      );
      expect(done).toBeGreaterThan(50);
    },
  );
});
