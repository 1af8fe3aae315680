import type { SourceAnswer } from '../source-server.ts';
import type { Sliceable } from './ordered-list.ts';

/** What Noxus answers where there is nothing to show. */
export const NOT_FOUND: SourceAnswer = { status: 404, body: { detail: 'Not found' } };
export const UNAUTHORIZED: SourceAnswer = { status: 401, body: { detail: 'Invalid API key' } };
export const NOT_ALLOWED: SourceAnswer = { status: 405, headers: { allow: 'GET' }, body: { detail: 'Method not allowed' } };

export interface Problem {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

export function unprocessable(problems: readonly Problem[]): SourceAnswer {
  return { status: 422, body: { detail: problems } };
}

/**
 * Cuts the page that a query asks for, from 1, of 1 to 100 items (50 where it does not say), with a total of this moment.
 *
 * @param sizeParameter the only name by which the size can be asked for; any other is ignored
 */
export function pageOf<T>(
  query: URLSearchParams,
  list: Sliceable<T>,
  form: (item: T) => object,
  sizeParameter: 'size' | 'page_size' = 'size',
): SourceAnswer {
  const problems: Problem[] = [];
  const page = wholeNumber('page', 1, Infinity, 1);
  const size = wholeNumber(sizeParameter, 1, 100, 50);
  if (problems.length > 0) return unprocessable(problems);
  const items = list.slice((page - 1) * size, size).map(form);
  return { status: 200, body: { items, total: list.length, page, size, pages: Math.ceil(list.length / size) } };

  function wholeNumber(name: string, min: number, max: number, fallback: number): number {
    const text = query.get(name);
    if (text === null) return fallback;
    const value = Number(text);
    const type = !/^-?\d+$/.test(text) ? 'int_parsing' : value < min ? 'greater_than_equal' : value > max ? 'less_than_equal' : null;
    if (type !== null)
      problems.push({
        loc: ['query', name],
        msg: `${name} must be a whole number of ${min} ${max === Infinity ? 'or more' : `to ${max}`}`,
        type,
      });
    return value;
  }
}
