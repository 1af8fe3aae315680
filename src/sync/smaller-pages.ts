import { askedSize, inPagesOf, isNumbered } from '../extract/place.ts';
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
  /** Rows of a page as the source gave them before, which can be fewer than were asked for: no more are tried. null where that is not known. */
  readonly given: number | null;
  /** Whether a page has shown that the source keeps to this size. */
  readonly isKept: boolean;
}

const PATIENCE = 4;
const MOST_PATIENCE = 1_024;

export const USUAL_PAGES: PageFit = { mostRows: Infinity, fitted: 0, patience: PATIENCE, grownFrom: null, given: null, isKept: true };

/**
 * @param given rows of a page as the source gives it; null where none was read
 * @returns null where smaller pages are no help against this failure
 */
export function afterTooLarge(fit: PageFit, error: unknown, { pagination }: FeedList, given: number | null): PageFit | null {
  if (!isTooLarge(error, pagination)) return null;
  const patience = fit.grownFrom === null ? fit.patience : Math.min(2 * fit.patience, MOST_PATIENCE);
  if (error instanceof OtherwiseCutError) {
    return fit.grownFrom === null ? null : { ...fit, mostRows: fit.grownFrom, fitted: 0, patience, grownFrom: null, isKept: true };
  }
  const rows = Math.max(1, Math.floor(Math.min(askedSize(pagination), given ?? Infinity) / 2));
  return { mostRows: rows, fitted: 0, patience, grownFrom: null, given: fit.given ?? given, isKept: false };
}

/** @param usual rows of a page as the list is asked for at first */
export function afterFitting(fit: PageFit, pages: number, usual: number): PageFit {
  const fitted = fit.fitted + pages;
  if (fitted < fit.patience) return { ...fit, fitted };
  const most = Math.min(usual, fit.given ?? usual);
  if (fit.mostRows >= most) return { ...fit, fitted: 0, patience: PATIENCE, grownFrom: null };
  return { ...fit, mostRows: Math.min(2 * fit.mostRows, most), fitted: 0, grownFrom: fit.mostRows, isKept: false };
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

/**
 * Whether a page is as it was asked for. One that is numbered is another where a source gives its own size whatever it is asked for, and rows would be passed by: so it has
 * to tell its size. By offset a page begins where it was asked for, and after more rows were tried it must have them.
 */
export function isCutAsAsked(
  list: FeedList,
  size: number,
  { grownFrom }: PageFit,
  page: Pick<ReadPage, 'size' | 'rows' | 'total' | 'rowsBefore'>,
): boolean {
  if (isNumbered(list.pagination)) return page.rowsBefore === 0 || (page.size === size && page.rows <= size);
  if (grownFrom === null || page.rows >= size || page.size === size) return true;
  return page.total !== null && page.rowsBefore + page.rows >= page.total;
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
