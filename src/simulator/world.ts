import { RunledgerError } from '../model/errors.ts';
import type { Instant } from '../model/instant.ts';
import { addMicros, instantFromMicros, microsOf } from '../model/instant.ts';
import type { Random } from './random.ts';
import { createRandom, derivedSeed, exponential, pick, uuid } from './random.ts';
import type { WorldRates } from './rates.ts';
import { DEFAULT_RATES } from './rates.ts';
import type { Failure, Run, RunState, Transition } from './run.ts';
import { isFinished, STATUS_OF_STATE } from './run.ts';
import type { PlannedStep } from './run-plan.ts';
import { GENERAL_FAILURE, planRun } from './run-plan.ts';
import { createSchedule } from './schedule.ts';
import type { Collection, Workflow } from './workflow.ts';
import { layOutWorkflows } from './workflow.ts';

export interface WorldOptions {
  /** An integer. Everything follows from it, the same on every machine. */
  readonly seed: number;
  /** What the world's clock shows at first. */
  readonly startAt: Instant;
  /** workflows other than the collections' own; 8 if left out */
  readonly workflows?: number;
  /** collections, each with a workflow that ingests into it; 2 if left out */
  readonly collections?: number;
  /** runs that began before `startAt`; none if left out */
  readonly runs?: number;
  /** over how long before `startAt` they are spread, in milliseconds; 7 days if left out */
  readonly pastMs?: number;
  readonly rates?: Partial<WorldRates>;
}

export interface NewRun {
  /** Drawn if left out. */
  readonly id?: string;
  /** The first workflow if left out. */
  readonly workflow?: Workflow;
  /** Its whole life to come. Left out, it stays queued until `moveRun`. */
  readonly steps?: readonly PlannedStep[];
}

/**
 * The truth that simulated source systems show: workflows, collections, and runs with a lifecycle. Nothing in it moves but by the four
 * functions, and what a moment holds does not depend on how many calls led to it.
 */
export interface World {
  readonly seed: number;
  readonly now: Instant;
  readonly workflows: readonly Workflow[];
  readonly collections: readonly Collection[];
  /** Every run that ever was, deleted ones too, in order of creation. */
  readonly runs: readonly Run[];
  /** Everything that happened, in order of time: creations, moves and deletions. */
  readonly transitions: readonly Transition[];
  /** A run, deleted or not; null for an id that never was. */
  run(id: string): Run | null;

  /** Lets happen what is due up to `instant`, that moment included. @throws RunledgerError bad_argument where it lies in the past */
  advanceTo(instant: Instant): void;
  advanceBy(ms: number): void;
  /** Creates a run now, steered by hand or by its own steps. @throws RunledgerError bad_argument where the id is taken */
  addRun(run?: NewRun): Run;
  /** Moves a run now, legally or not. From then on it moves only by hand. @throws RunledgerError bad_argument for one that is not there */
  moveRun(id: string, state: RunState, failure?: Failure): void;
  /** Deletes a run now, open or not. @throws RunledgerError bad_argument for one that is not there */
  deleteRun(id: string): void;
}

export function createWorld(options: WorldOptions): World {
  const { seed, startAt, runs: pastRuns = 0, pastMs = 7 * 86_400_000 } = options;
  const rates = { ...DEFAULT_RATES, ...options.rates };
  const { workflows, collections } = layOutWorkflows(createRandom(derivedSeed(seed, LAYOUT)), {
    workflows: options.workflows ?? 8,
    collections: options.collections ?? 2,
    medianRunMs: rates.medianRunMs,
    failureShare: rates.failureShare,
    createdAt: addMicros(startAt, -BigInt(Math.round(pastMs + 30 * 86_400_000)) * 1000n),
  });
  const startMicros = Number(microsOf(startAt));
  const nextArrival = createArrivals(createRandom(derivedSeed(seed, ARRIVALS)), startMicros, pastRuns, pastMs, rates.runsPerHour);
  const working = workflows.filter((workflow) => workflow.collection === null);
  const ingesting = workflows.filter((workflow) => workflow.collection !== null);

  const runs: Run[] = [];
  const byId = new Map<string, MovingRun>();
  const transitions: Transition[] = [];
  const schedule = createSchedule<Due>();
  let arrivalAt = nextArrival();
  let generatedCount = 0;
  let addedCount = 0;
  let nowMicros = startMicros - Math.round(pastMs * 1000);
  let now = startAt;

  const world: World = {
    seed,
    get now() {
      return now;
    },
    workflows,
    collections,
    runs,
    transitions,
    run: (id) => byId.get(id) ?? null,
    advanceTo(instant) {
      const target = Number(microsOf(instant));
      if (target < nowMicros) throw new RunledgerError('bad_argument', `The world is at ${now}, and cannot go back to ${instant}.`);
      for (;;) {
        const at = Math.min(arrivalAt, schedule.nextAt());
        if (at > target) break;
        setClock(at);
        if (arrivalAt === at) arrive();
        else happen();
      }
      setClock(target);
    },
    advanceBy: (ms) => {
      world.advanceTo(addMicros(now, BigInt(Math.round(ms * 1000))));
    },
    addRun(run = {}) {
      const random = createRandom(derivedSeed(seed, ADDED + addedCount));
      addedCount += 1;
      const workflow = run.workflow ?? workflows[0];
      if (workflow === undefined) throw new RunledgerError('bad_argument', 'The world has no workflow that a run could be of.');
      const id = run.id ?? uuid(random);
      if (byId.has(id)) throw new RunledgerError('bad_argument', `The world has a run ${id} already.`);
      return create(id, workflow, random, run.steps ?? []);
    },
    moveRun(id, state, failure) {
      const run = present(id);
      run.due = null;
      enter(run, state, failure);
    },
    deleteRun(id) {
      const run = present(id);
      run.due = null;
      enter(run, 'deleted');
    },
  };
  world.advanceTo(startAt);
  return world;

  function setClock(micros: number): void {
    if (micros === nowMicros) return;
    nowMicros = micros;
    now = instantFromMicros(BigInt(micros));
  }

  function arrive(): void {
    const random = createRandom(derivedSeed(seed, GENERATED + generatedCount));
    generatedCount += 1;
    const isIngestion = working.length === 0 || (ingesting.length > 0 && random() < rates.ingestionShare);
    const workflow = pick(random, (isIngestion ? ingesting : working) as [Workflow, ...Workflow[]]);
    create(uuid(random), workflow, random, planRun(random, rates, workflow));
    arrivalAt = nextArrival();
  }

  function happen(): void {
    const due = schedule.take();
    // Deleted or moved by hand meanwhile: what was planned for it is void.
    if (due?.run.due !== due || due === null) return;
    const step = due.steps[due.index];
    if (step === undefined) return;
    enter(due.run, step.state, step.failure);
    planNext(due.run, due.steps, due.index + 1);
  }

  function create(id: string, workflow: Writable<Workflow>, random: Random, steps: readonly PlannedStep[]): Run {
    const run: MovingRun = {
      id,
      number: runs.length + 1,
      workflow,
      trigger: pick(random, ['person', 'schedule', 'program']),
      createdAt: now,
      startedAt: null,
      finishedAt: null,
      deletedAt: null,
      state: 'queued',
      failure: null,
      transitions: [],
      due: null,
    };
    runs.push(run);
    byId.set(id, run);
    workflow.runCount += 1;
    workflow.lastRunAt = now;
    if (workflow.collection !== null) (workflow.collection as Writable<Collection>).openRunCount += 1;
    enter(run, 'queued');
    planNext(run, steps, 0);
    return run;
  }

  function planNext(run: MovingRun, steps: readonly PlannedStep[], index: number): void {
    const step = steps[index];
    run.due = step === undefined ? null : { run, steps, index };
    if (step !== undefined && run.due !== null) schedule.add(nowMicros + Math.max(0, Math.round(step.afterMs * 1000)), run.due);
  }

  function enter(run: MovingRun, state: RunState | 'deleted', failure?: Failure): void {
    const wasOpen = !isFinished(run.state);
    if (state === 'deleted') {
      run.deletedAt = now;
    } else {
      run.state = state;
      run.startedAt ??= state === 'running' ? now : null;
      run.finishedAt = isFinished(state) ? now : null;
      run.failure = state === 'failed' ? (failure ?? GENERAL_FAILURE) : null;
    }
    const isOpen = run.deletedAt === null && !isFinished(run.state);
    const workflow: Writable<Workflow> = run.workflow;
    workflow.lastChangedAt = now;
    if (workflow.collection !== null) {
      const collection: Writable<Collection> = workflow.collection;
      collection.openRunCount += Number(isOpen) - Number(wasOpen);
      collection.lastChangedAt = now;
    }
    const transition: Transition = { recordId: run.id, state, status: state === 'deleted' ? null : STATUS_OF_STATE[state], at: now };
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

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface MovingRun extends Writable<Omit<Run, 'transitions'>> {
  readonly transitions: Transition[];
  due: Due | null;
}

interface Due {
  readonly run: MovingRun;
  readonly steps: readonly PlannedStep[];
  readonly index: number;
}

// Each part of a world draws from a seed of its own: a run added by hand shifts nothing of what comes by itself.
const LAYOUT = 1;
const ARRIVALS = 2;
const GENERATED = 0x1000_0000;
const ADDED = 0x4000_0000;

/** Gives the moments, in microseconds, at which runs begin: the past ones evenly spread, then one after another for ever. */
function createArrivals(random: Random, startMicros: number, pastRuns: number, pastMs: number, perHour: number): () => number {
  const past = Float64Array.from({ length: pastRuns }, () => Math.floor(startMicros - random() * pastMs * 1000)).sort();
  let index = 0;
  let last = startMicros;
  return () => {
    const at = past[index];
    index += 1;
    if (at !== undefined) return at;
    if (perHour <= 0) return Infinity;
    last += Math.max(1, Math.round(exponential(random, 3_600_000_000 / perHour)));
    return last;
  };
}
