import { describe, expect, it } from 'vitest';
import { askedSize } from '../../src/extract/place.ts';
import type { FeedList, Pagination } from '../../src/model/connector.ts';
import { SourceError } from '../../src/model/errors.ts';
import { RESPONSE } from '../observe/evidence.ts';
import { resumedList, UNREAD_LIST } from '../../src/sync/list-state.ts';
import {
  afterFitting,
  afterTooLarge,
  fitPages,
  isCutAsAsked,
  OtherwiseCutError,
  refitPages,
  USUAL_PAGES,
} from '../../src/sync/smaller-pages.ts';

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
    expect(fitPages(listOf(PAGE), resumedList(75, 25, 900), USUAL_PAGES)).toMatchObject({
      list: { pagination: { size: 25 } },
      state: { size: 25 },
    });
  });

  it('that begin at any row have the size that is asked for', () => {
    expect(fitPages(listOf(OFFSET), resumedList(75, 25, 900), USUAL_PAGES)).toMatchObject({ list: { pagination: { limit: 100 } } });
  });

  it.each([PAGE, OFFSET])('have no more rows than were found to fit, and the rows that were read stay read', (pagination) => {
    const { list, state } = fitPages(listOf(pagination), resumedList(300, 100, 900), { ...USUAL_PAGES, mostRows: 12 });
    expect(askedSize(list.pagination)).toBe(12);
    expect(state).toMatchObject({ size: 12, uncovered: { from: 301, island: null } });
  });

  it('are what they always are where nothing was read, nor found too large', () => {
    const list = listOf(PAGE);
    expect(fitPages(list, UNREAD_LIST, USUAL_PAGES)).toEqual({ list, state: UNREAD_LIST });
  });
});

describe('how many rows are asked for', () => {
  const tooLarge = new SourceError('source_too_large', 'too large', {});
  const otherwiseCut = new OtherwiseCutError(RESPONSE, 100);
  const fewer = { ...USUAL_PAGES, mostRows: 12 };

  it('is half as many after each answer that was too large, down to one', () => {
    expect(afterTooLarge(USUAL_PAGES, tooLarge, listOf(PAGE), null)?.mostRows).toBe(50);
    expect(afterTooLarge(USUAL_PAGES, tooLarge, listOf({ ...OFFSET, limit: 3 }), null)?.mostRows).toBe(1);
    expect(afterTooLarge(USUAL_PAGES, tooLarge, listOf({ ...PAGE, size: 1 }), null)).toBeNull();
    // The source gives 46 at the most.
    expect(afterTooLarge(USUAL_PAGES, tooLarge, listOf(PAGE), 46)?.mostRows).toBe(23);
    expect(afterTooLarge(USUAL_PAGES, tooLarge, listOf(PAGE), 1)?.mostRows).toBe(1);
  });

  it('stays what it is where there are no pages, or the failure is another', () => {
    expect(afterTooLarge(USUAL_PAGES, tooLarge, listOf({ style: 'array' }), null)).toBeNull();
    expect(afterTooLarge(USUAL_PAGES, new SourceError('source_timeout', 'late', {}), listOf(PAGE), null)).toBeNull();
  });

  it('is twice as many again once four pages have fitted, up to the usual', () => {
    expect(afterFitting(fewer, 3, 100)).toMatchObject({ mostRows: 12, fitted: 3 });
    expect(afterFitting({ ...fewer, fitted: 3 }, 1, 100)).toMatchObject({ mostRows: 24, fitted: 0, grownFrom: 12 });
    expect(afterFitting({ ...fewer, mostRows: 60 }, 4, 100)).toMatchObject({ mostRows: 100 });
    expect(afterFitting({ ...fewer, mostRows: 100, patience: 64 }, 64, 100)).toMatchObject({ mostRows: 100, patience: 4 });
  });

  it('is tried again after twice as many pages where that was in vain', () => {
    const grown = afterFitting(fewer, 4, 100);
    const back = afterTooLarge(grown, tooLarge, listOf({ ...PAGE, size: 24 }), null);
    expect(back).toMatchObject({ mostRows: 12, patience: 8 });
    expect(back && afterFitting(back, 7, 100)).toMatchObject({ mostRows: 12 });
  });

  it('stays what it was where the source gives no more, and is no help where it gives no less', () => {
    const back = afterTooLarge(afterFitting(fewer, 4, 100), otherwiseCut, listOf({ ...PAGE, size: 24 }), null);
    expect(back).toMatchObject({ mostRows: 12 });
    expect(back && afterFitting(back, 7, 100)).toMatchObject({ mostRows: 12, isKept: true });
    expect(afterTooLarge(fewer, otherwiseCut, listOf({ ...PAGE, size: 12 }), null)).toBeNull();
  });

  it('changes nothing of what was read', () => {
    const { state } = refitPages(listOf(PAGE), { ...resumedList(300, 12, 900), pages: 25 }, 24);
    expect(state).toMatchObject({ size: 24, pages: 25, uncovered: { from: 301 } });
  });

  it.each([
    ['that tells the size that was asked for', { size: 25, rows: 25 }, true],
    ['that tells it and leaves rows out', { size: 25, rows: 20 }, true],
    ['that tells another', { size: 100, rows: 25 }, false],
    ['that is longer than it tells', { size: 25, rows: 100 }, false],
    ['that does not tell', { size: null, rows: 25 }, false],
  ])('a numbered page %s shows where it lies', (_name, told, isCut) => {
    expect(isCutAsAsked(listOf(PAGE), 25, fewer, { ...told, total: 900, rowsBefore: 75 })).toBe(isCut);
    // The first one lies where it lies.
    expect(isCutAsAsked(listOf(PAGE), 25, fewer, { ...told, total: 900, rowsBefore: 0 })).toBe(true);
  });

  it.each([
    ['has them', { size: null, rows: 50, total: null }, true],
    ['has fewer, because it is the last', { size: null, rows: 20, total: 95 }, true],
    ['has fewer, and tells that it was asked for them', { size: 50, rows: 45, total: 900 }, true],
    ['has fewer, because no more are given', { size: null, rows: 46, total: 900 }, false],
    ['has fewer, and nobody knows why', { size: null, rows: 46, total: null }, false],
  ])('a page by offset that was asked for more rows than before %s', (_name, told, isCut) => {
    const grown = { ...fewer, grownFrom: 25, mostRows: 50 };
    expect(isCutAsAsked(listOf(OFFSET), 50, grown, { ...told, rowsBefore: 75 })).toBe(isCut);
    expect(isCutAsAsked(listOf(OFFSET), 50, fewer, { ...told, rowsBefore: 75 })).toBe(true);
  });

  it('is never more than the source has given before', () => {
    const fit = afterTooLarge(USUAL_PAGES, tooLarge, listOf(OFFSET), 46);
    expect(fit).toMatchObject({ mostRows: 23, given: 46 });
    const grown = fit && afterFitting(fit, 4, 100);
    expect(grown).toMatchObject({ mostRows: 46 });
    expect(grown && afterFitting(grown, 100, 100)).toMatchObject({ mostRows: 46 });
  });
});
