import { describe, expect, test } from 'vitest';
import { isLastPage } from '../../src/extract/is-last-page.ts';

const items = (rows: number): readonly unknown[] => Array.from({ length: rows });

describe('a page is the last of its list', () => {
  test.each([
    ['it is empty, whatever total says', { items: items(0), total: 500, size: 10 }, { rows: 20, largest: 10 }],
    ['the rows read are all that its total names', { items: items(10), total: 20, size: 10 }, { rows: 20, largest: 10 }],
    ['it is short of the size that it names, and no total is told', { items: items(3), total: null, size: 10 }, { rows: 13, largest: 10 }],
    ['it is shorter than another, and nothing is told', { items: items(3), total: null, size: null }, { rows: 13, largest: 10 }],
    ['it is shorter than another, beyond a total that lies', { items: items(3), total: 5, size: null }, { rows: 13, largest: 10 }],
  ])('when %s', (_why, page, progress) => {
    expect(isLastPage(page, progress)).toBe(true);
  });

  test.each([
    ['fewer rows were read than its total names, however short it is', { items: items(3), total: 20, size: 10 }, { rows: 13, largest: 10 }],
    ['it is full, and no total is told', { items: items(10), total: null, size: 10 }, { rows: 10, largest: 10 }],
    ['it is full, beyond a total that lies', { items: items(10), total: 5, size: 10 }, { rows: 10, largest: 10 }],
    [
      'it is the first, and nothing is told: a source may give fewer rows than asked',
      { items: items(3), total: null, size: null },
      { rows: 3, largest: 3 },
    ],
  ])('not when %s', (_why, page, progress) => {
    expect(isLastPage(page, progress)).toBe(false);
  });
});
