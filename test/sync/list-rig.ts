import type { ConnectionOptions } from '../../src/sync/define-connection.ts';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { Connector, FeedList, ItemResult, PageEnvelope, Pagination } from '../../src/model/connector.ts';
import { addMicros, type Instant } from '../../src/model/instant.ts';
import type { ResponseEvidence } from '../../src/model/observation.ts';
import type { SyncStreamResult } from '../../src/model/sync-result.ts';
import { defineConnection } from '../../src/sync/define-connection.ts';
import { sync } from '../../src/sync/sync.ts';
import { sendJson, serve, type Received } from '../extract/support/serve.ts';
import { START } from './rig.ts';

/** A finished run as the server of a list rig shows it. */
export interface Row {
  readonly id: string;
  readonly at: Instant;
  /** When it changed last, where the source tells, and what it then became. */
  readonly changedAt?: Instant;
  readonly version?: number;
  readonly content?: string;
}

export interface ListRigOptions {
  readonly pagination: Pagination;
  /** The list as it is now; it may be changed at any time. */
  readonly rows: Row[];
  /** What the list is besides its pages. */
  readonly list?: Partial<FeedList>;
  /** Whether the source has a filter by the last change, oldest creation first. */
  readonly hasWindows?: boolean;
  /** The names by which the source knows a page, the others being ignored, and the most rows that it gives. */
  readonly honours?: { readonly offset: string; readonly limit: string } | { readonly page: string; readonly size: string };
  readonly mostRows?: number;
  /** The rows of every numbered page, whatever it is asked for. */
  readonly fixedRows?: number;
  /** Whether an answer tells the size of its pages: as they are cut, or as they were asked for. Nothing if left out. */
  readonly tellsSize?: 'true' | 'asked';
  /** What the answer tells of the number of rows, given the true one; null for nothing. The truth if left out. */
  readonly total?: (exact: number) => number | null;
  /** Rows that are counted and left out of their page. */
  readonly hides?: (row: Row) => boolean;
  /** Before a page of the list is cut; the number counts such requests from 1, `asked` is the page asked for by number. */
  readonly beforePage?: (number: number, asked: number) => void | Promise<void>;
  /** Whether a request of the list is refused. */
  readonly refuses?: (query: URLSearchParams) => boolean;
  readonly connection?: Partial<ConnectionOptions>;
}

/** A source with one list of finished runs, cut as a test wants it, and a connection to it. Our clock stands still but for `passMs`. */
export interface ListRig {
  sync(ledger: Ledger, options?: Partial<Parameters<typeof sync>[1]>): Promise<SyncStreamResult>;
  passMs(ms: number): void;
  readonly now: () => Instant;
  /** Requests of pages of the list so far. */
  readonly pages: () => number;
}

/** So many rows, a minute apart, the newest in front. */
export function rowsOf(count: number): Row[] {
  return Array.from({ length: count }, (_, index) => rowNumber(count - index));
}

export function rowNumber(number: number): Row {
  return { id: `run-${number}`, at: addMicros(START, BigInt(number) * 60_000_000n) };
}

export async function startListRig(options: ListRigOptions): Promise<ListRig> {
  const { pagination, rows } = options;
  let pages = 0;
  let now = addMicros(START, 400n * 86_400_000_000n);
  const served = await serve(async (request, response) => {
    const headers = { date: new Date(now).toUTCString() };
    if (request.url.pathname !== '/runs') {
      const row = rows.find(({ id }) => request.url.pathname === `/runs/${id}`);
      sendJson(response, row ?? {}, row === undefined ? 404 : 200, headers);
      return;
    }
    pages += 1;
    if (options.refuses?.(request.url.searchParams) === true) {
      sendJson(response, { detail: 'no' }, 400, headers);
      return;
    }
    await options.beforePage?.(pages, Number(request.url.searchParams.get('page')));
    const listed = within(rows, request);
    const shown = cut(listed, options, request).filter((row) => options.hides?.(row) !== true);
    const total = options.total === undefined ? listed.length : options.total(listed.length);
    const size = options.tellsSize === undefined ? null : toldSize(options, options.tellsSize, request);
    sendJson(response, pagination.style === 'array' ? shown : { rows: shown, total, size }, 200, headers);
  });
  const settings = defineConnection({
    connector: connectorOf(
      { request: { method: 'GET', path: '/runs' }, pagination, parse, keyOf: idOf, ...options.list },
      options.hasWindows ?? false,
    ),
    name: 'listed',
    apiKey: 'a-key-for-the-list',
    baseUrl: served.url,
    requests: { perSecond: Infinity, concurrency: 4 },
    ...options.connection,
  });
  return {
    pages: () => pages,
    now: () => now,
    passMs: (ms) => {
      now = addMicros(now, BigInt(ms) * 1000n);
    },
    async sync(ledger, more) {
      const { streams } = await sync(ledger, { connections: [settings], now: () => now, ...more });
      const [result] = streams;
      if (result === undefined) throw new Error('the sync read no stream');
      return result;
    },
  };
}

function toldSize({ pagination, honours, mostRows, fixedRows }: ListRigOptions, tells: 'true' | 'asked', { url }: Received): number | null {
  if (pagination.style === 'array') return null;
  const names = honours ?? (pagination.style === 'page' ? { size: pagination.sizeParameter } : { limit: pagination.limitParameter });
  const asked = Number(url.searchParams.get('limit' in names ? names.limit : names.size));
  return tells === 'asked' ? asked : (fixedRows ?? Math.min(asked, mostRows ?? Infinity));
}

/** The rows that a filter by the last change lets through, oldest first; all where there is none. */
function within(rows: readonly Row[], { url }: Received): readonly Row[] {
  const [from, until] = [url.searchParams.get('from'), url.searchParams.get('until')];
  if (from === null) return rows;
  const isIn = ({ changedAt, at }: Row): boolean => (changedAt ?? at) >= from && (until === null || (changedAt ?? at) < until);
  return rows.filter(isIn).sort((a, b) => (a.at < b.at ? -1 : 1));
}

function cut(
  rows: readonly Row[],
  { pagination, honours, mostRows = Infinity, fixedRows }: ListRigOptions,
  { url }: Received,
): readonly Row[] {
  const asked = (name: string): number => Number(url.searchParams.get(name));
  if (fixedRows !== undefined) return rows.slice((asked('page') - 1) * fixedRows, asked('page') * fixedRows);
  if (honours !== undefined) {
    const size = Math.min(mostRows, asked('limit' in honours ? honours.limit : honours.size));
    const start = 'limit' in honours ? asked(honours.offset) : (asked(honours.page) - 1) * size;
    return rows.slice(start, start + size);
  }
  switch (pagination.style) {
    case 'array':
      return rows;
    case 'offset':
      return rows.slice(asked('offset'), asked('offset') + asked('limit'));
    case 'page':
      return rows.slice((asked('page') - 1) * asked('size'), asked('page') * asked('size'));
  }
}

function parse(body: unknown): PageEnvelope {
  if (Array.isArray(body)) return { items: body, total: null, position: null, size: null };
  const { rows, total, size } = body as { rows: unknown[]; total: number | null; size: number | null };
  return { items: rows, total, position: null, size };
}

function idOf(item: unknown): string {
  return (item as Row).id;
}

function connectorOf(list: FeedList, hasWindows: boolean): Connector {
  return {
    name: 'listed',
    title: 'Listed',
    defaultBaseUrl: null,
    environment: { apiKey: 'LISTED_API_KEY', baseUrl: 'LISTED_BASE_URL' },
    headers: () => ({}),
    requestIdHeaders: [],
    errorText: () => null,
    probe: { request: { method: 'GET', path: '/runs' }, accountIdOf: () => null },
    streams: {
      runs: [
        {
          generation: 'v1',
          recognition: null,
          kind: { name: 'listed run', reopensFrom: [], isKeyed: false, finishTellsAttempts: false },
          feeds: [
            {
              name: 'GET /runs',
              parents: null,
              lists: () => [list],
              showsAll: true,
              changedSince: hasWindows
                ? (from, until) => ({ ...list, request: { ...list.request, query: { from, ...(until !== null && { until }) } } })
                : null,
              observe: (item, { response }) => observe(item, response),
            },
          ],
          byId: {
            absence: 'at_once',
            request: ({ recordId }) => ({ method: 'GET', path: `/runs/${recordId}`, accept: [404] }),
            observe: (body, { response }) => observe(body, response),
            otherwise: null,
          },
          inBulk: null,
          detail: null,
        },
      ],
    },
  };
}

function observe(item: unknown, response: ResponseEvidence): ItemResult {
  const { id, at, changedAt, version } = item as Row;
  return {
    kind: 'observation',
    accountId: null,
    observation: {
      recordId: id,
      reading: { kind: 'known', status: 'succeeded', reason: null },
      sourceStatus: 'done',
      createdAt: at,
      queuedEvidence: at,
      ...(changedAt !== undefined && { sourceUpdatedAt: changedAt }),
      facts: version === undefined ? {} : { chunk_count: version },
      body: null,
      anomalies: [],
      response,
    },
  };
}
