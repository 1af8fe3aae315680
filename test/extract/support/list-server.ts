import type { PagedList, PageEnvelope, Pagination } from '../../../src/model/connector.ts';
import { sendJson, serve, type Served } from './serve.ts';

export interface ListServer {
  /** The rows as they are at the given request, counted from 1. */
  readonly rows: (request: number) => readonly unknown[];
  readonly style?: 'page' | 'offset';
  /** Rows of a page at the most, whatever is asked for. */
  readonly cap?: number;
  readonly total?: 'exact' | 'none' | ((exact: number) => number);
  readonly echo?: boolean;
  /** Whether the server knows the parameters of the page; otherwise every page is its first. */
  readonly knowsPages?: boolean;
}

export const PAGE = { style: 'page', pageParameter: 'page', sizeParameter: 'size', size: 10 } as const satisfies Pagination;
export const OFFSET = { style: 'offset', offsetParameter: 'offset', limitParameter: 'limit', limit: 10 } as const satisfies Pagination;

export async function serveList(options: ListServer): Promise<Served> {
  const { cap = Infinity, total = 'exact', echo = true, knowsPages = true } = options;
  return serve((request, response, number) => {
    const asked = (name: string): number => Number(request.url.searchParams.get(name));
    const isOffset = request.url.searchParams.has('offset');
    const size = Math.min(cap, asked(isOffset ? 'limit' : 'size'));
    const start = knowsPages ? (isOffset ? asked('offset') : (asked('page') - 1) * size) : 0;
    const rows = options.rows(number);
    sendJson(response, {
      items: rows.slice(start, start + size),
      ...(total === 'none' ? {} : { total: total === 'exact' ? rows.length : total(rows.length) }),
      ...(echo ? { position: knowsPages ? asked(isOffset ? 'offset' : 'page') : isOffset ? 0 : 1, size } : {}),
    });
  });
}

export function listOf(pagination: Pagination, keyOf?: (item: unknown) => string | null): PagedList {
  return { request: { method: 'GET', path: '/list' }, pagination, parse: readPage, ...(keyOf === undefined ? {} : { keyOf }) };
}

function readPage(body: unknown): PageEnvelope {
  const page = body as { items: unknown[]; total?: number; position?: number; size?: number };
  return { items: page.items, total: page.total ?? null, position: page.position ?? null, size: page.size ?? null };
}
