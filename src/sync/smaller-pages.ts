import { askedSize, isNumbered, withSize } from '../extract/place.ts';
import type { FeedList, Pagination } from '../model/connector.ts';
import { SourceError } from '../model/errors.ts';
import type { ResponseEvidence } from '../model/observation.ts';
import { resized, type ListState, type ReadPage } from './list-state.ts';

/**
 * How many rows are asked for. Rows of some sources are megabytes, a hundred of them are more than an answer may have: then half as many are asked for, and
 * twice as many again once several such pages have fitted.
 */
export interface PageFit {
  readonly mostRows: number;
  /** Pages in a row that fitted. */
  readonly fitted: number;
  /** Pages that must fit before more rows are tried; twice as many after each try that was in vain. */
  readonly patience: number;
  /** Rows that were asked for before more were tried; null where the last change was to fewer. */
  readonly grownFrom: number | null;
}

export const USUAL_PAGES: PageFit = { mostRows: Infinity, fitted: 0, patience: 4, grownFrom: null };

const MOST_PATIENCE = 1_024;

/**
 * @param given rows of a page as the source gives it, which can be fewer than it is asked for; null where that is not known
 * @returns null where smaller pages are no help against this failure
 */
export function afterTooLarge(fit: PageFit, error: unknown, { pagination }: FeedList, given: number | null): PageFit | null {
  if (!isTooLarge(error, pagination)) return null;
  const patience = fit.grownFrom === null ? fit.patience : Math.min(2 * fit.patience, MOST_PATIENCE);
  if (error instanceof OtherwiseCutError) {
    return fit.grownFrom === null ? null : { mostRows: fit.grownFrom, fitted: 0, patience: Infinity, grownFrom: null };
  }
  return {
    mostRows: Math.max(1, Math.floor(Math.min(askedSize(pagination), given ?? Infinity) / 2)),
    fitted: 0,
    patience,
    grownFrom: null,
  };
}

/** @param usual rows of a page as the list is asked for at first */
export function afterFitting(fit: PageFit, pages: number, usual: number): PageFit {
  const fitted = fit.fitted + pages;
  if (fit.mostRows >= usual) return fitted < fit.patience ? { ...fit, fitted } : USUAL_PAGES;
  if (fitted < fit.patience) return { ...fit, fitted };
  return { ...fit, mostRows: Math.min(2 * fit.mostRows, usual), fitted: 0, grownFrom: fit.mostRows };
}

/** Pages until more rows are tried. */
export function pagesToGrow({ mostRows, fitted, patience }: PageFit, usual: number): number {
  return mostRows < usual ? patience - fitted : Infinity;
}

export function isTooLarge(error: unknown, pagination: Pagination): boolean {
  return error instanceof SourceError && error.code === 'source_too_large' && askedSize(pagination) > 1 && pagination.style !== 'array';
}

/** A list as it is asked for, and how far it was read, in pages of that size. */
export interface FittedList {
  readonly list: FeedList;
  readonly state: ListState;
}

/**
 * A list at the beginning of its reading. Pages that are numbered lie where multiples of their size do: who goes on where another reading has stopped asks for pages of
 * its size.
 */
export function fitPages(list: FeedList, state: ListState, { mostRows }: PageFit): FittedList {
  const before = isNumbered(list.pagination) ? (state.size ?? Infinity) : Infinity;
  const size = Math.min(askedSize(list.pagination), mostRows, before);
  return { list: inPagesOf(list, size), state: state.size !== null && mostRows < state.size ? resized(state, size) : state };
}

/** The same list, read on in pages of so many rows. */
export function refitPages(list: FeedList, state: ListState, rows: number): FittedList {
  return { list: inPagesOf(list, rows), state: state.size === null ? state : resized(state, rows) };
}

function inPagesOf(list: FeedList, rows: number): FeedList {
  return rows === askedSize(list.pagination) ? list : { ...list, pagination: withSize(list.pagination, rows) };
}

/**
 * Whether a page lies where it was asked for. A source that gives pages of its own size whatever it is asked for has another page of that number, and rows would be
 * passed by. By offset alone it makes no difference.
 */
export function isWhereAsked(list: FeedList, { size }: ListState, page: Pick<ReadPage, 'size' | 'rows' | 'total' | 'rowsBefore'>): boolean {
  if (!isNumbered(list.pagination) || size === null) return true;
  if (page.rows > size) return false;
  if (page.size === size) return true;
  // Some tell for the size how many rows there are.
  if (page.size !== null && page.size !== page.rows) return false;
  return page.rows === size || (page.rows > 0 && page.rowsBefore + page.rows === page.total);
}

/** A source that does not keep to the size of pages that it is asked for. */
export class OtherwiseCutError extends SourceError {
  constructor({ method, path }: ResponseEvidence, rows: number) {
    super(
      'source_too_large',
      `A page of this list is larger than an answer may be, and ${method} ${path} answered ${rows} rows: no smaller pages are given.`,
      {
        hint: 'Raise requests.max_bytes: README tells how much memory that takes.',
      },
    );
  }
}
