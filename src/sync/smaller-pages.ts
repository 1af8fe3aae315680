import { askedSize, isNumbered, withSize } from '../extract/place.ts';
import type { FeedList } from '../model/connector.ts';
import { SourceError } from '../model/errors.ts';
import { resized, type ListState, type ReadPage } from './list-state.ts';

/** A list as it is asked for, and how far it was read in pages of that size. */
export interface FittedList {
  readonly list: FeedList;
  readonly state: ListState;
}

/**
 * Rows of some sources are megabytes: a hundred of them are more than an answer may have. Then fewer are asked for.
 *
 * Pages that are numbered lie where multiples of their size do: who goes on where another reading has stopped must ask for pages of its size.
 *
 * @param mostRows that a page is to be asked for
 */
export function fitPages(list: FeedList, state: ListState, mostRows: number): FittedList {
  const size = Math.min(askedSize(list.pagination), mostRows, isNumbered(list.pagination) ? (state.size ?? Infinity) : Infinity);
  return {
    list: size === askedSize(list.pagination) ? list : { ...list, pagination: withSize(list.pagination, size) },
    state: state.size === null || state.size <= size ? state : resized(state, size),
  };
}

/** @returns the rows to ask for after this failure; null where smaller pages are no help */
export function fewerRows(error: unknown, { pagination }: FeedList): number | null {
  if (!(error instanceof SourceError) || error.code !== 'source_too_large' || pagination.style === 'array') return null;
  const size = askedSize(pagination);
  return size > 1 ? Math.floor(size / 2) : null;
}

/**
 * Whether a page lies where it was asked for. A source that gives its usual size whatever it is asked for has another page of that number: rows would be passed by. By offset
 * alone it makes no difference.
 */
export function isWhereAsked(list: FeedList, { size }: ListState, page: Pick<ReadPage, 'size' | 'rows' | 'total' | 'rowsBefore'>): boolean {
  if (!isNumbered(list.pagination) || size === null) return true;
  return page.size === null ? page.rows === size || page.rowsBefore + page.rows === page.total : page.size === size;
}
