import { expect, it } from 'vitest';
import { noxus } from '../../src/connectors/noxus/noxus.ts';
import { defineConnection } from '../../src/sync/define-connection.ts';
import { sync } from '../../src/sync/sync.ts';
import { sendJson, serve } from '../extract/support/serve.ts';
import { freshLedger } from '../support/ledger.ts';

const idOf = (kind: number, index: number): string => `${kind}0000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
const LARGE = 'x'.repeat(3_000);

/** Knowledge bases, of which only the first has documents. */
async function syncDocuments(knowledgeBases: number, documents: number, sizeParameter: string) {
  const described = Array.from({ length: knowledgeBases }, (_, index) => ({ id: idOf(1, index), name: 'kb', description: LARGE }));
  const listed = Array.from({ length: documents }, (_, index) => ({
    id: idOf(2, index),
    name: 'd',
    status: 'trained',
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    summary: LARGE,
  }));
  const server = await serve(({ url: { pathname, searchParams } }, response) => {
    const cut = (rows: readonly unknown[], named: string) => {
      const [page, size] = [Number(searchParams.get('page') ?? 1), Number(searchParams.get(named) ?? 50)];
      return { items: rows.slice((page - 1) * size, page * size), total: rows.length, page, size };
    };
    if (pathname === '/v1/knowledge-bases') sendJson(response, cut(described, 'size'));
    else if (pathname === `/v1/knowledge-bases/${idOf(1, 0)}/documents/trained`) sendJson(response, cut(listed, sizeParameter));
    else if (pathname.endsWith('/runs') || pathname.endsWith('/ingestion')) sendJson(response, []);
    else sendJson(response, cut([], sizeParameter));
  });
  const settings = defineConnection({
    connector: noxus,
    name: 'noxus',
    apiKey: 'a-key-of-noxus',
    baseUrl: server.url,
    streams: ['documents'],
    requests: { perSecond: Infinity, maxBytes: 150_000 },
  });
  const { streams } = await sync(await freshLedger('postgres'), { connections: [settings] });
  return { stream: streams[0], asked: server.received.map(({ url }) => `${url.pathname}?${url.searchParams.toString()}`) };
}

it.each(['size', 'page_size'])(
  'documents are asked for in smaller pages under both names of the size, whichever counts (%s)',
  async (name) => {
    const { stream, asked } = await syncDocuments(1, 160, name);
    expect(stream).toMatchObject({ status: 'succeeded', has_absence_proof: true });
    expect(asked.filter((request) => /trained.*page_size=25&page=\d+&size=25$/.test(request))).not.toEqual([]);
  },
);

it('knowledge bases of which a page is too large are read in smaller ones, from the beginning', async () => {
  const { stream, asked } = await syncDocuments(120, 1, 'size');
  expect(stream).toMatchObject({ status: 'succeeded', has_absence_proof: true, observed_count: 1 });
  expect(asked.filter((request) => request.startsWith('/v1/knowledge-bases?')).slice(0, 4)).toEqual([
    '/v1/knowledge-bases?page=1&size=100',
    '/v1/knowledge-bases?page=1&size=50',
    '/v1/knowledge-bases?page=1&size=25',
    '/v1/knowledge-bases?page=2&size=25',
  ]);
});
