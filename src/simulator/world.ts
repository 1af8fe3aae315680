import { RunledgerError } from '../model/errors.ts';
import type { Instant } from '../model/instant.ts';
import { addMicros, microsOf } from '../model/instant.ts';
import { createArrivals } from './arrivals.ts';
import type { Document, DocumentState, DocumentTransition } from './document.ts';
import type { DocumentEdit, NewDocument, Retry } from './document-life.ts';
import { createDocumentLife } from './document-life.ts';
import type { DocumentFailure } from './document-plan.ts';
import { createRandom, derivedSeed } from './random.ts';
import type { WorldRates } from './rates.ts';
import { DEFAULT_RATES } from './rates.ts';
import type { Failure, Run, RunState, Transition } from './run.ts';
import type { NewRun, RunRetry } from './run-life.ts';
import { createRunLife } from './run-life.ts';
import type { Collection, Workflow } from './workflow.ts';
import { layOutWorkflows } from './workflow.ts';
import { createWorldClock } from './world-clock.ts';

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
  /** documents that were created before `startAt`; none if left out */
  readonly documents?: number;
  /** over how long before `startAt` both are spread, in milliseconds; 7 days if left out */
  readonly pastMs?: number;
  readonly rates?: Partial<WorldRates>;
}

/**
 * The truth that simulated source systems show: workflows, collections, and runs and documents with a lifecycle. Nothing in it moves but by
 * these functions, and what a moment holds does not depend on how many calls led to it.
 */
export interface World {
  readonly seed: number;
  readonly now: Instant;
  readonly workflows: readonly Workflow[];
  /** Every collection that ever was, deleted ones too. */
  readonly collections: readonly Collection[];
  /** Every run that ever was, deleted ones too, in order of creation. */
  readonly runs: readonly Run[];
  /** Every document that ever was, deleted ones too, in order of creation. */
  readonly documents: readonly Document[];
  /** Everything that happened to runs, in order of time: creations, moves and deletions. */
  readonly transitions: readonly Transition[];
  /** Everything that happened to documents, alike. An edit is none: it changes no state. */
  readonly documentTransitions: readonly DocumentTransition[];
  /** A run, deleted or not; null for an id that never was. */
  run(id: string): Run | null;
  /** A document, deleted or not; null for an id that never was. */
  document(id: string): Document | null;

  /** Lets happen what is due up to `instant`, that moment included. @throws RunledgerError bad_argument where it lies in the past */
  advanceTo(instant: Instant): void;
  advanceBy(ms: number): void;
  /** Creates a run now, steered by hand or by its own steps. @throws RunledgerError bad_argument where the id is taken */
  addRun(run?: NewRun): Run;
  /** Moves a run now, legally or not. From then on it moves only by hand. @throws RunledgerError bad_argument for one that is not there */
  moveRun(id: string, state: RunState, failure?: Failure): void;
  /**
   * Takes a run up again now under its id, as another attempt; out of any state, legally or not. From then on it moves only by hand. Only a
   * source that does such a thing is to show such a world.
   *
   * @throws RunledgerError bad_argument for one that is not there
   */
  retryRun(id: string, retry?: RunRetry): void;
  /** Deletes a run now, open or not. @throws RunledgerError bad_argument for one that is not there */
  deleteRun(id: string): void;

  // Of a document that is not there, or a collection that is gone, each of these throws RunledgerError bad_argument. A document that was
  // touched by one of them moves only by hand from then on.

  /** Creates a document now, steered by hand or by its own steps. */
  addDocument(document?: NewDocument): Document;
  /** Moves a document now, legally or not. Out of a finished state that opens it again: another attempt, under the same ingestion run. */
  moveDocument(id: string, state: DocumentState, failure?: string | DocumentFailure): void;
  /** Begins another attempt now, under another ingestion run: out of `failed` and `cancelled` a retry, out of `succeeded` a renewal. */
  retryDocument(id: string, retry?: Retry): void;
  /** Changes a document now, but not its state. */
  editDocument(id: string, edit?: DocumentEdit): void;
  deleteDocument(id: string): void;
  /** Deletes a collection now and its documents with it. Its runs live on, and no new ones come. */
  deleteCollection(id: string): void;
}

export function createWorld(options: WorldOptions): World {
  const { seed, startAt, pastMs = 7 * 86_400_000 } = options;
  const rates = { ...DEFAULT_RATES, ...options.rates };
  const { workflows, collections } = layOutWorkflows(createRandom(derivedSeed(seed, LAYOUT)), {
    workflows: options.workflows ?? 8,
    collections: options.collections ?? 2,
    medianRunMs: rates.medianRunMs,
    failureShare: rates.failureShare,
    createdAt: addMicros(startAt, -BigInt(Math.round(pastMs + 30 * 86_400_000)) * 1000n),
  });
  const startMicros = Number(microsOf(startAt));
  const clock = createWorldClock(startMicros - Math.round(pastMs * 1000));
  const runLife = createRunLife({ seed, clock, rates, workflows });
  const documentLife = createDocumentLife({ seed, clock, rates, collections });
  if (collections.length === 0 && ((options.documents ?? 0) > 0 || rates.documentsPerHour > 0)) {
    throw new RunledgerError('bad_argument', 'The world has no collection that its documents could be in: ask for collections too.');
  }
  bring(ARRIVALS, options.runs ?? 0, rates.runsPerHour, runLife.arrive);
  bring(DOCUMENT_ARRIVALS, options.documents ?? 0, rates.documentsPerHour, documentLife.arrive);
  clock.advanceTo(startAt);

  return {
    seed,
    get now() {
      return clock.now;
    },
    workflows,
    collections,
    runs: runLife.runs,
    documents: documentLife.documents,
    transitions: runLife.transitions,
    documentTransitions: documentLife.transitions,
    run: runLife.run,
    document: documentLife.document,
    advanceTo: clock.advanceTo,
    advanceBy: (ms) => {
      clock.advanceTo(addMicros(clock.now, BigInt(Math.round(ms * 1000))));
    },
    addRun: (run = {}) => runLife.add(run),
    moveRun: runLife.move,
    retryRun: (id, retry = {}) => {
      runLife.retry(id, retry);
    },
    deleteRun: runLife.remove,
    addDocument: (document = {}) => documentLife.add(document),
    moveDocument: documentLife.move,
    retryDocument: (id, retry = {}) => {
      documentLife.retry(id, retry);
    },
    editDocument: (id, edit = {}) => {
      documentLife.edit(id, edit);
    },
    deleteDocument: documentLife.remove,
    deleteCollection: documentLife.removeCollection,
  };

  function bring(part: number, past: number, perHour: number, come: () => void): void {
    clock.bring(createArrivals({ random: createRandom(derivedSeed(seed, part)), startMicros, past, pastMs, perHour, come }));
  }
}

// Each part of a world draws from a seed of its own, so that one shifts nothing of another.
const LAYOUT = 1;
const ARRIVALS = 2;
const DOCUMENT_ARRIVALS = 3;
