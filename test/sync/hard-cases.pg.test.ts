import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { SourceAnswer } from '../../src/simulator/source-server.ts';
import { freshLedger } from '../support/ledger.ts';
import { readEvents } from './hold-against-truth.ts';
import { startRig, type Rig, type RigOptions } from './rig.ts';

const QUIET = { runsPerHour: 0, deletionShare: 0 };
const HOUR_MS = 3_600_000;

const rigs: Rig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close();
});

async function rigOn(options: RigOptions): Promise<{ rig: Rig; ledger: Ledger }> {
  const rig = await startRig({ ...options, world: { rates: QUIET, collections: 0, ...options.world } });
  rigs.push(rig);
  return { rig, ledger: await freshLedger('postgres') };
}

async function streamState(ledger: Ledger): Promise<unknown> {
  const { rows } = await sql`select list_order, watermark is not null as has_watermark from runledger.streams`.execute(ledger.db);
  return rows[0];
}

const isRunList = (path: string): boolean => path === '/v1/runs';
const refusal = { status: 400, body: { detail: 'no' } };

describe('what was read is kept', () => {
  it('when a page fails', async () => {
    const { rig, ledger } = await rigOn({
      world: { runs: 900 },
      server: { intercept: ({ path, query }) => (isRunList(path) && query.get('page') === '6' ? refusal : null) },
    });
    expect((await rig.sync(ledger)).streams[0]).toMatchObject({ status: 'failed', new_count: 500, is_complete: false });
    expect(await streamState(ledger)).toMatchObject({ has_watermark: false });
  });

  it('when a signal ends the reading between two batches', async () => {
    const controller = new AbortController();
    const { rig, ledger } = await rigOn({
      world: { runs: 900 },
      server: {
        beforeRequest: ({ query }) => {
          if (query.get('page') === '5') controller.abort();
        },
      },
    });
    const { streams } = await rig.sync(ledger, { signal: controller.signal });
    expect(streams[0]?.status).toBe('interrupted');
    // Pages that were on their way with the fifth are given up with it.
    expect(streams[0]?.new_count).toBeGreaterThanOrEqual(100);
    const { rows } = await sql<{ count: bigint }>`select count(*) as count from runledger.records`.execute(ledger.db);
    expect(Number(rows[0]?.count)).toBe(streams[0]?.new_count);
  });
});

describe('a part that fails holds up no other', () => {
  it('a refused detail is no failure', async () => {
    const { rig, ledger } = await rigOn({
      world: { runs: 30 },
      server: { intercept: ({ path }) => (path.startsWith('/v1/workflows/') ? { status: 403, body: { detail: 'Forbidden' } } : null) },
    });
    const run = rig.world.addRun();
    rig.world.moveRun(run.id, 'failed');
    expect((await rig.sync(ledger)).streams[0]).toMatchObject({ status: 'succeeded', is_complete: true });
    rig.takeRequests();
    expect((await rig.sync(ledger)).streams[0]).toMatchObject({ mode: 'incremental' });
    expect(rig.takeRequests().filter((path) => path.startsWith('/v1/workflows/'))).toEqual([]);
  });

  it('a detail endpoint that answers with a page for people leaves the stream supported', async () => {
    const { rig, ledger } = await rigOn({
      server: {
        intercept: ({ path }) =>
          path.startsWith('/v1/workflows/') ? { status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>404</h1>' } : null,
      },
    });
    const run = rig.world.addRun();
    rig.world.moveRun(run.id, 'failed');
    expect((await rig.sync(ledger)).streams[0]).toMatchObject({ status: 'succeeded', new_count: 1 });
  });

  it('a key that may not see knowledge bases still moves the watermark of the runs', async () => {
    const { rig, ledger } = await rigOn({
      world: { runs: 30 },
      server: { intercept: ({ path }) => (path === '/v1/knowledge-bases' ? { status: 403, body: { detail: 'Forbidden' } } : null) },
    });
    expect((await rig.sync(ledger)).streams[0]).toMatchObject({
      status: 'failed',
      is_complete: false,
      new_count: 30,
      error: { code: 'source_forbidden' },
    });
    expect(await streamState(ledger)).toMatchObject({ has_watermark: true });
  });

  it('open runs are read although the list cannot be', async () => {
    let isBroken = false;
    const { rig, ledger } = await rigOn({ server: { intercept: ({ path }) => (isBroken && isRunList(path) ? refusal : null) } });
    const run = rig.world.addRun();
    rig.world.advanceBy(1_000);
    await rig.sync(ledger);
    isBroken = true;
    rig.world.moveRun(run.id, 'succeeded');
    rig.world.advanceBy(HOUR_MS);
    expect((await rig.sync(ledger)).streams[0]).toMatchObject({ status: 'failed', is_complete: false });
    expect((await readEvents(ledger)).at(-1)).toMatchObject({ to_status: 'succeeded' });
  });

  it.each<[string, (honest: () => SourceAnswer) => Partial<SourceAnswer>]>([
    ['refused', () => ({ status: 403, body: { detail: 'Forbidden' } })],
    ['no run', () => ({ body: { id: 'x' } })],
  ])('open runs whose answer is %s keep no others waiting', async (_name, answer) => {
    let unreadable: readonly string[] = [];
    const { rig, ledger } = await rigOn({
      world: { runs: 200, rates: { ...QUIET, endlessShare: 1, stopShare: 0 } },
      server: {
        intercept: ({ path }, honest) => {
          // Once some are unreadable, no list shows any.
          if (unreadable.length > 0 && isRunList(path)) return { body: { items: [], total: 0, page: 1, size: 100, pages: 0 } };
          return unreadable.some((id) => path === `/v1/runs/${id}`) ? answer(honest) : null;
        },
      },
      connection: { openReads: 40 },
    });
    rig.world.advanceBy(1_000);
    await rig.sync(ledger);
    const { rows } = await sql<{ record_id: string }>`select record_id from runledger.records order by record_id`.execute(ledger.db);
    unreadable = rows.slice(0, 40).map((row) => row.record_id);
    const last = rows.at(-1)?.record_id ?? '';
    rig.world.moveRun(last, 'succeeded');
    for (let round = 0; round < 5; round += 1) {
      rig.world.advanceBy(HOUR_MS);
      expect((await rig.sync(ledger)).streams[0]).toMatchObject({ is_complete: false });
    }
    expect((await readEvents(ledger)).filter((event) => event.record_id === last).at(-1)).toMatchObject({ to_status: 'succeeded' });
  });
});

describe('a list that drifts', () => {
  it('is read to its end also where the source gives smaller pages than asked for', async () => {
    const { rig, ledger } = await rigOn({
      world: { runs: 1_000 },
      server: (world) => ({
        beforeRequest: ({ query }) => {
          if (query.get('page') === '10')
            world.runs
              .slice(-50)
              .filter((run) => run.deletedAt === null)
              .forEach((run) => {
                world.deleteRun(run.id);
              });
        },
        intercept: ({ path, query }, honest) => {
          if (!isRunList(path)) return null;
          query.set('size', '50');
          return honest();
        },
      }),
    });
    rig.world.advanceBy(24 * HOUR_MS);
    await rig.sync(ledger);
    const { rows } = await sql<{ record_id: string }>`select record_id from runledger.records`.execute(ledger.db);
    const known = new Set(rows.map((row) => row.record_id));
    expect(rig.world.runs.filter((run) => run.deletedAt === null && !known.has(run.id))).toEqual([]);
  });

  it('keeps its order in mind after a step back', async () => {
    let isDeleting = false;
    const { rig, ledger } = await rigOn({
      world: { runs: 1_500 },
      server: (world) => ({
        beforeRequest: ({ path, query }) => {
          if (!isDeleting || !isRunList(path) || query.get('page') !== '2') return;
          isDeleting = false;
          world.deleteRun(world.runs.filter((run) => run.deletedAt === null).at(-1)?.id ?? '');
        },
      }),
    });
    rig.world.advanceBy(24 * HOUR_MS);
    await rig.sync(ledger);
    isDeleting = true;
    for (let i = 0; i < 150; i += 1)
      rig.world.addRun({
        steps: [
          { afterMs: 10, state: 'running' },
          { afterMs: 1_000, state: 'succeeded' },
        ],
      });
    rig.world.advanceBy(HOUR_MS);
    rig.takeRequests();
    await rig.sync(ledger);
    expect(await streamState(ledger)).toMatchObject({ list_order: 'newest_first' });
    expect(rig.takeRequests().filter((path) => path.startsWith('/v1/runs?')).length).toBeLessThan(8);
  });
});

describe('a sync that died', () => {
  it('before its first stream is told as interrupted by a later one', async () => {
    const { rig, ledger } = await rigOn({});
    await sql`
      insert into runledger.syncs (runledger_version, host, process_id, config_digest, status, started_at)
      values ('0', 'h', 1, '', 'running', ${rig.now()}::timestamptz - interval '1 hour')`.execute(ledger.db);
    await rig.sync(ledger);
    const { rows } = await sql`select status from runledger.syncs order by sync_id`.execute(ledger.db);
    expect(rows).toEqual([{ status: 'interrupted' }, { status: 'succeeded' }]);
  });
});
