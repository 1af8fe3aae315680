import { describe, expect, test } from 'vitest';
import type { NoxusSimulatorOptions } from '../../src/simulator/noxus/start-noxus-simulator.ts';
import type { World } from '../../src/simulator/world.ts';
import { createWorld } from '../../src/simulator/world.ts';
import { openNoxus } from '../simulator/noxus/open-noxus.ts';
import { START } from '../simulator/start.ts';
import { expectOnlyKnownFields, expectValid, operationsOf } from '../support/openapi-validator.ts';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

/** Documents in the course of ingestion are one more list of the same documents, which is not simulated: nothing reads it. */
const NOT_SIMULATED = ['GET /v1/knowledge-bases/{knowledge_base_id}/documents/ingestion'];

/** Runs and documents in every state, a run that waits for a person too. */
function busyWorld(): World {
  const world = createWorld({
    seed: 29,
    startAt: START,
    runs: 150,
    documents: 150,
    pastMs: 6 * 3_600_000,
    rates: { ingestionShare: 0.3, failureShare: 0.3, stopShare: 0.1, waitingShare: 0.2, documentFailureShare: 0.3, documentsPerHour: 60 },
  });
  for (const state of ['queued', 'running', 'waiting', 'stopped', 'succeeded'] as const) world.moveRun(world.addRun().id, state);
  world.moveRun(world.addRun().id, 'failed', { error: 'no answer', failedSteps: 1, warnings: ['timeout', 'fallback'] });
  for (const state of ['queued', 'running', 'succeeded'] as const) world.moveDocument(world.addDocument().id, state);
  world.moveDocument(world.addDocument().id, 'failed', 'no text in it');
  world.advanceBy(1_000);
  return world;
}

/** Every operation that is simulated, asked for what the world has: its path as described, and as asked. */
function questions(world: World): readonly (readonly [template: string, path: string])[] {
  const runs = world.runs.filter(({ deletedAt }) => deletedAt === null);
  const documents = world.documents.filter(({ deletedAt }) => deletedAt === null);
  const bases = world.collections.map(({ id }) => id);
  return [
    ['/v1/runs', '/v1/runs?size=100'],
    ['/v1/runs', '/v1/runs?page=99'],
    ['/v1/workflows', '/v1/workflows'],
    ...runs.flatMap(({ id, workflow }) => [
      ['/v1/runs/{run_id}', `/v1/runs/${id}`] as const,
      ['/v1/workflows/{workflow_id}/runs/{run_id}', `/v1/workflows/${workflow.id}/runs/${id}`] as const,
    ]),
    ...world.workflows.map(({ id }) => ['/v1/workflows/{workflow_id}/runs', `/v1/workflows/${id}/runs`] as const),
    ['/v1/knowledge-bases', '/v1/knowledge-bases'],
    ...bases.flatMap((id) => [
      ['/v1/knowledge-bases/{knowledge_base_id}', `/v1/knowledge-bases/${id}`] as const,
      ['/v1/knowledge-bases/{knowledge_base_id}/runs', `/v1/knowledge-bases/${id}/runs`] as const,
      ...['uploaded', 'training', 'error', 'trained', 'folder'].map(
        (status) =>
          [
            '/v1/knowledge-bases/{knowledge_base_id}/documents/{status}',
            `/v1/knowledge-bases/${id}/documents/${status}?page_size=100`,
          ] as const,
      ),
    ]),
    ...documents.map(
      ({ id, collection }) =>
        ['/v1/knowledge-bases/{knowledge_base_id}/document/{document_id}', `/v1/knowledge-bases/${collection.id}/document/${id}`] as const,
    ),
  ];
}

describe('what the Noxus simulator answers is what the description of Noxus says', () => {
  test.each<[string, Partial<NoxusSimulatorOptions>]>([
    ['by default', {}],
    ['where folders head every list', { foldersPerKnowledgeBase: 2, showsFoldersEverywhere: true }],
    ['where no run tells when it finished', { hasFinishedAt: false }],
  ])('of everything that it simulates, %s', async (_, options) => {
    const world = busyWorld();
    const noxus = await openNoxus(world, { definitionBytes: 200, ...options });
    const asked = new Set<string>();
    for (const [template, path] of questions(world)) {
      const { status, body } = await noxus.get(path);
      expect(status, path).toBe(200);
      expectOnlyKnownFields('noxus', 'GET', template, 200, body);
      asked.add(`GET ${template}`);
    }
    expect([...asked, ...NOT_SIMULATED].sort()).toEqual([...operationsOf('noxus')].sort());
  });

  test('in words that differ: each status of a run and of a document was among the answers', async () => {
    const world = busyWorld();
    const noxus = await openNoxus(world, { foldersPerKnowledgeBase: 1 });
    const runs = [...(await noxus.items('/v1/runs?size=100')), ...(await noxus.items('/v1/runs?size=100&page=2'))];
    expect([...new Set(runs.map(({ status }) => status))].sort()).toEqual(
      ['awaiting_human_feedback', 'completed', 'failed', 'queued', 'running', 'stopped'], // prettier-ignore
    );
    const statuses = ['uploaded', 'training', 'error', 'trained', 'folder'];
    const lists = world.collections.flatMap(({ id }) => statuses.map((status) => `/v1/knowledge-bases/${id}/documents/${status}`));
    const documents = (await Promise.all(lists.map((path) => noxus.items(path)))).flat();
    expect([...new Set(documents.map(({ status }) => status))].sort()).toEqual([...statuses].sort());
  });

  test('also where it refuses', async () => {
    const world = busyWorld();
    const noxus = await openNoxus(world);
    const base = world.collections[0]?.id ?? '';
    const refusals = [
      ['/v1/runs', '/v1/runs?size=101', 422],
      ['/v1/runs/{run_id}', `/v1/runs/${UNKNOWN}`, 404],
      ['/v1/workflows/{workflow_id}/runs', `/v1/workflows/${UNKNOWN}/runs`, 404],
      ['/v1/knowledge-bases/{knowledge_base_id}/runs', `/v1/knowledge-bases/${base}/runs?status=lost`, 422],
      ['/v1/knowledge-bases/{knowledge_base_id}/documents/{status}', `/v1/knowledge-bases/${base}/documents/lost`, 422],
      ['/v1/knowledge-bases/{knowledge_base_id}/document/{document_id}', `/v1/knowledge-bases/${base}/document/${UNKNOWN}`, 404],
    ] as const;
    for (const [template, path, expected] of refusals) {
      const { status, body } = await noxus.get(path);
      expect(status, path).toBe(expected);
      expectValid('noxus', 'GET', template, status, body);
    }
    const response = await fetch(`${noxus.server.url}/v1/runs`);
    expect(response.status).toBe(401);
    expectValid('noxus', 'GET', '/v1/runs', 401, await response.json());
  });
});
