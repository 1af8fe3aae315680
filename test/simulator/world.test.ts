import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RunledgerError } from '../../src/model/errors.ts';
import type { RunState } from '../../src/simulator/run.ts';
import { isFinished, progressPercent, stateAt, STATUS_OF_STATE } from '../../src/simulator/run.ts';
import type { World, WorldOptions } from '../../src/simulator/world.ts';
import { createWorld } from '../../src/simulator/world.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { afterStart, START } from './start.ts';

const HOUR = 3_600_000;
/** Everything happens often, so that a small world shows it. */
const LIVELY = {
  runsPerHour: 200,
  waitingShare: 0.3,
  stopShare: 0.3,
  failureShare: 0.3,
  deletionShare: 0.5,
  medianKeptMs: HOUR,
  endlessShare: 0.05,
};

const RETRYING = { ...LIVELY, runRetryShare: 0.8, medianRunRetryMs: HOUR / 6 };

function lively(seed: number, options: Partial<WorldOptions> = {}): World {
  return createWorld({ seed, startAt: START, runs: 30, pastMs: 2 * HOUR, rates: LIVELY, ...options });
}

describe('a world by seed', () => {
  test('the same seed gives the same world, another seed another', () => {
    const [one, same, other] = [lively(1), lively(1), lively(2)];
    for (const world of [one, same, other]) world.advanceBy(3 * HOUR);
    expect(same.transitions).toEqual(one.transitions);
    expect(same.workflows).toEqual(one.workflows);
    expect(other.transitions).not.toEqual(one.transitions);
  });

  test('it does not matter in how many steps time goes on, nor that runs are added and steered by hand meanwhile', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.nat(2 * HOUR), { maxLength: 12 }), (seed, cuts) => {
        const atOnce = lively(seed);
        const inSteps = lively(seed);
        for (const cut of cuts.toSorted((a, b) => a - b)) {
          inSteps.advanceTo(afterStart(cut));
          const run = inSteps.addRun({ id: `by hand ${inSteps.runs.length}` });
          inSteps.moveRun(run.id, 'running');
        }
        for (const world of [atOnce, inSteps]) world.advanceTo(afterStart(2 * HOUR));
        expect(inSteps.transitions.filter(({ recordId }) => !recordId.startsWith('by hand'))).toEqual(atOnce.transitions);
      }),
      propertyRuns(30),
    );
  });

  test('it begins with as many runs as asked for, all from before its start, and goes on at its rate', () => {
    const world = createWorld({ seed: 4, startAt: START, runs: 500, rates: { runsPerHour: 100 } });
    expect(world.now).toBe(START);
    expect(world.runs).toHaveLength(500);
    expect(world.runs.every((run) => run.createdAt <= START && run.createdAt > afterStart(-7 * 24 * HOUR - 1))).toBe(true);
    world.advanceBy(10 * HOUR);
    expect(world.runs.length).toBeGreaterThan(1_350);
    expect(world.runs.length).toBeLessThan(1_650);
  });

  test('a world without runs and arrivals rests', () => {
    const world = createWorld({ seed: 1, startAt: START, rates: { runsPerHour: 0 } });
    world.advanceBy(1_000 * HOUR);
    expect(world.transitions).toEqual([]);
  });

  test('being taken up again is drawn apart: the runs are the same up to there, and those that end well the same to their end', () => {
    const [without, world] = [lively(12), lively(12, { rates: RETRYING })];
    for (const each of [without, world]) each.advanceBy(6 * HOUR);
    expect(world.runs.map(({ id, createdAt }) => [id, createdAt])).toEqual(without.runs.map(({ id, createdAt }) => [id, createdAt]));
    const retried = world.runs.filter(({ attempt }) => attempt > 1);
    expect(retried.length).toBeGreaterThan(100);
    for (const run of world.runs) {
      const before = without.run(run.id)?.transitions.filter(({ state }) => state !== 'deleted') ?? [];
      const [first] = Map.groupBy(run.transitions, ({ attempt }) => attempt).values();
      expect(first?.filter(({ state }) => state !== 'deleted')).toEqual(before);
    }
    expect(without.transitions.every(({ attempt }) => attempt === 1)).toBe(true);
  });
});

describe('the life of a run', () => {
  test('every run lives legally, and what it shows is its last transition', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const world = lively(seed);
        world.advanceBy(4 * HOUR);
        for (const run of world.runs) {
          expect(run.transitions[0]).toEqual({ recordId: run.id, state: 'queued', status: 'queued', attempt: 1, at: run.createdAt });
          run.transitions.slice(1).forEach((transition, index) => {
            const before = run.transitions[index];
            expect(NEXT[before?.state ?? 'deleted']).toContain(transition.state);
            expect(transition.at >= (before?.at ?? transition.at)).toBe(true);
          });
          const states = run.transitions.filter(({ state }) => state !== 'deleted');
          expect(run.state).toBe(states.at(-1)?.state);
          expect(run.startedAt).toBe(states.find(({ state }) => state === 'running')?.at ?? null);
          expect(run.finishedAt).toBe(isFinished(run.state) ? states.at(-1)?.at : null);
          expect(run.failure !== null).toBe(run.state === 'failed');
          expect(run.deletedAt).toBe(run.transitions.find(({ state }) => state === 'deleted')?.at ?? null);
          expect(stateAt(run, world.now)).toBe(run.deletedAt === null ? run.state : 'deleted');
        }
      }),
      propertyRuns(20),
    );
  });

  test('everything that can happen happens: each state, each way of being stopped, deletions', () => {
    const world = lively(11);
    world.advanceBy(24 * HOUR);
    const seen = new Set(
      world.runs.flatMap((run) => run.transitions.slice(1).map(({ state }, index) => `${run.transitions[index]?.state} ${state}`)),
    );
    expect(seen).toEqual(new Set(Object.entries(NEXT).flatMap(([from, next]) => next.map((to) => `${from} ${to}`))));
  });

  test('what failed or was stopped is taken up again, each time as another attempt, some keeping their start', () => {
    const world = lively(11, { rates: RETRYING });
    world.advanceBy(24 * HOUR);
    const [retried, resumed] = [new Set<string>(), new Set<string>()];
    for (const run of world.runs) {
      run.transitions.slice(1).forEach((transition, index) => {
        const before = run.transitions[index];
        const isTakenUp = transition.attempt !== before?.attempt;
        expect(transition.attempt - (before?.attempt ?? 0)).toBe(Number(isTakenUp));
        expect(isTakenUp).toBe(transition.state === 'running' && (before?.state === 'failed' || before?.state === 'stopped'));
      });
      const present = run.transitions.filter(({ attempt, state }) => attempt === run.attempt && state !== 'deleted');
      expect(run.attemptAt).toBe(present[0]?.at);
      expect(run.finishedAt).toBe(isFinished(run.state) ? present.at(-1)?.at : null);
      if (run.attempt > 1) (run.startedAt === run.attemptAt ? retried : resumed).add(run.id);
      expect(run.lastFailure !== null).toBe(run.transitions.some(({ state }) => state === 'failed'));
    }
    expect(retried.size).toBeGreaterThan(100);
    expect(resumed.size).toBeGreaterThan(100);
    expect(world.runs.some(({ attempt, state, deletedAt }) => attempt > 2 && state === 'succeeded' && deletedAt !== null)).toBe(true);
  });

  test('the transitions of the world are those of its runs, in order of time', () => {
    const world = lively(5);
    world.advanceBy(4 * HOUR);
    expect(world.transitions).toHaveLength(world.runs.reduce((sum, run) => sum + run.transitions.length, 0));
    expect(world.transitions.every(({ at }, index) => index === 0 || at >= (world.transitions[index - 1]?.at ?? at))).toBe(true);
    expect(world.transitions.every(({ state, status }) => status === (state === 'deleted' ? null : STATUS_OF_STATE[state]))).toBe(true);
  });

  test('times have microseconds', () => {
    const world = lively(5);
    expect(world.transitions.some(({ at }) => !at.endsWith('000Z'))).toBe(true);
  });

  test('an endless run stays running', () => {
    const world = createWorld({ seed: 9, startAt: START, runs: 50, rates: { endlessShare: 1, stopShare: 0, runsPerHour: 0 } });
    world.advanceBy(90 * 24 * HOUR);
    expect(world.runs.every((run) => run.state === 'running')).toBe(true);
  });

  test('progress never goes back, and is 100 only for a success', () => {
    const world = createWorld({ seed: 3, startAt: START, rates: { runsPerHour: 0 } });
    const run = world.addRun({
      steps: [
        { afterMs: 5_000, state: 'running' },
        { afterMs: 60_000, state: 'waiting' },
        { afterMs: 600_000, state: 'running' },
        { afterMs: 60_000, state: 'succeeded' },
      ],
    });
    let before = 0;
    while (run.state !== 'succeeded') {
      const percent = progressPercent(run, world.now);
      expect(percent).toBeGreaterThanOrEqual(before);
      expect(percent).toBeLessThan(100);
      before = percent;
      world.advanceBy(5_000);
    }
    expect(before).toBeGreaterThan(0);
    expect(progressPercent(run, world.now)).toBe(100);
  });

  test('the counters of a workflow move with each of its runs', () => {
    const world = lively(8);
    const before = world.workflows.map((workflow) => workflow.runCount);
    world.advanceBy(HOUR);
    for (const workflow of world.workflows) {
      const runs = world.runs.filter((run) => run.workflow === workflow);
      expect(workflow.runCount).toBe(runs.length);
      expect(workflow.lastRunAt).toBe(runs.at(-1)?.createdAt ?? null);
    }
    expect(world.workflows.map((workflow) => workflow.runCount)).not.toEqual(before);
    for (const collection of world.collections) {
      const open = world.runs.filter((run) => run.workflow.collection === collection && run.deletedAt === null && !isFinished(run.state));
      expect(collection.openRunCount).toBe(open.length);
    }
  });
});

describe('a world steered by hand', () => {
  const still = (): World => createWorld({ seed: 1, startAt: START, rates: { runsPerHour: 0 } });

  test('a run stays where it is put until it is moved', () => {
    const world = still();
    const { id } = world.addRun({ id: 'r1' });
    world.advanceBy(90 * 24 * HOUR);
    expect(world.run(id)?.state).toBe('queued');
    world.moveRun(id, 'running');
    world.advanceBy(1);
    world.moveRun(id, 'failed', { error: 'no', failedSteps: 2, warnings: ['timeout'] });
    expect(world.run(id)).toMatchObject({ state: 'failed', finishedAt: world.now, failure: { error: 'no' } });
    world.deleteRun(id);
    expect(world.run(id)?.deletedAt).toBe(world.now);
    expect(world.transitions.map(({ state }) => state)).toEqual(['queued', 'running', 'failed', 'deleted']);
  });

  test('a run follows the steps that it was given', () => {
    const world = still();
    const run = world.addRun({
      steps: [
        { afterMs: 1_000, state: 'running' },
        { afterMs: 2_000, state: 'succeeded' },
        { afterMs: 3_000, state: 'deleted' },
      ],
    });
    world.advanceTo(afterStart(1_000));
    expect(run.state).toBe('running');
    world.advanceBy(10_000);
    expect(run.transitions.map(({ at }) => at)).toEqual([0, 1_000, 3_000, 6_000].map(afterStart));
  });

  test('what was planned for a run is void once a hand has moved it', () => {
    const world = lively(6, { rates: { ...LIVELY, runsPerHour: 0 } });
    const open = world.runs.filter((run) => run.deletedAt === null);
    for (const run of open) world.moveRun(run.id, 'running');
    world.advanceBy(1_000 * HOUR);
    expect(open.every((run) => run.state === 'running' && run.deletedAt === null)).toBe(true);
  });

  test('a finished run can be moved back, illegally, and then is unfinished', () => {
    const world = still();
    const run = world.addRun();
    world.moveRun(run.id, 'failed');
    expect(run.failure).not.toBeNull();
    world.moveRun(run.id, 'running');
    expect(run).toMatchObject({ state: 'running', finishedAt: null, failure: null });
  });

  test('a run that failed or was stopped is taken up again under its id, with a start of its own or with the one it had', () => {
    const world = still();
    const run = world.addRun({ id: 'r1' });
    const step = (move: () => void): void => {
      world.advanceBy(1_000);
      move();
    };
    step(() => { world.moveRun('r1', 'running'); }); // prettier-ignore
    step(() => { world.moveRun('r1', 'failed', { error: 'no', failedSteps: 1, warnings: [] }); }); // prettier-ignore
    step(() => { world.retryRun('r1', { keepsStart: true }); }); // prettier-ignore
    expect(run).toMatchObject({ state: 'running', attempt: 2, attemptAt: world.now, startedAt: afterStart(1_000), finishedAt: null });
    expect([run.failure, run.lastFailure?.error]).toEqual([null, 'no']);
    step(() => { world.moveRun('r1', 'stopped'); }); // prettier-ignore
    step(() => { world.retryRun('r1'); }); // prettier-ignore
    expect(run).toMatchObject({ state: 'running', attempt: 3, attemptAt: world.now, startedAt: world.now, createdAt: START });
    step(() => { world.retryRun('r1', { state: 'queued' }); }); // prettier-ignore
    expect(run).toMatchObject({ state: 'queued', attempt: 4, attemptAt: world.now, startedAt: null });
    expect(world.transitions.map(({ state, status, attempt }) => [state, status, attempt])).toEqual([
      ['queued', 'queued', 1],
      ['running', 'running', 1],
      ['failed', 'failed', 1],
      ['running', 'running', 2],
      ['stopped', 'cancelled', 2],
      ['running', 'running', 3],
      ['queued', 'queued', 4],
    ]);
  });

  test('a run can be given attempts to come, and they are void once a hand has taken it up', () => {
    const world = still();
    const steps = [
      { afterMs: 1_000, state: 'running' },
      { afterMs: 1_000, state: 'failed' },
      { afterMs: 1_000, state: 'resumed' },
      { afterMs: 1_000, state: 'failed' },
      { afterMs: 1_000, state: 'retried' },
      { afterMs: 1_000, state: 'succeeded' },
    ] as const;
    const [left, touched] = [world.addRun({ steps }), world.addRun({ steps })];
    world.advanceBy(2_000);
    world.retryRun(touched.id);
    world.advanceBy(1_000);
    expect(left).toMatchObject({ state: 'running', attempt: 2, startedAt: afterStart(1_000) });
    world.advanceBy(60_000);
    expect(left).toMatchObject({ state: 'succeeded', attempt: 3, startedAt: afterStart(5_000), finishedAt: afterStart(6_000) });
    expect(touched).toMatchObject({ state: 'running', attempt: 2 });
  });

  test('what cannot be is refused, and told why', () => {
    const world = still();
    world.addRun({ id: 'r1' });
    world.deleteRun('r1');
    expect(() => world.addRun({ id: 'r1' })).toThrow('has a run r1 already');
    expect(() => {
      world.moveRun('r1', 'running');
    }).toThrow('was deleted at');
    expect(() => {
      world.deleteRun('r2');
    }).toThrow('has no run r2');
    expect(() => {
      world.retryRun('r1');
    }).toThrow('was deleted at');
    expect(() => {
      world.advanceTo(afterStart(-1));
    }).toThrow(RunledgerError);
    expect(() => createWorld({ seed: 1, startAt: START, workflows: 0, collections: 0 }).addRun()).toThrow('no workflow');
  });

  test('a world of collections only ingests only', () => {
    const world = createWorld({ seed: 1, startAt: START, workflows: 0, collections: 1, runs: 20 });
    expect(world.runs.every((run) => run.workflow.collection === world.collections[0])).toBe(true);
  });
});

const NEXT: Record<RunState | 'deleted', readonly (RunState | 'deleted')[]> = {
  queued: ['running', 'stopped'],
  running: ['waiting', 'succeeded', 'failed', 'stopped'],
  waiting: ['running', 'stopped'],
  succeeded: ['deleted'],
  failed: ['deleted'],
  stopped: ['deleted'],
  deleted: [],
};
