import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Instant } from '../../../src/model/instant.ts';
import { NOXUS_DOCUMENT_STATUS, NOXUS_STATUS } from '../../../src/simulator/noxus/words.ts';
import { documentAt } from '../../../src/simulator/document.ts';
import { startNoxusSimulator } from '../../../src/simulator/noxus/start-noxus-simulator.ts';
import { isFinished, type Run } from '../../../src/simulator/run.ts';
import { createWorld } from '../../../src/simulator/world.ts';
import { holdWhileItMoves, isThere, runShown } from '../moving-world.ts';
import { START } from '../start.ts';
import type { NoxusItem } from './open-noxus.ts';
import { openNoxus } from './open-noxus.ts';

const RATES = {
  runsPerHour: 600,
  ingestionShare: 0.3,
  waitingShare: 0.3,
  stopShare: 0.2,
  failureShare: 0.2,
  deletionShare: 0.3,
  medianKeptMs: 600_000,
};

describe('the simulator shows the truth', () => {
  test('an answer that takes seconds each way shows the moment between', async () => {
    const world = createWorld({ seed: 1, startAt: START, rates: { runsPerHour: 0 } });
    const run = world.addRun({
      steps: [
        { afterMs: 1_000, state: 'running' },
        { afterMs: 3_000, state: 'succeeded' },
      ],
    });
    const noxus = await openNoxus(world, {
      latency: () => {
        world.advanceBy(2_500);
      },
    });
    const [item] = await noxus.items('/v1/runs');
    expect(item?.status).toBe('running');
    expect(run.state).toBe('succeeded');
  });

  test('whatever the order and however the world moves, every list shows what was true when it was answered', async () => {
    await holdWhileItMoves({
      world: { runs: 40, rates: RATES },
      form: ORDERS,
      choice: fc.nat(3),
      start: (options, order) => startNoxusSimulator({ ...options, order }),
      ask: async ({ world, url, choice, answeredAt }) => {
        const feeds = [
          { path: '/v1/runs?size=100', shows: () => true },
          ...world.collections.map(({ id }) => ({
            path: `/v1/knowledge-bases/${id}/runs`,
            shows: (run: Run) => run.workflow.collection?.id === id,
          })),
          {
            path: `/v1/workflows/${world.workflows[0]?.id ?? ''}/runs?size=100`,
            shows: (run: Run) => run.workflow === world.workflows[0],
          },
        ];
        const feed = feeds[choice];
        if (feed === undefined) throw new Error(`there are ${feeds.length} lists`);
        const body = (await read(url + feed.path)) as NoxusItem[] | { items: NoxusItem[]; total: number };
        const at = answeredAt();
        const there = world.runs.filter((run) => feed.shows(run) && isThere(run, at));
        const items = Array.isArray(body) ? body : body.items;
        if (!Array.isArray(body)) expect(body.total).toBe(there.length);
        if (there.length <= 100) expect(items.map(({ id }) => id).toSorted()).toEqual(there.map(({ id }) => id).toSorted());
        for (const item of items) {
          const { run, state } = runShown(world, item.id, at);
          expect(item.status).toBe(NOXUS_STATUS[state]);
          expect(item.created_at).toBe(run.createdAt);
          expect(item.finished_at).toBe(isFinished(state) ? entered(run.transitions, at) : null);
        }
      },
    });
  });
});

describe('the simulator shows the truth of documents', () => {
  test('whatever the order and however the world moves, every list shows what was true when it was answered', async () => {
    await holdWhileItMoves({
      world: { documents: 40, rates: DOCUMENT_RATES },
      form: ORDERS,
      choice: fc.record({ state: fc.constantFrom(...DOCUMENT_STATES), isDeletion: fc.boolean() }),
      start: (options, order) => startNoxusSimulator({ ...options, order }),
      ask: async ({ world, url, choice: { state, isDeletion }, nth, answeredAt }) => {
        const collection = world.collections[nth(world.collections.length)];
        const first = world.documents.find((document) => document.deletedAt === null);
        if (isDeletion && first !== undefined) world.deleteDocument(first.id);
        const base = `${url}/v1/knowledge-bases/${collection?.id ?? ''}`;
        const shown = (await read(`${base}/documents/${NOXUS_DOCUMENT_STATUS[state]}?page_size=100`)) as {
          items: NoxusItem[];
          total: number;
        };
        const at = answeredAt();
        const there = world.documents.filter((document) => document.collection === collection && documentAt(document, at)?.state === state);
        expect(shown.total).toBe(there.length);
        if (there.length <= 100) expect(shown.items.map(({ id }) => id).toSorted()).toEqual(there.map(({ id }) => id).toSorted());
        for (const item of shown.items) {
          const truth = there.find(({ id }) => id === item.id);
          expect(item).toMatchObject({ status: NOXUS_DOCUMENT_STATUS[state], created_at: truth?.createdAt });
          expect(item['run_id']).toBe(truth && documentAt(truth, at)?.runId);
          const updatedAt = item['updated_at'] as Instant;
          expect(updatedAt <= at && updatedAt >= ((truth && documentAt(truth, at)?.at) ?? START)).toBe(true);
        }
        const counts = (await read(base)) as Record<string, number>;
        const countedAt = answeredAt();
        for (const counted of DOCUMENT_STATES) {
          const count = world.documents.filter(
            (document) => document.collection === collection && documentAt(document, countedAt)?.state === counted,
          ).length;
          expect(counts[`${NOXUS_DOCUMENT_STATUS[counted]}_documents`]).toBe(count);
        }
      },
    });
  });
});

async function read(url: string): Promise<unknown> {
  return (await fetch(url, { headers: { 'X-API-Key': 'key' } })).json();
}

const ORDERS = fc.constantFrom('newest_first' as const, 'oldest_first' as const, 'none' as const);
const DOCUMENT_STATES = ['queued', 'running', 'succeeded', 'failed'] as const;
const DOCUMENT_RATES = {
  runsPerHour: 0,
  documentsPerHour: 300,
  documentFailureShare: 0.4,
  documentRetryShare: 0.7,
  documentRetrainShare: 0.5,
  documentEditShare: 0.3,
  documentDeletionShare: 0.3,
  medianUploadedMs: 300_000,
  medianTrainingMs: 300_000,
  medianRetryMs: 300_000,
  medianSettledMs: 600_000,
  medianKeptMs: 600_000,
};

function entered(transitions: readonly { readonly at: Instant }[], at: Instant): Instant | undefined {
  return transitions.findLast((transition) => transition.at <= at)?.at;
}
