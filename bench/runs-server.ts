import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A Noxus server of so many finished runs that a simulated world of them would not fit beside what is measured. Runs are told from their numbers; one begins
 * every half minute. Started as a child process: `node runs-server.ts <runs>`; it sends its port, takes `{ add: n }` and `{ remove: number }`, and answers each with
 * the requests since the last.
 */
const ids = Array.from({ length: Number(process.argv[2]) }, (_, number) => number);
let next = ids.length;
let requests: string[] = [];
const START = Date.UTC(2025, 0, 1);
const EVERY_MS = 30_000;

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '', 'http://localhost');
  requests.push(`${url.pathname}${url.search}`);
  const { status, body } = answer(url);
  response.writeHead(status, { 'content-type': 'application/json', date: new Date(START + next * EVERY_MS).toUTCString() });
  response.end(JSON.stringify(body));
});

function answer(url: URL): { status: number; body: unknown } {
  if (url.pathname === '/v1/knowledge-bases') return { status: 200, body: { items: [], total: 0, page: 1, size: 100, pages: 0 } };
  if (url.pathname === '/v1/runs') {
    const page = Number(url.searchParams.get('page'));
    const size = Number(url.searchParams.get('size'));
    const end = Math.max(0, ids.length - (page - 1) * size);
    const items = ids
      .slice(Math.max(0, end - size), end)
      .reverse()
      .map(runOf);
    return { status: 200, body: { items, total: ids.length, page, size, pages: Math.ceil(ids.length / size) } };
  }
  const number = ids.find((candidate) => idOf(candidate) === url.pathname.slice('/v1/runs/'.length));
  return number === undefined ? { status: 404, body: { detail: 'Not found' } } : { status: 200, body: runOf(number) };
}

function runOf(number: number): unknown {
  return {
    id: idOf(number),
    group_id: '00000000-0000-4000-8000-000000000000',
    workflow_id: `00000000-0000-4000-8000-00000000000${number % 10}`,
    status: 'completed',
    created_at: new Date(START + number * EVERY_MS).toISOString(),
    finished_at: new Date(START + number * EVERY_MS + 60_000).toISOString(),
  };
}

function idOf(number: number): string {
  const hex = createHash('md5').update(String(number)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

process.on('message', (message: { readonly add?: number; readonly remove?: number }) => {
  for (let i = 0; i < (message.add ?? 0); i += 1) ids.push(next++);
  if (message.remove !== undefined) ids.splice(ids.indexOf(message.remove), 1);
  process.send?.({ requests, now: START + next * EVERY_MS });
  requests = [];
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
