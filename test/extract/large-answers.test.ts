import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { readPages } from '../../src/extract/read-pages.ts';
import { apiTo, sourceErrorOf } from './support/api.ts';
import { listOf, PAGE } from './support/list-server.ts';
import { sendJson, serve, type Served } from './support/serve.ts';

const MIB = 1024 * 1024;
const at = (path: string) => ({ method: 'GET', path }) as const;
const large = JSON.stringify(['x'.repeat(3 * MIB)]);

describe('JSON of more values than max_bytes allows for', () => {
  const maxBytes = 2 * MIB;

  test('is not parsed, and the error names the setting', async () => {
    const server = await serve((_, response) => {
      sendJson(response, `[${'[],'.repeat(300_000)}[]]`);
    });
    const error = await sourceErrorOf(apiTo(server.url, { limits: { maxBytes } }).read(at('/list')));
    expect(error.code).toBe('source_too_large');
    expect(error.message).toContain(`GET ${server.url}/list answered JSON of more than 52429 values, and was not parsed.`);
    expect(error.hint).toContain('raise requests.max_bytes of acme-main, which allows a value for every 40 bytes');
    expect(server.received).toHaveLength(1);
  });

  test('is parsed where they only stand in a text, as the cells of a table do', async () => {
    const server = await serve((_, response) => {
      sendJson(response, ['1,2,3\n'.repeat(200_000)]);
    });
    const { body } = await apiTo(server.url, { limits: { maxBytes } }).read(at('/list'));
    expect(body).toEqual(['1,2,3\n'.repeat(200_000)]);
  });
});

test('a list of more rows than max_bytes allows for is no page, and the error names the setting', async () => {
  const server = await serve((_, response) => {
    sendJson(response, { items: Array.from({ length: 3_278 }, () => 0) });
  });
  const pages = readPages(apiTo(server.url, { limits: { maxBytes: MIB } }), listOf(PAGE));
  const error = await sourceErrorOf(pages.next());
  expect(error.code).toBe('source_too_large');
  expect(error.message).toBe('GET /list?page=1&size=10 answered a list of 3278 rows, of which 3277 are the most that are taken at once.');
  expect(error.hint).toContain('raise requests.max_bytes, which allows a row for every 320 bytes');
});

describe('large answers', () => {
  /** The first megabytes of /held are sent, and the rest when it is released; all others at once. */
  async function serveHeld(body: (path: string) => string): Promise<Served & { readonly release: () => void }> {
    const held: (() => void)[] = [];
    const server = await serve(({ url }, response) => {
      if (url.pathname === '/held') held.push(sendHalf(response));
      else sendJson(response, body(url.pathname));
    });
    return {
      ...server,
      release: () => {
        for (const send of held) send();
      },
    };
  }

  function sendHalf(response: ServerResponse): () => void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(large.slice(0, 2 * MIB));
    return () => response.end(large.slice(2 * MIB));
  }

  test('are read one after the other, of whatever connection they are; small ones are not held up, and no time passes for those that wait', async () => {
    const server = await serveHeld((path) => (path === '/small' ? '[]' : large));
    const first = apiTo(server.url).read(at('/held'));
    await expect.poll(() => server.received.length).toBe(1);
    // Has begun to read what makes it large.
    await new Promise((resolve) => setTimeout(resolve, 150));
    let isRead = false;
    const second = apiTo(server.url, { limits: { timeoutMs: 1_000 } })
      .read(at('/large'))
      .finally(() => {
        isRead = true;
      });
    expect((await apiTo(server.url).read(at('/small'))).body).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(isRead).toBe(false);
    server.release();
    expect((await Promise.all([first, second])).map(({ body }) => JSON.stringify(body).length)).toEqual([large.length, large.length]);
    expect(server.received).toHaveLength(3);
  });

  test('that wait are left when the caller ends them, and hold up no other', async () => {
    const server = await serveHeld(() => large);
    const first = apiTo(server.url).read(at('/held'));
    await expect.poll(() => server.received.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const api = apiTo(server.url);
    const waiting = api.read(at('/large'));
    await expect.poll(() => server.received.length).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 150));
    api.controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    server.release();
    await first;
    expect((await apiTo(server.url).read(at('/large'))).body).toHaveLength(1);
  });

  test('that never end give way after their own time', async () => {
    const server = await serveHeld(() => large);
    const first = sourceErrorOf(apiTo(server.url, { limits: { timeoutMs: 400 } }).read(at('/held')));
    await expect.poll(() => server.received.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect((await apiTo(server.url).read(at('/large'))).body).toHaveLength(1);
    expect(await first).toMatchObject({ code: 'source_timeout' });
  });
});

describe('pages that are fetched ahead', () => {
  const row = (index: number) => ({ id: `r${index}`, content: 'x'.repeat(5_000) });

  async function readAll(limits: { maxBytes: number; concurrency: number }): Promise<{ ids: unknown[]; server: Served }> {
    const rows = Array.from({ length: 60 }, (_, index) => row(index));
    const server = await serve(async ({ url }, response) => {
      // Long enough for all that are sent together to arrive.
      await new Promise((resolve) => setTimeout(resolve, 200));
      const start = (Number(url.searchParams.get('page')) - 1) * PAGE.size;
      sendJson(response, { items: rows.slice(start, start + PAGE.size), total: rows.length });
    });
    const ids: unknown[] = [];
    for await (const page of readPages(apiTo(server.url, { limits }), listOf(PAGE), { ahead: 3 })) {
      ids.push(...page.items.map((item) => (item as { id: unknown }).id));
    }
    expect(ids).toEqual(rows.map(({ id }) => id));
    return { ids, server };
  }

  test('may together be as large as one answer', async () => {
    const { server } = await readAll({ maxBytes: 210_000, concurrency: 4 });
    expect(server.received).toHaveLength(6);
    expect(server.mostAtOnce()).toBe(3);
  });

  const askedFor = ({ received }: Served): (string | null)[] => received.map(({ url }) => url.searchParams.get('page'));

  test('are half as many from then on where one is larger than its share', async () => {
    const { server } = await readAll({ maxBytes: 190_000, concurrency: 4 });
    // Three are sent for in vain. The first of them is asked for again, then two at once.
    expect(askedFor(server).slice(0, 4).toSorted()).toEqual(['1', '2', '3', '4']);
    expect(askedFor(server)[4]).toBe('2');
    expect(askedFor(server).slice(5).toSorted()).toEqual(['3', '4', '5', '6']);
  });

  test('are none where a page fills half of what an answer may have', async () => {
    const { server } = await readAll({ maxBytes: 90_000, concurrency: 4 });
    expect(askedFor(server).slice(0, 7).toSorted()).toEqual(['1', '2', '2', '3', '3', '4', '4']);
    expect(askedFor(server).slice(7)).toEqual(['3', '4', '5', '6']);
  });
});
