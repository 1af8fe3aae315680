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
}

export interface ListRigOptions {
  readonly pagination: Pagination;
  /** The list as it is now; it may be changed at any time. */
  readonly rows: Row[];
  /** What the answer tells of the number of rows, given the true one; null for nothing. The truth if left out. */
  readonly total?: (exact: number) => number | null;
  /** Rows that are counted and left out of their page. */
  readonly hides?: (row: Row) => boolean;
  /** Before a page of the list is cut; the number counts such requests from 1, `asked` is the page asked for by number. */
  readonly beforePage?: (number: number, asked: number) => void | Promise<void>;
  readonly connection?: Partial<ConnectionOptions>;
}

/** A source with one list of finished runs, cut as a test wants it, and a connection to it. Our clock stands still but for `passMs`. */
export interface ListRig {
  sync(ledger: Ledger, options?: Partial<Parameters<typeof sync>[1]>): Promise<SyncStreamResult>;
  passMs(ms: number): void;
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
    await options.beforePage?.(pages, Number(request.url.searchParams.get('page')));
    const shown = cut(rows, pagination, request).filter((row) => options.hides?.(row) !== true);
    const total = options.total === undefined ? rows.length : options.total(rows.length);
    sendJson(response, pagination.style === 'array' ? shown : { rows: shown, total }, 200, headers);
  });
  const settings = defineConnection({
    connector: connectorOf({ request: { method: 'GET', path: '/runs' }, pagination, parse, keyOf: idOf }),
    name: 'listed',
    apiKey: 'a-key-for-the-list',
    baseUrl: served.url,
    requests: { perSecond: Infinity, concurrency: 4 },
    ...options.connection,
  });
  return {
    pages: () => pages,
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

function cut(rows: readonly Row[], pagination: Pagination, { url }: Received): readonly Row[] {
  const asked = (name: string): number => Number(url.searchParams.get(name));
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
  const { rows, total } = body as { rows: unknown[]; total: number | null };
  return { items: rows, total, position: null, size: null };
}

function idOf(item: unknown): string {
  return (item as Row).id;
}

function connectorOf(list: FeedList): Connector {
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
      runs: {
        kind: { name: 'listed run', reopensFrom: [], isKeyed: false, finishTellsAttempts: false },
        feeds: [
          {
            name: 'GET /runs',
            parents: null,
            lists: () => [list],
            showsAll: true,
            observe: (item, { response }) => observe(item, response),
          },
        ],
        byId: {
          provesAbsence: true,
          request: ({ recordId }) => ({ method: 'GET', path: `/runs/${recordId}`, accept: [404] }),
          observe: (body, { response }) => observe(body, response),
        },
        inBulk: null,
        detail: null,
      },
    },
  };
}

function observe(item: unknown, response: ResponseEvidence): ItemResult {
  const { id, at } = item as Row;
  return {
    kind: 'observation',
    accountId: null,
    observation: {
      recordId: id,
      reading: { kind: 'known', status: 'succeeded', reason: null },
      sourceStatus: 'done',
      createdAt: at,
      queuedEvidence: at,
      facts: {},
      body: null,
      anomalies: [],
      response,
    },
  };
}
