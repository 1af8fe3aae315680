import { afterEach, describe, expect, test } from 'vitest';
import type { Instant } from '../../src/model/instant.ts';
import type { ServerOptions, SourceServer } from '../../src/simulator/source-server.ts';
import { startSourceServer } from '../../src/simulator/source-server.ts';
import { afterStart, START } from './start.ts';

const started: SourceServer[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.close()));
});

async function start(options: Partial<ServerOptions>): Promise<SourceServer> {
  const server = await startSourceServer({ answer: () => ({ status: 200, body: { ok: true } }), now: () => START, ...options });
  started.push(server);
  return server;
}

describe('a simulated source', () => {
  test('answers JSON with the date of its own clock and an id of the request', async () => {
    const server = await start({});
    const response = await fetch(`${server.url}/v1/things?page=2`);
    expect(await response.json()).toEqual({ ok: true });
    expect(response.headers.get('date')).toBe('Thu, 15 Jan 2026 08:00:00 GMT');
    expect(response.headers.get('x-request-id')).toBe('request-1');
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(server.requests).toEqual([
      { number: 1, method: 'GET', path: '/v1/things', query: 'page=2', at: START, answeredAt: START, status: 200 },
    ]);
  });

  test('lets time pass on the way there, then shows that moment, then lets time pass on the way back', async () => {
    let clock = START;
    const phases: string[] = [];
    const wait = (ms: number): Promise<void> =>
      new Promise((resolve) => {
        clock = afterStart(Date.parse(clock) - Date.parse(START) + ms);
        setTimeout(resolve, 1);
      });
    const server = await start({
      now: () => clock,
      beforeRequest: () => {
        phases.push('request');
      },
      latency: async ({ phase }) => {
        phases.push(phase);
        await wait(phase === 'before' ? 2_000 : 3_000);
      },
      answer: () => {
        phases.push('state');
        return { status: 200, body: { clock } };
      },
    });
    const response = await fetch(server.url);
    expect(await response.json()).toEqual({ clock: afterStart(2_000) });
    expect(phases).toEqual(['request', 'before', 'state', 'after']);
    expect(clock).toBe(afterStart(5_000));
    expect(server.requests[0]).toMatchObject({ at: START, answeredAt: afterStart(2_000) });
    expect(response.headers.get('date')).toBe('Thu, 15 Jan 2026 08:00:02 GMT');
  });

  test('can be made to answer otherwise: a status, a text word for word, headers, the honest answer altered', async () => {
    const server = await start({
      intercept: (request, honest) => {
        if (request.path === '/limited') return { status: 429, headers: { 'retry-after': '7' }, body: { detail: 'slow down' } };
        if (request.path === '/number') return { body: '{"n":123456789012345678901234567890}' };
        if (request.path === '/page') return { body: '<html>Sign in</html>' };
        if (request.path === '/altered') return { ...honest(), body: { ...(honest().body as object), more: request.query.get('more') } };
        return null;
      },
    });
    const limited = await fetch(`${server.url}/limited`);
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
    expect(await (await fetch(`${server.url}/number`)).text()).toBe('{"n":123456789012345678901234567890}');
    expect((await fetch(`${server.url}/page`)).headers.get('content-type')).toContain('text/html');
    expect(await (await fetch(`${server.url}/altered?more=yes`)).json()).toEqual({ ok: true, more: 'yes' });
    expect(await (await fetch(server.url)).json()).toEqual({ ok: true });
    expect(server.requests.map(({ status }) => status)).toEqual([429, 200, 200, 200, 200]);
  });

  test('hands the body and headers of a request to its answer', async () => {
    const server = await start({
      answer: ({ method, body, headers }) => ({ status: 201, body: { method, body, type: headers['content-type'] } }),
    });
    const response = await fetch(server.url, { method: 'POST', body: '{"limit":3}', headers: { 'content-type': 'application/json' } });
    expect(await response.json()).toEqual({ method: 'POST', body: '{"limit":3}', type: 'application/json' });
  });

  test('can break: cut short, refused, silent or without an end', async () => {
    const server = await start({ intercept: ({ path }) => ({ body: { text: 'x'.repeat(1_000) }, fault: path.slice(1) as 'silent' }) });
    const cut = await fetch(`${server.url}/cut_short`);
    expect(cut.headers.get('content-length')).toBe('1011');
    await expect(cut.text()).rejects.toThrow();
    await expect(fetch(`${server.url}/refused`)).rejects.toThrow();
    await expect(fetch(`${server.url}/silent`, { signal: AbortSignal.timeout(50) })).rejects.toThrow();
    const endless = await fetch(`${server.url}/endless`);
    let length = 0;
    for await (const chunk of endless.body ?? []) {
      length += (chunk as Uint8Array).length;
      if (length > 1_000_000) break;
    }
    expect(length).toBeGreaterThan(1_000_000);
  });

  test('tells of a hook that throws instead of hanging', async () => {
    const server = await start({
      beforeRequest: () => {
        throw new Error('the test is wrong');
      },
    });
    const response = await fetch(server.url);
    expect(response.status).toBe(500);
    expect(await response.text()).toContain('the test is wrong');
  });

  test('closes at once, whatever is under way', async () => {
    const server = await startSourceServer({ answer: () => ({ status: 200, body: '', fault: 'silent' }), now: () => '' as Instant });
    const pending = fetch(server.url).catch((error: unknown) => error);
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.close();
    expect(await pending).toBeInstanceOf(Error);
  });
});
