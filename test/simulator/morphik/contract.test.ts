import { describe, expect, test } from 'vitest';
import { TIMED_OUT } from '../../../src/simulator/morphik/words.ts';
import type { World } from '../../../src/simulator/world.ts';
import { createWorld } from '../../../src/simulator/world.ts';
import { START } from '../start.ts';
import { openMorphik } from './open-morphik.ts';

/** As page 003 shows a run: no time of its creation, none of its latest change. */
const RUN = [
  'app_id', 'completed_at', 'document_id', 'error', 'final_output', 'id', 'results_per_step', 'started_at', 'status', 'system_metadata',
  'user_id', 'workflow_id',
]; // prettier-ignore
const WORKFLOW = ['app_id', 'description', 'id', 'name', 'owner_id', 'steps', 'system_metadata', 'user_id'];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

function worldOfRuns(): World {
  return createWorld({
    seed: 21,
    startAt: START,
    runs: 300,
    documents: 20,
    rates: { failureShare: 0.2, stopShare: 0.1, waitingShare: 0.2, deletionShare: 0.1, medianKeptMs: 60_000 },
  });
}

function emptyWorld(): World {
  return createWorld({ seed: 2, startAt: START, rates: { runsPerHour: 0 } });
}

function keys(value: unknown): string[] {
  return Object.keys(value as object).sort();
}

describe('what the Morphik simulator shows of workflows', () => {
  test('every workflow lists its own runs, in a bare array and in no order of theirs', async () => {
    const world = worldOfRuns();
    const morphik = await openMorphik(world, { appId: 'app-7' });
    const workflows = await morphik.items('/workflows');
    expect(workflows.map(({ id }) => id)).toEqual(world.workflows.map(({ id }) => id));
    let ordered = 0;
    for (const workflow of workflows) {
      expect(keys(workflow)).toEqual(WORKFLOW);
      expect(workflow['app_id']).toBe('app-7');
      expect(workflow['system_metadata']).toEqual({
        created_at: expect.stringMatching(/\+00:00$/) as string,
        updated_at: expect.stringMatching(/\+00:00$/) as string,
      });
      expect((await morphik.get(`/workflows/${workflow.id}`)).body).toEqual(workflow);
      const runs = await morphik.items(`/workflows/${workflow.id}/runs`);
      const present = world.runs.filter((run) => run.workflow.id === workflow.id && run.deletedAt === null).map(({ id }) => id);
      expect(runs.map(({ id }) => id).toSorted()).toEqual(present.toSorted());
      if ([present, present.toReversed()].some((order) => order.join() === runs.map(({ id }) => id).join())) ordered += 1;
      for (const run of runs) {
        expect(keys(run)).toEqual(RUN);
        expect(run).toMatchObject({ workflow_id: workflow.id, app_id: 'app-7', system_metadata: {} });
        for (const id of [run.id, run['document_id'], run['user_id']]) expect(id).toMatch(UUID);
        expect((await morphik.get(`/workflows/runs/${run.id}`)).body).toEqual(run);
      }
    }
    expect(ordered).toBeLessThan(workflows.length / 2);
  });

  test('a list stays in its order when runs come and go', async () => {
    const world = emptyWorld();
    const morphik = await openMorphik(world);
    const path = `/workflows/${world.workflows[0]?.id ?? ''}/runs`;
    const ids = async (): Promise<string[]> => (await morphik.items(path)).map(({ id }) => id);
    for (let number = 0; number < 20; number += 1) world.addRun();
    const before = await ids();
    world.deleteRun(before[3] ?? '');
    for (let number = 0; number < 20; number += 1) world.addRun();
    const after = await ids();
    expect(after).toHaveLength(39);
    expect(after.filter((id) => before.includes(id))).toEqual(before.filter((_, index) => index !== 3));
    expect(after.slice(-20)).not.toEqual(after.filter((id) => !before.includes(id)));
  });

  test('a run is of a document that was there when it was created, always of the same', async () => {
    const world = emptyWorld();
    const morphik = await openMorphik(world);
    const alone = world.addRun();
    const first = world.addDocument();
    const documentOf = async (id: string): Promise<unknown> =>
      ((await morphik.get(`/workflows/runs/${id}`)).body as Record<string, unknown>)['document_id'];
    const before = await documentOf(alone.id);
    expect(before).not.toBe(first.id);
    world.advanceBy(1_000);
    const run = world.addRun();
    expect(await documentOf(run.id)).toBe(first.id);
    for (let number = 0; number < 10; number += 1) world.addDocument();
    world.advanceBy(1_000);
    expect([await documentOf(alone.id), await documentOf(run.id)]).toEqual([before, first.id]);
  });

  test('a queued run has no time at all, and each later one comes with its state', async () => {
    const world = emptyWorld();
    const morphik = await openMorphik(world);
    const run = world.addRun();
    const read = async (): Promise<Record<string, unknown>> =>
      (await morphik.get(`/workflows/runs/${run.id}`)).body as Record<string, unknown>;
    expect(JSON.stringify(await read())).not.toContain('2026');
    expect(await read()).toMatchObject({ status: 'queued', started_at: null, completed_at: null, results_per_step: [] });
    world.advanceBy(1_500);
    world.moveRun(run.id, 'running');
    expect(await read()).toMatchObject({ status: 'running', started_at: '2026-01-15T08:00:01.500000Z', completed_at: null });
    world.advanceBy(500);
    world.moveRun(run.id, 'succeeded');
    const done = await read();
    expect(done).toMatchObject({
      status: 'completed',
      started_at: '2026-01-15T08:00:01.500000Z',
      completed_at: '2026-01-15T08:00:02Z',
      error: null,
    });
    expect(done['results_per_step']).toHaveLength(run.workflow.stepCount);
    expect(done['final_output']).toEqual((done['results_per_step'] as object[]).at(-1));
    const tokens = (done['results_per_step'] as { tokens_used?: number }[]).flatMap(({ tokens_used: used }) => used ?? []);
    expect(tokens.length).toBeGreaterThan(0);
  });

  test('every state has its word: who waits is running, and who is stopped has failed', async () => {
    const world = emptyWorld();
    const morphik = await openMorphik(world);
    const run = world.addRun();
    const shown: Record<string, unknown> = {};
    for (const state of ['queued', 'running', 'waiting', 'succeeded', 'stopped'] as const) {
      world.moveRun(run.id, state);
      const { status, error } = (await morphik.get(`/workflows/runs/${run.id}`)).body as { status: string; error: string | null };
      shown[state] = [status, error];
    }
    expect(shown).toEqual({
      queued: ['queued', null],
      running: ['running', null],
      waiting: ['running', null],
      succeeded: ['completed', null],
      stopped: ['failed', 'The workflow was interrupted'],
    });
  });

  test('a failed run says why, and one that took too long says so in the words of the server', async () => {
    const world = emptyWorld();
    const morphik = await openMorphik(world);
    const [slow, early] = [world.addRun(), world.addRun()];
    world.moveRun(slow.id, 'running');
    world.moveRun(slow.id, 'failed', { error: 'no answer', failedSteps: 1, warnings: ['timeout'] });
    world.moveRun(early.id, 'failed', { error: 'The document is still processing', failedSteps: 0, warnings: [] });
    expect((await morphik.get(`/workflows/runs/${slow.id}`)).body).toMatchObject({ status: 'failed', error: TIMED_OUT });
    expect((await morphik.get(`/workflows/runs/${early.id}`)).body).toMatchObject({
      status: 'failed',
      error: 'The document is still processing',
      started_at: null,
      completed_at: '2026-01-15T08:00:00Z',
    });
    expect(TIMED_OUT).toBe('Workflow execution timed out after 300 seconds');
  });
});

describe('what is gone', () => {
  test('a deleted run is in no list, and not found by its id', async () => {
    const world = emptyWorld();
    const morphik = await openMorphik(world);
    const [run, other] = [world.addRun(), world.addRun()];
    expect((await morphik.ask('DELETE', `/workflows/runs/${run.id}`)).status).toBe(200);
    expect(run.deletedAt).toBe(START);
    for (const method of ['GET', 'DELETE']) {
      expect(await morphik.ask(method, `/workflows/runs/${run.id}`)).toEqual({ status: 404, body: { detail: 'Workflow run not found' } });
    }
    expect((await morphik.items(`/workflows/${run.workflow.id}/runs`)).map(({ id }) => id)).toEqual([other.id]);
  });

  test('a deleted workflow lists no runs, which are read by id all the same', async () => {
    const world = emptyWorld();
    const morphik = await openMorphik(world);
    const run = world.addRun();
    const workflowId = run.workflow.id;
    morphik.server.deleteWorkflow(workflowId);
    expect((await morphik.items('/workflows')).map(({ id }) => id)).toEqual(world.workflows.slice(1).map(({ id }) => id));
    expect(await morphik.get(`/workflows/${workflowId}`)).toEqual({ status: 404, body: { detail: 'Workflow not found' } });
    expect(await morphik.get(`/workflows/${workflowId}/runs`)).toEqual({ status: 200, body: [] });
    expect((await morphik.get(`/workflows/runs/${run.id}`)).body).toMatchObject({ id: run.id, workflow_id: workflowId });
    for (const id of [workflowId, UNKNOWN]) {
      expect(() => {
        morphik.server.deleteWorkflow(id);
      }).toThrow(expect.objectContaining({ code: 'bad_argument' }) as Error);
    }
  });

  test('all workflows can be gone, the reads of runs by id with them or not, and documents stay', async () => {
    const world = emptyWorld();
    const run = world.addRun();
    let hasWorkflows = true;
    const paths = ['/workflows', `/workflows/${run.workflow.id}`, `/workflows/${run.workflow.id}/runs`, `/workflows/runs/${run.id}`];
    const upgraded = await openMorphik(world, { hasWorkflows: () => hasWorkflows });
    for (const path of paths) expect((await upgraded.get(path)).status).toBe(200);
    hasWorkflows = false;
    for (const path of paths) expect(await upgraded.get(path)).toEqual({ status: 404, body: { detail: 'Not Found' } });
    expect((await upgraded.ask('POST', '/documents/list_docs')).status).toBe(200);
    const half = await openMorphik(world, { hasWorkflows: false, keepsRunReads: true });
    expect(await Promise.all(paths.map(async (path) => (await half.get(path)).status))).toEqual([404, 404, 404, 200]);
  });
});

describe('what the Morphik simulator refuses', () => {
  test('without a key, or with another, nothing is shown', async () => {
    const { server } = await openMorphik(worldOfRuns());
    const read = async (path: string, headers: Record<string, string>): Promise<unknown> => {
      const response = await fetch(server.url + path, { headers });
      return [response.status, await response.json()];
    };
    expect(await read('/workflows', {})).toEqual([401, { detail: 'Missing authorization header' }]);
    for (const authorization of ['Bearer other', 'key', 'Basic key']) {
      expect(await read('/workflows', { authorization })).toEqual([401, { detail: 'Invalid or revoked token' }]);
    }
    expect(await read('/elsewhere', {})).toEqual([404, { detail: 'Not Found' }]);
  });

  test('unknown ids and paths are not found, and other methods not allowed', async () => {
    const morphik = await openMorphik(worldOfRuns());
    const details = async (path: string): Promise<unknown> => (await morphik.get(path)).body;
    expect(await details(`/workflows/${UNKNOWN}`)).toEqual({ detail: 'Workflow not found' });
    expect(await details(`/workflows/runs/${UNKNOWN}`)).toEqual({ detail: 'Workflow run not found' });
    expect(await details('/workflows/runs/%E0%A4%A')).toEqual({ detail: 'Workflow run not found' });
    expect(await details(`/documents/${UNKNOWN}`)).toEqual({ detail: 'Document not found' });
    expect(await details(`/documents/${UNKNOWN}/status`)).toEqual({ detail: 'Document not found' });
    expect(await details('/')).toEqual({ detail: 'Not Found' });
    expect(await morphik.ask('DELETE', '/workflows')).toEqual({ status: 405, body: { detail: 'Method Not Allowed' } });
    expect((await morphik.get('/documents')).status).toBe(405);
  });

  test('what the key may not see is as if it were not there, from when it may not', async () => {
    const world = emptyWorld();
    const [run, document] = [world.addRun(), world.addDocument()];
    const hidden = new Set<string>();
    const morphik = await openMorphik(world, { isVisible: ({ id }) => !hidden.has(id) });
    const paths = [`/workflows/runs/${run.id}`, `/documents/${document.id}`, `/documents/${document.id}/status`];
    for (const path of paths) expect((await morphik.get(path)).status).toBe(200);
    hidden.add(run.id).add(document.id);
    for (const path of paths) expect((await morphik.get(path)).status).toBe(404);
    expect(await morphik.items(`/workflows/${run.workflow.id}/runs`)).toEqual([]);
    expect(await morphik.listDocs({ include_total_count: true, include_status_counts: true })).toMatchObject({
      documents: [],
      total_count: 0,
      status_counts: {},
    });
    expect((await morphik.ask('DELETE', `/documents/${document.id}`)).status).toBe(404);
    expect(document.deletedAt).toBe(null);
  });
});
