import { describe, expect, it } from 'vitest';
import type { Instant } from '../../src/model/instant.ts';
import type { KnowledgeStackSettings } from '../../src/simulator/knowledge-stack/settings.ts';
import type { RequestRecord } from '../../src/simulator/source-server.ts';
import { expectLawful } from './absence-rig.ts';
import { expectCaughtUpIn } from './hold-mixed.ts';
import {
  attemptsOf,
  finishedOf,
  expectTrue,
  FULL,
  historyOf,
  HOUR_MS,
  MINUTE_MS,
  openRecordsOf,
  openStack,
  pathsOf,
  recordOf,
  runOf,
  storyOf,
  type Stack,
} from './knowledge-stack-rig.ts';

const RUNS = '/v1/workflow-runs';
const SECOND = { streams: ['runs'] } as const;
const FAILURE = { error: 'The mail service answered 503', failedSteps: 1, warnings: [] } as const;

/** The bounds of the windows that were asked for, with the place in them. */
function windowsOf(asked: readonly RequestRecord[]): readonly (readonly (string | null)[])[] {
  return asked.flatMap(({ path, query }) => {
    const parameters = new URLSearchParams(query);
    return path !== RUNS ? [] : [['updated_after', 'updated_before', 'offset'].map((name) => parameters.get(name))];
  });
}

/** Runs that are known to have failed two hours ago. */
async function failLongAgo(stack: Stack, ids: readonly string[]): Promise<void> {
  const { world } = stack;
  for (const id of ids) world.addRun({ id });
  for (const state of ['running', 'failed'] as const) {
    world.advanceBy(MINUTE_MS);
    for (const id of ids) world.moveRun(id, state, FAILURE);
  }
  await stack.poll();
  world.advanceBy(2 * HOUR_MS);
}

describe('runs of the second generation', () => {
  it('cost one request of a list where nothing changed, and one for each open one that it does not show', async () => {
    const stack = await openStack({ ...SECOND, world: { runs: 230 } });
    const { world } = stack;
    const ids = ['r1', 'r2', 'r3'];
    for (const id of ids) world.addRun({ id });
    await stack.poll({}, HOUR_MS);
    const readAt = world.now;
    const { asked, stream, told } = await stack.poll({}, 2 * HOUR_MS);
    expect(pathsOf(asked).toSorted()).toEqual([RUNS, ...ids.map((id) => `${RUNS}/${id}`)]);
    const [[after, before, offset] = []] = windowsOf(asked);
    // From where the last sync had read everything, less the overlap.
    expect(Date.parse(readAt) - Date.parse(after ?? '')).toBe(10 * MINUTE_MS);
    expect([before, offset]).toEqual([null, '0']);
    expect({ told, stream }).toMatchObject({
      told: [],
      stream: { mode: 'incremental', request_count: 4, is_complete: true, open_count: 3 },
    });
    await expectTrue(stack);
  });

  it('are counted once a day, and all of them are read only if one is missing in the count', async () => {
    const stack = await openStack({ ...SECOND, world: { runs: 230 } });
    await stack.poll();
    const counted = await stack.poll({}, 25 * HOUR_MS);
    expect(windowsOf(counted.asked).map(([after]) => after === null)).toEqual([false, true]);
    expect(counted.stream).toMatchObject({ mode: 'incremental', is_complete: true });
    const gone = stack.world.runs[7]?.id ?? '';
    stack.world.deleteRun(gone);
    expect(await stack.poll({}, 25 * HOUR_MS)).toMatchObject({ told: [`${gone} disappeared`], stream: { mode: 'full' } });
    await expectTrue(stack);
  });

  it('that changed are found wherever they stand in the list, one or more than a page of them', async () => {
    const stack = await openStack({ ...SECOND, world: { runs: 230, rates: { failureShare: 1 } } });
    const { world } = stack;
    await stack.poll();
    world.advanceBy(2 * HOUR_MS);
    const oldest = world.runs.findIndex(({ state }) => state === 'failed');
    const id = world.runs[oldest]?.id ?? '';
    expect(oldest).toBeLessThan(30);
    world.retryRun(id);
    const one = await stack.poll();
    expect({ told: one.told, asked: pathsOf(one.asked) }).toEqual({ told: [`${id} reopened running`], asked: [RUNS] });
    expect(one.stream).toMatchObject({ observed_count: 1, page_count: 1 });

    world.advanceBy(2 * HOUR_MS);
    const failed = world.runs.flatMap((run) => (run.state === 'failed' ? [run.id] : [])).slice(0, 150);
    expect(failed).toHaveLength(150);
    for (const each of failed) {
      world.advanceBy(10);
      world.retryRun(each);
    }
    const many = await stack.poll();
    expect(many.told).toEqual(failed.map((each) => `${each} reopened running`).sort());
    // The first answer tells by the source's clock what is to be read; that is read whole then, and at last what changed since.
    const windows = windowsOf(many.asked);
    expect(windows.map(([, before]) => before !== null)).toEqual([false, true, true, false]);
    expect(windows[3]?.[0]).toBe(windows[2]?.[1]);
    expect(many.stream).toMatchObject({ is_complete: true, open_count: 151 });
    await expectTrue(stack);
  });

  it('that change while a window of several pages is read are told by the next sync at the latest', async () => {
    let isMoving = false;
    const stack = await openStack({
      ...SECOND,
      world: { runs: 230, rates: { failureShare: 1 } },
      server: {
        beforeRequest: ({ query, path }) => {
          if (!isMoving || path !== RUNS || query.get('updated_before') === null) return;
          stack.world.advanceBy(1_000);
          for (const { id } of stack.world.runs.filter(({ state }) => state === 'running').slice(0, 40))
            stack.world.moveRun(id, 'succeeded');
        },
      },
    });
    const { world } = stack;
    await stack.poll();
    world.advanceBy(2 * HOUR_MS);
    for (const { id, state } of world.runs) if (state === 'failed') world.retryRun(id);
    isMoving = true;
    await stack.poll();
    isMoving = false;
    await stack.poll();
    await expectTrue(stack);
  });
});

const KEPT: readonly (readonly [string, KnowledgeStackSettings['retryKeeps']])[] = [
  ['nothing', {}],
  ['its start', { start: true }],
  ['its end', { finish: true }],
  ['its error', { error: true }],
  ['its start and its end', { start: true, finish: true }],
  ['all of it', { start: true, finish: true, error: true }],
];

describe.each(KEPT)('a run that failed, at a source that goes on showing %s,', (_, retryKeeps) => {
  it('is another attempt once it is retried or resumed under its id', async () => {
    const stack = await openStack({ ...SECOND, server: { retryKeeps } });
    const { world } = stack;
    const ids = ['retried', 'resumed'];
    await failLongAgo(stack, ids);
    for (const id of ids) world.retryRun(id, { keepsStart: id === 'resumed' });
    const retriedAt = world.now;
    expect((await stack.poll()).told).toEqual(['resumed reopened running', 'retried reopened running']);
    for (const id of ids) {
      const reopened = (await historyOf(stack, id)).at(-1);
      expect(reopened).toMatchObject({ attempt: 2, anomalies: [] });
      expect((reopened?.earliest_at ?? '') <= retriedAt && retriedAt <= (reopened?.latest_at ?? '')).toBe(true);
      world.moveRun(id, 'succeeded');
    }
    await stack.poll();
    for (const id of ids) {
      expect(await attemptsOf(stack, id)).toMatchObject([
        { attempt: 1, outcome: 'failed', error: FAILURE.error },
        { attempt: 2, outcome: 'succeeded', error: null, finished_at: runOf(stack, id).finishedAt },
      ]);
    }
    expect((await stack.poll(FULL)).told).toEqual([]);
    await expectLawful(stack.ledger);
  });

  it('has two attempts where it was taken up and ended again between two polls, also with the same error', async () => {
    const stack = await openStack({ ...SECOND, server: { retryKeeps } });
    const { world } = stack;
    const ids = ['retried', 'resumed', 'stopped'];
    await failLongAgo(stack, ids);
    for (const id of ids) world.retryRun(id, { keepsStart: id !== 'retried' });
    world.advanceBy(MINUTE_MS);
    for (const id of ids) world.moveRun(id, id === 'stopped' ? 'stopped' : 'failed', FAILURE);
    const { events } = await stack.poll();
    expect(events.filter(({ event_type }) => event_type === 'reopened').map(({ record_id }) => record_id)).toEqual(ids.toSorted());
    expect(events.flatMap(({ anomalies }) => anomalies)).toEqual([]);
    for (const id of ids) {
      const { finishedAt } = runOf(stack, id);
      const [outcome, error] = id === 'stopped' ? ['cancelled', 'Stopped by user'] : ['failed', FAILURE.error];
      expect(await attemptsOf(stack, id), id).toMatchObject([
        { attempt: 1, outcome: 'failed', error: FAILURE.error },
        { attempt: 2, outcome, error, finished_at: finishedAt, is_flap: false },
      ]);
    }
    expect(await finishedOf(stack)).toEqual({ finished: 6, succeeded: 0, failed: 5, cancelled: 1 });
    expect((await stack.poll()).told).toEqual([]);
    expect((await stack.poll(FULL)).told).toEqual([]);
    await expectLawful(stack.ledger);
  });
});

describe('a run that failed again between two polls', () => {
  it('has two attempts by its start alone, where its end stays that of the first', async () => {
    let firstEnd: Instant | null = null;
    const stack = await openStack({
      ...SECOND,
      server: {
        intercept: (_, honest) => {
          const { body } = honest() as { body: { items?: readonly { completed_at: Instant | null }[] } };
          for (const row of body.items ?? []) row.completed_at = firstEnd ?? row.completed_at;
          return { body };
        },
      },
    });
    await failLongAgo(stack, ['r1']);
    firstEnd = runOf(stack, 'r1').finishedAt;
    stack.world.retryRun('r1');
    const { startedAt } = runOf(stack, 'r1');
    stack.world.advanceBy(MINUTE_MS);
    stack.world.moveRun('r1', 'failed', FAILURE);
    await stack.poll();
    expect(await attemptsOf(stack, 'r1')).toMatchObject([
      { attempt: 1, outcome: 'failed', finished_at: firstEnd },
      { attempt: 2, outcome: 'failed', started_at: startedAt, attempt_key: startedAt },
    ]);
    expect((await stack.poll(FULL)).told).toEqual([]);
    await expectLawful(stack.ledger);
  });
});

describe('a run that has not begun', () => {
  it('waits for an approval while it is queued, and is never stuck; one that comes after its end changes nothing', async () => {
    const stack = await openStack({ ...SECOND, server: { needsApproval: ({ id }) => id !== 'r2' } });
    const { world, server } = stack;
    for (const id of ['r1', 'r2', 'r3']) world.addRun({ id });
    await stack.poll();
    expect(await recordOf(stack, 'r1')).toMatchObject({
      status: 'queued',
      source_status: 'NOT_STARTED',
      status_reason: 'waiting_for_approval',
    });
    await stack.poll({}, 72 * HOUR_MS);
    const stuck = async (): Promise<unknown> => (await openRecordsOf(stack)).map(({ record_id, is_stuck }) => [record_id, is_stuck]);
    expect(await stuck()).toEqual([
      ['r1', false],
      ['r2', true],
      ['r3', false],
    ]);

    server.approve('r3');
    expect((await stack.poll()).told).toEqual(['r3 status_changed queued']);
    expect(await recordOf(stack, 'r3')).toMatchObject({ status: 'queued', status_reason: null, attempt: 1 });
    for (const state of ['running', 'succeeded'] as const) world.moveRun('r1', state);
    expect((await stack.poll()).told).toContain('r1 status_changed succeeded');

    world.advanceBy(2 * HOUR_MS);
    server.approve('r1');
    const approved = await stack.poll();
    // The source showed it as changed.
    expect(approved.stream.observed_count).toBeGreaterThan(0);
    expect(approved.told).toEqual([]);
    await expectCaughtUpIn(stack.ledger, [stack.system]);
    await expectLawful(stack.ledger);
  });

  it('is queued while its uploads are ingested, and after that, and begins at the source’s own time', async () => {
    const stack = await openStack({ ...SECOND, server: { uploadsMs: 5 * MINUTE_MS } });
    const { world } = stack;
    world.addRun({ id: 'r1' });
    await stack.poll();
    expect(await recordOf(stack, 'r1')).toMatchObject({ status: 'queued', source_status: 'PENDING', attempt_key: null });
    await stack.poll({}, 10 * MINUTE_MS);
    expect(await recordOf(stack, 'r1')).toMatchObject({ status: 'queued', source_status: 'NOT_STARTED', attempt_key: null });
    world.moveRun('r1', 'running');
    await stack.poll();
    expect(await storyOf(stack, 'r1')).toEqual(['discovered queued #1', 'status_changed queued #1', 'status_changed running #1']);
    const { createdAt, startedAt } = runOf(stack, 'r1');
    expect(await attemptsOf(stack, 'r1')).toMatchObject([{ attempt_key: startedAt, queued_at: createdAt, started_at: startedAt }]);
  });
});
