import { describe, expect, test } from 'vitest';
import type { World } from '../../../src/simulator/world.ts';
import { createWorld } from '../../../src/simulator/world.ts';
import { START } from '../start.ts';
import { openNoxus } from './open-noxus.ts';

const RUN = [
  'created_at',
  'definitions',
  'finished_at',
  'group_id',
  'id',
  'input',
  'node_ids',
  'progress',
  'source',
  'status',
  'workflow',
  'workflow_id',
];
const KNOWLEDGE_BASE_RUN = [...RUN, 'meta', 'output', 'progress_details', 'workflow_definition'].sort();
const SINGLE_RUN = [...RUN, 'workflow_version_id'].sort();
const WORKFLOW_RUN = [...RUN, 'output', 'progress_details', 'single_node_id', 'workflow_version_id'].sort();
const EMBEDDED_WORKFLOW = [
  'author_name', 'created_at', 'definition', 'deleted_at', 'description', 'error_handler', 'group_id', 'id',
  'last_run_at', 'last_updated_at', 'name', 'runs_count', 'saved', 'type',
]; // prettier-ignore
const WORKFLOW = [...EMBEDDED_WORKFLOW, 'meta', 'workflow_hash'].sort();
const KNOWLEDGE_BASE = [
  'created_at', 'description', 'document_types', 'embeddings', 'error', 'error_documents', 'group_id', 'id', 'kb_type', 'name', 'num_docs',
  'retrieval', 'settings_', 'size', 'source_types', 'status', 'total_documents', 'trained_documents', 'training_documents',
  'training_source_types', 'updated_at', 'uploaded_documents', 'version',
]; // prettier-ignore
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function worldOfRuns(): World {
  return createWorld({
    seed: 21,
    startAt: START,
    runs: 300,
    rates: { ingestionShare: 0.3, failureShare: 0.2, stopShare: 0.1, waitingShare: 0.2 },
  });
}

function keys(value: unknown): string[] {
  return Object.keys(value as object).sort();
}

describe('what the Noxus simulator shows', () => {
  test('an item of all runs has the fields of that list, its workflow too', async () => {
    const world = worldOfRuns();
    const noxus = await openNoxus(world, { groupId: '7f1b4d1e-0000-4000-8000-000000000001' });
    const items = await noxus.items('/v1/runs?size=100');
    expect(items).toHaveLength(100);
    for (const item of items) {
      expect(keys(item)).toEqual(RUN);
      expect(keys(item.workflow)).toEqual(EMBEDDED_WORKFLOW);
      expect(item).toMatchObject({ group_id: '7f1b4d1e-0000-4000-8000-000000000001', workflow_id: item.workflow['id'] });
      for (const id of [item.id, item['workflow_id'], ...(item['node_ids'] as string[])]) expect(id).toMatch(UUID);
      expect(item.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    }
    expect(new Set(items.map(({ workflow }) => workflow['type']))).toEqual(new Set(['flow', 'ingestion']));
  });

  test('a knowledge base lists its own runs in full, in a bare array', async () => {
    const world = worldOfRuns();
    const noxus = await openNoxus(world);
    const bases = await noxus.items('/v1/knowledge-bases');
    expect(bases.map(({ id }) => id)).toEqual(world.collections.map(({ id }) => id));
    expect(bases.map(keys)).toEqual([KNOWLEDGE_BASE, KNOWLEDGE_BASE]);
    for (const base of bases) {
      expect((await noxus.get(`/v1/knowledge-bases/${base.id}`)).body).toEqual(base);
      const runs = await noxus.items(`/v1/knowledge-bases/${base.id}/runs`);
      const own = world.runs.filter((run) => run.workflow.collection?.id === base.id && run.deletedAt === null);
      expect(runs.map(({ id }) => id)).toEqual(own.map(({ id }) => id).reverse());
      for (const run of runs) {
        expect(keys(run)).toEqual(KNOWLEDGE_BASE_RUN);
        expect(keys(run.workflow)).toEqual(WORKFLOW);
        expect(run.workflow['type']).toBe('ingestion');
      }
    }
  });

  test('a run read by id has a version and no input, and is the same run', async () => {
    const world = worldOfRuns();
    const noxus = await openNoxus(world);
    const [listed] = await noxus.items('/v1/runs');
    const { body } = await noxus.get(`/v1/runs/${String(listed?.id)}`);
    expect(keys(body)).toEqual(SINGLE_RUN);
    expect(body).toEqual({ ...listed, input: null, workflow_version_id: (body as { workflow_version_id: string }).workflow_version_id });
  });

  test('a failed run below its workflow shows which nodes went wrong and with which warnings', async () => {
    const world = createWorld({ seed: 2, startAt: START, rates: { runsPerHour: 0 } });
    const noxus = await openNoxus(world);
    const run = world.addRun();
    world.moveRun(run.id, 'running');
    world.advanceBy(60_000);
    world.moveRun(run.id, 'failed', { error: 'no answer', failedSteps: 2, warnings: ['timeout', 'fallback'] });
    const { body } = await noxus.get(`/v1/workflows/${run.workflow.id}/runs/${run.id}`);
    expect(keys(body)).toEqual(WORKFLOW_RUN);
    const details = (body as { progress_details: Record<string, unknown> }).progress_details;
    const nodes = Object.values(details['per_node_progress'] as Record<string, { status: string; warnings: { type: string }[] }>);
    expect(nodes).toHaveLength(run.workflow.stepCount);
    expect(nodes.filter(({ status }) => status === 'errored')).toHaveLength(2);
    expect(nodes.flatMap(({ warnings }) => warnings.map(({ type }) => type))).toEqual(['model_timeout', 'model_fallback']);
    expect((await noxus.items(`/v1/workflows/${run.workflow.id}/runs`)).map(keys)).toEqual([WORKFLOW_RUN]);
  });

  test('the nodes of a run are accounted for in each of its states', async () => {
    const world = createWorld({ seed: 2, startAt: START, rates: { runsPerHour: 0 } });
    const noxus = await openNoxus(world);
    const run = world.addRun();
    const lists = ['executed_nodes', 'running_nodes', 'remaining_nodes', 'skipped_nodes'];
    for (const state of ['queued', 'running', 'waiting', 'running', 'stopped', 'failed', 'succeeded'] as const) {
      world.moveRun(run.id, state);
      world.advanceBy(20_000);
      const { body } = await noxus.get(`/v1/workflows/${run.workflow.id}/runs/${run.id}`);
      const details = (body as { progress_details: Record<string, string[]> }).progress_details;
      expect(lists.flatMap((name) => details[name])).toEqual((body as { node_ids: string[] }).node_ids);
      expect(details['running_nodes']).toHaveLength(state === 'running' || state === 'waiting' ? 1 : 0);
    }
  });

  test('there are workflows to list, by type too', async () => {
    const world = worldOfRuns();
    const noxus = await openNoxus(world);
    const all = await noxus.items('/v1/workflows?size=100');
    expect(all.map(keys)).toEqual(world.workflows.map(() => WORKFLOW));
    expect(await noxus.items('/v1/workflows?type=flow')).toHaveLength(8);
    expect(await noxus.items('/v1/workflows?type=agent_flow')).toEqual([]);
    expect((await noxus.get('/v1/workflows?type=poem')).status).toBe(422);
  });

  test('every state has its word, and waiting for a person the undocumented one', async () => {
    const world = createWorld({ seed: 2, startAt: START, rates: { runsPerHour: 0 } });
    const noxus = await openNoxus(world);
    const words: Record<string, string> = {};
    const run = world.addRun();
    for (const state of ['queued', 'running', 'waiting', 'succeeded', 'failed', 'stopped'] as const) {
      world.moveRun(run.id, state);
      words[state] = (await noxus.items('/v1/runs'))[0]?.status ?? '';
    }
    expect(words).toEqual({
      queued: 'queued',
      running: 'running',
      waiting: 'awaiting_human_feedback',
      succeeded: 'completed',
      failed: 'failed',
      stopped: 'stopped',
    });
  });
});

describe('what the Noxus simulator refuses', () => {
  test('without its key, or with another, nothing is shown', async () => {
    const { server } = await openNoxus(worldOfRuns());
    for (const headers of [{}, { 'X-API-Key': 'other' }]) {
      const response = await fetch(`${server.url}/v1/runs`, { headers: headers as Record<string, string> });
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual({ detail: 'Invalid API key' });
    }
    expect(server.requests.map(({ status }) => status)).toEqual([401, 401]);
  });

  test.each(['page=0', 'page=-1', 'page=x', 'page=1.5', 'page=', 'size=0', 'size=101', 'size=ten', 'page=0&size=0'])(
    '%s is unprocessable, and it says where',
    async (query) => {
      const noxus = await openNoxus(worldOfRuns());
      for (const path of ['/v1/runs', '/v1/workflows', '/v1/knowledge-bases']) {
        const { status, body } = await noxus.get(`${path}?${query}`);
        expect(status).toBe(422);
        const { detail } = body as { detail: object[] };
        expect(detail).toHaveLength(query.split('&').length);
        for (const problem of detail) expect(keys(problem)).toEqual(['loc', 'msg', 'type']);
        expect(detail[0]).toMatchObject({ loc: ['query', query.slice(0, 4)] });
      }
    },
  );

  test('unknown ids and paths are not found, and only GET is allowed', async () => {
    const world = worldOfRuns();
    const noxus = await openNoxus(world);
    const [first, second] = world.workflows;
    const run = world.addRun(first && { workflow: first });
    const base = world.collections[0]?.id ?? '';
    const unknown = '00000000-0000-4000-8000-000000000000';
    for (const path of [
      `/v1/runs/${unknown}`,
      '/v1/runs/%E0%A4%A',
      `/v1/workflows/${unknown}/runs`,
      `/v1/workflows/${second?.id ?? ''}/runs/${run.id}`,
      `/v1/knowledge-bases/${unknown}`,
      `/v1/knowledge-bases/${unknown}/runs`,
      '/v1/elsewhere',
      '/',
    ]) {
      expect(await noxus.get(path)).toEqual({ status: 404, body: { detail: 'Not found' } });
    }
    expect((await noxus.get(`/v1/knowledge-bases/${base}/runs?status=awaiting_human_feedback`)).status).toBe(422);
    const deletion = await fetch(`${noxus.server.url}/v1/runs`, { method: 'DELETE', headers: { 'X-API-Key': 'key' } });
    expect(deletion.status).toBe(405);
  });

  test('a source may answer by id for some runs only, and list the others all the same', async () => {
    const world = worldOfRuns();
    const noxus = await openNoxus(world, { isServedById: (run) => run.workflow.collection === null });
    const [listed, ingesting] = [false, true].map(
      (isIngesting) => world.runs.find((run) => run.deletedAt === null && (run.workflow.collection !== null) === isIngesting)?.id ?? '',
    );
    expect((await noxus.get(`/v1/runs/${listed}`)).status).toBe(200);
    expect(await noxus.get(`/v1/runs/${ingesting}`)).toEqual({ status: 404, body: { detail: 'Not found' } });
    const ids: string[] = [];
    for (const page of [1, 2, 3]) ids.push(...(await noxus.items(`/v1/runs?size=100&page=${page}`)).map(({ id }) => id));
    expect(ids).toEqual(expect.arrayContaining([listed, ingesting]));
  });

  test('a source may have no detail of a run below its workflow', async () => {
    const world = worldOfRuns();
    const noxus = await openNoxus(world, { hasDetail: false });
    const run = world.addRun();
    expect((await noxus.get(`/v1/workflows/${run.workflow.id}/runs/${run.id}`)).status).toBe(404);
    expect((await noxus.get(`/v1/runs/${run.id}`)).status).toBe(200);
  });
});
