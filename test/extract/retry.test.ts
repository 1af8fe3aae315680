import { describe, expect, test } from 'vitest';
import { SYSTEM_CLOCK } from '../../src/extract/clock.ts';
import { createRequestQueue } from '../../src/extract/request-queue.ts';
import type { Instant } from '../../src/model/instant.ts';
import { apiTo, errorOf, sourceErrorOf } from './support/api.ts';
import { skippingClock } from '../support/skipping-clock.ts';
import { sendJson, serve } from './support/serve.ts';

const get = { method: 'GET', path: '/v1/runs' } as const;

describe('a request is tried again', () => {
  test.each([408, 429, 500, 502, 503, 504])('after %i, and then gives its answer', async (status) => {
    const server = await serve((_, response, number) => {
      sendJson(response, { detail: 'x' }, number === 1 ? status : 200);
    });
    const api = apiTo(server.url);
    expect((await api.read(get)).response.status).toBe(200);
    expect(api.counts).toEqual({ requests: 2, retries: 1 });
    expect(api.lines.filter(({ level }) => level === 40)).toMatchObject([
      { connection: 'acme-main', method: 'GET', path: '/v1/runs', retry: 1, msg: 'request is tried again' },
    ]);
  });

  test('after a connection that was cut in the body, plain or chunked', async () => {
    for (const headers of [{ 'content-length': '100' }, { 'transfer-encoding': 'chunked' }] as const) {
      const server = await serve((_, response, number) => {
        if (number > 1) {
          sendJson(response, { ok: true });
          return;
        }
        response.writeHead(200, headers);
        response.write('{"ok":', () => {
          response.destroy();
        });
      });
      const api = apiTo(server.url);
      expect((await api.read(get)).body).toEqual({ ok: true });
      expect(api.counts).toEqual({ requests: 2, retries: 1 });
    }
  });

  test('after a connection that was cut before any answer', async () => {
    const server = await serve((_, response, number) => {
      if (number > 1) sendJson(response, {});
      else response.destroy();
    });
    const api = apiTo(server.url);
    await api.read(get);
    expect(api.counts.retries).toBe(1);
  });

  test('five times by default, each wait up to twice the last, up to the cap', async () => {
    const server = await serve((_, response) => {
      sendJson(response, { detail: 'down' }, 500);
    });
    const clock = skippingClock();
    const api = apiTo(server.url, { clock, backoff: { baseMs: 1_000, capMs: 6_000 }, chance: () => 1 });
    const error = await sourceErrorOf(api.read(get));
    expect(error).toMatchObject({ code: 'source_unavailable', status: 500 });
    expect(error.message).toContain('answered 500: "down", asked 6 times');
    expect(clock.waits).toEqual([1_000, 2_000, 4_000, 6_000, 6_000]);
    expect(api.counts).toEqual({ requests: 6, retries: 5 });
  });

  test('until nobody can be reached is an error that says why', async () => {
    // Below what is given out, nobody's, and not among those that fetch refuses.
    const error = await sourceErrorOf(apiTo('http://127.0.0.1:3', { backoff: { retries: 1, baseMs: 1, capMs: 1 } }).read(get));
    expect(error.code).toBe('source_unreachable');
    expect(error.message).toContain('ECONNREFUSED');
  });
});

describe('Retry-After', () => {
  test('in seconds is the floor of the wait', async () => {
    const server = await serve((_, response, number) => {
      sendJson(response, {}, number === 1 ? 429 : 200, number === 1 ? { 'retry-after': '1' } : {});
    });
    const waits: (Instant | null)[] = [];
    await apiTo(server.url, { onWait: (until) => waits.push(until) }).read(get);
    const [first, second] = server.received;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(990);
    expect(waits.at(-1)).toBeNull();
    expect(Date.parse(waits[0] ?? '') - Date.now()).toBeGreaterThan(-1_000);
  });

  test('as a date is measured by the server’s own clock, however wrong that is', async () => {
    const server = await serve((_, response, number) => {
      const headers = { date: 'Wed, 01 Jul 2020 10:00:00 GMT', 'retry-after': 'Wed, 01 Jul 2020 10:00:07 GMT' };
      sendJson(response, {}, number === 1 ? 503 : 200, headers);
    });
    const clock = skippingClock();
    await apiTo(server.url, { clock }).read(get);
    expect(clock.waits[0]).toBe(7_000);
  });

  test('as a date without the server’s clock is measured by ours; one that is past asks for no wait', async () => {
    const server = await serve((_, response, number) => {
      response.sendDate = false;
      const second = number === 1 ? 9 : 0;
      sendJson(response, {}, number < 3 ? 429 : 200, { 'retry-after': `Wed, 01 Jul 2026 10:00:0${second} GMT` });
    });
    const clock = skippingClock();
    await apiTo(server.url, { clock, now: () => '2026-07-01T10:00:05.000000Z' as Instant, backoff: { baseMs: 0 } }).read(get);
    expect(clock.waits).toEqual([4_000]);
  });

  test.each(['99999999999999999999999', 'Fri, 31 Dec 9999 23:59:59 GMT'])('of %s counts as a day', async (retryAfter) => {
    const server = await serve((_, response) => {
      sendJson(response, {}, 503, { 'retry-after': retryAfter });
    });
    expect(await sourceErrorOf(apiTo(server.url).read(get))).toMatchObject({
      code: 'source_rate_limited',
      status: 503,
      retryAfterMs: 86_400_000,
    });
  });

  test('that makes no sense is not followed', async () => {
    const server = await serve((_, response, number) => {
      sendJson(response, {}, number === 1 ? 429 : 200, { 'retry-after': 'soon' });
    });
    const api = apiTo(server.url);
    await api.read(get);
    expect(api.counts.retries).toBe(1);
  });

  test('beyond max_wait ends it at once, says how long, and lets nothing of the connection be sent', async () => {
    const server = await serve((_, response) => {
      sendJson(response, {}, 429, { 'retry-after': '3600' });
    });
    const queue = createRequestQueue({ limits: { concurrency: 2, perSecond: Infinity } });
    const [runs, documents] = [apiTo(server.url, { queue }), apiTo(server.url, { queue })];
    const error = await sourceErrorOf(runs.read(get));
    expect(error).toMatchObject({ code: 'source_rate_limited', status: 429, retryAfterMs: 3_600_000 });
    expect(error.message).toContain('answered 429 and asked to wait 3600 s, longer than requests.max_wait (300 s)');

    const other = await sourceErrorOf(documents.read(get));
    expect(other).toMatchObject({ code: 'source_rate_limited', status: null });
    expect(other.retryAfterMs).toBeGreaterThan(3_590_000);
    expect(server.received).toHaveLength(1);
    expect([runs.counts, documents.counts]).toEqual([
      { requests: 1, retries: 0 },
      { requests: 0, retries: 0 },
    ]);
  });

  test('that an earlier process was given is still respected', async () => {
    const server = await serve((_, response) => {
      sendJson(response, {});
    });
    const queue = createRequestQueue({ limits: { concurrency: 2, perSecond: Infinity }, pausedForMs: 400_000 });
    expect(await sourceErrorOf(apiTo(server.url, { queue }).read(get))).toMatchObject({ code: 'source_rate_limited' });
    expect(server.received).toEqual([]);
  });

  test('holds back the connection’s other requests too, those that stood in line included', async () => {
    const server = await serve((_, response, number) => {
      sendJson(response, {}, number === 1 ? 429 : 200, number === 1 ? { 'retry-after': '1' } : {});
    });
    const queue = createRequestQueue({ limits: { concurrency: 1, perSecond: Infinity } });
    const apis = [apiTo(server.url, { queue }), apiTo(server.url, { queue }), apiTo(server.url, { queue })];
    await Promise.all(apis.map((api) => api.read(get)));
    const [first, ...others] = server.received;
    expect(others).toHaveLength(3);
    for (const other of others) expect(other.atMs - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(990);
  });
});

describe('a wait', () => {
  test('to try again frees its place: another request passes meanwhile', async () => {
    const server = await serve((request, response, number) => {
      if (request.url.pathname === '/bad' && number === 1) sendJson(response, {}, 500);
      else sendJson(response, {});
    });
    const queue = createRequestQueue({ limits: { concurrency: 1, perSecond: Infinity } });
    const api = apiTo(server.url, { queue, backoff: { baseMs: 300, capMs: 300 }, chance: () => 1 });
    const bad = api.read({ method: 'GET', path: '/bad' });
    await api.read({ method: 'GET', path: '/good' });
    await bad;
    expect(server.received.map(({ url }) => url.pathname)).toEqual(['/bad', '/good', '/bad']);
  });

  test.each([
    ['for a rate limit', { 'retry-after': '60' }, 429],
    ['to try again', {}, 500],
  ])('%s ends when it is aborted', async (_name, headers, status) => {
    const server = await serve((_, response) => {
      sendJson(response, {}, status, headers);
    });
    const api = apiTo(server.url, { backoff: { baseMs: 60_000, capMs: 60_000 }, chance: () => 1 });
    const reading = errorOf(api.read(get));
    await until(() => api.lines.some(({ msg }) => msg === 'request is tried again'));
    const abortedAt = performance.now();
    api.controller.abort();
    expect(await reading).toMatchObject({ code: 'aborted' });
    expect(performance.now() - abortedAt).toBeLessThan(5_000);
  });

  test('for a turn, or for an answer, ends when it is aborted, and nothing is sent afterwards', async () => {
    const server = await serve(() => undefined);
    const api = apiTo(server.url, { limits: { concurrency: 1 } });
    const readings = [errorOf(api.read(get)), errorOf(api.read(get)), errorOf(api.read(get))];
    await until(() => server.received.length === 1);
    api.controller.abort();
    for (const error of await Promise.all(readings)) expect(error).toMatchObject({ code: 'aborted' });
    expect(await errorOf(api.read(get))).toMatchObject({ code: 'aborted' });
    expect(server.received).toHaveLength(1);
    expect(api.counts.requests).toBe(1);
  });

  test('of one request ends by its own signal, and leaves the others', async () => {
    const server = await serve((request, response) => {
      if (request.url.pathname === '/good') sendJson(response, {});
    });
    const api = apiTo(server.url);
    const own = new AbortController();
    const reading = errorOf(api.read(get, { signal: own.signal }));
    await until(() => server.received.length === 1);
    own.abort();
    expect(await reading).toMatchObject({ code: 'aborted' });
    expect((await api.read({ method: 'GET', path: '/good' })).body).toEqual({});
  });
});

describe('the queue of a connection', () => {
  test('never has more requests under way than its concurrency', async () => {
    const server = await serve((_, response) => {
      setTimeout(() => {
        sendJson(response, {});
      }, 20);
    });
    const queue = createRequestQueue({ limits: { concurrency: 3, perSecond: Infinity } });
    const apis = [apiTo(server.url, { queue }), apiTo(server.url, { queue })];
    await Promise.all(apis.flatMap((api) => Array.from({ length: 10 }, () => api.read(get))));
    expect(server.mostAtOnce()).toBe(3);
    expect(apis.map(({ counts }) => counts.requests)).toEqual([10, 10]);
  });

  test('sends no more in any second than its rate', async () => {
    const sent: number[] = [];
    const queue = createRequestQueue({ limits: { concurrency: 20, perSecond: 5 } });
    const turn = { signal: new AbortController().signal, onPause: () => undefined };
    await Promise.all(
      Array.from({ length: 12 }, () =>
        queue.run(() => {
          sent.push(Date.now());
          return Promise.resolve();
        }, turn),
      ),
    );
    for (const [index, at] of sent.entries()) expect((sent[index + 5] ?? Infinity) - at).toBeGreaterThanOrEqual(980);
  });

  test('can be slower than one a second', async () => {
    const queue = createRequestQueue({ limits: { concurrency: 1, perSecond: 0.8 } });
    const turn = { signal: new AbortController().signal, onPause: () => undefined };
    const started = performance.now();
    for (let count = 0; count < 2; count += 1) await queue.run(() => Promise.resolve(), turn);
    expect(performance.now() - started).toBeGreaterThanOrEqual(1_240);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await SYSTEM_CLOCK.sleep(2, new AbortController().signal);
}
