import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { microsOf } from '../../src/model/instant.ts';
import type { MorphikSimulatorOptions } from '../../src/simulator/morphik/start-morphik-simulator.ts';
import type { Run } from '../../src/simulator/run.ts';
import { disappearanceOf, evidenceOfAbsence, expectLawful, openRecords, presentIds, syncLater } from './absence-rig.ts';
import { readEvents } from './hold-against-truth.ts';
import { expectCaughtUpIn, expectNothingInventedIn } from './hold-mixed.ts';
import { quietMorphik, rowsIn, type WatchedMorphik } from './morphik-rig.ts';
import { START } from './rig.ts';

const FULL = { full: true };
const TIMED_OUT = { error: 'as the server says it', failedSteps: 1, warnings: ['timeout'] } as const;

describe('a run of Morphik', () => {
  it('that is queued is discovered with no time but that of the answer', async () => {
    const watched = await quietMorphik(['runs']);
    const { rig, ledger } = watched;
    const { id, workflow } = rig.world.addRun();
    await syncLater(watched);
    const [event, ...others] = await readEvents(ledger);
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      ...{ record_id: id, event_type: 'discovered', to_status: 'queued', source_status: 'queued' },
      ...{ reported_at: null, earliest_at: null, occurred_at: event?.latest_at, anomalies: [] },
    });
    expect(
      await rowsIn(ledger, 'select record_id, workflow_id, workflow_name, created_at, started_at, time_limit_seconds from runledger.runs'),
    ).toEqual([
      {
        record_id: id,
        workflow_id: workflow.id,
        workflow_name: workflow.name,
        created_at: null,
        started_at: null,
        time_limit_seconds: 300n,
      },
    ]);
  });

  it.each([
    ['seen at each of its statuses', true],
    ['seen first when it is over', false],
  ])('reports when it started and when it ended, %s', async (_name, isFollowed) => {
    const watched = await quietMorphik(['runs']);
    const { rig, ledger } = watched;
    const run = rig.world.addRun();
    if (isFollowed) await syncLater(watched);
    rig.world.advanceBy(1_234.567);
    rig.world.moveRun(run.id, 'running');
    if (isFollowed) await syncLater(watched);
    rig.world.advanceBy(65_432.198);
    rig.world.moveRun(run.id, 'succeeded');
    await syncLater(watched);
    const reported = (await readEvents(ledger)).filter((event) => event.reported_at !== null);
    expect(reported.map((event) => [event.to_status, event.reported_at, event.earliest_at, event.latest_at])).toEqual([
      ['running', run.startedAt, run.startedAt, run.startedAt],
      ['succeeded', run.finishedAt, run.finishedAt, run.finishedAt],
    ]);
    const seconds = Number(microsOf(run.finishedAt ?? START) - microsOf(run.startedAt ?? START)) / 1e6;
    expect(
      await rowsIn(ledger, 'select attempt, outcome, run_low_seconds, run_seconds, run_high_seconds from runledger.run_attempts'),
    ).toEqual([{ attempt: 1, outcome: 'succeeded', run_low_seconds: seconds, run_seconds: seconds, run_high_seconds: seconds }]);
    expect((await syncLater(watched)).events).toEqual([]);
    await expectNothingInventedIn(ledger, [rig.system]);
    await expectLawful(ledger);
  });

  it('that the server gave up after 300 seconds has failed of a timeout, and another that failed has not', async () => {
    const watched = await quietMorphik(['runs']);
    const { rig, ledger } = watched;
    const [timedOut, failed, early] = [rig.world.addRun(), rig.world.addRun(), rig.world.addRun()];
    for (const { id } of [timedOut, failed]) rig.world.moveRun(id, 'running');
    await syncLater(watched);
    rig.world.moveRun(timedOut.id, 'failed', TIMED_OUT);
    rig.world.moveRun(failed.id, 'failed', { ...TIMED_OUT, error: 'The file cannot be read', warnings: [] });
    // Before it began: its document was not there.
    rig.world.moveRun(early.id, 'failed', { ...TIMED_OUT, error: 'Document not found', warnings: [] });
    await syncLater(watched);
    const { rows } = await sql`select record_id, status, status_reason, error, started_at from runledger.runs order by record_id`.execute(
      ledger.db,
    );
    const row = ({ id, startedAt }: Run, reason: string | null, error: string): unknown => ({
      ...{ record_id: id, status: 'failed', status_reason: reason, error, started_at: startedAt },
    });
    expect(rows).toEqual(
      [
        row(timedOut, 'timeout', 'Workflow execution timed out after 300 seconds'),
        row(failed, null, 'The file cannot be read'),
        row(early, null, 'Document not found'),
      ].sort(byId),
    );
  });

  it('that hangs is stuck once it has run for longer than the server lets any, and not while it is queued', async () => {
    const watched = await quietMorphik(['runs']);
    const { rig, ledger } = watched;
    const [hanging, waiting] = [rig.world.addRun(), rig.world.addRun()];
    rig.world.moveRun(hanging.id, 'running');
    for (const [afterMs, isStuck] of [
      [299_000, false],
      [2_000, true],
    ] as const) {
      rig.world.advanceBy(afterMs);
      await rig.sync(ledger);
      const { rows } = await sql`
        select record_id, is_stuck, threshold_seconds, threshold_source from runledger.open_records order by record_id`.execute(ledger.db);
      expect(rows).toEqual(
        [
          { record_id: hanging.id, is_stuck: isStuck, threshold_seconds: 300, threshold_source: 'source_limit' },
          { record_id: waiting.id, is_stuck: false, threshold_seconds: 86_400, threshold_source: 'default' },
        ].sort(byId),
      );
    }
  });

  it.each(['queued', 'running', 'succeeded'] as const)(
    'that is deleted while it is %s disappears by the second proven scan and not by the first',
    async (state) => {
      const watched = await quietMorphik(['runs'], { world: { runs: 20 } });
      const { rig, ledger } = watched;
      const { id } = rig.world.addRun();
      rig.world.moveRun(id, state);
      await syncLater(watched);
      rig.world.deleteRun(id);
      const proven = { status: 'succeeded', has_absence_proof: true };
      expect(await syncLater(watched, FULL)).toMatchObject({ events: [], stream: proven });
      expect((await openRecords(ledger)).filter((open) => open.missing_since_at !== null).map((open) => open.record_id)).toEqual(
        state === 'succeeded' ? [] : [id],
      );
      // What is no full scan is no second one.
      expect((await syncLater(watched)).events).toEqual([]);
      expect(await syncLater(watched, FULL)).toMatchObject({ events: disappearanceOf([id]), stream: proven });
      expect(await evidenceOfAbsence(ledger)).toEqual([`${id} /workflows/runs/${id} 404`]);
      await expectNothingInventedIn(ledger, [rig.system]);
      await expectLawful(ledger);
    },
  );
});

describe('the runs of a deleted workflow', () => {
  /** Forty runs of a workflow, ten of them open, and a few of others; then that workflow is deleted. */
  async function leftBehind(
    server: Partial<MorphikSimulatorOptions> = {},
  ): Promise<{ readonly watched: WatchedMorphik; readonly orphans: readonly Run[] }> {
    const watched = await quietMorphik(['runs'], { server });
    const { rig } = watched;
    const [deleted, ...others] = rig.world.workflows;
    if (deleted === undefined) throw new Error('the world has no workflow');
    const orphans = Array.from({ length: 40 }, (_, index) => {
      const run = rig.world.addRun({ workflow: deleted });
      if (index >= 5) rig.world.moveRun(run.id, 'running');
      if (index >= 10) rig.world.moveRun(run.id, index % 4 === 0 ? 'failed' : 'succeeded');
      return run;
    });
    for (const workflow of others) rig.world.moveRun(rig.world.addRun({ workflow }).id, 'succeeded');
    await syncLater(watched);
    rig.server.deleteWorkflow(deleted.id);
    return { watched, orphans };
  }

  it('live on: none disappears, however many they are, and those that are open are followed to their ends', async () => {
    const { watched, orphans } = await leftBehind();
    const { rig, ledger } = watched;
    rig.takeRequests();
    expect(await syncLater(watched)).toMatchObject({ events: [], stream: { status: 'succeeded', is_complete: true } });
    expect(
      rig
        .takeRequests()
        .filter((request) => request.startsWith('GET /workflows/runs/'))
        .sort(),
    ).toEqual(
      orphans
        .slice(0, 10)
        .map(({ id }) => `GET /workflows/runs/${id}`)
        .sort(),
    );
    for (const { id } of orphans.slice(0, 10)) rig.world.moveRun(id, 'succeeded');
    expect((await syncLater(watched)).events).toHaveLength(10);
    for (let scan = 0; scan < 4; scan += 1) {
      const { events, stream } = await syncLater(watched, FULL);
      expect({ scan, events, ...stream }).toMatchObject({ events: [], status: 'succeeded', error: null, has_absence_proof: true });
    }
    await expectCaughtUpIn(ledger, [rig.system]);
    await expectNothingInventedIn(ledger, [rig.system]);
    expect(await presentIds(ledger)).toHaveLength(rig.world.runs.length);
    await expectLawful(ledger);
  });

  it.each([
    ['before any scan has seen that the workflow is gone', 0],
    ['long after', 3],
  ])('disappear when they are deleted in truth, %s', async (_name, scansBefore) => {
    const { watched, orphans } = await leftBehind();
    const { rig, ledger } = watched;
    for (let scan = 0; scan < scansBefore; scan += 1) await syncLater(watched, FULL);
    const gone = [orphans[0], orphans[7], orphans[20], orphans[30]].flatMap((run) => run?.id ?? []);
    for (const id of gone) rig.world.deleteRun(id);
    const events: string[] = [];
    for (let scan = 0; scan < 4; scan += 1) {
      const synced = await syncLater(watched, FULL);
      expect({ scan, ...synced.stream }).toMatchObject({ status: 'succeeded', error: null });
      events.push(...synced.events);
    }
    expect(events.sort()).toEqual(disappearanceOf(gone));
    expect(await presentIds(ledger)).toHaveLength(rig.world.runs.length - gone.length);
    await expectNothingInventedIn(ledger, [rig.system]);
    await expectLawful(ledger);
  });

  it('are found again where reads by id failed when they were first looked for', async () => {
    let isDown = false;
    const { watched } = await leftBehind({ databaseDown: ({ path }) => isDown && path.startsWith('/workflows/runs/') });
    const { rig, ledger } = watched;
    isDown = true;
    for (let scan = 0; scan < 3; scan += 1) expect((await syncLater(watched, FULL)).events).toEqual([]);
    isDown = false;
    // The first to find them, the second to say so.
    const scans = [await syncLater(watched, FULL), await syncLater(watched, FULL)];
    expect(scans.flatMap(({ events }) => events)).toEqual([]);
    expect(scans[1]?.stream).toMatchObject({ status: 'succeeded', error: null, has_absence_proof: true });
    expect((await openRecords(ledger)).filter((open) => open.missing_since_at !== null)).toEqual([]);
    expect(await presentIds(ledger)).toHaveLength(rig.world.runs.length);
    await expectLawful(ledger);
  });

  it('disappear, too, where all of them are deleted and a person accepts it', async () => {
    const { watched, orphans } = await leftBehind();
    const { rig, ledger } = watched;
    const gone = orphans.map(({ id }) => id);
    for (const id of gone) rig.world.deleteRun(id);
    const events: string[] = [];
    for (let scan = 0; scan < 4; scan += 1) events.push(...(await syncLater(watched, FULL)).events);
    expect(events).toEqual([]);
    expect((await syncLater(watched)).stream).toMatchObject({ status: 'failed', error: { code: 'source_mass_absence' } });
    for (let scan = 0; scan < 2; scan += 1) events.push(...(await syncLater(watched, { acceptDisappearances: true })).events);
    expect(events.sort()).toEqual(disappearanceOf(gone));
    await expectLawful(ledger);
  });
});

describe('a sync of runs that have not changed', () => {
  it('asks for the workflows, for the runs of each, and for each open run that no list shows', async () => {
    const watched = await quietMorphik(['runs'], { world: { runs: 60, workflows: 5, collections: 0 } });
    const { rig } = watched;
    const [deleted, ...kept] = rig.world.workflows;
    if (deleted === undefined) throw new Error('the world has no workflow');
    const hidden = [rig.world.addRun({ workflow: deleted }).id, rig.world.addRun({ workflow: deleted }).id];
    for (const workflow of kept) rig.world.addRun({ workflow });
    await syncLater(watched);
    const shown = kept.map(({ id }) => `GET /workflows/${id}/runs`);
    rig.takeRequests();
    expect((await syncLater(watched)).events).toEqual([]);
    expect(rig.takeRequests().toSorted()).toEqual(['GET /workflows', `GET /workflows/${deleted.id}/runs`, ...shown].sort());
    rig.server.deleteWorkflow(deleted.id);
    await syncLater(watched);
    rig.takeRequests();
    expect((await syncLater(watched)).events).toEqual([]);
    expect(rig.takeRequests().toSorted()).toEqual(['GET /workflows', ...shown, ...hidden.map((id) => `GET /workflows/runs/${id}`)].sort());
  });
});

function byId(a: unknown, b: unknown): number {
  return (a as { record_id: string }).record_id < (b as { record_id: string }).record_id ? -1 : 1;
}
