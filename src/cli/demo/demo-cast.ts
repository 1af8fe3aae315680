import { RunledgerError } from '../../model/errors.ts';
import type { Stream } from '../../model/event.ts';
import type { Document } from '../../simulator/document.ts';
import type { PlannedDocumentStep } from '../../simulator/document-plan.ts';
import type { Run } from '../../simulator/run.ts';
import type { PlannedStep } from '../../simulator/run-plan.ts';
import type { Workflow } from '../../simulator/workflow.ts';
import type { World } from '../../simulator/world.ts';
import type { DemoWorlds, SourceName } from './demo-worlds.ts';

/** Why each of the cast is in the story: runs and a document at Noxus, then a document at Morphik and a run at Knowledge Stack. */
export type Role = 'waiting' | 'stopped' | 'deleted' | 'retried' | 'withdrawn' | 'resumed';

/** A run or a document that is steered by hand, so that its fate comes in every story, whatever the seed. */
export interface Member {
  readonly source: SourceName;
  readonly stream: Stream;
  /** The workflow of a run, the name of a document. */
  readonly name: string;
  readonly record: Run | Document;
}

export type Entrance = { readonly role: Role; readonly source: SourceName; readonly atHours: number } & (
  | { readonly workflow: string; readonly steps: readonly PlannedStep[] }
  | { readonly document: string; readonly changes: readonly PlannedDocumentStep[] }
);

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** In order of time. */
export const ENTRANCES: readonly Entrance[] = [
  {
    role: 'waiting',
    source: 'noxus',
    atHours: 7,
    workflow: 'Contract review',
    steps: [
      { afterMs: 4_000, state: 'running' },
      { afterMs: 20 * MINUTE_MS, state: 'waiting' },
      { afterMs: 19 * HOUR_MS, state: 'running' },
      { afterMs: 6 * MINUTE_MS, state: 'succeeded' },
    ],
  },
  {
    role: 'withdrawn',
    source: 'morphik',
    atHours: 7.5,
    document: 'Offer.pdf',
    changes: [
      { afterMs: 5_000, change: 'running' },
      { afterMs: 2 * MINUTE_MS, change: 'succeeded' },
      { afterMs: 20 * HOUR_MS, change: 'deleted' },
    ],
  },
  {
    role: 'resumed',
    source: 'knowledge_stack',
    atHours: 7.6,
    workflow: 'Lead enrichment',
    steps: [
      { afterMs: 6_000, state: 'running' },
      { afterMs: 3 * MINUTE_MS, state: 'failed', failure: { error: 'The mail service answered 503', failedSteps: 1, warnings: [] } },
      { afterMs: 1.5 * HOUR_MS, state: 'retried' },
      { afterMs: 4 * MINUTE_MS, state: 'succeeded' },
    ],
  },
  {
    role: 'stopped',
    source: 'noxus',
    atHours: 7.75,
    workflow: 'Report drafting',
    steps: [
      { afterMs: 3_000, state: 'running' },
      { afterMs: 45 * MINUTE_MS, state: 'stopped' },
    ],
  },
  {
    role: 'deleted',
    source: 'noxus',
    atHours: 7.9,
    workflow: 'Invoice extraction',
    steps: [
      { afterMs: 5_000, state: 'running' },
      {
        afterMs: 25 * MINUTE_MS,
        state: 'failed',
        failure: {
          error: 'The model gave no answer within 60 seconds, nor did its substitute',
          failedSteps: 2,
          warnings: ['fallback', 'timeout'],
        },
      },
      { afterMs: 20 * HOUR_MS, state: 'deleted' },
    ],
  },
  {
    role: 'retried',
    source: 'noxus',
    atHours: 7.95,
    document: 'Price list.pdf',
    changes: [
      { afterMs: 2 * MINUTE_MS, change: 'running' },
      { afterMs: 50 * MINUTE_MS, change: 'failed', error: 'The file is protected by a password' },
      { afterMs: 16 * HOUR_MS, change: 'retried' },
      { afterMs: 3 * MINUTE_MS, change: 'succeeded' },
    ],
  },
];

/** Lets one of the cast come into its world, whose clock is to show the moment. */
export function enter(worlds: DemoWorlds, entrance: Entrance): Member {
  const { source } = entrance;
  const world = worlds.of[source];
  if ('document' in entrance) {
    const name = entrance.document;
    return { source, stream: 'documents', name, record: world.addDocument({ name, steps: entrance.changes }) };
  }
  const name = entrance.workflow;
  return { source, stream: 'runs', name, record: world.addRun({ workflow: workflowNamed(world, name), steps: entrance.steps }) };
}

function workflowNamed(world: World, name: string): Workflow {
  const found = world.workflows.find((workflow) => workflow.name === name);
  if (found === undefined) throw new RunledgerError('bad_argument', `the simulated world has no workflow ${name}`);
  return found;
}
