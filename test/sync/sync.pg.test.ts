import { sql } from 'kysely';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { PlannedEvent } from '../../src/model/sync-result.ts';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { expectConsistent, expectNothingInvented, readEvents } from './hold-against-truth.ts';
import { startRig, type Rig, type RigOptions } from './rig.ts';

const PAGES = new URL('../connectors/noxus/pages/', import.meta.url);
const DAY_MS = 86_400_000;
const QUIET = { runsPerHour: 0 };

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const closable of open.splice(0).reverse()) await closable.close();
});

async function rigOn(kind: (typeof LEDGER_KINDS)[number], options: RigOptions = {}): Promise<{ rig: Rig; ledger: Ledger }> {
  const rig = await startRig({ ...options, world: { rates: QUIET, ...options.world } });
  open.push(rig);
  const ledger = await freshLedger(kind);
  open.push(ledger);
  return { rig, ledger };
}

async function statuses(ledger: Ledger, recordId: string): Promise<readonly string[]> {
  const events = await readEvents(ledger);
  return events.filter((event) => event.record_id === recordId).map((event) => `${event.event_type} ${event.to_status ?? '-'}`);
}

describe.each(LEDGER_KINDS)('a sync into %s', (kind) => {
  it('sees a run from its creation to its end', async () => {
    const { rig, ledger } = await rigOn(kind);
    const run = rig.world.addRun();
    rig.world.advanceBy(1_000);
    const first = await rig.sync(ledger);
    expect(first.streams).toMatchObject([
      { connection: 'noxus-main', stream: 'runs', new_count: 1, changed_count: 0, open_count: 1, status: 'succeeded' },
    ]);
    rig.world.advanceBy(60_000);
    rig.world.moveRun(run.id, 'running');
    rig.world.advanceBy(1_000);
    await rig.sync(ledger);
    rig.world.advanceBy(60_000);
    rig.world.moveRun(run.id, 'waiting');
    await rig.sync(ledger);
    rig.world.advanceBy(60_000);
    rig.world.moveRun(run.id, 'succeeded');
    rig.world.advanceBy(60_000);
    const last = await rig.sync(ledger);
    expect(last.streams[0]).toMatchObject({ new_count: 0, changed_count: 1, open_count: 0 });
    expect(last.head.position).toBe(4n);
    expect(await statuses(ledger, run.id)).toEqual([
      'discovered queued',
      'status_changed running',
      'status_changed running',
      'status_changed succeeded',
    ]);
    await expectNothingInvented(ledger, rig.world);
    await expectConsistent(ledger);
  });

  it('reads the error of a failed run once, and asks no more where the server has none', async () => {
    for (const hasDetail of [true, false]) {
      const { rig, ledger } = await rigOn(kind, { server: { hasDetail } });
      const run = rig.world.addRun();
      rig.world.moveRun(run.id, 'failed', { error: 'x', failedSteps: 2, warnings: ['timeout'] });
      rig.world.advanceBy(1_000);
      await rig.sync(ledger);
      const { rows } = await sql<{ errored_node_count: bigint | null; warning_kinds: string[] | null }>`
        select errored_node_count, warning_kinds from runledger.records`.execute(ledger.db);
      expect(rows).toEqual([
        hasDetail ? { errored_node_count: 2n, warning_kinds: ['model_timeout'] } : { errored_node_count: null, warning_kinds: null },
      ]);
      expect(rig.takeRequests().filter((path) => path.includes('/workflows/'))).toHaveLength(1);
      rig.world.advanceBy(60_000);
      await rig.sync(ledger);
      expect(rig.takeRequests().filter((path) => path.includes('/workflows/'))).toHaveLength(0);
    }
  });

  it('reads the rest of the list where that takes fewer requests than reading its open runs one by one', async () => {
    const { rig, ledger } = await rigOn(kind, {
      world: { runs: 1_000, collections: 0, rates: { ...QUIET, endlessShare: 1, stopShare: 0 } },
    });
    await rig.sync(ledger);
    rig.world.advanceBy(DAY_MS);
    rig.takeRequests();
    const result = await rig.sync(ledger);
    expect(result.streams[0]).toMatchObject({ is_complete: true, unread_count: 0, appended_count: 0 });
    expect(rig.takeRequests().length).toBeLessThanOrEqual(12);
  });

  it('asks an unchanged source only for its first page and for its knowledge bases', async () => {
    const { rig, ledger } = await rigOn(kind, { world: { runs: 500, rates: { ...QUIET, deletionShare: 0 } } });
    rig.world.advanceBy(DAY_MS);
    await rig.sync(ledger);
    rig.world.advanceBy(DAY_MS);
    rig.takeRequests();
    const result = await rig.sync(ledger);
    expect(result.streams[0]).toMatchObject({ mode: 'incremental', appended_count: 0, is_complete: true });
    expect(rig.takeRequests()).toHaveLength(1 + 1 + 2);
  });

  it('finds runs that only a list of running jobs ever showed, and reads their end by id', async () => {
    const { rig, ledger } = await rigOn(kind, { server: { isListed: () => false, hidesFinishedKnowledgeBaseRuns: true } });
    const workflow = rig.world.workflows.find((candidate) => candidate.collection !== null);
    if (workflow === undefined) throw new Error('no workflow ingests');
    const run = rig.world.addRun({ workflow });
    rig.world.moveRun(run.id, 'running');
    rig.world.advanceBy(1_000);
    await rig.sync(ledger);
    rig.world.advanceBy(1_000);
    rig.world.moveRun(run.id, 'succeeded');
    rig.world.advanceBy(1_000);
    await rig.sync(ledger);
    expect(await statuses(ledger, run.id)).toEqual(['discovered queued', 'status_changed running', 'status_changed succeeded']);
    const { rows } = await sql`select collection_id from runledger.records`.execute(ledger.db);
    expect(rows).toEqual([{ collection_id: workflow.collection?.id }]);
  });

  it('follows ids that no list shows, once they are tracked', async () => {
    const { trackRecords } = await import('../../src/sync/track.ts');
    const { pino } = await import('pino');
    const { rig, ledger } = await rigOn(kind, { server: { isListed: () => false } });
    const run = rig.world.addRun();
    rig.world.advanceBy(1_000);
    await rig.sync(ledger);
    expect(await readEvents(ledger)).toEqual([]);
    const tracked = await trackRecords(ledger, {
      connection: 'noxus-main',
      stream: 'runs',
      recordIds: [run.id, 'unknown/?#id', run.id],
      now: rig.now(),
      log: pino({ level: 'silent' }),
    });
    expect(tracked).toEqual({ added: 2, known: 0 });
    rig.world.advanceBy(1_000);
    await rig.sync(ledger);
    expect(await statuses(ledger, run.id)).toEqual(['discovered queued']);
    const { rows } = await sql`select record_id, last_result from runledger.tracked where last_result is not null`.execute(ledger.db);
    expect(rows).toEqual([{ record_id: 'unknown/?#id', last_result: 'not found' }]);
  });

  it('steps back where runs are deleted while the list is read, and misses none', async () => {
    const { rig, ledger } = await rigOn(kind, {
      world: { runs: 1_000, collections: 0, rates: { ...QUIET, deletionShare: 0, endlessShare: 0 } },
      server: (world) => ({
        beforeRequest: ({ query }) => {
          // What was on the pages read so far goes, so that everything behind it moves up.
          if (query.get('page') === '4' || query.get('page') === '6') {
            const newest = world.runs.filter((run) => run.deletedAt === null && run.finishedAt !== null).slice(-130);
            newest.forEach((run) => {
              world.deleteRun(run.id);
            });
          }
        },
      }),
    });
    rig.world.advanceBy(DAY_MS);
    await rig.sync(ledger);
    const { rows } = await sql<{ record_id: string }>`select record_id from runledger.records`.execute(ledger.db);
    const known = new Set(rows.map((row) => row.record_id));
    expect(rig.world.runs.filter((run) => run.deletedAt === null && !known.has(run.id))).toEqual([]);
    const drift = await sql`select has_drift from runledger.sync_streams`.execute(ledger.db);
    expect(drift.rows).toEqual([{ has_drift: true }]);
  });

  it('lands the examples of the API pages, word for word, as one run each', async () => {
    for (const [path, page] of [
      ['/v1/runs', 'noxus-runs'],
      ['/v1/knowledge-bases/kb/runs', 'noxus-knowledge-base-runs'],
    ] as const) {
      const body = readFileSync(new URL(`${page}.txt`, PAGES), 'utf8');
      const { rig, ledger } = await rigOn(kind, {
        server: {
          intercept: (request) => {
            if (request.path === path) return { body };
            if (request.path === '/v1/knowledge-bases') return { body: { items: [{ id: 'kb' }], total: 1, page: 1, size: 100, pages: 1 } };
            return request.path === '/v1/runs'
              ? { body: { items: [], total: 0, page: 1, size: 100, pages: 0 } }
              : { status: 404, body: {} };
          },
        },
      });
      const result = await rig.sync(ledger);
      expect(result.streams[0]).toMatchObject({ new_count: 1, rejected_count: 0 });
      const { rows } = await sql`select record_id, status, created_at from runledger.records`.execute(ledger.db);
      expect(rows).toEqual([
        { record_id: '3c90c3cc-0d44-4b50-8888-8dd25736052a', status: 'queued', created_at: '2023-11-07T05:31:56.000000Z' },
      ]);
    }
  });

  it('writes nothing at all in a dry run, and tells the events that it would append', async () => {
    const { rig, ledger } = await rigOn(kind, {
      world: { runs: 250, rates: { ...QUIET, endlessShare: 0.3 } },
      server: { hasDetail: false },
    });
    const planned: PlannedEvent[] = [];
    const result = await rig.sync(ledger, { dryRun: true, onPlannedEvent: (event) => planned.push(event) });
    expect(result).toMatchObject({ sync_id: null, head: { position: 0n } });
    expect(result.streams[0]).toMatchObject({ new_count: rig.world.runs.filter((run) => run.deletedAt === null).length });
    for (const table of ['events', 'records', 'syncs', 'sync_streams', 'connections', 'streams', 'sightings', 'workflows']) {
      const { rows } = await sql<{ count: bigint }>`select count(*) as count from ${sql.table(`runledger.${table}`)}`.execute(ledger.db);
      expect(rows[0]?.count, table).toBe(0n);
    }
    const real = await rig.sync(ledger);
    const events = await readEvents(ledger);
    const asPlanned = events.map((event) => `${event.record_id} ${event.event_type} ${event.to_status ?? ''} ${event.occurred_at}`);
    expect(result.streams[0]?.open_count).toBe(real.streams[0]?.open_count);
    expect(planned.map((event) => `${event.record_id} ${event.event_type} ${event.to_status ?? ''} ${event.occurred_at}`).sort()).toEqual(
      asPlanned.sort(),
    );
  });

  it('lets one of two syncs at once do the work, and says of the other who holds the stream', async () => {
    const { rig, ledger } = await rigOn(kind, { world: { runs: 500, rates: QUIET } });
    const results = await Promise.all([rig.sync(ledger), rig.sync(ledger)]);
    const streams = results.map((result) => result.streams[0]);
    expect(streams.map((stream) => stream?.status).sort()).toEqual(['skipped', 'succeeded']);
    expect(streams.find((stream) => stream?.status === 'skipped')?.error?.message).toMatch(/process \d+/);
    expect(results.map((result) => result.status)).toEqual(['succeeded', 'succeeded']);
    await expectConsistent(ledger);
  });

  it('stops after the batch in hand when a signal says so, keeps what was recorded, and goes on next time', async () => {
    const { rig, ledger } = await rigOn(kind, { world: { runs: 1_500, collections: 0, rates: QUIET } });
    const controller = new AbortController();
    const result = await rig.sync(ledger, {
      signal: controller.signal,
      onProgress: ({ appended }) => {
        if (appended > 0) controller.abort();
      },
    });
    expect(result).toMatchObject({ status: 'interrupted', streams: [{ status: 'interrupted' }] });
    const kept = (await readEvents(ledger)).length;
    expect(kept).toBeGreaterThan(0);
    const { rows } = await sql`select lease_holder from runledger.streams`.execute(ledger.db);
    expect(rows).toEqual([{ lease_holder: null }]);
    rig.world.advanceBy(1_000);
    expect(await rig.sync(ledger)).toMatchObject({ status: 'succeeded', streams: [{ is_complete: true }] });
    await expectConsistent(ledger);
  });

  it('refuses the key of another account, and records nothing of it', async () => {
    const { rig, ledger } = await rigOn(kind, { world: { runs: 10, rates: QUIET } });
    await rig.sync(ledger);
    const head = (await rig.sync(ledger)).head;
    const { rig: other } = await rigOn(kind, { world: { seed: 2, runs: 10, rates: QUIET } });
    const result = await other.sync(ledger);
    expect(result.streams[0]).toMatchObject({ status: 'failed', error: { code: 'source_wrong_account' }, observed_count: 0 });
    expect(result.head).toEqual(head);
  });

  it('waits no longer than it may for a rate limit, and the next sync respects what is left of it', async () => {
    let isLimited = true;
    const { rig, ledger } = await rigOn(kind, {
      server: { intercept: () => (isLimited ? { status: 429, headers: { 'retry-after': '3600' }, body: { detail: 'slow down' } } : null) },
    });
    expect((await rig.sync(ledger)).streams[0]).toMatchObject({ status: 'rate_limited', request_count: 1 });
    isLimited = false;
    rig.world.advanceBy(1_000_000);
    rig.takeRequests();
    expect((await rig.sync(ledger)).streams[0]).toMatchObject({ status: 'rate_limited', request_count: 0 });
    expect(rig.takeRequests()).toEqual([]);
    rig.world.advanceBy(3_600_000);
    expect((await rig.sync(ledger)).streams[0]).toMatchObject({ status: 'succeeded' });
    const { rows } = await sql`select rate_limited_until_at from runledger.connections`.execute(ledger.db);
    expect(rows).toEqual([{ rate_limited_until_at: null }]);
  });

  it('tells a stream that the source does not have from one that failed', async () => {
    let isGone = true;
    const { rig, ledger } = await rigOn(kind, {
      server: {
        intercept: ({ path, query }) =>
          isGone && path === '/v1/runs' && query.get('size') === '100' ? { status: 404, body: { detail: 'Not Found' } } : null,
      },
    });
    const gone = await rig.sync(ledger);
    expect(gone.streams[0]?.status).toBe('unsupported');
    isGone = false;
    await rig.sync(ledger);
    isGone = true;
    expect((await rig.sync(ledger)).streams[0]?.status).toBe('failed');
  });
});

describe('a list that is newest first', () => {
  it('is read whole again once it comes in another order', async () => {
    const { rig, ledger } = await rigOn('postgres', { world: { runs: 1_000, collections: 0, rates: QUIET } });
    await rig.sync(ledger);
    const order = async (): Promise<unknown> =>
      (await sql<{ list_order: string }>`select list_order from runledger.streams`.execute(ledger.db)).rows[0]?.list_order;
    expect(await order()).toBe('newest_first');
    const { rig: shuffled } = await rigOn('postgres', { world: { runs: 1_000, collections: 0, rates: QUIET }, server: { order: 'none' } });
    shuffled.world.advanceBy(DAY_MS / 2);
    const result = await shuffled.sync(ledger);
    expect(result.streams[0]).toMatchObject({ observed_count: shuffled.world.runs.filter((run) => run.deletedAt === null).length });
    expect(await order()).toBe('none');
  });
});

describe('open runs', () => {
  it('sees a run end that was open for 90 days, one sync after it did', async () => {
    const { rig, ledger } = await rigOn('postgres', { world: { runs: 300, rates: QUIET } });
    const run = rig.world.addRun();
    rig.world.moveRun(run.id, 'running');
    rig.world.advanceBy(1_000);
    await rig.sync(ledger);
    for (let day = 0; day < 90; day += 9) {
      rig.world.advanceBy(9 * DAY_MS);
      for (let i = 0; i < 3; i += 1)
        rig.world.addRun({
          steps: [
            { afterMs: 1_000, state: 'running' },
            { afterMs: 5_000, state: 'succeeded' },
          ],
        });
      await rig.sync(ledger);
    }
    expect((await statuses(ledger, run.id)).filter((event) => event !== 'amended -')).toEqual([
      'discovered queued',
      'status_changed running',
    ]);
    rig.world.moveRun(run.id, 'failed');
    rig.world.advanceBy(1_000);
    await rig.sync(ledger);
    expect(await statuses(ledger, run.id)).toContain('status_changed failed');
  });

  it('spends no more requests on runs that never finish than its budget, and reads them all in turn', async () => {
    const { rig, ledger } = await rigOn('postgres', {
      world: { runs: 401, collections: 0, rates: { ...QUIET, endlessShare: 1, stopShare: 0, waitingShare: 0 } },
      server: { hasDetail: false },
      // Fewer than the list has pages after the first: reading those would be the shorter way.
      connection: { openReads: 3 },
    });
    const { streams } = await rig.sync(ledger);
    const openCount = streams[0]?.open_count ?? 0;
    expect(openCount).toBe(401);
    const asked = new Set<string>();
    // The first page of the list shows the newest hundred at every sync.
    const rounds = Math.ceil((openCount - 100) / 3) + 2;
    for (let round = 0; round < rounds; round += 1) {
      rig.world.advanceBy(3_600_000);
      rig.takeRequests();
      const result = await rig.sync(ledger);
      const single = rig.takeRequests().filter((path) => /^\/v1\/runs\/[^?]+$/.test(path));
      expect(single.length).toBeLessThanOrEqual(3);
      single.forEach((path) => asked.add(path));
      expect(result.streams[0]).toMatchObject({ is_complete: false, status: 'succeeded' });
      expect(result.streams[0]?.unread_count).toBeLessThanOrEqual(openCount - 100 - 3);
    }
    expect(asked.size).toBe(openCount - 100);
  });
});
