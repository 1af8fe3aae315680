import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Instant } from '../../../src/model/instant.ts';
import type { Document, DocumentTransition } from '../../../src/simulator/document.ts';
import { documentAt, isIngested } from '../../../src/simulator/document.ts';
import { documentIdOf } from '../../../src/simulator/knowledge-stack/ids.ts';
import type { Generation } from '../../../src/simulator/knowledge-stack/settings.ts';
import { startKnowledgeStackSimulator } from '../../../src/simulator/knowledge-stack/start-knowledge-stack-simulator.ts';
import { EXECUTION_STATE, RUN_STATUS } from '../../../src/simulator/knowledge-stack/words.ts';
import type { Transition } from '../../../src/simulator/run.ts';
import { isFinished } from '../../../src/simulator/run.ts';
import { holdWhileItMoves, isThere, runShown, type RunShown } from '../moving-world.ts';
import type { Row } from './open-knowledge-stack.ts';

const HOUR = 3_600_000;
const RATES = {
  runsPerHour: 300,
  waitingShare: 0.3,
  stopShare: 0.2,
  failureShare: 0.3,
  deletionShare: 0.3,
  runRetryShare: 0.6,
  medianKeptMs: HOUR / 6,
  medianRunRetryMs: HOUR / 12,
  documentsPerHour: 200,
  documentFailureShare: 0.3,
  documentCancelShare: 0.2,
  documentQuotaShare: 0.2,
  documentRetryShare: 0.7,
  documentRetrainShare: 0.5,
  documentDeletionShare: 0.3,
  medianUploadedMs: HOUR / 12,
  medianTrainingMs: HOUR / 12,
  medianRetryMs: HOUR / 12,
  medianSettledMs: HOUR / 6,
};

describe('the simulator shows the truth', () => {
  test('whatever the generation and the order, and however the world moves, every list shows what was true when it was answered', async () => {
    await holdWhileItMoves({
      world: { runs: 40, documents: 30, rates: RATES },
      form: fc.record({
        generation: fc.constantFrom<Generation>(1, '2-by-definition', 2),
        order: fc.constantFrom('newest_first' as const, 'oldest_first' as const, 'none' as const, 'by_change' as const),
      }),
      choice: fc.constantFrom('documents' as const, 'runs of a definition' as const, 'runs' as const),
      start: (options, { generation, order }) =>
        startKnowledgeStackSimulator({ ...options, generation, runOrder: order, documentOrder: order, keepsOldPaths: true }),
      ask: async ({ world, url, form: { generation }, choice, nth, answeredAt }) => {
        const read = async (path: string): Promise<{ items: Row[]; total: number; at: Instant }> => {
          const response = await fetch(url + path, { headers: { authorization: 'Bearer key' } });
          const body = (await response.json()) as { items: Row[]; total: number };
          return { ...body, at: answeredAt() };
        };
        if (choice === 'documents') {
          const { items, total, at } = await read('/v1/workflows/document_versions?limit=100');
          const there = world.documents.filter((document) => !['deleted', undefined].includes(documentAt(document, at)?.state));
          expect(total).toBe(there.length);
          for (const row of items) expectTrueIngestion(row, world.document(documentIdOf(row.workflow_id)), at);
          return;
        }
        const workflow = world.workflows[nth(world.workflows.length)];
        const isOfDefinition = choice === 'runs of a definition' || generation !== 2;
        const path = isOfDefinition ? `/v1/workflow-definitions/${workflow?.id ?? ''}/runs` : '/v1/workflow-runs';
        const { items, total, at } = await read(`${path}?limit=100`);
        const there = world.runs.filter((run) => (!isOfDefinition || run.workflow === workflow) && isThere(run, at));
        expect(total).toBe(there.length);
        if (total <= 100) expect(items.map(({ id }) => id).toSorted()).toEqual(there.map(({ id }) => id).toSorted());
        for (const row of items) expectTrueRun(row, runShown(world, row.id, at), at, generation);
      },
    });
  });
});

function expectTrueRun(row: Row, { run, state }: RunShown, at: Instant, generation: Generation): void {
  const past = run.transitions.filter((transition) => transition.at <= at);
  const movedAt = past.at(-1)?.at;
  expect(row['created_at']).toBe(run.createdAt);
  expect(row['updated_at']).toBe(movedAt);
  expect(generation === 1 ? row.status : row['execution_state']).toBe((generation === 1 ? RUN_STATUS : EXECUTION_STATE)[state]);
  expect(row['completed_at']).toBe(isFinished(state) ? movedAt : null);
  expect(row['error'] === 'Stopped by user').toBe(state === 'stopped');
  expect(row['error'] !== null).toBe(state === 'failed' || state === 'stopped');
  const starts = past.filter((transition, index) => isStart(transition, past[index - 1])).map((transition) => transition.at);
  // A resumed attempt shows the start of one before it.
  if (starts.length > 0) expect(starts).toContain(row['started_at']);
  else expect(row['started_at']).toBe(generation === 1 ? run.createdAt : null);
}

function isStart({ state, attempt }: Transition, before: Transition | undefined): boolean {
  return state === 'running' && (before?.state !== 'waiting' || before.attempt !== attempt);
}

function expectTrueIngestion(row: Row, document: Document | null, at: Instant): void {
  const past: readonly DocumentTransition[] = document?.transitions.filter((transition) => transition.at <= at) ?? [];
  const now = past.at(-1);
  if (document === null || now === undefined || now.state === 'deleted') throw new Error(`${row.workflow_id} was not there at ${at}`);
  const words = {
    queued: ['pending'],
    running: ['processing'],
    succeeded: ['completed'],
    failed: ['failed', 'quota_limit'],
    cancelled: ['cancelled'],
  };
  expect(words[now.state]).toContain(row.status);
  expect(row['created_at']).toBe(document.createdAt);
  expect(row['last_run_timestamp']).toBe(past.find(({ attempt }) => attempt === now.attempt)?.at);
  expect(row['last_state_update_timestamp']).toBe(past.length === 1 ? null : now.at);
  expect(row['error'] !== null).toBe(now.state === 'failed');
  expect(isIngested(now.state)).toBe(['completed', 'failed', 'quota_limit', 'cancelled'].includes(row.status));
}
