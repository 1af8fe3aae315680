import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';

/** What is asked of a hostile server. */
export interface Question {
  readonly path: string;
  /** from 1 */
  readonly page: number;
  /** Which request it is for this path and page, from 1. */
  readonly time: number;
}

/** What a question is answered with; null: as it should be, with an empty list. */
export type Hostility = (question: Question) => Answer | null;
export type Answer = (response: ServerResponse) => void;

export interface HostileSource {
  readonly url: string;
  readonly close: () => void;
}

/** A server that speaks for a Noxus and means harm. */
export async function startHostileSource(answer: Hostility): Promise<HostileSource> {
  const times = new Map<string, number>();
  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    const url = new URL(request.url ?? '/', 'http://source');
    const page = Number(url.searchParams.get('page') ?? 1);
    const key = `${url.pathname} ${page}`;
    const time = (times.get(key) ?? 0) + 1;
    times.set(key, time);
    (answer({ path: url.pathname, page, time }) ?? give(listOf([])))(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Head {
  readonly status?: number;
  readonly headers?: Record<string, string>;
}

export function give(body: string | Uint8Array, { status = 200, headers = {} }: Head = {}): Answer {
  return (response) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}

/** So many megabytes of blanks, as fast as they are taken. */
export function pour(megabytes: number, { status = 200, headers = {} }: Head = {}): Answer {
  const chunk = Buffer.alloc(1024 * 1024, 0x20);
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    Readable.from(Array.from({ length: megabytes }, () => chunk)).pipe(response);
  };
}

/** The beginning of a body and then a blank now and then, for ever. */
export function drip(beginning: string): Answer {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write(beginning);
    const timer = setInterval(() => response.write(' '), 50);
    response.on('close', () => {
      clearInterval(timer);
    });
  };
}

/** A page of a list of `pages` such pages. @param items JSON already */
export function listOf(items: readonly string[], { page = 1, pages = 1 } = {}): string {
  return `{"items":[${items.join(',')}],"total":${pages * items.length},"page":${page},"size":${Math.max(1, items.length)},"pages":${pages}}`;
}

export const HONEST_RUN = {
  id: '11111111-1111-4111-8111-000000000000',
  group_id: '22222222-2222-4222-8222-222222222222',
  workflow_id: '33333333-3333-4333-8333-333333333333',
  status: 'completed',
  created_at: '2026-02-28T10:00:00Z',
  finished_at: '2026-02-28T10:05:00Z',
  input: {},
  workflow: { id: '33333333-3333-4333-8333-333333333333', name: 'n', type: 'flow' },
};

/** A run as JSON, with `RAW` in place of what JavaScript would not write. */
export function runText(number: number, fields: object = {}, raw = ''): string {
  const id = HONEST_RUN.id.slice(0, -6) + String(number).padStart(6, '0');
  // The higher its number the older it is: lists are newest first.
  const created = Date.parse(HONEST_RUN.created_at) - number * 60_000;
  const times = { created_at: new Date(created).toISOString(), finished_at: new Date(created + 1_000).toISOString() };
  return JSON.stringify({ ...HONEST_RUN, ...times, id, ...fields }).replaceAll('"RAW"', () => raw);
}
