import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { PlannedEvent } from '../../src/model/sync-result.ts';
import { LEDGER_KINDS } from '../support/ledger.ts';
import {
  disappearanceOf,
  evidenceOfAbsence,
  expectLawful,
  hiding,
  hidingFromList,
  openRecords,
  presentIds,
  quietRig,
  syncLater,
  type Watched,
} from './absence-rig.ts';
import { readEvents } from './hold-against-truth.ts';

const FULL = { full: true };

async function attemptOf(ledger: Ledger, recordId: string): Promise<unknown> {
  const { rows } = await sql`
    select r.status, r.is_present, a.outcome from runledger.records r
    join runledger.attempts a using (connection, stream, record_id, attempt)
    where r.record_id = ${recordId}`.execute(ledger.db);
  return rows[0];
}

/** That the true moment of deletion lies in the interval, and the interval in what was seen: no sighting after its beginning is left out. */
async function expectBounded({ rig, ledger }: Watched, recordId: string, lastSeenAt: string): Promise<void> {
  const event = (await readEvents(ledger)).findLast((one) => one.record_id === recordId);
  const deletedAt = rig.world.run(recordId)?.deletedAt ?? '';
  expect(event?.event_type).toBe('disappeared');
  expect(event?.earliest_at).toBe(lastSeenAt);
  expect((event?.earliest_at ?? '') <= deletedAt && deletedAt <= (event?.latest_at ?? '')).toBe(true);
  expect(event).toMatchObject({ reported_at: null, occurred_at: event?.latest_at, anomalies: [], from_status: null, to_status: null });
}

describe.each(LEDGER_KINDS)('absence in a ledger in %s', (kind) => {
  it('of an open run shows at once as missing, and is a disappearance once a full scan has confirmed it', async () => {
    const watched = await quietRig(kind, { world: { runs: 30 } });
    const { rig, ledger } = watched;
    const [gone, other] = [rig.world.addRun(), rig.world.addRun()];
    rig.world.moveRun(gone.id, 'running');
    await syncLater(watched);
    const lastSeenAt = rig.world.now;
    rig.world.advanceBy(1_000);
    rig.world.deleteRun(gone.id);

    const missed = await syncLater(watched);
    expect(missed).toMatchObject({ events: [], stream: { status: 'succeeded', mode: 'incremental', is_complete: true, open_count: 2 } });
    const missingSince = rig.world.now;
    expect(await openRecords(ledger)).toEqual(
      [
        { record_id: gone.id, missing_since_at: missingSince },
        { record_id: other.id, missing_since_at: null },
      ].sort((a, b) => (a.record_id < b.record_id ? -1 : 1)),
    );
    await syncLater(watched);
    expect((await openRecords(ledger)).find((row) => row.record_id === gone.id)?.missing_since_at).toBe(missingSince);

    const confirmed = await syncLater(watched, FULL);
    expect(confirmed.events).toEqual(disappearanceOf([gone.id]));
    expect(confirmed.stream).toMatchObject({ status: 'succeeded', mode: 'full', has_absence_proof: true, open_count: 1 });
    expect(await openRecords(ledger)).toEqual([{ record_id: other.id, missing_since_at: null }]);
    expect(await attemptOf(ledger, gone.id)).toEqual({ status: 'running', is_present: false, outcome: 'disappeared' });
    expect(await evidenceOfAbsence(ledger)).toEqual([`${gone.id} /v1/runs/${gone.id} 404`]);
    await expectBounded(watched, gone.id, lastSeenAt);
    expect((await syncLater(watched, FULL)).events).toEqual([]);
    await expectLawful(ledger);
  });

  it('of a finished run is found by the next full scan, bounded by the one before, and leaves its outcome', async () => {
    const watched = await quietRig(kind, { world: { runs: 230 } });
    const { rig, ledger } = watched;
    await syncLater(watched);
    await syncLater(watched, FULL);
    const scannedAt = rig.world.now;
    await syncLater(watched);
    const gone = rig.world.runs[3]?.id ?? '';
    rig.world.deleteRun(gone);
    expect(await syncLater(watched)).toMatchObject({ events: [], stream: { mode: 'incremental' } });
    expect((await syncLater(watched, FULL)).events).toEqual(disappearanceOf([gone]));
    expect(await attemptOf(ledger, gone)).toEqual({ status: 'succeeded', is_present: false, outcome: 'succeeded' });
    await expectBounded(watched, gone, scannedAt);
    await expectLawful(ledger);
  });

  it('ends where the run is there again, and then its status follows as an event of its own', async () => {
    let hidden: ReadonlySet<string> = new Set();
    const watched = await quietRig(kind, { world: { runs: 40 }, server: { intercept: (...call) => hiding(() => hidden)(...call) } });
    const { rig, ledger } = watched;
    const finished = rig.world.runs[5]?.id ?? '';
    const [still, moved] = [rig.world.addRun().id, rig.world.addRun().id];
    await syncLater(watched);
    hidden = new Set([finished, still, moved]);
    expect((await syncLater(watched, FULL)).events).toEqual(disappearanceOf([...hidden]));
    expect(await attemptOf(ledger, moved)).toEqual({ status: 'queued', is_present: false, outcome: 'disappeared' });

    hidden = new Set();
    rig.world.moveRun(moved, 'succeeded');
    expect((await syncLater(watched, FULL)).events).toEqual(
      [`${finished} reappeared`, `${still} reappeared`, `${moved} reappeared`, `${moved} status_changed succeeded`].sort(),
    );
    expect(await attemptOf(ledger, finished)).toEqual({ status: 'succeeded', is_present: true, outcome: 'succeeded' });
    expect(await attemptOf(ledger, still)).toEqual({ status: 'queued', is_present: true, outcome: null });
    expect(await attemptOf(ledger, moved)).toEqual({ status: 'succeeded', is_present: true, outcome: 'succeeded' });
    expect(await openRecords(ledger)).toEqual([{ record_id: still, missing_since_at: null }]);
    expect((await syncLater(watched, FULL)).events).toEqual([]);
    rig.world.deleteRun(still);
    rig.world.deleteRun(finished);
    expect((await syncLater(watched, FULL)).events).toEqual(disappearanceOf([still, finished]));
    await expectLawful(ledger);
  });

  it('is told by a dry run, which writes nothing', async () => {
    const watched = await quietRig(kind, { world: { runs: 60 } });
    const { rig, ledger } = watched;
    const open = rig.world.addRun().id;
    await syncLater(watched);
    const finished = rig.world.runs[7]?.id ?? '';
    rig.world.deleteRun(open);
    rig.world.deleteRun(finished);
    const planned: PlannedEvent[] = [];
    const dry = await syncLater(watched, { full: true, dryRun: true, onPlannedEvent: (event) => planned.push(event) });
    expect(dry).toMatchObject({ events: [], stream: { status: 'succeeded', appended_count: 2, has_absence_proof: true } });
    expect(planned.map((event) => `${event.record_id} ${event.event_type}`).sort()).toEqual(disappearanceOf([open, finished]));
    expect((await openRecords(ledger)).map((row) => row.missing_since_at)).toEqual([null]);
    const { rows } = await sql<{
      count: bigint;
    }>`select count(*) as count from runledger.sightings where missing_since_at is not null`.execute(ledger.db);
    expect(rows).toEqual([{ count: 0n }]);
    expect((await syncLater(watched, FULL)).events).toEqual(disappearanceOf([open, finished]));
  });
});

describe('a record that no list shows any more', () => {
  it('is gone by a dry run when it is by the sync: not while a read of it by id has failed since a scan missed it', async () => {
    let hidden: ReadonlySet<string> = new Set();
    let isRefused = false;
    const watched = await quietRig('postgres', {
      world: { runs: 30 },
      server: (world) => ({
        // A read that fails was begun before the scan ended.
        latency: () => {
          world.advanceBy(1);
        },
        intercept: (request, honest) =>
          isRefused && /^\/v1\/runs\/./.test(request.path)
            ? { status: 400, body: { detail: 'no' } }
            : hidingFromList((item) => hidden.has(item.id))(request, honest),
      }),
    });
    const { rig, ledger } = watched;
    await syncLater(watched);
    const id = rig.world.runs[3]?.id ?? '';
    hidden = new Set([id]);
    // Found by its id, which tells more of it: taken for one that lists leave out.
    expect((await syncLater(watched, FULL)).events).toEqual([`${id} amended`]);
    isRefused = true;
    await syncLater(watched, FULL);
    isRefused = false;
    rig.world.deleteRun(id);
    const counts: number[] = [];
    for (let scans = 0; scans < 3; scans += 1) {
      const planned: PlannedEvent[] = [];
      await syncLater(watched, { full: true, dryRun: true, onPlannedEvent: (event) => planned.push(event) });
      const { events } = await syncLater(watched, FULL);
      expect(planned.map((event) => `${event.record_id} ${event.event_type}`)).toEqual(events);
      counts.push(events.length);
    }
    expect(counts).toEqual([0, 1, 0]);
    await expectLawful(ledger);
  });
});

describe('silence that proves nothing', () => {
  it('of a list of nothing at all, while no record is left that a read by id could find, in a dry run as in the sync', async () => {
    let isEmpty = false;
    const watched = await quietRig('postgres', {
      world: { runs: 8 },
      server: () => ({
        intercept: ({ path }, honest) =>
          isEmpty && path === '/v1/runs' ? { body: { ...(honest().body as object), items: [], total: 0, pages: 0 } } : null,
      }),
    });
    await syncLater(watched);
    isEmpty = true;
    watched.rig.world.deleteRun(watched.rig.world.runs[0]?.id ?? '');
    const planned: PlannedEvent[] = [];
    await syncLater(watched, { full: true, dryRun: true, onPlannedEvent: (event) => planned.push(event) });
    expect(planned).toEqual([]);
    expect((await syncLater(watched, FULL)).events).toEqual([]);
  });

  it('of a scan whose last page fails', async () => {
    let isBroken = false;
    const watched = await quietRig('postgres', {
      world: { runs: 250 },
      server: {
        intercept: ({ path, query }) =>
          isBroken && path === '/v1/runs' && query.get('page') === '3' ? { status: 400, body: { detail: 'no' } } : null,
      },
    });
    const { rig, ledger } = watched;
    await syncLater(watched);
    const gone = rig.world.runs.slice(-2).map((run) => run.id);
    gone.forEach((id) => {
      rig.world.deleteRun(id);
    });
    isBroken = true;
    const failed = await syncLater(watched, FULL);
    expect(failed).toMatchObject({ events: [], stream: { status: 'failed', is_complete: false, has_absence_proof: false } });
    isBroken = false;
    expect((await syncLater(watched, FULL)).events).toEqual(disappearanceOf(gone));
    await expectLawful(ledger);
  });

  it.each([
    [60, { status: 'failed', is_complete: false, has_absence_proof: false, error: { code: 'source_mass_absence' } }],
    [8, { status: 'succeeded' }],
  ])('of an empty answer where %i runs are known', async (runs, expected) => {
    let isEmpty = false;
    const watched = await quietRig('postgres', {
      world: { runs },
      server: {
        intercept: ({ path }) => (isEmpty && path === '/v1/runs' ? { body: { items: [], total: 0, page: 1, size: 100, pages: 0 } } : null),
      },
    });
    const { ledger } = watched;
    await syncLater(watched);
    const present = await presentIds(ledger);
    isEmpty = true;
    expect(await syncLater(watched, FULL)).toMatchObject({ events: [], stream: expected });
    // Not even where a person says so: each of them answers by id.
    const accepted = await syncLater(watched, { acceptDisappearances: true });
    expect(accepted.stream.status).toBe('succeeded');
    expect(accepted.events.filter((event) => !event.endsWith(' amended'))).toEqual([]);
    isEmpty = false;
    expect(await syncLater(watched, FULL)).toMatchObject({ events: [], stream: { status: 'succeeded', is_complete: true } });
    expect(await presentIds(ledger)).toEqual(present);
    const { rows } = await sql`select from runledger.sightings where missing_since_at is not null`.execute(ledger.db);
    expect(rows).toEqual([]);
    await expectLawful(ledger);
  });

  it('of reads by id that find nothing, not even what the list shows', async () => {
    let isBlind = false;
    const watched = await quietRig('postgres', {
      world: { runs: 60 },
      server: { intercept: ({ path }) => (isBlind && /^\/v1\/runs\/./.test(path) ? { status: 404, body: { detail: 'Not found' } } : null) },
    });
    const { rig, ledger } = watched;
    await syncLater(watched);
    const gone = rig.world.runs[10]?.id ?? '';
    rig.world.deleteRun(gone);
    isBlind = true;
    const blind = await syncLater(watched, FULL);
    expect(blind).toMatchObject({ events: [], stream: { status: 'failed', error: { code: 'source_bad_shape' } } });
    expect(blind.stream.error?.message).toMatch(/a 404 proves nothing here/);
    isBlind = false;
    // Confirmed without another scan: which ones are missing is known.
    expect(await syncLater(watched)).toMatchObject({
      events: disappearanceOf([gone]),
      stream: { status: 'succeeded', mode: 'incremental' },
    });
    await expectLawful(ledger);
  });

  it('of a scan that saw less than the source counts', async () => {
    let isShort = false;
    const watched = await quietRig('postgres', {
      world: { runs: 250 },
      server: {
        intercept: ({ path, query }, honest) => {
          if (!isShort || path !== '/v1/runs' || query.get('page') !== '2') return null;
          return { body: { ...(honest().body as object), items: [] } };
        },
      },
    });
    await syncLater(watched);
    isShort = true;
    const short = await syncLater(watched, FULL);
    expect(short).toMatchObject({ events: [], stream: { is_complete: false, has_absence_proof: false } });
    isShort = false;
    expect(await syncLater(watched, FULL)).toMatchObject({ events: [], stream: { status: 'succeeded', is_complete: true } });
  });
});
