import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DocumentState } from '../../src/simulator/document.ts';
import { documentAt, isIngested } from '../../src/simulator/document.ts';
import { QUOTA_FAILURE } from '../../src/simulator/document-plan.ts';
import type { World, WorldOptions } from '../../src/simulator/world.ts';
import { createWorld } from '../../src/simulator/world.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { afterStart, START } from './start.ts';

const HOUR = 3_600_000;
/** Everything happens often, so that a small world shows it. */
const LIVELY = {
  documentsPerHour: 60,
  documentFailureShare: 0.4,
  documentRetryShare: 0.7,
  documentRetrainShare: 0.5,
  documentEditShare: 0.3,
  documentDeletionShare: 0.3,
  documentCancelShare: 0.2,
  documentQuotaShare: 0.2,
  medianRetryMs: HOUR / 4,
  medianSettledMs: HOUR / 2,
  medianKeptMs: HOUR,
};

function lively(seed: number, options: Partial<WorldOptions> = {}): World {
  return createWorld({ seed, startAt: START, runs: 20, documents: 30, pastMs: 3 * HOUR, rates: LIVELY, ...options });
}

function still(): World {
  return createWorld({ seed: 1, startAt: START, rates: { runsPerHour: 0 } });
}

describe('documents of a world by seed', () => {
  test('a world has documents only where asked for', () => {
    const world = createWorld({ seed: 1, startAt: START, runs: 20 });
    world.advanceBy(24 * HOUR);
    expect(world.documents).toEqual([]);
    const asked = createWorld({ seed: 1, startAt: START, documents: 40, pastMs: 2 * HOUR });
    expect(asked.documents).toHaveLength(40);
    expect(asked.documents.every(({ createdAt }) => createdAt <= START && createdAt > afterStart(-2 * HOUR - 1))).toBe(true);
    expect(() => createWorld({ seed: 1, startAt: START, collections: 0, documents: 1 })).toThrow('no collection');
  });

  test('documents shift nothing of the runs, nor documents added by hand those that come by themselves', () => {
    const without = lively(7, { runs: 50, documents: 0, rates: { ...LIVELY, ingestionShare: 0.3, documentsPerHour: 0 } });
    const world = lively(7, { runs: 50, rates: { ...LIVELY, ingestionShare: 0.3 } });
    const steered = lively(7, { runs: 50, rates: { ...LIVELY, ingestionShare: 0.3 } });
    steered.addDocument({ id: 'by hand' });
    for (const each of [without, world, steered]) each.advanceBy(5 * HOUR);
    expect(world.transitions).toEqual(without.transitions);
    expect(world.workflows.map(({ id }) => id)).toEqual(without.workflows.map(({ id }) => id));
    expect(steered.documentTransitions.filter(({ recordId }) => recordId !== 'by hand')).toEqual(world.documentTransitions);
    expect(world.documentTransitions.length).toBeGreaterThan(500);
    expect(lively(8).documentTransitions).not.toEqual(lively(7).documentTransitions);
  });

  test('cancels and quotas are drawn apart: attempts end otherwise, and everything else is the same', () => {
    const without = lively(9, { rates: { ...LIVELY, documentCancelShare: 0, documentQuotaShare: 0 } });
    const world = lively(9);
    for (const each of [without, world]) each.advanceBy(5 * HOUR);
    expect(world.documents.map(({ id, createdAt }) => [id, createdAt])).toEqual(
      without.documents.map(({ id, createdAt }) => [id, createdAt]),
    );
    expect(without.documents.some(({ state, isOverQuota }) => state === 'cancelled' || isOverQuota)).toBe(false);
    const [cancelled, overQuota] = [
      world.documentTransitions.filter(({ state }) => state === 'cancelled'),
      world.documents.filter(({ isOverQuota }) => isOverQuota),
    ];
    expect(cancelled.length).toBeGreaterThan(50);
    expect(overQuota.length).toBeGreaterThan(20);
  });

  test('every document lives legally, and what it shows is its last transition', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const world = lively(seed);
        world.advanceBy(6 * HOUR);
        for (const document of world.documents) {
          const [first, ...rest] = document.transitions;
          expect(first).toEqual({
            recordId: document.id,
            state: 'queued',
            status: 'queued',
            attempt: 1,
            runId: null,
            at: document.createdAt,
          });
          rest.forEach((transition, index) => {
            const before = document.transitions[index];
            if (before === undefined) return;
            expect(NEXT[before.state]).toContain(transition.state);
            expect(transition.at >= before.at).toBe(true);
            const isTakenUp = transition.state === 'running' && before.state !== 'queued';
            expect(transition.attempt).toBe(before.attempt + Number(isTakenUp));
            expect(transition.runId === before.runId).toBe(!isTakenUp && before.state !== 'queued');
          });
          const last = document.transitions.at(-1);
          const present = document.transitions.findLast(({ state }) => state !== 'deleted');
          expect(document).toMatchObject({ state: present?.state, attempt: present?.attempt, runId: present?.runId });
          expect(document.finishedAt).toBe(isIngested(document.state) ? present?.at : null);
          expect(document.error !== null).toBe(document.state === 'failed');
          expect(document.isOverQuota).toBe(document.error === QUOTA_FAILURE.error);
          expect(document.deletedAt).toBe(last?.state === 'deleted' ? last.at : null);
          expect(document.updatedAt >= (last?.at ?? START)).toBe(true);
          expect(documentAt(document, world.now)).toBe(last);
        }
        const runIds = new Set(world.documentTransitions.map(({ recordId, attempt, runId }) => `${runId ?? recordId} ${attempt}`));
        expect(runIds.size).toBe(world.documents.reduce((sum, { attempt, runId }) => sum + attempt + (runId === null ? 0 : 1), 0));
        for (const collection of world.collections) {
          const own = world.documents.filter((document) => document.collection === collection);
          for (const [state, count] of Object.entries(collection.documentCounts)) {
            expect(own.filter((document) => document.deletedAt === null && document.state === state)).toHaveLength(count);
          }
          const changes = own.map(({ updatedAt }) => updatedAt);
          expect(collection.lastChangedAt).toBe(changes.toSorted().at(-1) ?? collection.createdAt);
        }
      }),
      propertyRuns(20),
    );
  });

  test('everything that can happen happens, and edits too', () => {
    const world = lively(11);
    world.advanceBy(24 * HOUR);
    const seen = new Set(
      world.documents.flatMap(({ transitions }) => transitions.slice(1).map(({ state }, index) => `${transitions[index]?.state} ${state}`)),
    );
    expect(seen).toEqual(new Set(Object.entries(NEXT).flatMap(([from, next]) => next.map((to) => `${from} ${to}`))));
    expect(world.documents.some(({ updatedAt, transitions }) => updatedAt > (transitions.at(-1)?.at ?? updatedAt))).toBe(true);
    const all = world.documents.flatMap(({ transitions }) => transitions);
    expect(world.documentTransitions).toHaveLength(all.length);
    expect(world.documentTransitions.every(({ at }, index, list) => index === 0 || at >= (list[index - 1]?.at ?? at))).toBe(true);
  });
});

describe('documents steered by hand', () => {
  test('a document is uploaded, trained, renewed, failed, retried and deleted, each attempt under a run of its own', () => {
    const world = still();
    const document = world.addDocument({ id: 'd1' });
    expect(document).toMatchObject({ state: 'queued', runId: null, attempt: 1, collection: world.collections[0], chunkCount: 0 });
    const runIds: (string | null)[] = [];
    const step = (move: () => void): void => {
      world.advanceBy(1_000);
      move();
      expect(document.updatedAt).toBe(world.now);
      runIds.push(document.runId);
    };
    step(() => {
      world.moveDocument('d1', 'running');
    });
    step(() => {
      world.moveDocument('d1', 'succeeded');
    });
    expect(document.chunkCount).toBeGreaterThan(0);
    step(() => {
      world.retryDocument('d1');
    });
    expect(document).toMatchObject({ state: 'running', attempt: 2, attemptAt: world.now, startedAt: world.now, finishedAt: null });
    step(() => {
      world.moveDocument('d1', 'failed', 'no text on any page');
    });
    expect(document).toMatchObject({ error: 'no text on any page', finishedAt: world.now });
    step(() => {
      world.retryDocument('d1', { state: 'queued', runId: 'the third' });
    });
    expect(document).toMatchObject({ state: 'queued', error: null, attempt: 3, startedAt: null });
    world.deleteDocument('d1');
    const [first, second] = [runIds[0], runIds[2]];
    expect(runIds).toEqual([first, first, second, second, 'the third']);
    expect(new Set([first, second, null]).size).toBe(3);
    expect(world.documentTransitions.map(({ state, status, attempt }) => [state, status, attempt])).toEqual([
      ['queued', 'queued', 1],
      ['running', 'running', 1],
      ['succeeded', 'succeeded', 1],
      ['running', 'running', 2],
      ['failed', 'failed', 2],
      ['queued', 'queued', 3],
      ['deleted', null, 3],
    ]);
  });

  test('a finished document can be opened again under the same run, and the run be told later', () => {
    const world = still();
    const document = world.addDocument({ id: 'd1' });
    world.moveDocument('d1', 'failed');
    const before = document.runId;
    world.moveDocument('d1', 'running');
    expect(document).toMatchObject({ attempt: 2, runId: before });
    world.editDocument('d1', { runId: 'another' });
    expect(document).toMatchObject({ attempt: 2, runId: 'another', state: 'running' });
  });

  test('a cancelled document is finished without an error, and can be taken up again', () => {
    const world = still();
    const document = world.addDocument({ id: 'd1' });
    world.moveDocument('d1', 'cancelled');
    expect(document).toMatchObject({ state: 'cancelled', attempt: 1, startedAt: null, finishedAt: START, error: null });
    expect(document.collection.documentCounts).toEqual({ queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 1 });
    world.advanceBy(1_000);
    world.retryDocument('d1', { state: 'queued' });
    expect(document).toMatchObject({ state: 'queued', attempt: 2, attemptAt: world.now, finishedAt: null });
    world.moveDocument('d1', 'cancelled');
    world.moveDocument('d1', 'running');
    expect(document).toMatchObject({ state: 'running', attempt: 3 });
  });

  test('a failure for a quota is known as one until the document is taken up again', () => {
    const world = still();
    const document = world.addDocument({ id: 'd1' });
    world.moveDocument('d1', 'failed', QUOTA_FAILURE);
    expect(document).toMatchObject({ state: 'failed', error: QUOTA_FAILURE.error, isOverQuota: true });
    world.retryDocument('d1');
    expect(document).toMatchObject({ error: null, isOverQuota: false });
    world.moveDocument('d1', 'failed', 'no text');
    expect(document).toMatchObject({ error: 'no text', isOverQuota: false });
    world.moveDocument('d1', 'succeeded', QUOTA_FAILURE);
    expect(document).toMatchObject({ error: null, isOverQuota: false });
  });

  test('an edit moves the time of the latest change and nothing else', () => {
    const world = still();
    const document = world.addDocument({ id: 'd1' });
    world.moveDocument('d1', 'failed');
    const [transitions, before] = [[...world.documentTransitions], { ...document }];
    world.advanceBy(5_000);
    world.editDocument('d1');
    expect({ ...document }).toEqual({ ...before, updatedAt: world.now });
    expect(document.collection.lastChangedAt).toBe(world.now);
    world.editDocument('d1', { isDismissed: true, name: 'Other.pdf' });
    expect(document).toMatchObject({ isDismissed: true, name: 'Other.pdf', state: 'failed' });
    expect(world.documentTransitions).toEqual(transitions);
  });

  test('a document follows the steps that it was given until a hand touches it', () => {
    const world = still();
    const steps = [
      { afterMs: 1_000, change: 'running' },
      { afterMs: 1_000, change: 'failed', error: 'no' },
      { afterMs: 1_000, change: 'edited' },
      { afterMs: 1_000, change: 'retried' },
      { afterMs: 1_000, change: 'succeeded' },
      { afterMs: 1_000, change: 'deleted' },
    ] as const;
    const [left, touched] = [world.addDocument({ steps }), world.addDocument({ steps })];
    world.advanceBy(2_000);
    expect(left).toMatchObject({ state: 'failed', error: 'no' });
    world.editDocument(touched.id);
    world.advanceBy(10_000);
    expect(left.transitions.map(({ at }) => at)).toEqual([0, 1_000, 2_000, 4_000, 5_000, 6_000].map(afterStart));
    expect(left.attempt).toBe(2);
    expect(touched).toMatchObject({ state: 'failed', deletedAt: null });
  });

  test('a collection takes its documents with it, its runs live on, and nothing new comes into it', () => {
    const world = lively(3, { workflows: 0, collections: 1 });
    const [collection] = world.collections;
    const open = world.runs.filter((run) => run.deletedAt === null);
    const there = world.documents.filter((document) => document.deletedAt === null);
    const counts = [world.runs.length, world.documents.length];
    world.deleteCollection(collection?.id ?? '');
    expect(collection).toMatchObject({
      deletedAt: START,
      documentCounts: { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 },
    });
    expect(there.every(({ deletedAt }) => deletedAt === START)).toBe(true);
    expect(world.documentTransitions.filter(({ state, at }) => state === 'deleted' && at === START)).toHaveLength(there.length);
    world.advanceBy(6 * HOUR);
    expect([world.runs.length, world.documents.length]).toEqual(counts);
    expect(open.some((run) => run.deletedAt === null)).toBe(true);
    expect(() => world.addDocument()).toThrow('no collection');
    expect(() => world.addDocument(collection && { collection })).toThrow('was deleted at');
    expect(() => world.addRun()).toThrow('was deleted');
  });

  test('what cannot be is refused, and told why', () => {
    const world = still();
    world.addDocument({ id: 'd1' });
    expect(() => world.addDocument({ id: 'd1' })).toThrow('has a document d1 already');
    world.deleteDocument('d1');
    const [gone] = world.collections;
    world.deleteCollection(gone?.id ?? '');
    const refused: readonly [() => void, string][] = [
      [() => { world.moveDocument('d1', 'running'); }, 'was deleted at'],
      [() => { world.retryDocument('d2'); }, 'has no document d2'],
      [() => { world.editDocument('d2'); }, 'has no document d2'],
      [() => { world.deleteDocument('d1'); }, 'was deleted at'],
      [() => { world.deleteCollection(gone?.id ?? ''); }, 'was deleted at'],
      [() => { world.deleteCollection('elsewhere'); }, 'has no collection elsewhere'],
    ]; // prettier-ignore
    for (const [act, told] of refused) expect(act).toThrow(told);
  });
});

const NEXT: Record<DocumentState | 'deleted', readonly (DocumentState | 'deleted')[]> = {
  queued: ['running'],
  running: ['succeeded', 'failed', 'cancelled'],
  succeeded: ['running', 'deleted'],
  failed: ['running', 'deleted'],
  cancelled: ['running', 'deleted'],
  deleted: [],
};
