import { describe, expect, it } from 'vitest';
import type { Instant } from '../../src/model/instant.ts';
import { evidenceOfAbsence } from './absence-rig.ts';
import {
  attemptsOf,
  expectTrue,
  finishedOf,
  FULL,
  historyOf,
  MINUTE_MS,
  openRecordsOf,
  openStack,
  recordOf,
  runOf,
  storyOf,
  type Stack,
} from './knowledge-stack-rig.ts';

const FIRST = { streams: ['runs'], server: { generation: 1 } } as const;
const FAILURE = { failedSteps: 1, warnings: [] } as const;

async function reportedOf(stack: Stack, id: string): Promise<readonly (Instant | null)[]> {
  return (await historyOf(stack, id)).map((event) => event.reported_at);
}

describe('a run of the first generation', () => {
  it('first seen when it is done was queued, ran and succeeded, each at the time that the source reports', async () => {
    const stack = await openStack(FIRST);
    const { world } = stack;
    world.addRun({ id: 'r1' });
    for (const state of ['running', 'succeeded'] as const) {
      world.advanceBy(MINUTE_MS);
      world.moveRun('r1', state);
    }
    expect((await stack.poll()).stream).toMatchObject({ status: 'succeeded', is_complete: true, new_count: 1, open_count: 0 });
    expect(await storyOf(stack, 'r1')).toEqual(['discovered queued #1', 'status_changed running #1', 'status_changed succeeded #1']);
    const { createdAt, startedAt, finishedAt } = runOf(stack, 'r1');
    expect(await reportedOf(stack, 'r1')).toEqual([createdAt, startedAt, finishedAt]);
    expect(await attemptsOf(stack, 'r1')).toMatchObject([
      { attempt: 1, attempt_key: null, queued_at: createdAt, started_at: startedAt, finished_at: finishedAt, outcome: 'succeeded' },
    ]);
    await expectTrue(stack);
  });

  it.each([
    ['its creation', 'created_at'],
    ['a moment after its creation', 'a_moment_later'],
  ] as const)('that waits has not started, though the source shows %s as its start', async (_, queuedStart) => {
    const stack = await openStack({ ...FIRST, server: { generation: 1, queuedStart } });
    const { world } = stack;
    for (const id of ['r1', 'r2']) world.addRun({ id });
    await stack.poll();
    expect(await storyOf(stack, 'r1')).toEqual(['discovered queued #1']);
    expect(await attemptsOf(stack, 'r1')).toMatchObject([{ queued_at: runOf(stack, 'r1').createdAt, started_at: null }]);

    world.moveRun('r1', 'running');
    world.moveRun('r2', 'stopped');
    await stack.poll();
    expect(await reportedOf(stack, 'r1')).toEqual([runOf(stack, 'r1').createdAt, runOf(stack, 'r1').startedAt]);
    expect(await attemptsOf(stack, 'r1')).toMatchObject([{ started_at: runOf(stack, 'r1').startedAt }]);
    // Stopped before it began, it goes on showing what was never its start.
    expect(await storyOf(stack, 'r2')).toEqual(['discovered queued #1', 'status_changed cancelled #1']);
    expect(await attemptsOf(stack, 'r2')).toMatchObject([{ started_at: null, outcome: 'cancelled' }]);
  });

  it('first seen when it had been stopped before it began has not run: its start is its creation', async () => {
    const stack = await openStack(FIRST);
    stack.world.addRun({ id: 'r1' });
    stack.world.advanceBy(MINUTE_MS);
    stack.world.moveRun('r1', 'stopped');
    await stack.poll();
    expect(await storyOf(stack, 'r1')).toEqual(['discovered queued #1', 'status_changed cancelled #1']);
    expect(await attemptsOf(stack, 'r1')).toMatchObject([{ started_at: null, finished_at: runOf(stack, 'r1').finishedAt }]);
    await expectTrue(stack);
  });

  it('whose runner calls back is over, with the error that the runner gave; calling once more changes nothing', async () => {
    const stack = await openStack(FIRST);
    const { world } = stack;
    for (const id of ['r1', 'r2']) {
      world.addRun({ id });
      world.moveRun(id, 'running');
    }
    expect((await stack.poll()).stream.open_count).toBe(2);
    const error = 'The converter stopped at page 7: out of memory';
    expect((await stack.use('POST', '/v1/workflow-runs/r1/callback', { status: 'FAILED', error })).status).toBe(200);
    expect((await stack.use('POST', '/v1/workflow-runs/r2/callback', { status: 'COMPLETED' })).status).toBe(200);
    expect((await stack.poll()).told).toEqual(['r1 status_changed failed', 'r2 status_changed succeeded']);
    expect(await attemptsOf(stack, 'r1')).toMatchObject([{ outcome: 'failed', error, finished_at: runOf(stack, 'r1').finishedAt }]);
    expect(await attemptsOf(stack, 'r2')).toMatchObject([{ outcome: 'succeeded', error: null }]);
    expect(await recordOf(stack, 'r1')).toMatchObject({
      status: 'failed',
      source_status: 'FAILED',
      status_reason: null,
      is_terminal: true,
    });

    const again = await stack.use('POST', '/v1/workflow-runs/r1/callback', { status: 'COMPLETED' });
    expect(again.body).toEqual({ detail: 'already_terminal' });
    expect((await stack.poll()).told).toEqual([]);
    await expectTrue(stack);
  });

  it('that somebody stopped is cancelled, and not counted as a failure', async () => {
    const stack = await openStack(FIRST);
    const { world } = stack;
    for (const id of ['r1', 'r2']) {
      world.addRun({ id });
      world.moveRun(id, 'running');
    }
    await stack.poll();
    world.moveRun('r1', 'stopped');
    world.moveRun('r2', 'failed', { ...FAILURE, error: 'Stopped by user, says the runner' });
    expect((await stack.poll()).told).toEqual(['r1 status_changed cancelled', 'r2 status_changed failed']);
    expect(await recordOf(stack, 'r1')).toMatchObject({
      status: 'cancelled',
      source_status: 'FAILED',
      status_reason: 'stopped_by_user',
      finished_at: runOf(stack, 'r1').finishedAt,
    });
    expect(await recordOf(stack, 'r2')).toMatchObject({ status: 'failed', source_status: 'FAILED', status_reason: null });
    expect(await finishedOf(stack)).toEqual({ finished: 2, succeeded: 0, failed: 1, cancelled: 1 });
    await expectTrue(stack);
  });

  it('that is deleted is missing at once if it was open, and has disappeared once a full scan has confirmed it', async () => {
    const stack = await openStack({ ...FIRST, world: { runs: 20 } });
    const { world } = stack;
    const done = world.runs[4]?.id ?? '';
    for (const id of ['r1', 'r2']) world.addRun({ id });
    await stack.poll();
    for (const id of ['r1', done]) expect((await stack.use('DELETE', `/v1/workflow-runs/${id}`)).status).toBe(204);
    const deletedAt = world.now;

    const missed = await stack.poll();
    expect(missed).toMatchObject({ told: [], stream: { status: 'succeeded', mode: 'incremental', open_count: 2 } });
    const missing = await openRecordsOf(stack);
    expect(missing.map(({ record_id, missing_since_at }) => [record_id, missing_since_at !== null])).toEqual([
      ['r1', true],
      ['r2', false],
    ]);

    const found = await stack.poll(FULL);
    expect(found.told).toEqual([`${done} disappeared`, 'r1 disappeared']);
    expect(found.stream).toMatchObject({ status: 'succeeded', has_absence_proof: true, open_count: 1 });
    for (const { earliest_at, latest_at } of found.events) expect((earliest_at ?? '') <= deletedAt && deletedAt <= latest_at).toBe(true);
    expect(await evidenceOfAbsence(stack.ledger)).toEqual([done, 'r1'].map((id) => `${id} /v1/workflow-runs/${id} 404`));
    expect(await attemptsOf(stack, 'r1')).toMatchObject([{ outcome: 'disappeared' }]);
    expect(await attemptsOf(stack, done)).toMatchObject([{ outcome: 'succeeded' }]);
    expect((await stack.poll(FULL)).told).toEqual([]);
    await expectTrue(stack);
  });

  it.each([
    ['lives on without its definition where the source keeps it', true],
    ['is gone with its definition where the source deletes it, once two full scans have missed it', false],
  ])('%s', async (_, runsOutliveDefinitions) => {
    const stack = await openStack({ ...FIRST, server: { generation: 1, runsOutliveDefinitions }, world: { runs: 20 } });
    const { world, server } = stack;
    await stack.poll();
    const doomed = world.workflows[0]?.id ?? '';
    const ids = world.runs.flatMap(({ id, workflow }) => (workflow.id === doomed ? [id] : []));
    expect(ids.length).toBeGreaterThan(2);
    server.deleteDefinition(doomed);
    expect((await stack.poll(FULL)).told).toEqual([]);
    expect((await stack.poll(FULL)).told).toEqual(runsOutliveDefinitions ? [] : ids.map((id) => `${id} disappeared`).sort());
    expect((await stack.poll(FULL)).told).toEqual([]);
  });
});
