import { describe, expect, it } from 'vitest';
import { instantFromMillis } from '../../src/model/instant.ts';
import { NO_ORDER_SEEN, orderOf, watchOrder, type SortedRow } from '../../src/sync/list-order.ts';

const START = Date.UTC(2026, 0, 1);

/** A page of records created so many minutes after the start. */
function page(...minutes: readonly (number | null)[]): readonly SortedRow[] {
  return minutes.map((minute) => ({
    recordId: `run-${minute ?? 'x'}`,
    at: minute === null ? null : instantFromMillis(START + minute * 60_000),
  }));
}

function orderAfter(...pages: readonly (readonly SortedRow[])[]): string | null {
  return orderOf(pages.reduce(watchOrder, NO_ORDER_SEEN));
}

const count = (from: number, to: number): number[] =>
  Array.from({ length: Math.abs(to - from) + 1 }, (_, index) => (from < to ? from + index : from - index));

describe('the order of a list', () => {
  it('is believed once enough different moments came in it', () => {
    expect(orderAfter(page(...count(30, 20)))).toBe('newest_first');
    expect(orderAfter(page(...count(20, 30)))).toBe('oldest_first');
    expect(orderAfter(page(...count(30, 26)), page(...count(25, 20)))).toBe('newest_first');
  });

  it('is not told by a short list, nor by records that were created at one moment', () => {
    expect(orderAfter(page(3, 2, 1))).toBeNull();
    expect(orderAfter(page(...Array.from({ length: 50 }, () => 7)))).toBeNull();
    expect(orderAfter(page(...Array.from({ length: 50 }, () => null)))).toBeNull();
  });

  it('is none as soon as one record stands out of it', () => {
    expect(orderAfter(page(3, 1, 2))).toBe('none');
    expect(orderAfter(page(...count(30, 20)), page(35, 19, 18))).toBe('none');
  });

  it('is not broken by rows that moved to the next page because newer ones came', () => {
    expect(orderAfter(page(...count(30, 20)), page(21, 20, 19, 18, 17))).toBe('newest_first');
  });
});
