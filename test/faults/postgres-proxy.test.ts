import { connect, createServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRandom } from '../../src/simulator/random.ts';
import { drawPostgresFault, SOME_POSTGRES_FAULTS, type PostgresFault } from './postgres-faults.ts';
import { startPostgresProxy, type PostgresProxy } from './postgres-proxy.ts';

describe('bytes on a way to a database on which things go wrong', () => {
  it('arrive as they are where nothing does', async () => {
    const proxy = await startWay({ kind: 'none' });
    expect(await say(proxy, 'a question')).toMatchObject({ heard: 'a question', isBroken: false });
    expect(proxy.counts.none).toBe(1);
  });

  it.each(['client', 'server'] as const)('of the %s arrive up to one of them, and then the connection breaks', async (from) => {
    const proxy = await startWay({ kind: 'cut', from, at: 4, ms: 0 });
    // What comes back are the server's own bytes: of the client's, those that arrived.
    expect(await say(proxy, 'a question')).toMatchObject({ heard: expect.stringMatching(/^(a qu)?$/) as string, isBroken: true });
    expect(proxy.counts.cut).toBe(1);
  });

  it('stall and go on', async () => {
    const proxy = await startWay({ kind: 'stall', from: 'server', at: 4, ms: 150 });
    const { heard, isBroken, tookMs } = await say(proxy, 'a question');
    expect([heard, isBroken]).toEqual(['a question', false]);
    expect(tookMs).toBeGreaterThanOrEqual(140);
  });

  it('stall and break', async () => {
    const proxy = await startWay({ kind: 'stall_and_cut', from: 'client', at: 0, ms: 100 });
    const { heard, isBroken, tookMs } = await say(proxy, 'a question');
    expect([heard, isBroken]).toEqual(['', true]);
    expect(tookMs).toBeGreaterThanOrEqual(90);
  });

  it('are late', async () => {
    const proxy = await startWay({ kind: 'delay', from: 'client', at: 2, ms: 60 });
    const { heard, tookMs } = await say(proxy, 'a question');
    expect(heard).toBe('a question');
    expect(tookMs).toBeGreaterThanOrEqual(50);
  });

  it('meet every kind of fault in a long plan, the same for the same seed', () => {
    const plan = (seed: number): readonly PostgresFault[] => {
      const random = createRandom(seed);
      return Array.from({ length: 500 }, () => drawPostgresFault(random, SOME_POSTGRES_FAULTS));
    };
    expect(plan(5)).toEqual(plan(5));
    expect(new Set(plan(5).map(({ kind }) => kind))).toEqual(new Set(Object.keys(SOME_POSTGRES_FAULTS)));
  });
});

/** To a server that says whatever it is told. */
async function startWay(fault: PostgresFault): Promise<PostgresProxy> {
  const server = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const target = `postgres://127.0.0.1:${(server.address() as AddressInfo).port}/d`;
  const proxy = await startPostgresProxy({ target, nextFault: () => fault });
  onTestFinished(async () => {
    await proxy.close();
    await new Promise((resolve) => server.close(resolve));
  });
  return proxy;
}

interface Heard {
  readonly heard: string;
  readonly isBroken: boolean;
  readonly tookMs: number;
}

/** Says something, and listens until all of it has come back or the connection is gone. */
async function say(proxy: PostgresProxy, text: string): Promise<Heard> {
  const startedMs = performance.now();
  return await new Promise((resolve) => {
    const socket = connect(Number(new URL(proxy.url).port), '127.0.0.1');
    let heard = '';
    const end = (isBroken: boolean): void => {
      resolve({ heard, isBroken, tookMs: performance.now() - startedMs });
      socket.destroy();
    };
    socket.setEncoding('utf8').on('error', () => undefined);
    socket.on('data', (more: string) => {
      heard += more;
      if (heard === text) end(false);
    });
    socket.on('close', () => {
      end(true);
    });
    socket.write(text);
  });
}
