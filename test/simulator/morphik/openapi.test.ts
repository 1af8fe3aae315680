import { describe, expect, test } from 'vitest';
import type { MorphikSimulatorOptions } from '../../../src/simulator/morphik/start-morphik-simulator.ts';
import type { World } from '../../../src/simulator/world.ts';
import { createWorld } from '../../../src/simulator/world.ts';
import { expectOnlyKnownFields, expectValid, operationsOf } from '../../support/openapi-validator.ts';
import { START } from '../start.ts';
import { BARE_FIELDS, DOTTED_FIELDS, openMorphik } from './open-morphik.ts';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

/** Neither is asked for by anything: folders are seen in the documents that lie in them, and logs tell of calls. */
const NOT_SIMULATED = ['GET /folders/summary', 'GET /logs/'];

/** Runs and documents in every state, also in those for which Morphik has no word. */
function busyWorld(): World {
  const world = createWorld({
    seed: 29,
    startAt: START,
    runs: 100,
    documents: 100,
    pastMs: 6 * 3_600_000,
    rates: { failureShare: 0.3, stopShare: 0.1, waitingShare: 0.2, documentFailureShare: 0.3, documentsPerHour: 60 },
  });
  for (const state of ['queued', 'running', 'waiting', 'stopped', 'succeeded', 'failed'] as const) world.moveRun(world.addRun().id, state);
  for (const state of ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const) world.moveDocument(world.addDocument().id, state);
  world.advanceBy(1_000);
  return world;
}

interface Question {
  readonly method: 'GET' | 'POST';
  readonly template: string;
  readonly path: string;
  readonly body?: object;
}

/** Every operation that is simulated, asked for what the world has. */
function questions(world: World): readonly Question[] {
  const counts = { include_total_count: true, include_status_counts: true, include_folder_counts: true };
  const bodies = [
    {},
    { ...counts, limit: 1_000 },
    { ...counts, fields: BARE_FIELDS },
    { ...counts, fields: DOTTED_FIELDS },
    { ...counts, limit: 0 },
  ];
  return [
    { method: 'GET', template: '/workflows', path: '/workflows' },
    ...world.workflows.flatMap(({ id }): Question[] => [
      { method: 'GET', template: '/workflows/{workflow_id}', path: `/workflows/${id}` },
      { method: 'GET', template: '/workflows/{workflow_id}/runs', path: `/workflows/${id}/runs` },
    ]),
    ...world.runs
      .filter(({ deletedAt }) => deletedAt === null)
      .map(({ id }): Question => ({ method: 'GET', template: '/workflows/runs/{run_id}', path: `/workflows/runs/${id}` })),
    ...['/documents', '/documents/list_docs'].flatMap((path) =>
      bodies.map((body): Question => ({ method: 'POST', template: path, path, body })),
    ),
    ...world.documents
      .filter(({ deletedAt }) => deletedAt === null)
      .flatMap(({ id }): Question[] => [
        { method: 'GET', template: '/documents/{document_id}', path: `/documents/${id}` },
        { method: 'GET', template: '/documents/{document_id}/status', path: `/documents/${id}/status` },
      ]),
  ];
}

describe('what the Morphik simulator answers is what the description of Morphik says', () => {
  test.each<[string, Partial<MorphikSimulatorOptions>]>([
    ['by default', {}],
    ['by servers that know dotted names only', { server: 'dotted_only' }],
    ['where a document that waits is queued', { showsQueued: true, documentTimes: 'blank' }],
    ['where documents lack much', { lacks: () => ['status', 'created_at', 'updated_at', 'filename'] }],
    ['where the database fails for lists', { databaseDown: ({ method }) => method === 'POST' }],
  ])('of everything that it simulates, %s', async (_, options) => {
    const world = busyWorld();
    const morphik = await openMorphik(world, options);
    const asked = new Set<string>();
    for (const { method, template, path, body } of questions(world)) {
      const answer = await morphik.ask(method, path, body);
      expect(answer.status, path).toBe(200);
      // By its bare name a time that is not there comes as null, which the description does not know.
      const isNullTime = options.lacks !== undefined && body !== undefined && 'fields' in body && body.fields === BARE_FIELDS;
      if (!isNullTime) expectOnlyKnownFields('morphik', method, template, 200, answer.body);
      asked.add(`${method} ${template}`);
    }
    expect([...asked, ...NOT_SIMULATED].sort()).toEqual([...operationsOf('morphik')].sort());
  });

  test('also by servers that list documents in a bare array', async () => {
    const morphik = await openMorphik(busyWorld(), { server: 'bare_array' });
    const { status, body } = await morphik.ask('POST', '/documents', {});
    expect(status).toBe(200);
    expect(body).toHaveProperty('length');
    expectOnlyKnownFields('morphik', 'POST', '/documents', 200, body);
  });

  test('in every word: each status of a run and of a document was among the answers', async () => {
    const world = busyWorld();
    const morphik = await openMorphik(world, { showsQueued: true });
    const runs = (await Promise.all(world.workflows.map(({ id }) => morphik.items(`/workflows/${id}/runs`)))).flat();
    expect([...new Set(runs.map(({ status }) => status))].sort()).toEqual(['completed', 'failed', 'queued', 'running']);
    const { status_counts: counts } = await morphik.listDocs({ include_status_counts: true });
    expect(Object.keys(counts ?? {}).sort()).toEqual(['completed', 'failed', 'processing', 'queued']);
  });

  test('also where it refuses', async () => {
    const morphik = await openMorphik(busyWorld());
    const refusals = [
      ['GET', '/workflows/{workflow_id}', `/workflows/${UNKNOWN}`, undefined, 404],
      ['GET', '/workflows/runs/{run_id}', `/workflows/runs/${UNKNOWN}`, undefined, 404],
      ['GET', '/documents/{document_id}', `/documents/${UNKNOWN}`, undefined, 404],
      ['GET', '/documents/{document_id}/status', `/documents/${UNKNOWN}/status`, undefined, 404],
      ['POST', '/documents/list_docs', '/documents/list_docs', { limit: -1, sort_by: 'colour' }, 422],
      ['POST', '/documents', '/documents', { fields: 'status' }, 422],
    ] as const;
    for (const [method, template, path, body, expected] of refusals) {
      const answer = await morphik.ask(method, path, body);
      expect(answer.status, path).toBe(expected);
      expectValid('morphik', method, template, expected, answer.body);
    }
    const response = await fetch(`${morphik.server.url}/workflows`);
    expect(response.status).toBe(401);
    expectValid('morphik', 'GET', '/workflows', 401, await response.json());
  });
});
