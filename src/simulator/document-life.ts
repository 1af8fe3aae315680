import { RunledgerError } from '../model/errors.ts';
import type { Document, DocumentState, DocumentTransition } from './document.ts';
import { isIngested } from './document.ts';
import type { DocumentFailure, PlannedDocumentStep } from './document-plan.ts';
import { GENERAL_DOCUMENT_ERROR, planDocument, withOtherEnds } from './document-plan.ts';
import type { Random } from './random.ts';
import { createRandom, derivedSeed, pick, uuid } from './random.ts';
import type { WorldRates } from './rates.ts';
import type { Collection, Moving } from './workflow.ts';
import type { WorldClock } from './world-clock.ts';

export interface NewDocument {
  /** Drawn if left out. */
  readonly id?: string;
  /** The first collection that is there if left out. */
  readonly collection?: Collection;
  readonly name?: string;
  /** Its whole life to come. Left out, it stays queued until `moveDocument`. */
  readonly steps?: readonly PlannedDocumentStep[];
}

export interface Retry {
  /** Where the new attempt begins; `running` if left out. */
  readonly state?: 'queued' | 'running';
  /** Drawn if left out. */
  readonly runId?: string;
}

/** What of a document is changed while its state stays; with nothing at all, only the time of its latest change moves. */
export interface DocumentEdit {
  readonly name?: string;
  readonly isDismissed?: boolean;
  /** For a source that tells of the new run later than of the new state. */
  readonly runId?: string;
}

/** The documents of a world, and what moves them. */
export interface DocumentLife {
  readonly documents: readonly Document[];
  readonly transitions: readonly DocumentTransition[];
  readonly document: (id: string) => Document | null;
  /** Creates the next of the documents that come by themselves. */
  readonly arrive: () => void;
  readonly add: (document: NewDocument) => Document;
  readonly move: (id: string, state: DocumentState, failure?: string | DocumentFailure) => void;
  readonly retry: (id: string, retry: Retry) => void;
  readonly edit: (id: string, edit: DocumentEdit) => void;
  readonly remove: (id: string) => void;
  readonly removeCollection: (id: string) => void;
}

export interface DocumentLifeOptions {
  readonly seed: number;
  readonly clock: WorldClock;
  readonly rates: WorldRates;
  readonly collections: readonly Collection[];
}

export function createDocumentLife({ seed, clock, rates, collections }: DocumentLifeOptions): DocumentLife {
  const documents: Document[] = [];
  const byId = new Map<string, MovingDocument>();
  const transitions: DocumentTransition[] = [];
  let generatedCount = 0;
  let addedCount = 0;

  return {
    documents,
    transitions,
    document: (id) => byId.get(id) ?? null,
    arrive() {
      const random = createRandom(derivedSeed(seed, GENERATED + generatedCount));
      const endRandom = createRandom(derivedSeed(seed, ENDED + generatedCount));
      generatedCount += 1;
      const collection = pick(random, collections as [Collection, ...Collection[]]);
      if (collection.deletedAt !== null) return;
      create(random, { id: uuid(random), collection, steps: withOtherEnds(planDocument(random, rates), endRandom, rates) });
    },
    add(document) {
      const random = createRandom(derivedSeed(seed, ADDED + addedCount));
      addedCount += 1;
      const collection = document.collection ?? collections.find(({ deletedAt }) => deletedAt === null);
      if (collection === undefined) throw new RunledgerError('bad_argument', 'The world has no collection that a document could be in.');
      if (collection.deletedAt !== null) throw gone('Collection', collection.id, collection.deletedAt);
      const id = document.id ?? uuid(random);
      if (byId.has(id)) throw new RunledgerError('bad_argument', `The world has a document ${id} already.`);
      return create(random, { steps: [], ...document, id, collection });
    },
    move(id, state, failure) {
      const document = presentByHand(id);
      if (isIngested(document.state) && state !== document.state) beginAttempt(document);
      enter(document, state, failure);
    },
    retry(id, { state = 'running', runId }) {
      const document = presentByHand(id);
      takeUp(document, state, runId);
    },
    edit(id, edit) {
      change(presentByHand(id), edit);
    },
    remove(id) {
      remove(presentByHand(id));
    },
    removeCollection(id) {
      const collection: Moving<Collection> | undefined = collections.find((candidate) => candidate.id === id);
      if (collection === undefined) throw new RunledgerError('bad_argument', `The world has no collection ${id}.`);
      if (collection.deletedAt !== null) throw gone('Collection', id, collection.deletedAt);
      for (const document of byId.values()) if (document.collection === collection && document.deletedAt === null) remove(document);
      collection.deletedAt = clock.now;
    },
  };

  function create(
    random: Random,
    { id, collection, name, steps }: NewDocument & Required<Pick<NewDocument, 'id' | 'collection' | 'steps'>>,
  ): Document {
    const number = documents.length + 1;
    const document: MovingDocument = {
      id,
      number,
      collection,
      name: name ?? `Document ${number}.pdf`,
      createdAt: clock.now,
      updatedAt: clock.now,
      deletedAt: null,
      state: 'queued',
      attempt: 1,
      runId: null,
      attemptAt: clock.now,
      startedAt: null,
      finishedAt: null,
      error: null,
      isOverQuota: false,
      isDismissed: false,
      chunkCount: 0,
      transitions: [],
      random,
      plan: steps,
    };
    documents.push(document);
    byId.set(id, document);
    count(document, 1);
    tell(document, 'queued');
    planNext(document, steps, 0);
    return document;
  }

  function planNext(document: MovingDocument, steps: readonly PlannedDocumentStep[], index: number): void {
    const step = steps[index];
    if (step === undefined) return;
    clock.after(step.afterMs, () => {
      // Deleted or moved by hand meanwhile: what was planned for it is void.
      if (document.plan !== steps) return;
      if (step.change === 'deleted') remove(document);
      else if (step.change === 'edited') change(document, {});
      else if (step.change === 'retried') takeUp(document, 'running');
      else enter(document, step.change, step.error);
      planNext(document, steps, index + 1);
    });
  }

  function takeUp(document: MovingDocument, state: 'queued' | 'running', runId?: string): void {
    beginAttempt(document);
    document.runId = runId ?? uuid(document.random);
    enter(document, state);
  }

  function beginAttempt(document: MovingDocument): void {
    document.attempt += 1;
    document.attemptAt = clock.now;
    document.startedAt = null;
  }

  function enter(document: MovingDocument, state: DocumentState, failure: string | DocumentFailure = GENERAL_DOCUMENT_ERROR): void {
    count(document, -1);
    document.state = state;
    count(document, 1);
    document.runId ??= state === 'queued' ? null : uuid(document.random);
    document.startedAt ??= state === 'running' ? clock.now : null;
    document.finishedAt = isIngested(state) ? clock.now : null;
    const { error, isOverQuota } = typeof failure === 'string' ? { error: failure, isOverQuota: false } : failure;
    document.error = state === 'failed' ? error : null;
    document.isOverQuota = state === 'failed' && isOverQuota;
    document.isDismissed = false;
    if (state === 'succeeded') document.chunkCount = 1 + Math.floor(document.random() * 40);
    tell(document, state);
  }

  function change(document: MovingDocument, edit: DocumentEdit): void {
    Object.assign(document, edit);
    touch(document);
  }

  function remove(document: MovingDocument): void {
    document.plan = null;
    count(document, -1);
    document.deletedAt = clock.now;
    tell(document, 'deleted');
  }

  function tell(document: MovingDocument, state: DocumentState | 'deleted'): void {
    touch(document);
    const { id: recordId, attempt, runId } = document;
    const status = state === 'deleted' ? null : state;
    const transition: DocumentTransition = { recordId, state, status, attempt, runId, at: clock.now };
    document.transitions.push(transition);
    transitions.push(transition);
  }

  function touch(document: MovingDocument): void {
    document.updatedAt = clock.now;
    document.collection.lastChangedAt = clock.now;
  }

  /** What a hand has touched moves only by hand from then on. */
  function presentByHand(id: string): MovingDocument {
    const document = byId.get(id);
    if (document === undefined) throw new RunledgerError('bad_argument', `The world has no document ${id}.`);
    if (document.deletedAt !== null) throw gone('Document', id, document.deletedAt);
    document.plan = null;
    return document;
  }
}

interface MovingDocument extends Moving<Omit<Document, 'transitions' | 'collection'>> {
  readonly collection: Moving<Collection>;
  readonly transitions: DocumentTransition[];
  /** What its later runs and chunks are drawn from. */
  readonly random: Random;
  /** null once a hand has moved it */
  plan: readonly PlannedDocumentStep[] | null;
}

function count(document: Document, change: number): void {
  const counts: Record<DocumentState, number> = document.collection.documentCounts;
  counts[document.state] += change;
}

function gone(what: string, id: string, at: string): RunledgerError {
  return new RunledgerError('bad_argument', `${what} ${id} was deleted at ${at}.`);
}

// Seeds of their own, so that documents shift nothing of the runs, and one added by hand nothing of those that come by themselves.
const GENERATED = 0x2000_0000;
const ADDED = 0x5000_0000;
const ENDED = 0x7000_0000;
