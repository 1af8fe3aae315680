import { describe, expect, test } from 'vitest';
import { createApi } from '../../src/extract/create-api.ts';
import type { Instant } from '../../src/model/instant.ts';
import { apiTo, connector, errorOf, KEY, sourceErrorOf } from './support/api.ts';
import { sendJson, serve } from './support/serve.ts';

describe('a request', () => {
  test('goes below the base URL with its query and the key, and gives the parsed answer', async () => {
    const server = await serve((_, response) => {
      sendJson(response, { items: [1] });
    });
    const api = apiTo(`${server.url}/api/backend/`);
    const answer = await api.read({ method: 'GET', path: '/v1/runs/a%2Fb', query: { page: 2, run_ids: 'a,b', odd: 'x&y=z ü' } });
    expect(answer.body).toEqual({ items: [1] });
    const [request] = server.received;
    expect(request?.url.pathname).toBe('/api/backend/v1/runs/a%2Fb');
    expect(Object.fromEntries(request?.url.searchParams ?? [])).toEqual({ page: '2', run_ids: 'a,b', odd: 'x&y=z ü' });
    expect(request?.headers).toMatchObject({ 'x-api-key': KEY, accept: 'application/json', 'user-agent': 'runledger' });
    expect(api.counts).toEqual({ requests: 1, retries: 0 });
  });

  test('that is a POST listing carries its body, and is tried again like any read', async () => {
    const server = await serve((_, response, number) => {
      sendJson(response, {}, number === 1 ? 503 : 200);
    });
    const api = apiTo(server.url);
    await api.read({ method: 'POST', path: '/documents/list_docs', body: { limit: 5 } });
    expect(server.received.map(({ method, body }) => [method, body])).toEqual([
      ['POST', '{"limit":5}'],
      ['POST', '{"limit":5}'],
    ]);
    expect(server.received[0]?.headers['content-type']).toBe('application/json');
  });

  test('keeps numbers exact', async () => {
    const server = await serve((_, response) => {
      sendJson(response, '{"id":123456789012345678901234567890,"n":7}');
    });
    const answer = await apiTo(server.url).read({ method: 'GET', path: '/' });
    expect(answer.body).toEqual({ id: '123456789012345678901234567890', n: 7 });
  });

  test('whose path a URL would take for another one is not sent', async () => {
    const server = await serve((_, response) => {
      sendJson(response, {});
    });
    for (const path of ['/v1/runs/..', '/v1/runs/%2e%2E', '/v1/runs/a?b', '/v1/runs/a#b']) {
      expect(await errorOf(apiTo(server.url).read({ method: 'GET', path }))).toMatchObject({ code: 'bad_argument' });
    }
    expect(server.received).toEqual([]);
  });
});

describe('evidence', () => {
  const at = (text: string): Instant => text as Instant;

  test('holds when the request left, when its whole body had arrived, and what the server said of itself', async () => {
    let bodyAt = 0;
    const server = await serve((_, response) => {
      response.writeHead(200, { 'x-acme-request-id': 'req-7' });
      response.write('{"a":');
      setTimeout(() => {
        bodyAt = Date.now();
        response.end('1}');
      }, 60);
    });
    const before = Date.now();
    const { response } = await apiTo(server.url).read({ method: 'GET', path: '/v1/runs', query: { page: 1, ids: 'a,b' } });
    expect(response).toMatchObject({ method: 'GET', path: '/v1/runs?page=1&ids=a,b', page: null, status: 200, requestId: 'req-7' });
    expect(Date.parse(response.sentAt)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(response.sentAt)).toBeLessThan(bodyAt - 40);
    expect(Date.parse(response.receivedAt)).toBeGreaterThanOrEqual(bodyAt);
    expect(response.serverDate).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000Z$/);
  });

  test('bounds the difference of the clocks both ways', async () => {
    const server = await serve((_, response) => {
      sendJson(response, {}, 200, { date: 'Wed, 01 Jul 2026 10:00:00 GMT' });
    });
    // Date allows 10:00:00 to 10:00:01 at some moment between these two.
    const clock = (sentAt: string, receivedAt: string): (() => Instant) => {
      const times = [at(sentAt), at(receivedAt)];
      return () => times.shift() ?? at(receivedAt);
    };
    const skew = async (sentAt: string, receivedAt: string): Promise<bigint> => {
      const { response } = await apiTo(server.url, { now: clock(sentAt, receivedAt) }).read({ method: 'GET', path: '/' });
      expect(response.serverDate).toBe('2026-07-01T10:00:00.000000Z');
      return response.skewMicros;
    };
    expect(await skew('2026-07-01T10:00:00.000000Z', '2026-07-01T10:00:00.500000Z')).toBe(1_000_000n);
    expect(await skew('2026-07-01T10:00:05.000000Z', '2026-07-01T10:00:07.000000Z')).toBe(7_000_000n);
    expect(await skew('2026-07-01T09:59:00.000000Z', '2026-07-01T09:59:01.000000Z')).toBe(61_000_000n);
  });

  test('knows no skew where the server names no time, or none that can be understood', async () => {
    const server = await serve((_, response, number) => {
      response.sendDate = false;
      sendJson(response, {}, 200, number === 1 ? {} : { date: 'yesterday' });
    });
    for (const path of ['/a', '/b']) {
      const { response } = await apiTo(server.url).read({ method: 'GET', path });
      expect(response).toMatchObject({ serverDate: null, skewMicros: 0n, requestId: null });
    }
  });

  test('is that of the try that succeeded', async () => {
    const server = await serve((_, response, number) => {
      if (number === 1) sendJson(response, {}, 500);
      else sendJson(response, {});
    });
    const started = Date.now();
    const { response } = await apiTo(server.url, { backoff: { baseMs: 80, capMs: 80 }, chance: () => 1 }).read({
      method: 'GET',
      path: '/',
    });
    expect(Date.parse(response.sentAt) - started).toBeGreaterThanOrEqual(75);
  });

  test('names a long list of ids by its beginning', async () => {
    const server = await serve((_, response) => {
      sendJson(response, []);
    });
    const ids = Array.from({ length: 50 }, (_, index) => `id-${index}-0123456789abcdef`).join(',');
    const { response } = await apiTo(server.url).read({ method: 'GET', path: '/r', query: { run_ids: ids } });
    expect(server.received[0]?.url.searchParams.get('run_ids')).toBe(ids);
    expect(response.path).toMatch(/^\/r\?run_ids=id-0-0123456789abcdef,id-1-/);
    expect(response.path).toHaveLength(501);
  });
});

describe('a final answer', () => {
  test.each([
    [401, 'source_unauthorized', 'ACME_API_KEY'],
    [403, 'source_forbidden', 'right to read'],
    [404, 'source_not_found', 'base_url'],
    [405, 'source_not_found', 'base_url'],
    [422, 'source_bad_request', 'version'],
    [400, 'source_bad_request', 'version'],
  ])('%i is %s, asked once, with the source’s words and what to do', async (status, code, hint) => {
    const server = await serve((_, response) => {
      sendJson(response, { detail: 'so it is' }, status);
    });
    const error = await sourceErrorOf(apiTo(server.url).read({ method: 'GET', path: '/v1/runs', query: { page: 1 } }));
    expect(error).toMatchObject({ code, status, retryAfterMs: null });
    expect(error.message).toBe(`acme-main: GET ${server.url}/v1/runs?page=1 answered ${status}: "so it is".`);
    expect(error.hint).toContain(hint);
    expect(server.received).toHaveLength(1);
  });

  test('is no error where the request accepts its status and the API itself speaks', async () => {
    const server = await serve((_, response) => {
      sendJson(response, { detail: 'Run not found' }, 404);
    });
    const answer = await apiTo(server.url).read({ method: 'GET', path: '/v1/runs/x', accept: [404] });
    expect(answer).toMatchObject({ body: { detail: 'Run not found' }, response: { status: 404 } });
  });

  test('is an error although its status is accepted where a proxy speaks: it says nothing of the record', async () => {
    const server = await serve((_, response) => {
      response.writeHead(404, { 'content-type': 'text/html' }).end('<html>404 nginx</html>');
    });
    const error = await sourceErrorOf(apiTo(server.url).read({ method: 'GET', path: '/v1/runs/x', accept: [404] }));
    expect(error).toMatchObject({ code: 'source_not_found', status: 404 });
    expect(error.message).toContain('"<html>404 nginx</html>"');
  });

  test('shows the source’s words on one line, without what a terminal obeys, and cut', async () => {
    const server = await serve((_, response) => {
      sendJson(response, { detail: `\u001b[2J\u001b[31mred\u0007\r\nnext\u202e ${'x'.repeat(1000)}` }, 400);
    });
    const error = await sourceErrorOf(apiTo(server.url).read({ method: 'GET', path: '/' }));
    expect(error.message).toMatch(/: "red next x{291}…"\.$/);
  });
});

describe('an answer that is no JSON', () => {
  test('because it is a web page says its type and how it begins, is asked for once, and points at base_url', async () => {
    const server = await serve((_, response) => {
      response
        .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
        .end(`<!doctype html>\n<title>Sign in</title>${' '.repeat(500)}x`);
    });
    const error = await sourceErrorOf(apiTo(server.url).read({ method: 'GET', path: '/v1/runs' }));
    expect(error.code).toBe('source_not_json');
    expect(error.message).toContain(
      'answered "text/html; charset=utf-8" instead of JSON, beginning "<!doctype html> <title>Sign in</title> x"',
    );
    expect(error.hint).toContain('base_url');
    expect(server.received).toHaveLength(1);
  });

  test('because it is empty says so', async () => {
    const server = await serve((_, response, number) => {
      response.writeHead(number === 1 ? 200 : 204).end();
    });
    for (const status of [200, 204]) {
      const error = await sourceErrorOf(apiTo(server.url).read({ method: 'GET', path: '/' }));
      expect(error).toMatchObject({ code: 'source_not_json', status });
      expect(error.message).toContain(`answered ${status} with an empty body`);
    }
  });

  test('because it breaks off is asked for again, and gives the whole one', async () => {
    const server = await serve((_, response, number) => {
      sendJson(response, number < 3 ? '{"items":[{"id":"a"},{"i' : '{"items":[]}');
    });
    const api = apiTo(server.url);
    expect((await api.read({ method: 'GET', path: '/' })).body).toEqual({ items: [] });
    expect(api.counts).toEqual({ requests: 3, retries: 2 });
  });

  test('because it always breaks off is an error in the end', async () => {
    const server = await serve((_, response) => {
      sendJson(response, '{"items":[{"id"');
    });
    const error = await sourceErrorOf(
      apiTo(server.url, { backoff: { retries: 2, baseMs: 1, capMs: 1 } }).read({ method: 'GET', path: '/' }),
    );
    expect(error.code).toBe('source_not_json');
    expect(error.message).toContain('breaks off or is broken, 15 characters, asked 3 times');
    expect(server.received).toHaveLength(3);
  });
});

describe('the key', () => {
  test('is in no error, hint or log line, however the server echoes it', async () => {
    const echoes = [
      KEY,
      `Bearer ${KEY}`,
      `${'x'.repeat(290)}${KEY}`,
      `sk-very-\u001b[0msecret-0123`,
      `sk-very-\u0000secret-0123`,
      `<html>${'y'.repeat(60)}${KEY}</html>`,
    ];
    for (const status of [200, 302, 400, 401, 500]) {
      const server = await serve((_, response, number) => {
        const echo = echoes[(number - 1) % echoes.length] ?? '';
        response.writeHead(status, {
          'content-type': `text/plain; echo=${KEY}`,
          'x-request-id': KEY,
          location: `http://elsewhere.example/${KEY}?t=${KEY}`,
        });
        response.end(status === 400 ? JSON.stringify({ detail: echo }) : echo);
      });
      const api = apiTo(server.url, { backoff: { retries: 1, baseMs: 1, capMs: 1 } });
      for (let count = 0; count < echoes.length; count += 1) {
        const error = await sourceErrorOf(api.read({ method: 'GET', path: '/v1/runs' }));
        const shown = [error.message, error.hint, error.stack, String(error.cause), JSON.stringify(api.lines)];
        for (const text of shown) {
          expect(text).not.toContain(KEY);
          expect(text).not.toMatch(/secret-?0?1?2?3?/);
        }
      }
    }
  });

  test('that no header can carry is refused without being shown', () => {
    for (const apiKey of ['two\nlines', 'schlüssel€', 'nul\u0000l']) {
      const make = (): unknown => apiTo('https://backend.example', { apiKey });
      expect(make).toThrow(
        expect.objectContaining({ code: 'bad_settings', message: expect.not.stringContaining(apiKey) as string }) as Error,
      );
    }
  });

  test('goes to no plain http server but this machine', () => {
    expect(() => apiTo('http://backend.example')).toThrow(expect.objectContaining({ code: 'bad_settings' }) as Error);
    expect(() => apiTo('http://backend.example', { allowHttp: true })).not.toThrow();
  });

  test('is not in the cause either when the server cannot be reached', async () => {
    const api = apiTo('http://127.0.0.1:9', { backoff: { retries: 0 } });
    const error = await sourceErrorOf(api.read({ method: 'GET', path: '/' }));
    const { inspect } = await import('node:util');
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(KEY);
  });
});

test('an API that is given its own fetch uses it', async () => {
  const api = createApi({
    connection: {
      name: 'x',
      connector,
      baseUrl: 'https://api.example',
      apiKey: KEY,
      requests: { concurrency: 1, perSecond: 1, timeoutMs: 1000, maxWaitMs: 1, maxBytes: 99 },
      allowHttp: false,
    },
    fetch: (input) => Promise.resolve(Response.json({ asked: input instanceof URL ? input.href : '' })),
    now: () => '2026-07-01T10:00:00.000000Z' as Instant,
    log: (await import('pino')).pino({ level: 'silent' }),
    signal: new AbortController().signal,
  });
  expect((await api.read({ method: 'GET', path: '/v1' })).body).toEqual({ asked: 'https://api.example/v1' });
});
