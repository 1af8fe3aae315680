import { describe, expect, it } from 'vitest';
import { documents } from '../../../src/connectors/morphik/documents.ts';
import { readPages } from '../../../src/extract/read-pages.ts';
import type { FeedList, ListFeed, StreamSource } from '../../../src/model/connector.ts';
import { KINDS } from '../../diff/kinds.ts';
import { apiTo, sourceErrorOf } from '../../extract/support/api.ts';
import { sendJson, serve, type Served } from '../../extract/support/serve.ts';
import { itemContext } from '../../observe/evidence.ts';
import { bareRow, dottedRow, ID, statusAnswer, wholeRow } from './document-rows.ts';

const [bare, dotted, array] = documents as readonly [StreamSource, StreamSource, StreamSource];
const feedOf = (form: StreamSource): ListFeed => form.feeds[0] as ListFeed;
const listOf = (form: StreamSource): FeedList => feedOf(form).lists(null)[0] as FeedList;

const BARE_FIELDS = ['external_id', 'content_type', 'folder_id', 'app_id', 'status', 'error', 'created_at', 'updated_at', 'progress'];
const DOTTED_FIELDS = [
  ...BARE_FIELDS.slice(0, 4),
  'system_metadata.status',
  'system_metadata.error',
  'system_metadata.created_at',
  'system_metadata.updated_at',
  'system_metadata.progress',
];
const COUNTED = {
  sort_by: 'updated_at',
  sort_direction: 'desc',
  return_documents: true,
  include_total_count: true,
  include_status_counts: true,
};
const PAGE = { documents: [], skip: 0, limit: 200, returned_count: 0, has_more: false, next_skip: null, folder_counts: null };

/** What the server's database makes of a failure: an empty list, with 200. */
const SWALLOWED = { ...PAGE, total_count: null, status_counts: null };

describe('the forms', () => {
  it('are three, the newest first, and differ in their list alone', () => {
    expect(documents.map(({ generation }) => generation)).toEqual(['list_docs', 'list_docs with dotted fields', 'bare array']);
    for (const form of documents) {
      expect(form.kind).toEqual({ ...KINDS['morphik document'], name: 'morphik_document' });
      expect([form.inBulk, form.detail, form.feeds.length]).toEqual([null, null, 1]);
      expect(feedOf(form)).toMatchObject({ parents: null, showsAll: true, changedSince: null });
    }
  });

  it('are told by an answer about one document', () => {
    expect(bare.recognition?.request).toEqual({
      method: 'POST',
      path: '/documents/list_docs',
      body: { ...COUNTED, fields: BARE_FIELDS, skip: 0, limit: 1 },
    });
    expect(dotted.recognition?.request.body).toEqual({ ...COUNTED, fields: DOTTED_FIELDS, skip: 0, limit: 1 });
    expect(array.recognition?.request).toEqual({ method: 'POST', path: '/documents', body: { fields: DOTTED_FIELDS, skip: 0, limit: 0 } });
    expect([[], [bareRow()], PAGE, null].map((body) => array.recognition?.isSpoken(body))).toEqual([true, true, false, false]);
    expect([bare, dotted, array].map(({ recognition }) => recognition?.mayTakeOver)).toEqual([true, false, true]);
  });

  it.each([
    ['a row with its state', { ...PAGE, documents: [bareRow()] }, true, true],
    ['a row whose state was dropped, because its fields are unknown', { ...PAGE, documents: [{ external_id: ID }] }, false, true],
    ['a row whose state is null', { ...PAGE, documents: [{ external_id: ID, system_metadata: null }] }, false, true],
    ['no row', { ...PAGE, documents: [], total_count: 0, status_counts: {} }, null, true],
    ['a database that failed', { ...PAGE, documents: [], total_count: null, status_counts: null }, false, false],
    ['a bare list', [bareRow()], false, false],
    ['an error', { detail: 'Method Not Allowed' }, false, false],
    ['nothing', null, false, false],
  ])('of the newer two are recognised by %s', (_title, body, isBare, isDotted) => {
    expect([bare.recognition?.isSpoken(body), dotted.recognition?.isSpoken(body)]).toEqual([isBare, isDotted]);
  });
});

describe('list_docs', () => {
  it.each([
    ['bare', bare, BARE_FIELDS],
    ['dotted', dotted, DOTTED_FIELDS],
  ])('with %s fields is asked for from the latest update on, without any document’s text', (_title, form, fields) => {
    expect(listOf(form)).toMatchObject({
      request: { method: 'POST', path: '/documents/list_docs', body: { ...COUNTED, fields } },
      pagination: { style: 'offset', offsetParameter: 'skip', limitParameter: 'limit', limit: 200 },
      sortedBy: 'updated',
    });
    expect(listOf(form).request.query).toBeUndefined();
    expect(listOf(form).isJoinedAnywhere).toBeUndefined();
    expect(listOf(form).keyOf?.(bareRow())).toBe(ID);
  });

  it('tells its total and its place', () => {
    const body = { ...PAGE, documents: [bareRow()], skip: 400, limit: 200, total_count: 401, status_counts: { completed: 401 } };
    for (const form of [bare, dotted])
      expect(listOf(form).parse(body)).toEqual({ items: [bareRow()], total: 401, position: 400, size: 200 });
  });

  it('may be empty, where it was counted', () => {
    for (const counts of [
      { total_count: 0, status_counts: {} },
      { total_count: 0, status_counts: null },
      { total_count: null, status_counts: {} },
    ])
      expect(listOf(bare).parse({ ...PAGE, ...counts }).items).toEqual([]);
  });

  it('that is empty and was not counted is a failure of the server’s database, and no empty list', () => {
    for (const form of [bare, dotted])
      for (const body of [SWALLOWED, PAGE])
        expect(() => listOf(form).parse(body)).toThrow(
          expect.objectContaining({
            code: 'source_unavailable',
            message: 'an empty list without the counts that were asked for: its database failed',
            hint: expect.stringContaining('Morphik answers 200') as string,
          }) as Error,
        );
  });

  it('that shows rows is a page, whatever was counted: a database that failed shows none', () => {
    expect(listOf(bare).parse({ ...SWALLOWED, documents: [bareRow()] })).toEqual({
      items: [bareRow()],
      total: null,
      position: 0,
      size: 200,
    });
  });

  it('whose rows lack all state is of a server that does not know the bare fields', () => {
    const slim = [{ external_id: 'a' }, { external_id: 'b' }];
    const body = { ...PAGE, total_count: 2, status_counts: {} };
    expect(() => listOf(bare).parse({ ...body, documents: slim })).toThrow(expect.objectContaining({ code: 'source_other_form' }) as Error);
    expect(listOf(bare).parse({ ...body, documents: [...slim, bareRow()] }).items).toHaveLength(3);
    expect(listOf(dotted).parse({ ...body, documents: slim }).items).toHaveLength(2);
  });

  it('that is something else says what was found', () => {
    expect(() => listOf(bare).parse([bareRow()])).toThrow('expected a page, an object with a list "documents", found array');
    expect(() => listOf(dotted).parse({ detail: 'x' })).toThrow(expect.objectContaining({ code: 'source_bad_shape' }) as Error);
  });
});

describe('the bare array', () => {
  it('is asked for in small pages, in no order, and for no text although it comes', () => {
    expect(listOf(array)).toMatchObject({
      request: { method: 'POST', path: '/documents', body: { fields: DOTTED_FIELDS } },
      pagination: { style: 'offset', offsetParameter: 'skip', limitParameter: 'limit', limit: 20 },
    });
    expect(listOf(array).sortedBy).toBeUndefined();
    expect(listOf(array).parse([wholeRow()])).toEqual({ items: [wholeRow()], total: null, position: null, size: null });
  });

  it('that has become a page is of a server that was upgraded', () => {
    expect(() => listOf(array).parse({ ...PAGE, documents: [bareRow()] })).toThrow(
      expect.objectContaining({ code: 'source_other_form' }) as Error,
    );
    expect(() => listOf(array).parse({ detail: 'x' })).toThrow('expected a list, found object with "detail"');
  });
});

describe('a document read by id', () => {
  it.each(documents.map((form) => [form.generation, form] as const))('is asked for its status alone (%s)', (_title, { byId }) => {
    expect(byId.request({ recordId: 'd/1', workflowId: null, collectionId: null })).toEqual({
      method: 'GET',
      path: '/documents/d%2F1/status',
      accept: [404],
    });
    expect([byId.absence, byId.otherwise]).toEqual(['twice', null]);
    expect(byId.observe(statusAnswer(), itemContext())).toMatchObject({ observation: { recordId: ID } });
  });
});

describe('over HTTP', () => {
  const ids = Array.from({ length: 250 }, (_, index) => `d${index}`);
  const row = { list_docs: bareRow, 'list_docs with dotted fields': dottedRow, 'bare array': wholeRow } as const;

  it.each(documents.map((form) => [form.generation, form] as const))('every page is asked for in the body (%s)', async (name, form) => {
    const server = await serveDocuments(ids.map((external_id) => row[name as keyof typeof row]({}, { external_id })));
    const seen: unknown[] = [];
    for await (const { items, response } of readPages(apiTo(server.url), listOf(form), {}))
      for (const item of items) {
        const result = feedOf(form).observe(item, itemContext({ response, payloads: 'full' }));
        if (result.kind === 'observation') seen.push(result.observation.recordId);
        expect(JSON.stringify({ ...result, response: null }, noBigints)).not.toContain('TEXT');
      }
    expect(new Set(seen)).toEqual(new Set(ids));
    const { limit } = listOf(form).pagination as { readonly limit: number };
    const asked = server.received.map(({ url, body }) => [url.search, JSON.parse(body) as unknown]);
    expect(asked[0]).toEqual(['', { ...listOf(form).request.body, skip: 0, limit }]);
    expect(asked[1]).toEqual(['', { ...listOf(form).request.body, skip: limit, limit }]);
  });

  it('a database that failed is told with the request that met it', async () => {
    const server = await serve((_, response) => {
      sendJson(response, SWALLOWED);
    });
    const error = await sourceErrorOf(readPages(apiTo(server.url), listOf(bare), {}).next());
    expect(error).toMatchObject({ code: 'source_unavailable', status: 200 });
    expect(error.message).toMatch(/^POST \/documents\/list_docs: an empty list without the counts/);
  });
});

/** Both listings, as servers answer them that have either. */
async function serveDocuments(rows: readonly unknown[]): Promise<Served> {
  return await serve((request, response) => {
    const { skip, limit } = JSON.parse(request.body) as { skip: number; limit: number };
    const documents = rows.slice(skip, skip + limit);
    const counted = { total_count: rows.length, status_counts: { completed: rows.length } };
    const isArray = request.url.pathname === '/documents';
    sendJson(response, isArray ? documents : { ...PAGE, documents, skip, limit, returned_count: documents.length, ...counted });
  });
}

function noBigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
