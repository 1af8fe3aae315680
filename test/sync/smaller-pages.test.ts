import { describe, expect, it } from 'vitest';
import { askedSize } from '../../src/extract/place.ts';
import type { FeedList, Pagination } from '../../src/model/connector.ts';
import { SourceError } from '../../src/model/errors.ts';
import { resumedList, UNREAD_LIST } from '../../src/sync/list-state.ts';
import { fewerRows, fitPages, isWhereAsked } from '../../src/sync/smaller-pages.ts';

const PAGE: Pagination = { style: 'page', pageParameter: 'page', sizeParameter: 'size', size: 100 };
const OFFSET: Pagination = { style: 'offset', offsetParameter: 'offset', limitParameter: 'limit', limit: 100 };
const listOf = (pagination: Pagination): FeedList => ({
  request: { method: 'GET', path: '/runs' },
  pagination,
  parse: () => ({ items: [], total: null, position: null, size: null }),
  keyOf: () => '',
});

describe('pages', () => {
  it('that are numbered have the size of those before them, because they lie where its multiples do', () => {
    expect(fitPages(listOf(PAGE), resumedList(75, 25, 900), Infinity)).toMatchObject({
      list: { pagination: { size: 25 } },
      state: { size: 25 },
    });
  });

  it('that begin at any row have the size that is asked for', () => {
    expect(fitPages(listOf(OFFSET), resumedList(75, 25, 900), Infinity)).toMatchObject({ list: { pagination: { limit: 100 } } });
  });

  it.each([PAGE, OFFSET])('have no more rows than were found to fit, and the rows that were read stay read', (pagination) => {
    const { list, state } = fitPages(listOf(pagination), resumedList(300, 100, 900), 12);
    expect(askedSize(list.pagination)).toBe(12);
    expect(state).toMatchObject({ size: 12, uncovered: { from: 301, island: null } });
  });

  it('are what they always are where nothing was read, nor found too large', () => {
    const list = listOf(PAGE);
    expect(fitPages(list, UNREAD_LIST, Infinity)).toEqual({ list, state: UNREAD_LIST });
  });
});

describe('after an answer that was too large', () => {
  const tooLarge = new SourceError('source_too_large', 'too large', {});

  it('half the rows are asked for, down to one', () => {
    expect(fewerRows(tooLarge, listOf(PAGE))).toBe(50);
    expect(fewerRows(tooLarge, listOf({ ...OFFSET, limit: 3 }))).toBe(1);
    expect(fewerRows(tooLarge, listOf({ ...PAGE, size: 1 }))).toBeNull();
  });

  it('nothing else is asked for where it was no page, or another failure', () => {
    expect(fewerRows(tooLarge, listOf({ style: 'array' }))).toBeNull();
    expect(fewerRows(new SourceError('source_timeout', 'late', {}), listOf(PAGE))).toBeNull();
  });

  it.each([
    ['that tells the size that was asked for', { size: 25, rows: 25 }, true],
    ['that tells another', { size: 100, rows: 25 }, false],
    ['that is as long as asked for', { size: null, rows: 25 }, true],
    ['that is longer', { size: null, rows: 100 }, false],
    ['that is shorter, though it is not the last', { size: null, rows: 7 }, false],
    ['that is shorter and ends the list', { size: null, rows: 20 }, true],
    ['that is empty where there should be rows', { size: null, rows: 0 }, false],
  ])('a numbered page %s shows where it lies', (_name, told, isWhere) => {
    expect(isWhereAsked(listOf(PAGE), resumedList(75, 25, 95), { ...told, total: 95, rowsBefore: 75 })).toBe(isWhere);
    expect(isWhereAsked(listOf(OFFSET), resumedList(75, 25, 95), { ...told, total: 95, rowsBefore: 75 })).toBe(true);
  });
});
