import type { ApiRequest, PagedList, Pagination } from '../model/connector.ts';

/** Which page is asked for. */
export interface Place {
  /** from 1 */
  readonly number: number;
  /** What the source is told: the page's number, or the rows before it. 0 for a bare array. */
  readonly position: number;
}

export function placeOf(pagination: Pagination, number: number): Place {
  return { number, position: pagination.style === 'offset' ? (number - 1) * pagination.limit : number };
}

/** Whether pages lie where multiples of their size do, and nowhere else: because they are asked for by number, or may be. */
export function isNumbered(pagination: Pagination): boolean {
  return pagination.style !== 'offset' || pagination.alsoAsPage !== undefined;
}

/** The page that holds a row, or, by offset alone, that begins with it. @param row from 0 @param size rows on a page, as the source gives them */
export function placeOfRow(pagination: Pagination, row: number, size: number): Place {
  if (pagination.style === 'array') return placeOf(pagination, 1);
  const number = Math.floor(row / size) + 1;
  if (pagination.style === 'page') return { number, position: number };
  return { number, position: isNumbered(pagination) ? (number - 1) * size : row };
}

/** The same list in pages of so many rows. */
export function inPagesOf<List extends Pick<PagedList, 'pagination'>>(list: List, rows: number): List {
  return rows === askedSize(list.pagination) ? list : { ...list, pagination: withSize(list.pagination, rows) };
}

/** The same pagination with pages of another size; a bare array has none. */
export function withSize(pagination: Pagination, size: number): Pagination {
  switch (pagination.style) {
    case 'page':
      return { ...pagination, size };
    case 'offset':
      return { ...pagination, limit: size };
    case 'array':
      return pagination;
  }
}

/**
 * The page after one of `rows` rows. An offset counts rows that came, not rows that were asked for: a source that gives fewer than asked
 * would otherwise be read with holes.
 */
export function placeAfter(pagination: Pagination, place: Place, rows: number): Place {
  const step = pagination.style === 'offset' ? rows : 1;
  return { number: place.number + 1, position: place.position + step };
}

/** As it stands in evidence. */
export function placeName(pagination: Pagination, place: Place): string {
  return pagination.style === 'offset' ? `offset=${place.position}` : String(place.number);
}

/** The rows that a page is asked to hold; a bare array is all of them. */
export function askedSize(pagination: Pagination): number {
  switch (pagination.style) {
    case 'page':
      return pagination.size;
    case 'offset':
      return pagination.limit;
    case 'array':
      return Infinity;
  }
}

/** Where the page is asked for: in the query, or in the body of a listing that is a POST. */
export function requestAt(list: PagedList, place: Place): ApiRequest {
  const { request, pagination } = list;
  if (pagination.style === 'array') return request;
  const parameters = parametersOf(pagination, place);
  return request.method === 'POST'
    ? { ...request, body: { ...request.body, ...parameters } }
    : { ...request, query: { ...request.query, ...parameters } };
}

function parametersOf(pagination: Exclude<Pagination, { style: 'array' }>, { number, position }: Place): Readonly<Record<string, number>> {
  if (pagination.style === 'page') {
    const { pageParameter, sizeParameter, alsoSizeParameter, size } = pagination;
    return { ...(alsoSizeParameter !== undefined && { [alsoSizeParameter]: size }), [pageParameter]: position, [sizeParameter]: size };
  }
  const { offsetParameter, limitParameter, limit, alsoAsPage } = pagination;
  return {
    [offsetParameter]: position,
    [limitParameter]: limit,
    ...(alsoAsPage !== undefined && { [alsoAsPage.pageParameter]: number, [alsoAsPage.sizeParameter]: limit }),
  };
}
