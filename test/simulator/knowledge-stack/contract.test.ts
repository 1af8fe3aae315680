import { describe, expect, test } from 'vitest';
import { QUOTA_FAILURE } from '../../../src/simulator/document-plan.ts';
import { tooManyRequests } from '../../../src/simulator/knowledge-stack/answers.ts';
import { workflowIdOf } from '../../../src/simulator/knowledge-stack/ids.ts';
import type { Generation } from '../../../src/simulator/knowledge-stack/settings.ts';
import { PRIVATE } from '../../../src/simulator/knowledge-stack/words.ts';
import type { World } from '../../../src/simulator/world.ts';
import { createWorld } from '../../../src/simulator/world.ts';
import { expectOnlyKnownFields, expectValid } from '../../support/openapi-validator.ts';
import { START } from '../start.ts';
import type { Row } from './open-knowledge-stack.ts';
import { openKnowledgeStack } from './open-knowledge-stack.ts';

const HOUR = 3_600_000;
const NOWHERE = '00000000-0000-4000-8000-000000000000';
const GENERATIONS: readonly Generation[] = [1, '2-by-definition', 2];

const PIPELINE_WORDS = ['pending', 'processing', 'completed', 'failed', 'cancelled'];
const FIRST_WORDS = ['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', ...PIPELINE_WORDS];
const SECOND_WORDS = ['PENDING', 'NOT_STARTED', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'not_required', ...PIPELINE_WORDS, 'quota_limit'];

/** Every state of runs and documents, and second attempts at both. */
function everyWorld(): World {
  return createWorld({
    seed: 21,
    startAt: START,
    runs: 150,
    documents: 90,
    pastMs: 2 * HOUR,
    rates: {
      failureShare: 0.3,
      stopShare: 0.2,
      waitingShare: 0.2,
      runRetryShare: 0.5,
      medianQueueMs: HOUR / 6,
      medianRunRetryMs: HOUR / 6,
      documentFailureShare: 0.3,
      documentCancelShare: 0.2,
      documentQuotaShare: 0.2,
      medianUploadedMs: HOUR / 6,
      medianTrainingMs: HOUR / 6,
      medianRetryMs: HOUR / 6,
    },
  });
}

describe('what the Knowledge Stack simulator shows', () => {
  test.each(GENERATIONS)(
    'in generation %s, every answer is as described, with no field more, whatever the record is at',
    async (generation) => {
      const world = everyWorld();
      const stack = await openKnowledgeStack(world, {
        generation,
        keepsOldPaths: true,
        uploadsMs: HOUR / 12,
        needsApproval: ({ number }) => number % 3 === 0,
      });
      const [run, document] = [
        world.runs.find(({ deletedAt }) => deletedAt === null),
        world.documents.find(({ deletedAt }) => deletedAt === null),
      ];
      const definitionId = run?.workflow.id ?? '';
      const workflowId = workflowIdOf(document?.id ?? '');
      const seen = new Set<unknown>();
      const isValid = async (template: string, id = '', query = ''): Promise<void> => {
        const { status, body } = await stack.ask(template.replace(/\{\w+\}/, encodeURIComponent(id)) + query);
        expect([template, status]).toEqual([template, 200]);
        expectOnlyKnownFields('knowledgestack', 'GET', template, 200, body);
        for (const row of (body as { items?: Row[] }).items ?? []) {
          for (const word of [row.status, row['execution_state'], row['approval_state']]) seen.add(word);
        }
      };
      await isValid('/v1/workflow-definitions');
      await isValid('/v1/workflow-definitions/{definition_id}', definitionId);
      for (const { id } of world.workflows) await isValid('/v1/workflow-definitions/{definition_id}/runs', id, '?limit=100');
      for (const { id, deletedAt } of world.runs) if (deletedAt === null) await isValid('/v1/workflow-runs/{run_id}', id);
      await isValid('/v1/workflows/document_versions', '', '?limit=100');
      await isValid('/v1/workflows/document_versions/{workflow_id}', workflowId);
      await isValid('/v1/workflows/{workflow_id}', workflowId);
      expect([...seen]).toEqual(expect.arrayContaining(generation === 1 ? FIRST_WORDS : SECOND_WORDS));
      if (generation !== 2) return;
      await isValid('/v1/workflow-runs', '', '?limit=100');
      await isValid('/v1/system-jobs/document_versions', '', '?limit=100');
      for (const { id, deletedAt } of world.documents) {
        if (deletedAt === null) await isValid('/v1/system-jobs/document_versions/{workflow_id}', workflowIdOf(id));
      }
      await isValid('/v1/system-jobs/{workflow_id}', workflowId);
    },
  );

  test('an upgrade of the tenant between two requests shows the same runs in the other form', async () => {
    const world = everyWorld();
    let generation: Generation = 1;
    const stack = await openKnowledgeStack(world, { generation: () => generation });
    const run = world.addRun();
    const path = `/v1/workflow-definitions/${run.workflow.id}/runs`;
    const [old] = await stack.rows(path);
    expect(old).toMatchObject({ id: run.id, status: 'PENDING', runner_type: 'SELF_HOSTED', started_at: START });
    expect((await stack.ask('/v1/workflow-runs')).status).toBe(404);
    generation = '2-by-definition';
    const [between] = await stack.rows(path);
    expect(between).toMatchObject({ id: run.id, execution_state: 'NOT_STARTED', started_at: null });
    expect(between).not.toHaveProperty('status');
    expect(between?.['triggered_by']).toMatchObject({ user_id: old?.['user_id'] });
    expect((await stack.ask('/v1/workflow-runs')).status).toBe(404);
    expect((await stack.ask('/v1/system-jobs/document_versions')).status).toBe(404);
    expect((await stack.ask('/v1/workflows/document_versions')).status).toBe(200);
    generation = 2;
    expect((await stack.rows('/v1/workflow-runs?sort_by=CREATED_AT'))[0]).toEqual(between);
    expect((await stack.ask('/v1/system-jobs/document_versions')).status).toBe(200);
    expect((await stack.ask('/v1/workflows/document_versions')).status).toBe(404);
  });

  test('every state of a run has its word in both generations, a stop only its error', async () => {
    const world = createWorld({ seed: 2, startAt: START, rates: { runsPerHour: 0 } });
    const [first, second] = [await openKnowledgeStack(world, { generation: 1 }), await openKnowledgeStack(world, { uploadsMs: 5_000 })];
    const run = world.addRun();
    const words: unknown[] = [];
    const note = async (): Promise<void> => {
      const [[old], [row]] = [await first.rows(`/v1/workflow-runs/${run.id}`), await second.rows(`/v1/workflow-runs/${run.id}`)];
      words.push([old?.status, row?.['execution_state'], row?.['error']]);
      expect(old?.['error']).toBe(row?.['error']);
    };
    await note();
    world.advanceBy(5_000);
    await note();
    for (const state of ['running', 'waiting', 'succeeded', 'failed', 'stopped'] as const) {
      world.moveRun(run.id, state, { error: 'no', failedSteps: 1, warnings: [] });
      await note();
    }
    expect(words).toEqual([
      ['PENDING', 'PENDING', null],
      ['PENDING', 'NOT_STARTED', null],
      ['RUNNING', 'IN_PROGRESS', null],
      ['RUNNING', 'IN_PROGRESS', null],
      ['COMPLETED', 'COMPLETED', null],
      ['FAILED', 'FAILED', 'no'],
      ['FAILED', 'FAILED', 'Stopped by user'],
    ]);
  });

  test('every state of an ingestion has its word, and a quota one of its own in generation 2 only', async () => {
    const world = createWorld({ seed: 2, startAt: START, rates: { runsPerHour: 0 } });
    const [first, second] = [await openKnowledgeStack(world, { generation: 1 }), await openKnowledgeStack(world)];
    const { id } = world.addDocument();
    const words: unknown[] = [];
    const note = async (): Promise<void> => {
      const [[old], [row]] = [await first.rows('/v1/workflows/document_versions'), await second.rows('/v1/system-jobs/document_versions')];
      words.push([old?.status, row?.status, row?.['error']]);
    };
    await note();
    for (const state of ['running', 'succeeded', 'cancelled'] as const) {
      world.moveDocument(id, state);
      await note();
    }
    world.moveDocument(id, 'failed', 'no text');
    await note();
    world.moveDocument(id, 'failed', QUOTA_FAILURE);
    await note();
    expect(words).toEqual([
      ['pending', 'pending', null],
      ['processing', 'processing', null],
      ['completed', 'completed', null],
      ['cancelled', 'cancelled', null],
      ['failed', 'failed', 'no text'],
      ['failed', 'quota_limit', QUOTA_FAILURE.error],
    ]);
  });

  test('what must never be kept stands in its answers, so that a test can look for it elsewhere', async () => {
    const stack = await openKnowledgeStack(everyWorld());
    const text = JSON.stringify((await stack.ask('/v1/workflow-runs?limit=100')).body);
    for (const word of Object.values(PRIVATE)) expect(text).toContain(word);
  });
});

describe('what the Knowledge Stack simulator refuses', () => {
  test('without its key, or with another, nothing is shown, and generation 2 gives a code and the id of the request', async () => {
    for (const generation of GENERATIONS) {
      const { server } = await openKnowledgeStack(everyWorld(), { generation });
      for (const headers of [{}, { authorization: 'Bearer other' }, { authorization: 'key' }]) {
        const response = await fetch(`${server.url}/v1/workflow-definitions`, { headers: headers as Record<string, string> });
        const body: unknown = await response.json();
        expect(response.status).toBe(401);
        expectValid('knowledgestack', 'GET', '/v1/workflow-definitions', 401, body);
        const [code, request_id] = ['unauthorized', response.headers.get('x-request-id')];
        expect(body).toEqual({ detail: 'Not authenticated', ...(generation === 2 && { code, request_id }) });
      }
    }
  });

  test.each(['limit=0', 'limit=101', 'limit=ten', 'limit=', 'offset=-1', 'offset=1.5', 'limit=0&offset=-1'])(
    '%s is unprocessable, and it says where',
    async (query) => {
      for (const generation of [1, 2] as const) {
        const stack = await openKnowledgeStack(everyWorld(), { generation, keepsOldPaths: true });
        for (const path of ['/v1/workflow-definitions', '/v1/workflows/document_versions']) {
          const { status, body } = await stack.ask(`${path}?${query}`);
          expect(status).toBe(422);
          expectValid('knowledgestack', 'GET', path, 422, body);
          const { detail, code } = body as { detail: object[]; code?: string };
          expect(detail).toHaveLength(query.split('&').length);
          expect(detail[0]).toMatchObject({ loc: ['query', query.split('=')[0]] });
          expect(code).toBe(generation === 2 ? 'unprocessable_entity' : undefined);
        }
      }
    },
  );

  test.each(['state=RUNNING', 'approval_state=maybe', 'sort_by=UPDATED_AT', 'sort_dir=up', 'updated_after=yesterday', 'created_before='])(
    '%s is unprocessable in the tenant-wide list',
    async (query) => {
      const stack = await openKnowledgeStack(everyWorld());
      const { status, body } = await stack.ask(`/v1/workflow-runs?${query}`);
      expect([status, body]).toMatchObject([422, { detail: [{ loc: ['query', query.split('=')[0]] }] }]);
    },
  );

  test('unknown ids and paths are not found, other methods not allowed', async () => {
    for (const generation of [1, 2] as const) {
      const stack = await openKnowledgeStack(everyWorld(), { generation, keepsOldPaths: true });
      for (const template of [
        '/v1/workflow-definitions/{definition_id}',
        '/v1/workflow-definitions/{definition_id}/runs',
        '/v1/workflow-runs/{run_id}',
        '/v1/workflows/document_versions/{workflow_id}',
        '/v1/workflows/{workflow_id}',
      ]) {
        const { status, body } = await stack.ask(template.replace(/\{\w+\}/, NOWHERE));
        expect([template, status]).toEqual([template, 404]);
        expectValid('knowledgestack', 'GET', template, 404, body);
        expect(body).toMatchObject(generation === 2 ? { detail: 'Not found', code: 'not_found' } : { detail: 'Not found' });
      }
      expect((await stack.ask('/v1/elsewhere')).status).toBe(404);
      expect((await stack.ask('/v1/workflow-runs/%E0%A4%A')).status).toBe(404);
      expect((await stack.ask('/v1/workflow-definitions', 'DELETE')).status).toBe(405);
    }
  });

  test('too many requests can be answered as generation 2 does', async () => {
    const { server } = await openKnowledgeStack(everyWorld(), { intercept: (request) => tooManyRequests(request, 7) });
    const response = await fetch(`${server.url}/v1/workflow-runs`, { headers: { authorization: 'Bearer key' } });
    const body: unknown = await response.json();
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7']);
    expectValid('knowledgestack', 'GET', '/v1/workflow-runs', 429, body);
    expect(body).toMatchObject({ code: 'too_many_requests', request_id: response.headers.get('x-request-id') });
  });
});
