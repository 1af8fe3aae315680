import { RunledgerError } from '../../model/errors.ts';
import type { Instant } from '../../model/instant.ts';
import { addMicros } from '../../model/instant.ts';
import type { Document } from '../../simulator/document.ts';
import type { Run } from '../../simulator/run.ts';
import type { World } from '../../simulator/world.ts';
import { createWorld } from '../../simulator/world.ts';

/** Why each of the cast is in the story: the last is a document, the others are runs. */
export type Role = 'waiting' | 'stopped' | 'deleted' | 'retried';

export interface DemoStory {
  readonly world: World;
  /** Runs and a document that are steered by hand, so that each of their fates comes in every story, whatever the seed. All others live by themselves. */
  readonly cast: ReadonlyMap<Role, Run | Document>;
  /** One sync each, in this order. */
  readonly scenes: readonly Scene[];
}

export interface Scene {
  readonly title: string;
  /** What is made to happen at the source, told before the sync. */
  readonly meanwhile: string;
  /** Lets the world move up to the moment of the sync. */
  readonly move: () => void;
  /** Whether the world stands still while the sync reads. */
  readonly isFrozen: boolean;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const LENGTH_MS = 56 * HOUR_MS;
const PAST_RUNS = 240;
const PAST_DOCUMENTS = 40;
const PAST_MS = 4 * 24 * HOUR_MS;

/** @param endAt the moment of the last scene; the world begins 56 hours before */
export function createDemoStory(seed: number, endAt: Instant): DemoStory {
  const startAt = after(endAt, -LENGTH_MS);
  const world = createWorld({
    seed,
    startAt,
    runs: PAST_RUNS,
    documents: PAST_DOCUMENTS,
    pastMs: PAST_MS,
    rates: { runsPerHour: 4, endlessShare: 0.006, documentsPerHour: 0.5 },
  });
  const cast = new Map<Role, Run | Document>();
  const until = (ms: number): void => {
    world.advanceTo(after(startAt, ms));
  };
  const still = (): void => undefined;

  const beginCast = (): void => {
    until(7 * HOUR_MS);
    const waiting = [
      { afterMs: 4_000, state: 'running' as const },
      WAITS,
      ANSWERED,
      { afterMs: 6 * MINUTE_MS, state: 'succeeded' as const },
    ];
    cast.set('waiting', world.addRun({ workflow: workflowNamed(world, 'Contract review'), steps: waiting }));
    until(7.75 * HOUR_MS);
    const stopped = [{ afterMs: 3_000, state: 'running' as const }, STOPPED];
    cast.set('stopped', world.addRun({ workflow: workflowNamed(world, 'Report drafting'), steps: stopped }));
    until(7.9 * HOUR_MS);
    const deleted = [{ afterMs: 5_000, state: 'running' as const }, FAILS, DELETED];
    cast.set('deleted', world.addRun({ workflow: workflowNamed(world, 'Invoice extraction'), steps: deleted }));
    until(7.95 * HOUR_MS);
    cast.set('retried', world.addDocument({ name: 'Price list.pdf', steps: INGESTED_AT_LAST }));
    until(8 * HOUR_MS);
  };
  const scenes = [
    scene('the first sync', 'The source has runs and documents of the last four days. All of them are read, once.', still),
    scene(
      '8 hours later',
      'A contract review has come to wait for a person; a report, an invoice and a document are being worked on.',
      beginCast,
    ),
    scene('6 hours later', 'The invoice failed, and so did the document. Somebody stopped the report. The contract still waits.', () => {
      until(14 * HOUR_MS);
    }),
    scene('18 hours later', `${ANSWERED_AND_DELETED} The document was ingested once more, by another run.`, () => {
      until(32 * HOUR_MS);
    }),
    scene('a day later', 'Runs came and went, and nobody looked: only times that the source still reports are known of them.', () => {
      until(LENGTH_MS);
    }),
    { ...scene('at once again', 'Nothing has changed, and so nothing is appended.', still), isFrozen: true },
  ];
  return { world, cast, scenes };
}

const WAITS = { afterMs: 20 * MINUTE_MS, state: 'waiting' } as const;
const ANSWERED = { afterMs: 19 * HOUR_MS, state: 'running' } as const;
const STOPPED = { afterMs: 45 * MINUTE_MS, state: 'stopped' } as const;
const FAILS = {
  afterMs: 25 * MINUTE_MS,
  state: 'failed',
  failure: {
    error: 'The model gave no answer within 60 seconds, nor did its substitute',
    failedSteps: 2,
    warnings: ['fallback', 'timeout'],
  },
} as const;
const ANSWERED_AND_DELETED = 'The contract was answered and finished. The failed invoice was deleted at the source.';
const DELETED = { afterMs: 20 * HOUR_MS, state: 'deleted' } as const;

const INGESTED_AT_LAST = [
  { afterMs: 2 * MINUTE_MS, change: 'running' },
  { afterMs: 50 * MINUTE_MS, change: 'failed', error: 'The file is protected by a password' },
  { afterMs: 16 * HOUR_MS, change: 'retried' },
  { afterMs: 3 * MINUTE_MS, change: 'succeeded' },
] as const;

function scene(title: string, meanwhile: string, move: () => void): Scene {
  return { title, meanwhile, move, isFrozen: false };
}

function workflowNamed(world: World, name: string): World['workflows'][number] {
  const found = world.workflows.find((workflow) => workflow.name === name);
  if (found === undefined) throw new RunledgerError('bad_argument', `the simulated world has no workflow ${name}`);
  return found;
}

function after(instant: Instant, ms: number): Instant {
  return addMicros(instant, BigInt(Math.round(ms)) * 1000n);
}
