import { RunledgerError } from '../model/errors.ts';
import type { Random } from './random.ts';
import { createRandom, derivedSeed, pick, uuid } from './random.ts';
import type { WorldRates } from './rates.ts';
import type { Failure, Run, RunState, Transition } from './run.ts';
import { isFinished, STATUS_OF_STATE } from './run.ts';
import type { PlannedStep } from './run-plan.ts';
import { GENERAL_FAILURE, planRun, withRetries } from './run-plan.ts';
import type { Collection, Moving, Workflow } from './workflow.ts';
import type { WorldClock } from './world-clock.ts';

export interface NewRun {
  /** Drawn if left out. */
  readonly id?: string;
  /** The first workflow if left out. */
  readonly workflow?: Workflow;
  /** Its whole life to come. Left out, it stays queued until `moveRun`. */
  readonly steps?: readonly PlannedStep[];
}

export interface RunRetry {
  /** Where the new attempt begins; `running` if left out. */
  readonly state?: 'queued' | 'running';
  /** Whether it goes on from where it was: its start stays that of the attempt before. False if left out. */
  readonly keepsStart?: boolean;
}

/** The runs of a world, and what moves them. */
export interface RunLife {
  readonly runs: readonly Run[];
  readonly transitions: readonly Transition[];
  readonly run: (id: string) => Run | null;
  /** Creates the next of the runs that come by themselves. */
  readonly arrive: () => void;
  readonly add: (run: NewRun) => Run;
  readonly move: (id: string, state: RunState, failure?: Failure) => void;
  readonly retry: (id: string, retry: RunRetry) => void;
  readonly remove: (id: string) => void;
}

export interface RunLifeOptions {
  readonly seed: number;
  readonly clock: WorldClock;
  readonly rates: WorldRates;
  readonly workflows: readonly Workflow[];
}

export function createRunLife({ seed, clock, rates, workflows }: RunLifeOptions): RunLife {
  const working = workflows.filter((workflow) => workflow.collection === null);
  const ingesting = workflows.filter((workflow) => workflow.collection !== null);
  const runs: Run[] = [];
  const byId = new Map<string, MovingRun>();
  const transitions: Transition[] = [];
  let generatedCount = 0;
  let addedCount = 0;

  return {
    runs,
    transitions,
    run: (id) => byId.get(id) ?? null,
    arrive() {
      const random = createRandom(derivedSeed(seed, GENERATED + generatedCount));
      const retryRandom = createRandom(derivedSeed(seed, RETRIED + generatedCount));
      generatedCount += 1;
      const isIngestion = working.length === 0 || (ingesting.length > 0 && random() < rates.ingestionShare);
      const workflow = pick(random, (isIngestion ? ingesting : working) as [Workflow, ...Workflow[]]);
      if (collectionIsGone(workflow)) return;
      const id = uuid(random);
      create(id, workflow, random, withRetries(planRun(random, rates, workflow), retryRandom, rates, workflow));
    },
    add(run) {
      const random = createRandom(derivedSeed(seed, ADDED + addedCount));
      addedCount += 1;
      const workflow = run.workflow ?? workflows[0];
      if (workflow === undefined) throw new RunledgerError('bad_argument', 'The world has no workflow that a run could be of.');
      if (collectionIsGone(workflow)) throw new RunledgerError('bad_argument', `The collection of "${workflow.name}" was deleted.`);
      const id = run.id ?? uuid(random);
      if (byId.has(id)) throw new RunledgerError('bad_argument', `The world has a run ${id} already.`);
      return create(id, workflow, random, run.steps ?? []);
    },
    move(id, state, failure) {
      const run = present(id);
      run.plan = null;
      enter(run, state, failure);
    },
    retry(id, { state = 'running', keepsStart = false }) {
      const run = present(id);
      run.plan = null;
      takeUp(run, state, keepsStart);
    },
    remove(id) {
      const run = present(id);
      run.plan = null;
      enter(run, 'deleted');
    },
  };

  function create(id: string, workflow: Moving<Workflow>, random: Random, steps: readonly PlannedStep[]): Run {
    const run: MovingRun = {
      id,
      number: runs.length + 1,
      workflow,
      trigger: pick(random, ['person', 'schedule', 'program']),
      createdAt: clock.now,
      attempt: 1,
      attemptAt: clock.now,
      startedAt: null,
      finishedAt: null,
      deletedAt: null,
      state: 'queued',
      failure: null,
      lastFailure: null,
      transitions: [],
      plan: steps,
    };
    runs.push(run);
    byId.set(id, run);
    workflow.runCount += 1;
    workflow.lastRunAt = clock.now;
    countOpen(workflow, 1);
    enter(run, 'queued');
    planNext(run, steps, 0);
    return run;
  }

  function planNext(run: MovingRun, steps: readonly PlannedStep[], index: number): void {
    const step = steps[index];
    if (step === undefined) return;
    clock.after(step.afterMs, () => {
      // Deleted or moved by hand meanwhile: what was planned for it is void.
      if (run.plan !== steps) return;
      if (step.state === 'retried' || step.state === 'resumed') takeUp(run, 'running', step.state === 'resumed');
      else enter(run, step.state, step.failure);
      planNext(run, steps, index + 1);
    });
  }

  function takeUp(run: MovingRun, state: 'queued' | 'running', keepsStart: boolean): void {
    run.attempt += 1;
    run.attemptAt = clock.now;
    if (!keepsStart) run.startedAt = null;
    enter(run, state);
  }

  function enter(run: MovingRun, state: RunState | 'deleted', failure?: Failure): void {
    const at = clock.now;
    const wasOpen = !isFinished(run.state);
    if (state === 'deleted') {
      run.deletedAt = at;
    } else {
      run.state = state;
      run.startedAt ??= state === 'running' ? at : null;
      run.finishedAt = isFinished(state) ? at : null;
      run.failure = state === 'failed' ? (failure ?? GENERAL_FAILURE) : null;
      run.lastFailure = run.failure ?? run.lastFailure;
    }
    const isOpen = run.deletedAt === null && !isFinished(run.state);
    const workflow: Moving<Workflow> = run.workflow;
    workflow.lastChangedAt = at;
    countOpen(workflow, Number(isOpen) - Number(wasOpen));
    const status = state === 'deleted' ? null : STATUS_OF_STATE[state];
    const transition: Transition = { recordId: run.id, state, status, attempt: run.attempt, at };
    run.transitions.push(transition);
    transitions.push(transition);
  }

  function present(id: string): MovingRun {
    const run = byId.get(id);
    if (run === undefined) throw new RunledgerError('bad_argument', `The world has no run ${id}.`);
    if (run.deletedAt !== null) throw new RunledgerError('bad_argument', `Run ${id} was deleted at ${run.deletedAt}.`);
    return run;
  }
}

interface MovingRun extends Moving<Omit<Run, 'transitions'>> {
  readonly transitions: Transition[];
  /** null once a hand has moved it */
  plan: readonly PlannedStep[] | null;
}

function countOpen({ collection }: Workflow, change: number): void {
  const moving: Moving<Collection> | null = collection;
  if (moving !== null) moving.openRunCount += change;
}

function collectionIsGone({ collection }: Workflow): boolean {
  return collection !== null && collection.deletedAt !== null;
}

// Each part of a world draws from a seed of its own: a run added by hand shifts nothing of what comes by itself.
const GENERATED = 0x1000_0000;
const ADDED = 0x4000_0000;
const RETRIED = 0x6000_0000;
