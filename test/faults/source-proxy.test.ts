import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRandom } from '../../src/simulator/random.ts';
import { drawFault, NO_FAULTS, REFUSED_STATUSES, SOME_FAULTS, type SourceFault } from './source-faults.ts';
import { startSourceProxy, type SourceProxy } from './source-proxy.ts';

const BODY = JSON.stringify({ items: Array.from({ length: 50 }, (_, number) => ({ number })) });
const DATE = Date.UTC(2026, 2, 1);

describe('a request on a way on which things go wrong', () => {
  it('gets the answer as it is where nothing does', async () => {
    const { proxy, asked } = await startWay({ kind: 'none' });
    const answer = await fetch(`${proxy.url}/a?b=1`, { method: 'POST', body: 'question' });
    expect([answer.status, answer.headers.get('x-mine'), await answer.text()]).toEqual([200, 'yes', BODY]);
    expect(asked).toEqual(['POST /a?b=1 question']);
  });

  it('takes longer', async () => {
    const { proxy } = await startWay({ kind: 'delay', ms: 120 });
    const startedMs = performance.now();
    expect(await (await fetch(proxy.url)).text()).toBe(BODY);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(110);
  });

  it('comes twice to the source', async () => {
    const { proxy, asked } = await startWay({ kind: 'duplicate' });
    expect(await (await fetch(`${proxy.url}/a`)).text()).toBe(BODY);
    expect(asked).toEqual(['GET /a ', 'GET /a ']);
  });

  it.each(REFUSED_STATUSES)('is refused with %i, and the source does not hear of it', async (status) => {
    const { proxy, asked } = await startWay({ kind: 'refused', status, retryAfter: null });
    const answer = await fetch(proxy.url);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, null]);
    expect(asked).toEqual([]);
  });

  it.each([
    ['seconds', '1'],
    ['date', new Date(DATE + 1_000).toUTCString()],
  ] as const)('is told when to come back, in %s', async (form, expected) => {
    const { proxy } = await startWay({ kind: 'refused', status: 429, retryAfter: { form, seconds: 1 } });
    const { headers } = await fetch(proxy.url);
    expect([headers.get('retry-after'), headers.get('date')]).toEqual([expected, new Date(DATE).toUTCString()]);
  });

  it.each([0, 7, 200])('gets %i bytes of the body, and then the connection breaks', async (at) => {
    const { proxy } = await startWay({ kind: 'cut', at });
    await expect(fetch(proxy.url).then((answer) => answer.text())).rejects.toThrow();
  });

  it('gets a body that ends early and does not look it', async () => {
    const { proxy } = await startWay({ kind: 'truncate', at: 20 });
    expect(await (await fetch(proxy.url)).text()).toBe(BODY.slice(0, 20));
  });

  it('gets no answer, until it gives up or the connection does', async () => {
    const { proxy, asked } = await startWay({ kind: 'stall', ms: 1_500 });
    await expect(fetch(proxy.url, { signal: AbortSignal.timeout(500) })).rejects.toThrow(/timeout/);
    await expect(fetch(proxy.url)).rejects.toThrow(/fetch failed/);
    expect(asked).toHaveLength(2);
  });

  it('is counted by what it met', async () => {
    const { proxy } = await startWay({ kind: 'duplicate' });
    await fetch(proxy.url);
    expect(proxy.counts).toEqual({ none: 0, delay: 0, duplicate: 1, refused: 0, cut: 0, truncate: 0, stall: 0 });
  });
});

describe('a plan of faults', () => {
  it('is the same for the same seed, and has every kind in it', () => {
    const plan = (seed: number): readonly SourceFault[] => {
      const random = createRandom(seed);
      return Array.from({ length: 2_000 }, () => drawFault(random, SOME_FAULTS));
    };
    expect(plan(3)).toEqual(plan(3));
    expect(new Set(plan(3).map(({ kind }) => kind))).toEqual(new Set(Object.keys(SOME_FAULTS)));
  });

  it('can be empty', () => {
    const random = createRandom(3);
    expect(new Set(Array.from({ length: 200 }, () => drawFault(random, NO_FAULTS).kind))).toEqual(new Set(['none']));
  });
});

async function startWay(fault: SourceFault): Promise<{ readonly proxy: SourceProxy; readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const source = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''} ${body}`);
      response.writeHead(200, { 'x-mine': 'yes' }).end(BODY);
    });
  });
  await new Promise<void>((resolve) => source.listen(0, '127.0.0.1', resolve));
  const target = `http://127.0.0.1:${(source.address() as AddressInfo).port}`;
  const proxy = await startSourceProxy({ target, nextFault: () => fault, nowMs: () => DATE });
  onTestFinished(async () => {
    await proxy.close();
    source.closeAllConnections();
    await new Promise((resolve) => source.close(resolve));
  });
  return { proxy, asked };
}
