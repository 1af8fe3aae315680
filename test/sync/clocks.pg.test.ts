import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { statusText } from '../../src/cli/output/status-text.ts';
import type { Ledger } from '../../src/db/open-ledger.ts';
import { addMicros, type Instant } from '../../src/model/instant.ts';
import { readStatus } from '../../src/publish/read-status.ts';
import { checkConnection } from '../../src/sync/check.ts';
import { trackRecords } from '../../src/sync/track.ts';
import { verifyLedger } from '../../src/sync/verify.ts';
import { freshLedger, silent } from '../support/ledger.ts';
import { readEvents, type StoredEvent } from './hold-against-truth.ts';
import { openStack } from './knowledge-stack-rig.ts';
import { startRig, type Rig, type RigOptions } from './rig.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const QUIET = { runsPerHour: 0, deletionShare: 0 };

const rigs: Rig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close();
});

/** A source in a world of its own, whose clock is right, and our clock, which is ahead of it by as much as it is set. */
async function clocked(
  server: RigOptions['server'] = {},
  requests: { readonly maxWaitMs?: number } = {},
): Promise<{ rig: Rig; ledger: Ledger; setAhead: (ms: number) => void }> {
  let aheadMs = 0;
  const rig = await startRig({
    world: { rates: QUIET, collections: 0 },
    server,
    connection: { requests: { perSecond: Infinity, concurrency: 4, ...requests } },
    now: (world) => addMicros(world.now, BigInt(aheadMs * 1000)),
  });
  rigs.push(rig);
  return {
    rig,
    ledger: await freshLedger('postgres'),
    setAhead: (ms) => {
      aheadMs = ms;
    },
  };
}

async function lastEvent(ledger: Ledger): Promise<StoredEvent> {
  return (await readEvents(ledger)).at(-1) as StoredEvent;
}

function holds({ earliest_at: earliest, latest_at: latest }: StoredEvent, moment: Instant): boolean {
  return (earliest === null || earliest <= moment) && moment <= latest;
}

async function health(ledger: Ledger): Promise<unknown> {
  const { rows } = await sql`select clock_skew_seconds, has_clock_skew from runledger.sync_health`.execute(ledger.db);
  return rows[0];
}

describe('our clock that was ahead and is set right', () => {
  it.each([
    ['by an hour', HOUR_MS],
    ['by less than passes between two polls', 2 * MINUTE_MS],
  ])('%s hides no transition, and no interval excludes the truth', async (_, ms) => {
    const { rig, ledger, setAhead } = await clocked();
    const { world } = rig;
    const run = world.addRun();
    world.advanceBy(MINUTE_MS);
    setAhead(ms);
    await rig.sync(ledger);
    setAhead(0);
    world.advanceBy(MINUTE_MS);
    world.moveRun(run.id, 'running');
    const startedAt = world.now;
    world.advanceBy(2 * MINUTE_MS);
    const second = await rig.sync(ledger);
    expect(second.streams[0]).toMatchObject({ changed_count: 1, stale_count: 0, deferred_count: 0, is_complete: true });
    const running = await lastEvent(ledger);
    expect(running).toMatchObject({ to_status: 'running', reported_at: null, anomalies: ['clock_skew'] });
    expect(holds(running, startedAt)).toBe(true);
    // Taken back by what it was ahead, and no further than a Date and the way of two answers leave open.
    expect(Date.parse(startedAt) - Date.parse(running.earliest_at as string)).toBeLessThan(MINUTE_MS + 3_000);

    world.advanceBy(MINUTE_MS);
    world.moveRun(run.id, 'waiting');
    const waitingAt = world.now;
    world.advanceBy(MINUTE_MS);
    await rig.sync(ledger);
    const waiting = await lastEvent(ledger);
    expect(waiting).toMatchObject({ source_status: 'awaiting_human_feedback', anomalies: [] });
    expect(holds(waiting, waitingAt)).toBe(true);
    expect(await verifyLedger(ledger)).toMatchObject({ ok: true });
  });

  it('keeps no open run that only reads by id show from being read again', async () => {
    const { rig, ledger, setAhead } = await clocked({ isListed: () => false });
    const run = rig.world.addRun();
    setAhead(24 * HOUR_MS);
    const recordIds = [run.id];
    await trackRecords(ledger, { connection: 'noxus-main', stream: 'runs', recordIds, now: rig.now(), log: silent });
    rig.world.advanceBy(MINUTE_MS);
    await rig.sync(ledger);
    setAhead(0);
    rig.world.advanceBy(MINUTE_MS);
    expect((await rig.sync(ledger)).streams[0]).toMatchObject({ observed_count: 1, unchanged_count: 1, unread_count: 0, stale_count: 0 });
  });

  it('does not keep a full scan from being made when it is due', async () => {
    const { rig, ledger, setAhead } = await clocked();
    const run = rig.world.addRun();
    rig.world.advanceBy(MINUTE_MS);
    setAhead(365 * 24 * HOUR_MS);
    await rig.sync(ledger);
    setAhead(0);
    rig.world.deleteRun(run.id);
    const modes: unknown[] = [];
    for (const minutes of [1, 5, 5, 24 * 60]) {
      rig.world.advanceBy(minutes * MINUTE_MS);
      modes.push((await rig.sync(ledger)).streams[0]?.mode);
    }
    expect(modes).toEqual(['full', 'incremental', 'incremental', 'full']);
  });

  it('lets no bound of a disappearance, and no certainty, rest on a scan that seemed later', async () => {
    const { rig, ledger, setAhead } = await clocked();
    const { world } = rig;
    const [run, other] = [world.addRun(), world.addRun()];
    world.moveRun(run.id, 'succeeded');
    world.moveRun(other.id, 'running');
    for (const ahead of [0, HOUR_MS, 0]) {
      setAhead(ahead);
      world.advanceBy(10 * MINUTE_MS);
      await rig.sync(ledger, { full: true });
    }
    world.advanceBy(10 * MINUTE_MS);
    world.moveRun(other.id, 'succeeded');
    world.advanceBy(MINUTE_MS);
    const { rows } = await sql<{ is_certain: boolean }>`
      select is_certain from runledger.state_as_of(${world.now}::timestamptz) where record_id = ${other.id}`.execute(ledger.db);
    expect(rows).toEqual([{ is_certain: false }]);
    world.deleteRun(run.id);
    const deletedAt = world.now;
    world.advanceBy(80 * MINUTE_MS);
    await rig.sync(ledger, { full: true });
    const gone = (await readEvents(ledger)).filter(({ event_type: type }) => type === 'disappeared');
    expect(gone.map((event) => [event.record_id, holds(event, deletedAt)])).toEqual([[run.id, true]]);
  });

  it('keeps a rate limit for a day at the most', async () => {
    let isLimited = true;
    const refusal = { status: 429, body: { detail: 'slow down' }, headers: { 'retry-after': '600' } };
    const { rig, ledger, setAhead } = await clocked({ intercept: () => (isLimited ? refusal : null) }, { maxWaitMs: 1_000 });
    rig.world.addRun();
    setAhead(30 * 24 * HOUR_MS);
    expect((await rig.sync(ledger)).streams[0]).toMatchObject({ status: 'rate_limited' });
    isLimited = false;
    setAhead(0);
    const ends: unknown[] = [];
    for (let days = 0; days < 2; days += 1) {
      rig.world.advanceBy(25 * HOUR_MS);
      ends.push((await rig.sync(ledger)).streams[0]?.status);
    }
    expect(ends).toEqual(['rate_limited', 'succeeded']);
  });
});

describe('our clock that is set back while a sync reads', () => {
  it('goes on from where it was: no answer is older than its request, nor than the one before', async () => {
    const { rig, ledger } = await clocked();
    for (let count = 0; count < 3; count += 1) rig.world.addRun();
    rig.world.advanceBy(MINUTE_MS);
    let readings = 0;
    const now = (): Instant => addMicros(rig.now(), BigInt((readings += 1)) * -1_000_000n);
    await rig.sync(ledger, { now });
    expect(readings).toBeGreaterThan(3);
    const { rows } = await sql`select from runledger.responses where received_at < sent_at`.execute(ledger.db);
    expect(rows).toHaveLength(0);
  });
});

describe('a source whose clock is an hour ahead', () => {
  it('is shown as such, and every seen change lies in its interval by our clock', async () => {
    const { rig, ledger, setAhead } = await clocked();
    const { world } = rig;
    setAhead(-HOUR_MS);
    const run = world.addRun();
    world.advanceBy(MINUTE_MS);
    await rig.sync(ledger);
    world.advanceBy(MINUTE_MS);
    world.moveRun(run.id, 'running');
    const startedAt = rig.now();
    world.advanceBy(MINUTE_MS);
    await rig.sync(ledger);
    const running = await lastEvent(ledger);
    expect(running).toMatchObject({ to_status: 'running', anomalies: [] });
    expect(holds(running, startedAt)).toBe(true);
    expect(await health(ledger)).toEqual({ clock_skew_seconds: expect.closeTo(3_600, -1) as number, has_clock_skew: true });
    expect(statusText(await readStatus(ledger, { now: rig.now() }), null)).toContain(
      "noxus-main runs: the source's clock is 1 h ahead of ours; times that it reports are by its own, all others by ours\n",
    );
    const checked = await checkConnection(rig.settings, { log: silent, signal: new AbortController().signal, now: rig.now });
    expect(checked).toMatchObject({ ok: true, clock_skew_seconds: expect.closeTo(3_600, -1) as number });
    setAhead(-4_000);
    await rig.sync(ledger);
    expect(await health(ledger)).toMatchObject({ has_clock_skew: false });
  });
});

describe('a source whose clock was ahead and is set right', () => {
  it('by a year or by an hour, is read whole once, and passes no change by', async () => {
    for (const aheadMs of [365 * 24 * HOUR_MS, HOUR_MS]) {
      let dateMs = aheadMs;
      const stack = await openStack({
        streams: ['runs'],
        server: {
          intercept: (_, honest) => {
            const answer = honest();
            return { ...answer, headers: { ...answer.headers, date: new Date(Date.parse(stack.world.now) + dateMs).toUTCString() } };
          },
        },
      });
      for (let runs = 0; runs < 3; runs += 1) stack.world.moveRun(stack.world.addRun().id, 'succeeded');
      await stack.poll();
      dateMs = 0;
      const told: unknown[] = [];
      for (let polls = 0; polls < 3; polls += 1) {
        stack.world.addRun();
        const { stream, told: events } = await stack.poll({}, 40 * MINUTE_MS);
        told.push([stream.mode, stream.is_complete, events.length]);
      }
      expect(told).toEqual([
        ['full', true, 1],
        ['incremental', true, 1],
        ['incremental', true, 1],
      ]);
    }
  });
});
