import type { SourceAnswer } from '../source-server.ts';
import { unprocessable } from './answers.ts';
import type { Asked } from './knowledge-stack-source.ts';
import type { QueryReader } from './query-reader.ts';
import { createQueryReader } from './query-reader.ts';

/**
 * Cuts the page that a query asks for, of 1 to 100 rows (20 where it does not say), with a total of this moment.
 *
 * @param select the rows of the whole list, by what else the query asks for
 */
export function listPage<T>(asked: Asked, select: (query: QueryReader) => readonly T[], form: (row: T) => object): SourceAnswer {
  const query = createQueryReader(asked.request.query);
  const { offset, limit, echo } = asked.source.settings.paging === 'pages' ? numberedPlace(query) : countedPlace(query);
  const rows = select(query);
  if (query.problems.length > 0) return unprocessable(asked, query.problems);
  return { status: 200, body: { items: rows.slice(offset, offset + limit).map(form), total: rows.length, ...echo } };
}

interface Place {
  readonly offset: number;
  readonly limit: number;
  readonly echo: Readonly<Record<string, number>>;
}

function countedPlace(query: QueryReader): Place {
  const limit = query.wholeNumber('limit', 1, 100, 20);
  const offset = query.wholeNumber('offset', 0, Infinity, 0);
  return { offset, limit, echo: { limit, offset } };
}

function numberedPlace(query: QueryReader): Place {
  const page = query.wholeNumber('page', 1, Infinity, 1);
  const limit = query.wholeNumber('page_size', 1, 100, 20);
  return { offset: (page - 1) * limit, limit, echo: { page, page_size: limit } };
}
