import type { Instant } from '../model/instant.ts';
import { addMicros } from '../model/instant.ts';
import type { DocumentState } from './document.ts';
import type { Random } from './random.ts';
import { uuid } from './random.ts';

/** A definition of work, and the counters of it that move with every run. It is the same object all along, and moves with the world. */
export interface Workflow {
  readonly id: string;
  readonly name: string;
  /** What its runs ingest into; null for other work. */
  readonly collection: Collection | null;
  readonly stepCount: number;
  /** median of a run of it, in milliseconds */
  readonly usualMs: number;
  /** share of its runs that fail */
  readonly failureShare: number;
  readonly createdAt: Instant;
  /** deleted ones counted too */
  readonly runCount: number;
  readonly lastRunAt: Instant | null;
  /** Of the latest change of any of its runs. */
  readonly lastChangedAt: Instant;
}

/** What documents are ingested into, each by runs of its own workflow. */
export interface Collection {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Instant;
  /** The source answers for it and its documents no more from then on. */
  readonly deletedAt: Instant | null;
  /** runs that ingest into it now */
  readonly openRunCount: number;
  /** present ones, by where they are */
  readonly documentCounts: Readonly<Record<DocumentState, number>>;
  /** Of the latest change of any of its documents. */
  readonly lastChangedAt: Instant;
}

/** Something of the world for what moves it. */
export type Moving<T> = { -readonly [K in keyof T]: T[K] };

export interface WorkflowLayout {
  /** other than the collections' own */
  readonly workflows: number;
  readonly collections: number;
  readonly medianRunMs: number;
  readonly failureShare: number;
  readonly createdAt: Instant;
}

/** One workflow a collection, then as many others as asked for: quick and slow ones, sound and fragile ones. */
export function layOutWorkflows(random: Random, layout: WorkflowLayout): { workflows: Workflow[]; collections: Collection[] } {
  const collections = Array.from({ length: layout.collections }, (_, index): Collection => {
    const createdAt = addMicros(layout.createdAt, BigInt(index) * 1_000_003n);
    const documentCounts = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 };
    const [id, name] = [uuid(random), numbered(COLLECTION_NAMES, index)];
    return { id, name, createdAt, deletedAt: null, openRunCount: 0, documentCounts, lastChangedAt: createdAt };
  });
  const ingesting = collections.map((collection) => workflow(`Ingest ${collection.name}`, collection, 2, 0.7, collection.createdAt));
  const working = Array.from({ length: layout.workflows }, (_, index) => {
    const [, pace, fragility] = KINDS_OF_WORK[index % KINDS_OF_WORK.length] ?? KINDS_OF_WORK[0];
    const createdAt = addMicros(layout.createdAt, BigInt(index) * 2_000_017n);
    return workflow(numbered(WORK_NAMES, index), null, pace, fragility, createdAt);
  });
  return { workflows: [...working, ...ingesting], collections };

  function workflow(name: string, collection: Collection | null, pace: number, fragility: number, createdAt: Instant): Workflow {
    return {
      id: uuid(random),
      name,
      collection,
      stepCount: 3 + Math.floor(random() * 7),
      usualMs: layout.medianRunMs * pace,
      failureShare: Math.min(1, layout.failureShare * fragility),
      createdAt,
      runCount: 0,
      lastRunAt: null,
      lastChangedAt: createdAt,
    };
  }
}

/** Name, how long its runs take and how often they fail, both as factors of the world's rates. */
const KINDS_OF_WORK: readonly [KindOfWork, ...KindOfWork[]] = [
  ['Invoice extraction', 0.6, 0.8],
  ['Contract review', 2.5, 1],
  ['Support triage', 0.3, 0.4],
  ['Lead enrichment', 1, 2.5],
  ['Weekly digest', 1.5, 0.3],
  ['Meeting notes', 0.8, 0.6],
  ['Price watch', 0.4, 1.8],
  ['Report drafting', 3, 0.9],
];
const WORK_NAMES = KINDS_OF_WORK.map(([name]) => name);
const COLLECTION_NAMES = ['Handbook', 'Product manuals', 'Legal archive', 'Sales playbook'];

type KindOfWork = readonly [name: string, pace: number, fragility: number];

function numbered(names: readonly string[], index: number): string {
  const round = Math.floor(index / names.length);
  return `${names[index % names.length] ?? ''}${round === 0 ? '' : ` ${round + 1}`}`;
}
