import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPages, type ReadPagesOptions } from '../../src/extract/read-pages.ts';
import type { Api, PagedList, SourcePage } from '../../src/model/connector.ts';
import { SourceError } from '../../src/model/errors.ts';
import { apiTo, errorOf, sourceErrorOf } from './support/api.ts';
import { listOf, OFFSET, PAGE, serveList } from './support/list-server.ts';
import { sendJson, serve } from './support/serve.ts';

const rowsOf = (count: number, first = 0): readonly { id: string }[] =>
  Array.from({ length: count }, (_, index) => ({ id: `r${first + index}` }));

async function readAll(api: Api, list: PagedList, options: ReadPagesOptions = {}): Promise<SourcePage[]> {
  const pages: SourcePage[] = [];
  for await (const page of readPages(api, list, options)) {
    pages.push(page);
    if (pages.length > 100) throw new Error('a list of more than 100 pages');
  }
  return pages;
}

const idsOf = (pages: readonly SourcePage[]): unknown[] => pages.flatMap(({ items }) => items.map((item) => (item as { id: unknown }).id));

describe('a list', () => {
  test('of pages is read to its end in order, with no request more than it has pages', async () => {
    const server = await serveList({ rows: () => rowsOf(30) });
    const pages = await readAll(apiTo(server.url), listOf(PAGE));
    expect(idsOf(pages)).toEqual(rowsOf(30).map(({ id }) => id));
    expect(pages.map(({ number, isLast, total, size, response }) => [number, isLast, total, size, response.page])).toEqual([
      [1, false, 30, 10, '1'],
      [2, false, 30, 10, '2'],
      [3, true, 30, 10, '3'],
    ]);
    expect(server.received).toHaveLength(3);
  });

  test('by offset says in its evidence where each page lies', async () => {
    const server = await serveList({ rows: () => rowsOf(25) });
    const pages = await readAll(apiTo(server.url), listOf(OFFSET));
    expect(pages.map(({ number, response }) => [number, response.page, response.path])).toEqual([
      [1, 'offset=0', '/list?offset=0&limit=10'],
      [2, 'offset=10', '/list?offset=10&limit=10'],
      [3, 'offset=20', '/list?offset=20&limit=10'],
    ]);
  });

  test('that is a bare array is one page, and has none after it', async () => {
    const server = await serve((_, response) => {
      sendJson(response, rowsOf(3));
    });
    const list: PagedList = {
      request: { method: 'GET', path: '/list', query: { status: 'queued' } },
      pagination: { style: 'array' },
      parse: (body) => ({ items: body as unknown[], total: null, position: null, size: null }),
    };
    const pages = await readAll(apiTo(server.url), list);
    expect(pages).toMatchObject([{ number: 1, isLast: true, items: rowsOf(3), response: { page: '1', path: '/list?status=queued' } }]);
    expect(await readAll(apiTo(server.url), list, { from: 2 })).toEqual([]);
  });

  test('that is a POST is told its page in the body', async () => {
    const server = await serve((request, response) => {
      const { skip } = JSON.parse(request.body) as { skip: number };
      sendJson(response, { items: rowsOf(25).slice(skip, skip + 10), total: 25 });
    });
    const list: PagedList = {
      ...listOf({ style: 'offset', offsetParameter: 'skip', limitParameter: 'limit', limit: 10 }),
      request: { method: 'POST', path: '/list', body: { sort: 'x' } },
    };
    expect(idsOf(await readAll(apiTo(server.url), list))).toHaveLength(25);
    expect(server.received.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { sort: 'x', skip: 0, limit: 10 },
      { sort: 'x', skip: 10, limit: 10 },
      { sort: 'x', skip: 20, limit: 10 },
    ]);
  });

  test('can be read from a later page on', async () => {
    const server = await serveList({ rows: () => rowsOf(35) });
    for (const pagination of [PAGE, OFFSET]) {
      const pages = await readAll(apiTo(server.url), listOf(pagination), { from: 3 });
      expect(pages.map(({ number, isLast }) => [number, isLast])).toEqual([
        [3, false],
        [4, true],
      ]);
      expect(idsOf(pages)[0]).toBe('r20');
    }
  });

  test('that is empty is one empty page', async () => {
    const server = await serveList({ rows: () => [] });
    expect(await readAll(apiTo(server.url), listOf(PAGE))).toMatchObject([{ items: [], isLast: true }]);
  });

  test('without a total ends at the page that is short of the size it names, and not before', async () => {
    const server = await serveList({ rows: () => rowsOf(17), cap: 7, total: 'none' });
    expect(idsOf(await readAll(apiTo(server.url), listOf(PAGE)))).toHaveLength(17);
    expect(server.received).toHaveLength(3);
    const short = await serveList({ rows: () => rowsOf(3), total: 'none' });
    await readAll(apiTo(short.url), listOf(PAGE));
    expect(short.received).toHaveLength(1);
  });

  test('is read whole whatever its source tells of total, size and place, and whatever it caps', async () => {
    const world = fc.record({
      rows: fc.nat({ max: 60 }),
      cap: fc.constantFrom(Infinity, 10, 7, 3, 1),
      size: fc.constantFrom(1, 4, 10, 100),
      style: fc.constantFrom('page' as const, 'offset' as const),
      total: fc.constantFrom('exact' as const, 'none' as const),
      echo: fc.boolean(),
      ahead: fc.constantFrom(0, 1, 3),
    });
    await fc.assert(
      fc.asyncProperty(world, async ({ rows, size, style, ahead, cap, total, echo }) => {
        fc.pre(rows / Math.min(cap, size) <= 60);
        const server = await serveList({ rows: () => rowsOf(rows), cap, total, echo });
        const pagination = style === 'page' ? { ...PAGE, size } : { ...OFFSET, limit: size };
        const pages = await readAll(apiTo(server.url), listOf(pagination), { ahead });
        expect(idsOf(pages)).toEqual(rowsOf(rows).map(({ id }) => id));
        expect(pages.map(({ isLast }) => isLast)).toEqual(pages.map((_, index) => index === pages.length - 1));
        const needed = Math.max(1, Math.ceil(rows / Math.min(cap, size)));
        // With a total, or a size and a short page, the end is known when it is reached.
        if (total === 'exact') expect(server.received).toHaveLength(needed);
        else expect(server.received.length).toBeLessThanOrEqual(needed + 1 + ahead);
      }),
      {
        numRuns: Number(process.env['PROPERTY_RUNS'] ?? 40),
        ...(process.env['PROPERTY_SEED'] === undefined ? {} : { seed: Number(process.env['PROPERTY_SEED']) }),
      },
    );
  });
});

describe('a total', () => {
  test('that is too low on a full page is not believed: the list goes on to a page that is short', async () => {
    for (const lie of [1, 5, 19]) {
      const server = await serveList({ rows: () => rowsOf(34), total: () => lie });
      expect(idsOf(await readAll(apiTo(server.url), listOf(PAGE)))).toHaveLength(34);
    }
  });

  test('that is too high costs one empty page and no more', async () => {
    const server = await serveList({ rows: () => rowsOf(14), total: () => 1_000_000 });
    expect(idsOf(await readAll(apiTo(server.url), listOf(PAGE)))).toHaveLength(14);
    expect(server.received).toHaveLength(3);
  });

  test('that grows while the list is read is followed: the last answer counts', async () => {
    const server = await serveList({ rows: (request) => rowsOf(request === 1 ? 20 : 35) });
    expect(idsOf(await readAll(apiTo(server.url), listOf(PAGE)))).toHaveLength(35);
  });

  test('that falls while the list is read ends it early, with no request for what is gone', async () => {
    const server = await serveList({ rows: (request) => rowsOf(request === 1 ? 40 : 20) });
    expect(idsOf(await readAll(apiTo(server.url), listOf(PAGE)))).toHaveLength(20);
    expect(server.received).toHaveLength(2);
  });

  test.each([-1, 1.5, NaN, Infinity])('of %s is as good as none', async (total) => {
    const list: PagedList = { ...listOf(PAGE), parse: (body) => ({ ...listOf(PAGE).parse(body), total, position: total, size: total }) };
    const server = await serveList({ rows: () => rowsOf(13) });
    const pages = await readAll(apiTo(server.url), list);
    expect(idsOf(pages)).toHaveLength(13);
    expect(pages[0]).toMatchObject({ total: null, position: null, size: null });
  });
});

describe('a page that names itself another than asked', () => {
  test('is taken when it is the first, and is told: the documented example of Noxus is one', async () => {
    const server = await serve((_, response) => {
      sendJson(response, { items: rowsOf(1), total: 1, position: 2, size: 2, pages: 1 });
    });
    const api = apiTo(server.url);
    const { pino } = await import('pino');
    const lines: string[] = [];
    const log = pino({}, { write: (line) => lines.push(line) });
    expect(await readAll(api, listOf({ ...PAGE, size: 100 }), { log })).toMatchObject([{ number: 1, isLast: true, items: rowsOf(1) }]);
    expect(server.received).toHaveLength(1);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ asked: 1, answered: 2, msg: 'a page names itself another than asked' });
  });

  test('is an error when it shows again what was shown, even where some rows moved', async () => {
    const moving = (request: number): readonly unknown[] => [...rowsOf(request, 1000), ...rowsOf(100)];
    const server = await serveList({ rows: moving, knowsPages: false });
    const error = await sourceErrorOf(readAll(apiTo(server.url), listOf(PAGE)));
    expect(error.code).toBe('source_repeats');
    expect(error.message).toContain('GET /list?page=2&size=10 answered the items of page 1 again as page 2');
    expect(server.received).toHaveLength(2);
  });

  test('is taken when it shows something else: some sources count from 0', async () => {
    const list: PagedList = { ...listOf(PAGE), parse: (body) => ({ ...listOf(PAGE).parse(body), position: 0 }) };
    const server = await serveList({ rows: () => rowsOf(25) });
    expect(idsOf(await readAll(apiTo(server.url), list))).toHaveLength(25);
  });
});

describe('a page that repeats', () => {
  test.each([PAGE, OFFSET])('is an error, never a loop, where the source knows no such parameters ($style)', async (pagination) => {
    for (const total of ['exact', 'none'] as const) {
      for (const echo of [true, false]) {
        const server = await serveList({ rows: () => rowsOf(100), knowsPages: false, total, echo });
        expect(await sourceErrorOf(readAll(apiTo(server.url), listOf(pagination)))).toMatchObject({ code: 'source_repeats', status: 200 });
        expect(server.received).toHaveLength(2);
      }
    }
  });

  test('is noticed by what the connector calls an item’s key, though all else in it moves', async () => {
    const moving = (request: number): readonly unknown[] => rowsOf(100).map((row) => ({ ...row, runs_count: request }));
    const server = await serveList({ rows: moving, knowsPages: false, echo: false });
    const list = listOf(PAGE, (item) => (item as { id: string }).id);
    expect(await sourceErrorOf(readAll(apiTo(server.url), list))).toMatchObject({ code: 'source_repeats' });
  });

  test('after a circle of several pages is noticed too', async () => {
    for (const circle of [2, 3, 5]) {
      const server = await serve((request, response) => {
        const page = (Number(request.url.searchParams.get('page')) - 1) % circle;
        sendJson(response, { items: rowsOf(10, page * 10) });
      });
      expect(await sourceErrorOf(readAll(apiTo(server.url), listOf(PAGE)))).toMatchObject({ code: 'source_repeats' });
      expect(server.received.length).toBeLessThanOrEqual(4 * circle);
    }
  });

  test('is none where as many rows were put in front as it has: the list moved on under it', async () => {
    const server = await serveList({ rows: (request) => (request === 1 ? rowsOf(20) : [...rowsOf(10, 1000), ...rowsOf(20)]) });
    const pages = await readAll(apiTo(server.url), listOf(PAGE));
    expect(idsOf(pages).slice(0, 20)).toEqual([...rowsOf(10), ...rowsOf(10)].map(({ id }) => id));
    expect(idsOf(pages)).toHaveLength(30);
  });

  test('is none where items differ only deep inside', async () => {
    const rows = Array.from({ length: 30 }, (_, index) => ({ run: { head: { id: index } } }));
    const server = await serveList({ rows: () => rows });
    expect(await readAll(apiTo(server.url), listOf(PAGE))).toHaveLength(3);
  });
});

describe('an answer that is no page', () => {
  test.each([
    [
      'an object without items',
      { items: undefined, detail: 'x', count: 3, more: null, list: [] },
      'an object with detail: string, count: number, more: null, list: list',
    ],
    ['items that are no list', { items: { a: 1 } }, 'an object with items: object'],
    ['null', null, 'null'],
    ['a text', 'hello', 'string'],
    ['an empty list', [], 'an empty list'],
  ])('says what was found: %s', async (_name, body, found) => {
    const server = await serve((_, response) => {
      sendJson(response, JSON.stringify(body));
    });
    const error = await sourceErrorOf(readAll(apiTo(server.url), listOf(PAGE)));
    expect(error.code).toBe('source_bad_shape');
    expect(error.message).toContain(`GET /list?page=1&size=10 answered ${found}`);
    expect(error.hint).toContain('base_url');
  });

  test('keeps what the connector found, with the request in front', async () => {
    const server = await serve((_, response) => {
      sendJson(response, {});
    });
    const list: PagedList = {
      ...listOf(PAGE),
      parse: () => {
        throw new SourceError('source_bad_shape', 'expected a page, found object', { hint: 'look there' });
      },
    };
    const error = await sourceErrorOf(readAll(apiTo(server.url), list));
    expect(error).toMatchObject({ code: 'source_bad_shape', hint: 'look there' });
    expect(error.message).toBe('GET /list?page=1&size=10: expected a page, found object');
  });
});

describe('pages fetched ahead', () => {
  test('come in order however the answers do, no more of them at once than asked for', async () => {
    const server = await serve((request, response) => {
      const page = Number(request.url.searchParams.get('page'));
      setTimeout(
        () => {
          sendJson(response, { items: rowsOf(10, (page - 1) * 10), total: 80, position: page, size: 10 });
        },
        page % 3 === 0 ? 5 : 40,
      );
    });
    const pages = await readAll(apiTo(server.url), listOf(PAGE), { ahead: 2 });
    expect(pages.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(idsOf(pages)).toEqual(rowsOf(80).map(({ id }) => id));
    expect(server.received).toHaveLength(8);
    expect(server.mostAtOnce()).toBe(2);
  });

  test('are never more than asked for while a page is worked on', async () => {
    const server = await serveList({ rows: () => rowsOf(200) });
    let worked = 0;
    for await (const page of readPages(apiTo(server.url), listOf(PAGE), { ahead: 3 })) {
      worked = page.number;
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(server.received.length).toBeLessThanOrEqual(worked + 3);
    }
    expect(worked).toBe(20);
  });

  test('are not sent for before the first page says that there are more', async () => {
    const server = await serveList({ rows: () => rowsOf(4) });
    await readAll(apiTo(server.url), listOf(PAGE), { ahead: 4 });
    expect(server.received).toHaveLength(1);
  });

  test('are ended when the reader stops, and fail unheard', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    let closed = 0;
    const server = await serve((request, response) => {
      const page = Number(request.url.searchParams.get('page'));
      response.on('close', () => {
        if (!response.writableFinished) closed += 1;
      });
      if (page === 1) sendJson(response, { items: rowsOf(10), total: 100, position: 1, size: 10 });
    });
    const api = apiTo(server.url);
    for await (const page of readPages(api, listOf(PAGE), { ahead: 2 })) {
      expect(page.number).toBe(1);
      await expect.poll(() => server.received.length).toBe(3);
      break;
    }
    await expect.poll(() => closed).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
    // The way to the source is still good for others.
    const next = await serveList({ rows: () => rowsOf(1) });
    expect(await readAll(apiTo(next.url), listOf(PAGE))).toHaveLength(1);
  });

  test('that fail do so when their turn comes, and not before', async () => {
    const server = await serve((request, response) => {
      const page = Number(request.url.searchParams.get('page'));
      if (page === 3) sendJson(response, { detail: 'no' }, 403);
      else sendJson(response, { items: rowsOf(10, page * 10), total: 100, position: page, size: 10 });
    });
    const numbers: number[] = [];
    const reading = (async () => {
      for await (const page of readPages(apiTo(server.url), listOf(PAGE), { ahead: 3 })) {
        numbers.push(page.number);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    expect(await sourceErrorOf(reading)).toMatchObject({ code: 'source_forbidden' });
    expect(numbers).toEqual([1, 2]);
  });

  test('at offsets that were guessed wrong are dropped and asked for where they are', async () => {
    let cap = 10;
    const rows = rowsOf(45);
    const server = await serve((request, response, number) => {
      if (number >= 2) cap = 7;
      const offset = Number(request.url.searchParams.get('offset'));
      sendJson(response, { items: rows.slice(offset, offset + cap), total: 45, position: offset });
    });
    expect(idsOf(await readAll(apiTo(server.url), listOf(OFFSET), { ahead: 2 }))).toEqual(rows.map(({ id }) => id));
  });
});

test('an aborted signal ends the reading of pages, whoever aborts it', async () => {
  const server = await serve(() => undefined);
  const controller = new AbortController();
  const reading = errorOf(readAll(apiTo(server.url), listOf(PAGE), { signal: controller.signal }));
  await expect.poll(() => server.received.length).toBe(1);
  controller.abort();
  expect(await reading).toMatchObject({ code: 'aborted' });
});
