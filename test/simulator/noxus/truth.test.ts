import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Instant } from '../../../src/model/instant.ts';
import { NOXUS_DOCUMENT_STATUS, NOXUS_STATUS } from '../../../src/simulator/noxus/words.ts';
import { documentAt } from '../../../src/simulator/document.ts';
import { startNoxusSimulator } from '../../../src/simulator/noxus/start-noxus-simulator.ts';
import { isFinished, stateAt } from '../../../src/simulator/run.ts';
import { createWorld } from '../../../src/simulator/world.ts';
import { propertyRuns } from '../property-runs.ts';
import { START } from '../start.ts';
import type { NoxusItem } from './open-noxus.ts';
import { openNoxus } from './open-noxus.ts';

const HOUR = 3_600_000;
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
    const orders = fc.constantFrom('newest_first' as const, 'oldest_first' as const, 'none' as const);
    const steps = fc.array(fc.record({ beforeMs: fc.nat(HOUR / 4), afterMs: fc.nat(30_000), feed: fc.nat(3) }), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(fc.integer(), orders, steps, async (seed, order, moves) => {
        const world = createWorld({ seed, startAt: START, runs: 40, pastMs: HOUR, rates: RATES });
        let move = moves[0];
        const server = await startNoxusSimulator({
          world,
          apiKey: 'key',
          order,
          latency: ({ phase }) => {
            world.advanceBy((phase === 'before' ? move?.beforeMs : move?.afterMs) ?? 0);
          },
        });
        try {
          for (move of moves) {
            const feeds = [
              { path: '/v1/runs?size=100', shows: () => true },
              ...world.collections.map(({ id }) => ({
                path: `/v1/knowledge-bases/${id}/runs`,
                shows: (run: (typeof world.runs)[number]) => run.workflow.collection?.id === id,
              })),
              {
                path: `/v1/workflows/${world.workflows[0]?.id ?? ''}/runs?size=100`,
                shows: (run: (typeof world.runs)[number]) => run.workflow === world.workflows[0],
              },
            ];
            const feed = feeds[move.feed];
            if (feed === undefined) continue;
            const response = await fetch(server.url + feed.path, { headers: { 'X-API-Key': 'key' } });
            const body = (await response.json()) as NoxusItem[] | { items: NoxusItem[]; total: number };
            const at = server.requests.at(-1)?.answeredAt ?? START;
            const there = world.runs.filter((run) => feed.shows(run) && !['deleted', null].includes(stateAt(run, at)));
            const items = Array.isArray(body) ? body : body.items;
            if (!Array.isArray(body)) expect(body.total).toBe(there.length);
            if (there.length <= 100) expect(items.map(({ id }) => id).toSorted()).toEqual(there.map(({ id }) => id).toSorted());
            for (const item of items) {
              const run = world.run(item.id);
              const state = run && stateAt(run, at);
              if (run === null || state === null || state === 'deleted') throw new Error(`${item.id} was not there at ${at}`);
              expect(item.status).toBe(NOXUS_STATUS[state]);
              expect(item.created_at).toBe(run.createdAt);
              expect(item.finished_at).toBe(isFinished(state) ? entered(run.transitions, at) : null);
            }
          }
        } finally {
          await server.close();
        }
      }),
      propertyRuns(20),
    );
  });
});

describe('the simulator shows the truth of documents', () => {
  test('whatever the order and however the world moves, every list shows what was true when it was answered', async () => {
    const orders = fc.constantFrom('newest_first' as const, 'oldest_first' as const, 'none' as const);
    const steps = fc.array(
      fc.record({
        beforeMs: fc.nat(HOUR / 4),
        afterMs: fc.nat(30_000),
        state: fc.constantFrom(...DOCUMENT_STATES),
        isDeletion: fc.boolean(),
      }),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(fc.integer(), orders, steps, async (seed, order, moves) => {
        const world = createWorld({ seed, startAt: START, documents: 40, pastMs: HOUR, rates: DOCUMENT_RATES });
        let move = moves[0];
        const server = await startNoxusSimulator({
          world,
          apiKey: 'key',
          order,
          latency: ({ phase }) => {
            world.advanceBy((phase === 'before' ? move?.beforeMs : move?.afterMs) ?? 0);
          },
        });
        const read = async (path: string): Promise<unknown> => (await fetch(server.url + path, { headers: { 'X-API-Key': 'key' } })).json();
        try {
          for (move of moves) {
            const collection = world.collections[move.beforeMs % world.collections.length];
            const first = world.documents.find((document) => document.deletedAt === null);
            if (move.isDeletion && first !== undefined) world.deleteDocument(first.id);
            const path = `/v1/knowledge-bases/${collection?.id ?? ''}`;
            const shown = (await read(`${path}/documents/${NOXUS_DOCUMENT_STATUS[move.state]}?page_size=100`)) as {
              items: NoxusItem[];
              total: number;
            };
            const at = server.requests.at(-1)?.answeredAt ?? START;
            const there = world.documents.filter(
              (document) => document.collection === collection && documentAt(document, at)?.state === move?.state,
            );
            expect(shown.total).toBe(there.length);
            if (there.length <= 100) expect(shown.items.map(({ id }) => id).toSorted()).toEqual(there.map(({ id }) => id).toSorted());
            for (const item of shown.items) {
              const truth = there.find(({ id }) => id === item.id);
              expect(item).toMatchObject({ status: NOXUS_DOCUMENT_STATUS[move.state], created_at: truth?.createdAt });
              expect(item['run_id']).toBe(truth && documentAt(truth, at)?.runId);
              const updatedAt = item['updated_at'] as Instant;
              expect(updatedAt <= at && updatedAt >= ((truth && documentAt(truth, at)?.at) ?? START)).toBe(true);
            }
            const base = (await read(path)) as Record<string, number>;
            const countedAt = server.requests.at(-1)?.answeredAt ?? START;
            for (const state of DOCUMENT_STATES) {
              const count = world.documents.filter(
                (document) => document.collection === collection && documentAt(document, countedAt)?.state === state,
              ).length;
              expect(base[`${NOXUS_DOCUMENT_STATUS[state]}_documents`]).toBe(count);
            }
          }
        } finally {
          await server.close();
        }
      }),
      propertyRuns(20),
    );
  });
});

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
