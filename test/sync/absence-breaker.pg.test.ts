import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { PlannedEvent } from '../../src/model/sync-result.ts';
import { disappearanceOf, expectLawful, hiding, presentIds, quietRig, syncLater, type Watched } from './absence-rig.ts';

const FULL = { full: true };
const ACCEPT = { acceptDisappearances: true };
const STOPPED = { status: 'failed', is_complete: false, has_absence_proof: false, error: { code: 'source_mass_absence' } };

async function health(ledger: Ledger): Promise<unknown> {
  const { rows } = await sql`
    select last_error, absence_finding, last_status, unconfirmed_absence_count as unconfirmed from runledger.sync_health`.execute(
    ledger.db,
  );
  return rows[0];
}

/** A clean-up at the source: every third run, or so many of them. */
function cleanUp({ rig }: Watched, count: number): readonly string[] {
  const ids = rig.world.runs
    .filter((_, index) => index % 3 === 0)
    .slice(0, count)
    .map((run) => run.id);
  ids.forEach((id) => {
    rig.world.deleteRun(id);
  });
  return ids;
}

describe('too many absences at once', () => {
  it('are none until a person accepts them, then exactly those, a budget of reads a sync', async () => {
    const watched = await quietRig('postgres', { world: { runs: 200 }, connection: { openReads: 25 } });
    const { ledger } = watched;
    await syncLater(watched);
    const gone = cleanUp(watched, 60);
    const stopped = await syncLater(watched, FULL);
    expect(stopped).toMatchObject({ events: [], stream: STOPPED });
    expect(stopped.stream.error?.message).toMatch(/60 of the 200 runs/);
    expect(stopped.stream.error?.hint).toMatch(/--accept-disappearances/);
    expect(await health(ledger)).toMatchObject({ last_status: 'failed', absence_finding: stopped.stream.error?.message });

    const later = await syncLater(watched);
    expect(later).toMatchObject({ events: [], stream: { ...STOPPED, mode: 'incremental' } });
    expect(await health(ledger)).toMatchObject({ last_error: stopped.stream.error?.message });
    expect((await presentIds(ledger)).length).toBe(200);

    const accepted = await syncLater(watched, ACCEPT);
    expect(accepted.stream).toMatchObject({ status: 'succeeded', mode: 'full', has_absence_proof: true });
    expect(await health(ledger)).toMatchObject({ absence_finding: null, last_error: null, unconfirmed: 35n });
    const rest = [await syncLater(watched), await syncLater(watched), await syncLater(watched)];
    expect([accepted, ...rest].map(({ events }) => events.length)).toEqual([25, 25, 10, 0]);
    expect(rest.map(({ stream }) => [stream.mode, stream.status])).toEqual(rest.map(() => ['incremental', 'succeeded']));
    expect([accepted, ...rest].flatMap(({ events }) => events).sort()).toEqual(disappearanceOf(gone));
    expect((await presentIds(ledger)).length).toBe(140);
    await expectLawful(ledger);
  });

  it('are more than a fifth and more than ten', async () => {
    const watched = await quietRig('postgres', { world: { runs: 55 } });
    await syncLater(watched);
    const few = cleanUp(watched, 11);
    // 11 of 55 are a fifth.
    expect((await syncLater(watched, FULL)).events).toEqual(disappearanceOf(few));
    const more = watched.rig.world.runs
      .filter((run) => run.deletedAt === null)
      .slice(0, 10)
      .map((run) => run.id);
    more.forEach((id) => {
      watched.rig.world.deleteRun(id);
    });
    // 10 of 44 are more than a fifth, and not more than ten.
    expect((await syncLater(watched, FULL)).events).toEqual(disappearanceOf(more));
    expect(cleanUpOfAll(watched, 11)).toHaveLength(11);
    expect(await syncLater(watched, FULL)).toMatchObject({ events: [], stream: STOPPED });
  });

  it.each([
    ['a full scan that was asked for', 0, FULL],
    ['a scan that is due, or totals that agree in its place', 3, {}],
  ])('are forgotten once the runs are back, by %s', async (_name, hours, options) => {
    let hidden: ReadonlySet<string> = new Set();
    const watched = await quietRig('postgres', { world: { runs: 150 }, server: { intercept: (...call) => hiding(() => hidden)(...call) } });
    const { rig, ledger } = watched;
    await syncLater(watched);
    hidden = new Set(rig.world.runs.slice(0, 45).map((run) => run.id));
    expect(await syncLater(watched, FULL)).toMatchObject({ events: [], stream: STOPPED });
    hidden = new Set();
    rig.world.advanceBy(hours * 3_600_000);
    expect(await syncLater(watched, options)).toMatchObject({ events: [], stream: { status: 'succeeded', is_complete: true } });
    expect(await health(ledger)).toMatchObject({ absence_finding: null, last_error: null });
    expect((await syncLater(watched)).stream.status).toBe('succeeded');
    await expectLawful(ledger);
  });

  it('stay too many for as long as they do', async () => {
    let hidden: ReadonlySet<string> = new Set();
    const watched = await quietRig('postgres', { world: { runs: 150 }, server: { intercept: (...call) => hiding(() => hidden)(...call) } });
    await syncLater(watched);
    hidden = new Set(watched.rig.world.runs.slice(0, 45).map((run) => run.id));
    await syncLater(watched, FULL);
    for (let sync = 0; sync < 6; sync += 1) {
      watched.rig.world.advanceBy(6 * 3_600_000);
      expect(await syncLater(watched)).toMatchObject({ events: [], stream: STOPPED });
    }
  });

  it('are none in a dry run either, unless accepted', async () => {
    const watched = await quietRig('postgres', { world: { runs: 100 } });
    await syncLater(watched);
    const gone = cleanUp(watched, 30);
    const planned: PlannedEvent[] = [];
    const dry = { dryRun: true, onPlannedEvent: (event: PlannedEvent) => planned.push(event) };
    expect(await syncLater(watched, { ...FULL, ...dry })).toMatchObject({ stream: { ...STOPPED, appended_count: 0 } });
    expect(planned).toEqual([]);
    expect(await syncLater(watched, { ...ACCEPT, ...dry })).toMatchObject({ stream: { status: 'succeeded' } });
    expect(planned.map((event) => `${event.record_id} ${event.event_type}`).sort()).toEqual(disappearanceOf(gone));
    expect((await presentIds(watched.ledger)).length).toBe(100);
  });

  it('that are accepted and cannot be read keep no others waiting', async () => {
    let unreadable: ReadonlySet<string> = new Set();
    const watched = await quietRig('postgres', {
      world: { runs: 100 },
      connection: { openReads: 10 },
      server: {
        intercept: ({ path }) => (unreadable.has(path.split('/').at(-1) ?? '') ? { status: 403, body: { detail: 'Forbidden' } } : null),
      },
    });
    await syncLater(watched);
    const gone = cleanUp(watched, 30);
    unreadable = new Set([...gone].sort().slice(0, 12));
    const syncs = [await syncLater(watched, ACCEPT)];
    for (let sync = 0; sync < 5; sync += 1) syncs.push(await syncLater(watched));
    expect(syncs.flatMap(({ events }) => events).sort()).toEqual(disappearanceOf(gone.filter((id) => !unreadable.has(id))));
    unreadable = new Set();
    for (let sync = 0; sync < 2; sync += 1) await syncLater(watched);
    expect((await presentIds(watched.ledger)).length).toBe(70);
  });
});

function cleanUpOfAll({ rig }: Watched, count: number): readonly string[] {
  const ids = rig.world.runs
    .filter((run) => run.deletedAt === null)
    .slice(0, count)
    .map((run) => run.id);
  ids.forEach((id) => {
    rig.world.deleteRun(id);
  });
  return ids;
}
