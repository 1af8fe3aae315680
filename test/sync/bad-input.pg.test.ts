import { sql } from 'kysely';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { SourceAnswer, SourceRequest } from '../../src/simulator/source-server.ts';
import type { SyncStreamResult } from '../../src/model/sync-result.ts';
import { freshLedger } from '../support/ledger.ts';
import { expectConsistent, readEvents } from './hold-against-truth.ts';
import { API_KEY, startRig, type Rig, type RigOptions } from './rig.ts';

/**
 * What a source may answer that it should not, and what a sync makes of it: a message that says what was found and what to do, and nothing lost:
 * as soon as the source answers as it should, the ledger is caught up with.
 */
type Fault = (request: SourceRequest, honest: () => SourceAnswer) => Partial<SourceAnswer> | null;

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Faulty {
  readonly rig: Rig;
  readonly ledger: Ledger;
  /** What the sync said, logged lines included. */
  readonly lines: string[];
  readonly sync: () => Promise<SyncStreamResult>;
  readonly heal: () => void;
}

async function faulty(fault: Fault, options: RigOptions = {}): Promise<Faulty> {
  let isHealed = false;
  const rig = await startRig({
    ...options,
    world: { runs: 30, collections: 0, rates: { runsPerHour: 0, deletionShare: 0 }, ...options.world },
    server: { intercept: (request, honest) => (isHealed ? null : fault(request, honest)) },
    // What is tried again is tried at once: how long that takes is tested where retries are.
    connection: { requests: { perSecond: Infinity, timeoutMs: 1_500, maxBytes: 300_000, maxWaitMs: 10 }, ...options.connection },
  });
  closers.push(() => rig.close());
  const ledger = await freshLedger('postgres');
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
  return {
    rig,
    ledger,
    lines,
    sync: async () => {
      rig.world.advanceBy(60_000);
      const { streams } = await rig.sync(ledger, { log });
      return streams[0] as SyncStreamResult;
    },
    heal: () => {
      isHealed = true;
    },
  };
}

const isRunList = ({ path }: SourceRequest): boolean => path === '/v1/runs';
const always =
  (answer: Partial<SourceAnswer>): Fault =>
  () =>
    answer;
const list =
  (answer: (body: { items: Record<string, unknown>[]; total: number; page: number; size: number; pages: number }) => unknown): Fault =>
  (request, honest) =>
    isRunList(request) ? { body: answer(honest().body as Parameters<typeof answer>[0]) } : null;

describe('an answer that is no answer fails the stream, says why, and loses nothing', () => {
  it.each<[string, Fault, string, RegExp]>([
    [
      'a key that is wrong',
      always({ status: 401, body: { detail: 'Invalid API key' } }),
      'source_unauthorized',
      /401[\s\S]*NOXUS_API_KEY|api_key/,
    ],
    ['a key without permission', always({ status: 403, body: { detail: 'Forbidden' } }), 'source_forbidden', /403/],
    [
      'HTML instead of JSON',
      always({ headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>Sign in</title>' }),
      'source_not_json',
      /Sign in|html/i,
    ],
    [
      'JSON that ends too early',
      (request, honest) => (isRunList(request) ? { body: JSON.stringify(honest().body).slice(0, -40) } : null),
      'source_not_json',
      /JSON/,
    ],
    ['an empty body', always({ body: '' }), 'source_not_json', /empty|JSON/],
    ['JSON of another shape', always({ body: { data: [] } }), 'source_bad_shape', /items|data/],
    [
      'a body that never ends',
      (request) => (isRunList(request) ? { body: '{"items":['.padEnd(5_000, ' '), fault: 'endless' } : null),
      'source_too_large',
      /300,?000|bytes/,
    ],
    ['no answer at all', (request) => (isRunList(request) ? { fault: 'silent' } : null), 'source_timeout', /1\.5|1,?500|second/],
    [
      'a redirect to another host',
      always({ status: 302, headers: { location: 'https://example.invalid/v1/runs' }, body: '' }),
      'source_redirect',
      /example\.invalid/,
    ],
    ['a page that comes again for ever', repeating(), 'source_repeats', /page/],
  ])(
    '%s',
    async (_name, fault, code, text) => {
      const { rig, ledger, sync, heal, lines } = await faulty(fault, code === 'source_repeats' ? { world: { runs: 150 } } : {});
      const failed = await sync();
      expect(failed).toMatchObject({ status: 'failed', is_complete: false, error: { code } });
      expect(`${failed.error?.message ?? ''} ${failed.error?.hint ?? ''}`).toMatch(text);
      expect(failed.error?.hint ?? '').not.toBe('');
      expect(lines.join('')).not.toContain(API_KEY);
      const { rows } = await sql<{
        last_complete_at: unknown;
        watermark: unknown;
      }>`select last_complete_at, watermark from runledger.streams`.execute(ledger.db);
      expect(rows).toEqual([{ last_complete_at: null, watermark: null }]);
      heal();
      expect(await sync()).toMatchObject({ status: 'succeeded', is_complete: true });
      const known = await sql<{ count: bigint }>`select count(*) as count from runledger.records`.execute(ledger.db);
      expect(known.rows[0]?.count).toBe(BigInt(rig.world.runs.length));
      await expectConsistent(ledger);
    },
    60_000,
  );

  it('a redirect never takes the key along', async () => {
    const seen: string[] = [];
    const other: Server = createServer((request, response) => {
      seen.push(JSON.stringify(request.headers));
      response.end('{}');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.2', resolve));
    closers.push(() => new Promise((resolve) => other.close(resolve)));
    const { port } = other.address() as AddressInfo;
    const { sync } = await faulty(always({ status: 307, headers: { location: `http://127.0.0.2:${port}/v1/runs` }, body: '' }));
    expect(await sync()).toMatchObject({ status: 'failed', error: { code: 'source_redirect' } });
    expect(seen).toEqual([]);
  });
});

const ITEM = {
  id: '11111111-1111-4111-8111-111111111111',
  group_id: '22222222-2222-4222-8222-222222222222',
  workflow_id: '33333333-3333-4333-8333-333333333333',
  status: 'running',
  created_at: '2026-02-28T10:00:00Z',
  finished_at: null,
  input: {},
  workflow: { id: '33333333-3333-4333-8333-333333333333', name: 'n', type: 'flow' },
};

const inList = (...items: readonly unknown[]): Fault => list(() => ({ items, total: items.length, page: 1, size: 100, pages: 1 }));

describe('an item that cannot be understood is rejected, and stops nothing', () => {
  it.each<[string, unknown, RegExp]>([
    ['null', null, /null|object/],
    ['a text', 'run', /object/],
    ['one without an id', { ...ITEM, id: undefined }, /id is missing/],
    ['one with a number as id', { ...ITEM, id: 7 }, /id is of type number/],
    ['one with an id of 10 kB', { ...ITEM, id: 'x'.repeat(10_240) }, /10240 bytes/],
    ['one with \\u0000 in its id', { ...ITEM, id: 'a\u0000b' }, /u0000/],
    ['one with half a surrogate pair in its id', { ...ITEM, id: 'a\ud800' }, /surrogate/],
    ['one without a status', { ...ITEM, id: '44444444-4444-4444-8444-444444444444', status: null }, /status/],
  ])('%s', async (_name, item, reason) => {
    const { ledger, sync } = await faulty(inList(item, ITEM));
    expect(await sync()).toMatchObject({ status: 'succeeded', new_count: 1, rejected_count: 1 });
    await sync();
    const { rows } = await sql<{
      reason: string;
      count: bigint;
      raw: string | null;
    }>`select reason, count, raw from runledger.rejections`.execute(ledger.db);
    expect(rows).toMatchObject([{ count: 2n, raw: null }]);
    expect(rows[0]?.reason).toMatch(reason);
  });

  it('is kept as it came under `payloads: full`', async () => {
    const { ledger, sync } = await faulty(inList({ ...ITEM, id: null, note: 'a\u0000b' }), { connection: { payloads: 'full' } });
    await sync();
    const { rows } = await sql<{ raw: string }>`select raw from runledger.rejections`.execute(ledger.db);
    expect(JSON.parse(rows[0]?.raw ?? '')).toMatchObject({ status: 'running', note: 'a\u0000b' });
  });
});

describe('an item that is odd is kept, its oddness told', () => {
  async function recorded(
    item: object,
    options: RigOptions = {},
  ): Promise<{ event: Awaited<ReturnType<typeof readEvents>>[number]; body: unknown; ledger: Ledger }> {
    const { ledger, sync } = await faulty(inList(item), options);
    expect(await sync()).toMatchObject({ status: 'succeeded', new_count: 1, rejected_count: 0 });
    expect(await sync()).toMatchObject({ appended_count: 0 });
    await expectConsistent(ledger);
    const event = (await readEvents(ledger)).at(-1);
    if (event === undefined) throw new Error('no event');
    const { rows } = await sql<{
      body: unknown;
    }>`select body from runledger.details where position = ${event.position.toString()}::bigint`.execute(ledger.db);
    return { event, body: rows[0]?.body, ledger };
  }

  it('a name with \\u0000, half a surrogate pair and terminal escapes', async () => {
    const { ledger } = await recorded({ ...ITEM, workflow: { ...ITEM.workflow, name: 'a\u0000b\ud800c\u001b[31m' } });
    const { rows } = await sql`select name from runledger.workflows`.execute(ledger.db);
    expect(rows).toEqual([{ name: 'a\\u0000b\ufffdc\u001b[31m' }]);
  });

  it('a number of 30 digits, which survives as its text', async () => {
    const text = JSON.stringify({ items: [{ ...ITEM, input: { big: 'HERE' } }], total: 1, page: 1, size: 100, pages: 1 });
    const fault: Fault = (request) => (isRunList(request) ? { body: text.replace('"HERE"', '123456789012345678901234567890') } : null);
    const { ledger, sync } = await faulty(fault, { connection: { payloads: 'full' } });
    await sync();
    const { rows } = await sql<{ body: { input: unknown } }>`select body from runledger.details order by position desc limit 1`.execute(
      ledger.db,
    );
    expect(rows[0]?.body.input).toEqual({ big: '123456789012345678901234567890' });
    await expectConsistent(ledger);
  });

  it.each(['0001-01-01T00:00:00Z', '99999-01-01T00:00:00Z', 'nonsense', 17, '2026-02-30T00:00:00Z'])(
    'a created_at of %s',
    async (createdAt) => {
      const { event } = await recorded({ ...ITEM, created_at: createdAt });
      expect(event).toMatchObject({ event_type: 'discovered', to_status: 'running', earliest_at: null, anomalies: ['bad_time'] });
      expect(event.facts.created_at).toBeUndefined();
    },
  );

  it('a fraction of seven digits, truncated and not rounded into the next day', async () => {
    const { event } = await recorded({ ...ITEM, status: 'completed', finished_at: '2026-02-28T23:59:59.9999999Z' });
    expect(event).toMatchObject({ to_status: 'succeeded', reported_at: '2026-02-28T23:59:59.999999Z' });
  });

  it('times without a zone, which are UTC', async () => {
    const { event } = await recorded({
      ...ITEM,
      status: 'completed',
      created_at: '2026-02-28T10:00:00',
      finished_at: '2026-02-28T10:05:00.5',
    });
    expect(event).toMatchObject({ reported_at: '2026-02-28T10:05:00.500000Z', anomalies: [] });
  });

  it('a status that nobody documents, kept as the word it is', async () => {
    const { event, ledger } = await recorded({ ...ITEM, status: 'hibernating' });
    expect(event).toMatchObject({ to_status: null, source_status: 'hibernating', anomalies: ['unknown_status'] });
    const { rows } = await sql`select status, is_terminal from runledger.records`.execute(ledger.db);
    expect(rows).toEqual([{ status: null, is_terminal: false }]);
  });

  it('a status that the settings map, as mapped', async () => {
    const { event } = await recorded({ ...ITEM, status: 'timed_out' }, { connection: { statuses: { timed_out: 'failed' } } });
    expect(event).toMatchObject({ to_status: 'failed', source_status: 'timed_out', anomalies: [] });
  });

  it('the same run twice on a page, once', async () => {
    const { ledger, sync } = await faulty(inList(ITEM, { ...ITEM, status: 'completed', finished_at: '2026-02-28T10:05:00Z' }, ITEM));
    expect(await sync()).toMatchObject({ new_count: 1, observed_count: 1 });
    expect((await readEvents(ledger)).map((event) => event.to_status)).toEqual(['queued', 'succeeded']);
  });
});

describe('a list that lies about itself is read to its end', () => {
  it.each<[string, (body: { pages: number; total: number }) => object]>([
    ['pages too few', (body) => ({ ...body, pages: 1 })],
    ['pages too many', (body) => ({ ...body, pages: 1_000 })],
    ['pages of nonsense', (body) => ({ ...body, pages: 'many' })],
  ])('%s', async (_name, lie) => {
    const { rig, ledger, sync } = await faulty(list(lie), {
      world: { runs: 450 },
      connection: { requests: { perSecond: Infinity, maxBytes: 10_000_000 } },
    });
    expect(await sync()).toMatchObject({ status: 'succeeded', is_complete: true, new_count: rig.world.runs.length });
    expect(rig.takeRequests().filter((path) => path.startsWith('/v1/runs?')).length).toBeLessThanOrEqual(6);
    await expectConsistent(ledger);
  });
});

describe('a stream that fails', () => {
  it('stops no other connection, and is not counted as fresh', async () => {
    const { sync } = await import('../../src/sync/sync.ts');
    const bad = await faulty(always({ status: 500, body: { detail: 'down' } }), {
      connection: { name: 'bad', requests: { perSecond: Infinity, timeoutMs: 1_000 } },
    });
    const good = await startRig({ world: { seed: 5, runs: 20, rates: { runsPerHour: 0 } }, connection: { name: 'good' } });
    closers.push(() => good.close());
    const forbidden: typeof bad.rig.settings = { ...bad.rig.settings, apiKey: 'wrong' };
    bad.heal();
    const result = await sync(bad.ledger, { connections: [forbidden, good.settings], now: good.now });
    expect(result.status).toBe('failed');
    expect(result.streams).toMatchObject([
      { connection: 'bad', status: 'failed', is_complete: false, error: { code: 'source_unauthorized' } },
      { connection: 'good', status: 'succeeded', is_complete: true },
    ]);
    const { rows } =
      await sql`select connection, last_complete_at is not null as is_fresh from runledger.streams order by connection`.execute(
        bad.ledger.db,
      );
    expect(rows).toEqual([
      { connection: 'bad', is_fresh: false },
      { connection: 'good', is_fresh: true },
    ]);
  });
});

/** Whatever page is asked for, the items of the first. */
function repeating(): Fault {
  let first: readonly unknown[] = [];
  return (request, honest) => {
    if (!isRunList(request)) return null;
    const page = Number(request.query.get('page'));
    const body = honest().body as { items: readonly unknown[] };
    if (page === 1) first = body.items;
    return { body: { ...body, items: first, total: 100_000, page, pages: 1_000 } };
  };
}
