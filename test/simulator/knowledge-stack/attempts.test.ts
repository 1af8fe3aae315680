import { describe, expect, test } from 'vitest';
import type { KnowledgeStackSettings } from '../../../src/simulator/knowledge-stack/settings.ts';
import { documentIdOf, workflowIdOf } from '../../../src/simulator/knowledge-stack/ids.ts';
import type { World } from '../../../src/simulator/world.ts';
import { createWorld } from '../../../src/simulator/world.ts';
import { expectOnlyKnownFields } from '../../support/openapi-validator.ts';
import { afterStart, START } from '../start.ts';
import type { KnowledgeStack, Row } from './open-knowledge-stack.ts';
import { openKnowledgeStack } from './open-knowledge-stack.ts';

const OLD = '/v1/workflows/document_versions';
const NEW = '/v1/system-jobs/document_versions';

function still(): World {
  return createWorld({ seed: 1, startAt: START, rates: { runsPerHour: 0 } });
}

async function row(stack: KnowledgeStack, path: string): Promise<Row> {
  const { status, body } = await stack.ask(path);
  expect([path, status]).toEqual([path, 200]);
  return body as Row;
}

/** One thing a second, from the first second on. */
function inTurn(world: World, ...moves: readonly (() => void)[]): void {
  for (const move of moves) {
    world.advanceBy(1_000);
    move();
  }
}

describe('a run of generation 1', () => {
  test('shows a start while it waits, which is a placeholder, and the true one from then on', async () => {
    for (const [queuedStart, placeholder] of [
      ['created_at', START],
      ['a_moment_later', afterStart(0.25)],
    ] as const) {
      const world = still();
      const stack = await openKnowledgeStack(world, { generation: 1, queuedStart });
      world.addRun({ id: 'r1' });
      world.advanceBy(1_000);
      expect(await row(stack, '/v1/workflow-runs/r1')).toMatchObject({ started_at: placeholder, completed_at: null, updated_at: START });
      world.moveRun('r1', 'running');
      world.advanceBy(1_000);
      world.moveRun('r1', 'succeeded');
      const [start, end] = [afterStart(1_000), afterStart(2_000)];
      expect(await row(stack, '/v1/workflow-runs/r1')).toMatchObject({ started_at: start, completed_at: end, updated_at: end });
    }
  });

  test('ends as its runner reports, and what comes later changes nothing', async () => {
    const world = still();
    const stack = await openKnowledgeStack(world, { generation: 1 });
    for (const id of ['r1', 'r2']) world.moveRun(world.addRun({ id }).id, 'running');
    const report = async (id: string, body: unknown): Promise<[number, unknown]> => {
      const answer = await stack.ask(`/v1/workflow-runs/${id}/callback`, 'POST', body);
      return [answer.status, answer.body];
    };
    expect((await report('r1', { status: 'FAILED', error: 'Timeout reading source document' }))[0]).toBe(200);
    expect((await report('r2', { status: 'COMPLETED' }))[0]).toBe(200);
    expect(await row(stack, '/v1/workflow-runs/r1')).toMatchObject({ status: 'FAILED', error: 'Timeout reading source document' });
    expect(await row(stack, '/v1/workflow-runs/r2')).toMatchObject({ status: 'COMPLETED', error: null });
    const count = world.transitions.length;
    expect(await report('r1', { status: 'COMPLETED' })).toEqual([200, { detail: 'already_terminal' }]);
    expect(world.transitions).toHaveLength(count);
    expect((await report('elsewhere', { status: 'COMPLETED' }))[0]).toBe(404);
    world.addRun({ id: 'r3' });
    for (const body of [{ status: 'RUNNING' }, {}, null, { status: 'FAILED', error: 'x'.repeat(8_193) }, { status: 'FAILED', error: 7 }]) {
      expect((await report('r3', body))[0], JSON.stringify(body).slice(0, 50)).toBe(422);
    }
    expect(world.run('r3')?.state).toBe('queued');
  });
});

describe('a run of generation 2', () => {
  async function afterRetry(keepsStart: boolean, retryKeeps: KnowledgeStackSettings['retryKeeps']): Promise<Row> {
    const world = still();
    const stack = await openKnowledgeStack(world, { retryKeeps });
    world.addRun({ id: 'r1' });
    inTurn(
      world,
      () => { world.moveRun('r1', 'running'); },
      () => { world.moveRun('r1', 'failed', { error: 'no', failedSteps: 1, warnings: [] }); },
      () => { world.retryRun('r1', { keepsStart }); },
    ); // prettier-ignore
    const open = await row(stack, '/v1/workflow-runs/r1');
    expect(open).toMatchObject({ execution_state: 'IN_PROGRESS', created_at: START, updated_at: afterStart(3_000) });
    inTurn(world, () => { world.moveRun('r1', 'succeeded'); }); // prettier-ignore
    expect(await row(stack, '/v1/workflow-runs/r1')).toMatchObject({
      execution_state: 'COMPLETED',
      started_at: open['started_at'],
      completed_at: afterStart(4_000),
      error: null,
    });
    return open;
  }

  test('that is retried has another start, and no end and no error any more; that is resumed keeps its start', async () => {
    expect(await afterRetry(false, {})).toMatchObject({ started_at: afterStart(3_000), completed_at: null, error: null });
    expect(await afterRetry(true, {})).toMatchObject({ started_at: afterStart(1_000), completed_at: null, error: null });
  });

  test('may go on showing what it showed of the attempt before', async () => {
    const [start, finish, error] = [afterStart(1_000), afterStart(2_000), 'no'];
    expect(await afterRetry(false, { start: true })).toMatchObject({ started_at: start, completed_at: null, error: null });
    expect(await afterRetry(false, { finish: true })).toMatchObject({ started_at: afterStart(3_000), completed_at: finish, error: null });
    expect(await afterRetry(false, { error: true })).toMatchObject({ started_at: afterStart(3_000), completed_at: null, error });
  });

  test('that was stopped is known by its error alone, and can be taken up again', async () => {
    const world = still();
    const stack = await openKnowledgeStack(world, { retryKeeps: { error: true } });
    world.addRun({ id: 'r1' });
    world.moveRun('r1', 'failed', { error: 'no', failedSteps: 1, warnings: [] });
    world.retryRun('r1');
    world.moveRun('r1', 'stopped');
    expect(await row(stack, '/v1/workflow-runs/r1')).toMatchObject({
      execution_state: 'FAILED',
      error: 'Stopped by user',
      completed_at: START,
    });
    world.retryRun('r1', { keepsStart: true });
    expect(await row(stack, '/v1/workflow-runs/r1')).toMatchObject({ execution_state: 'IN_PROGRESS', error: 'Stopped by user' });
  });

  test('shows no start while it waits, and becomes ready with no other time than that of its latest change', async () => {
    const world = still();
    const stack = await openKnowledgeStack(world, { uploadsMs: 1_500 });
    const [ready, early] = [world.addRun(), world.addRun()];
    const path = `/v1/workflow-runs/${ready.id}`;
    expect(await row(stack, path)).toMatchObject({ execution_state: 'PENDING', started_at: null, updated_at: START });
    inTurn(world, () => { world.moveRun(early.id, 'running'); }, () => undefined); // prettier-ignore
    expect(await row(stack, path)).toMatchObject({ execution_state: 'NOT_STARTED', started_at: null, updated_at: afterStart(1_500) });
    expect(await row(stack, `/v1/workflow-runs/${early.id}`)).toMatchObject({
      execution_state: 'IN_PROGRESS',
      updated_at: afterStart(1_000),
    });
  });

  test('waits for an approval while it is queued, and one after its end moves the time of its latest change and nothing else', async () => {
    const world = still();
    const stack = await openKnowledgeStack(world, { needsApproval: ({ id }) => id === 'r1' });
    world.addRun({ id: 'r1' });
    world.addRun({ id: 'r2' });
    expect(await row(stack, '/v1/workflow-runs/r1')).toMatchObject({ execution_state: 'NOT_STARTED', approval_state: 'pending' });
    expect(await row(stack, '/v1/workflow-runs/r2')).toMatchObject({ approval_state: 'not_required' });
    inTurn(world, () => { world.moveRun('r1', 'succeeded'); }); // prettier-ignore
    const before = await row(stack, '/v1/workflow-runs/r1');
    const count = world.transitions.length;
    inTurn(world, () => { stack.server.approve('r1'); }); // prettier-ignore
    const after = await row(stack, '/v1/workflow-runs/r1');
    expect(after).toMatchObject({ approval_state: 'approved', updated_at: afterStart(2_000), completed_at: afterStart(1_000) });
    expect({ ...after, approval_state: 0, updated_at: 0, outputs: 0 }).toEqual({ ...before, approval_state: 0, updated_at: 0, outputs: 0 });
    expect(world.transitions).toHaveLength(count);
    expect((await stack.rows(`/v1/workflow-runs?updated_after=${afterStart(2_000)}`)).map(({ id }) => id)).toEqual(['r1']);
    expect(() => { stack.server.approve('r2'); }).toThrow('needs nobody'); // prettier-ignore
    expect(() => { stack.server.approve('r3'); }).toThrow('has no run r3'); // prettier-ignore
  });
});

describe('an ingestion', () => {
  test('has an id with a colon or without, which leads back to the document of the world', async () => {
    const world = still();
    const { id } = world.addDocument();
    for (const form of ['prefixed', 'plain'] as const) {
      const stack = await openKnowledgeStack(world, { workflowIdForm: form });
      const [listed] = await stack.rows(NEW);
      expect(listed?.workflow_id).toBe(workflowIdOf(id, form));
      expect(documentIdOf(listed?.workflow_id ?? '')).toBe(id);
      expect(listed?.workflow_id.includes(':')).toBe(form === 'prefixed');
      expect(await row(stack, `${NEW}/${encodeURIComponent(workflowIdOf(id, form))}`)).toMatchObject({ ...listed });
      expect((await stack.ask(`${NEW}/${workflowIdOf(id, form === 'plain' ? 'prefixed' : 'plain')}`)).status).toBe(404);
    }
  });

  test('keeps its id and creation when it is run again, with another start of its attempt and another run', async () => {
    const world = still();
    const stack = await openKnowledgeStack(world, { generation: 1 });
    const { id } = world.addDocument();
    const path = `${OLD}/${encodeURIComponent(workflowIdOf(id))}`;
    expect(await row(stack, path)).toMatchObject({ last_run_timestamp: START, last_state_update_timestamp: null, start_time: START });
    inTurn(world, () => { world.moveDocument(id, 'running'); }); // prettier-ignore
    expect((await stack.ask(path, 'POST')).status).toBe(409);
    inTurn(world, () => { world.moveDocument(id, 'succeeded'); }, () => undefined); // prettier-ignore
    const before = await row(stack, path);
    expect(before).toMatchObject({
      status: 'completed',
      last_run_timestamp: START,
      last_state_update_timestamp: afterStart(2_000),
      start_time: START,
      close_time: afterStart(2_000),
      chunks_processed: world.document(id)?.chunkCount,
    });
    expect((await stack.ask(path, 'POST')).status).toBe(200);
    const after = await row(stack, path);
    const again = { created_at: START, last_run_timestamp: afterStart(3_000), last_state_update_timestamp: afterStart(3_000) };
    expect(after).toMatchObject({ ...again, status: 'pending', start_time: afterStart(3_000), close_time: null, chunks_processed: null });
    expect(after['run_id']).not.toBe(before['run_id']);
    expect([after.workflow_id, after['document_id'], after['document_version_id']]).toEqual([
      before.workflow_id,
      before['document_id'],
      before['document_version_id'],
    ]);
    expect(world.documentTransitions.at(-1)).toMatchObject({ state: 'queued', attempt: 2 });
  });

  test('may tell of the change of state only once the rerun is under way', async () => {
    const world = still();
    const stack = await openKnowledgeStack(world, { rerunMovesStateUpdate: false });
    const { id } = world.addDocument();
    inTurn(
      world,
      () => { world.moveDocument(id, 'failed'); },
      () => { world.retryDocument(id, { state: 'queued' }); },
    ); // prettier-ignore
    const [first, second] = [afterStart(1_000), afterStart(2_000)];
    expect((await stack.rows(NEW))[0]).toMatchObject({ status: 'pending', last_run_timestamp: second, last_state_update_timestamp: first });
    inTurn(world, () => { world.moveDocument(id, 'running'); }); // prettier-ignore
    expect((await stack.rows(NEW))[0]).toMatchObject({ last_run_timestamp: second, last_state_update_timestamp: afterStart(3_000) });
  });

  test('is cancelled while it is under way, and not once it has ended', async () => {
    const world = still();
    const stack = await openKnowledgeStack(world, { keepsOldPaths: true });
    const [open, ended] = [world.addDocument(), world.addDocument()];
    world.moveDocument(ended.id, 'succeeded');
    for (const { id } of [open, ended]) {
      expect((await stack.ask(`/v1/workflows/${encodeURIComponent(workflowIdOf(id))}`, 'DELETE')).status).toBe(200);
    }
    expect([open.state, ended.state]).toEqual(['cancelled', 'succeeded']);
    const live = await row(stack, `/v1/system-jobs/${encodeURIComponent(workflowIdOf(open.id))}`);
    expect(live).toMatchObject({ temporal_status: 'CANCELED', close_time: START });
  });

  test('is forgotten by Temporal after a while, and stays in the list', async () => {
    const world = still();
    const stack = await openKnowledgeStack(world, { temporalRetentionMs: 60_000 });
    const [open, ended] = [world.addDocument(), world.addDocument()];
    world.moveDocument(ended.id, 'succeeded');
    const statuses = async (): Promise<number[]> => {
      const paths = [open, ended].flatMap(({ id }) =>
        [NEW, '/v1/system-jobs'].map((base) => `${base}/${encodeURIComponent(workflowIdOf(id))}`),
      );
      return Promise.all(paths.map(async (path) => (await stack.ask(path)).status));
    };
    world.advanceBy(59_999);
    expect(await statuses()).toEqual([200, 200, 200, 200]);
    world.advanceBy(1);
    expect(await statuses()).toEqual([200, 200, 404, 404]);
    expect(await stack.rows(NEW)).toHaveLength(2);
    world.retryDocument(ended.id);
    expect(await statuses()).toEqual([200, 200, 200, 200]);
  });

  test('may be something else to Temporal than to the database', async () => {
    const world = still();
    const other = { status: 'TIMED_OUT', closeTime: afterStart(500) };
    const stack = await openKnowledgeStack(world, { temporalOf: ({ id }) => (id === 'd1' ? other : null) });
    for (const id of ['d1', 'd2']) world.moveDocument(world.addDocument({ id }).id, 'running');
    expect(await row(stack, `${NEW}/ingest-doc:d1`)).toMatchObject({
      status: 'processing',
      temporal_status: 'TIMED_OUT',
      close_time: afterStart(500),
    });
    expect(await row(stack, `${NEW}/ingest-doc:d2`)).toMatchObject({ status: 'processing', temporal_status: 'RUNNING', close_time: null });
  });

  test("tells its live status by either name, without what the older page does not know where that is the page's", async () => {
    const world = still();
    const { id } = world.addDocument();
    for (const [temporalStatusName, names] of [
      ['temporal_status', ['temporal_status', 'run_id', 'task_queue', 'workflow_type']],
      ['execution_status', ['execution_status']],
      ['both', ['execution_status', 'temporal_status', 'run_id', 'task_queue', 'workflow_type']],
    ] as const) {
      const stack = await openKnowledgeStack(world, { generation: 1, temporalStatusName });
      const live = await row(stack, `/v1/workflows/${encodeURIComponent(workflowIdOf(id))}`);
      expectOnlyKnownFields('knowledgestack', 'GET', '/v1/workflows/{workflow_id}', 200, live);
      expect(Object.keys(live).toSorted()).toEqual(['close_time', 'start_time', 'workflow_id', ...names].toSorted());
    }
  });

  test('goes on in its activity and its chunks while nothing else of it changes', async () => {
    const world = still();
    const stack = await openKnowledgeStack(world);
    const { id } = world.addDocument();
    const path = `${NEW}/${encodeURIComponent(workflowIdOf(id))}`;
    expect(await row(stack, path)).toMatchObject({ last_activity: null, chunks_processed: null });
    world.moveDocument(id, 'running');
    const before = await row(stack, path);
    world.advanceBy(12_000);
    const after = await row(stack, path);
    expect([before['chunks_processed'], after['chunks_processed']]).toEqual([0, 2]);
    expect(after['last_activity']).not.toBe(before['last_activity']);
    expect({ ...after, chunks_processed: 0, last_activity: '' }).toEqual({ ...before, chunks_processed: 0, last_activity: '' });
  });
});
