import { describe, expect, test } from 'vitest';
import type { KnowledgeStackSettings } from '../../../src/simulator/knowledge-stack/settings.ts';
import { workflowIdOf } from '../../../src/simulator/knowledge-stack/ids.ts';
import type { Run } from '../../../src/simulator/run.ts';
import type { World } from '../../../src/simulator/world.ts';
import { createWorld } from '../../../src/simulator/world.ts';
import { afterStart, START } from '../start.ts';
import type { KnowledgeStack, Row } from './open-knowledge-stack.ts';
import { openKnowledgeStack } from './open-knowledge-stack.ts';

const HOUR = 3_600_000;
const RUNS = '/v1/workflow-runs';
const INGESTIONS = '/v1/system-jobs/document_versions';

function worldOfRuns(runs = 120): World {
  const rates = { deletionShare: 0.2, medianKeptMs: HOUR, failureShare: 0.3, runRetryShare: 0.5, medianQueueMs: HOUR / 10 };
  return createWorld({ seed: 33, startAt: START, runs, documents: 60, pastMs: 6 * HOUR, rates });
}

function still(): World {
  return createWorld({ seed: 1, startAt: START, rates: { runsPerHour: 0 } });
}

function present(world: World): Run[] {
  return world.runs.filter((run) => run.deletedAt === null);
}

async function readAll(stack: KnowledgeStack, path: string, limit = 7): Promise<Row[]> {
  const all: Row[] = [];
  for (let offset = 0; ; offset += limit) {
    const rows = await stack.rows(`${path}${path.includes('?') ? '&' : '?'}limit=${limit}&offset=${offset}`);
    if (rows.length === 0) return all;
    all.push(...rows);
  }
}

function ids(rows: readonly { readonly id: string }[]): string[] {
  return rows.map(({ id }) => id);
}

describe('pages', () => {
  test('are cut by limit and offset, of twenty where nothing is asked for, and other names are ignored', async () => {
    const world = worldOfRuns();
    const total = present(world).length;
    const stack = await openKnowledgeStack(world);
    expect((await stack.ask(RUNS)).body).toMatchObject({ total, limit: 20, offset: 0 });
    const { body } = await stack.ask(`${RUNS}?limit=10&offset=${total - 3}&page=2&page_size=5&colour=blue`);
    expect(body).toMatchObject({ total, limit: 10, offset: total - 3 });
    expect((body as { items: unknown[] }).items).toHaveLength(3);
    expect(body).not.toHaveProperty('page');
  });

  test('or by numbers from 1, and then limit and offset are what is ignored', async () => {
    const world = worldOfRuns();
    const total = present(world).length;
    const [counted, numbered] = [await openKnowledgeStack(world), await openKnowledgeStack(world, { paging: 'pages' })];
    const { body } = await numbered.ask(`${RUNS}?page=3&page_size=10&limit=50&offset=1`);
    expect(body).toEqual({ items: await counted.rows(`${RUNS}?limit=10&offset=20`), total, page: 3, page_size: 10 });
    expect((await numbered.ask(RUNS)).body).toMatchObject({ total, page: 1, page_size: 20 });
    for (const query of ['page=0', 'page_size=101']) expect((await numbered.ask(`${RUNS}?${query}`)).status).toBe(422);
  });

  test('a new run shifts them, so that a row comes twice, and deleted ones let as many rows slip past', async () => {
    const world = worldOfRuns();
    const stack = await openKnowledgeStack(world);
    const path = `${RUNS}?sort_by=CREATED_AT&limit=10`;
    const listed = present(world).toReversed();
    const first = await stack.rows(path);
    world.addRun();
    const second = await stack.rows(`${path}&offset=10`);
    expect(second[0]?.id).toBe(first[9]?.id);
    for (const { id } of first.slice(0, 2)) world.deleteRun(id);
    const third = await stack.rows(`${path}&offset=20`);
    const read = new Set(ids([...first, ...second, ...third]));
    expect(listed.slice(0, 31).filter(({ id }) => !read.has(id))).toEqual(listed.slice(19, 21));
  });
});

describe('the tenant-wide list of runs', () => {
  test('is sorted as asked for, by the start and newest first where nothing is, runs without a start first then', async () => {
    const world = worldOfRuns();
    world.addRun();
    const stack = await openKnowledgeStack(world);
    const keys = { STARTED_AT: 'started_at', CREATED_AT: 'created_at', COMPLETED_AT: 'completed_at' };
    for (const [sortBy, field] of Object.entries(keys)) {
      const rows = await readAll(stack, `${RUNS}?sort_by=${sortBy}&sort_dir=ASC`);
      const times = rows.map((row) => row[field] as string | null);
      const set = times.filter((time) => time !== null);
      expect(times).toEqual([...set.toSorted(), ...times.filter((time) => time === null)]);
      expect(set.length).toBeGreaterThan(20);
      expect(ids(rows).toSorted()).toEqual(ids(present(world)).toSorted());
      expect(ids(await readAll(stack, `${RUNS}?sort_by=${sortBy}`))).toEqual(ids(rows).reverse());
    }
    expect(await readAll(stack, RUNS)).toEqual(await readAll(stack, `${RUNS}?sort_by=STARTED_AT&sort_dir=DESC`));
    expect((await stack.rows(RUNS))[0]).toMatchObject({ started_at: null });
  });

  test('windows begin with their after and end before their before', async () => {
    const world = still();
    const stack = await openKnowledgeStack(world);
    for (const [index, id] of ['r1', 'r2', 'r3'].entries()) {
      world.advanceTo(afterStart(index * 1_000));
      world.addRun({ id });
    }
    world.advanceTo(afterStart(5_000));
    world.moveRun('r2', 'running');
    const within = async (query: string): Promise<string[]> => ids(await stack.rows(`${RUNS}?sort_by=CREATED_AT&sort_dir=ASC&${query}`));
    const at = afterStart;
    expect(await within(`created_after=${at(1_000)}`)).toEqual(['r2', 'r3']);
    expect(await within(`created_before=${at(1_000)}`)).toEqual(['r1']);
    expect(await within(`created_after=${at(1_000)}&created_before=${at(2_000)}`)).toEqual(['r2']);
    expect(await within(`updated_after=${at(2_000)}`)).toEqual(['r2', 'r3']);
    expect(await within(`updated_after=${at(2_000)}&updated_before=${at(5_000)}`)).toEqual(['r3']);
    expect(await within(`updated_before=${at(2_000)}`)).toEqual(['r1']);
    expect(await within(`updated_after=${encodeURIComponent(at(5_000).replace('Z', '+00:00'))}`)).toEqual(['r2']);
    expect(await within(`updated_after=${at(5_001)}`)).toEqual([]);
    const total = await stack.ask(`${RUNS}?updated_after=${at(2_000)}&limit=1`);
    expect(total.body).toMatchObject({ total: 2 });
  });

  test('a run that is updated while a window is read leaves it, and shifts the rest', async () => {
    const world = still();
    const stack = await openKnowledgeStack(world);
    for (const id of ['r1', 'r2', 'r3', 'r4']) world.addRun({ id });
    world.advanceBy(1_000);
    const page = `${RUNS}?sort_by=CREATED_AT&sort_dir=ASC&updated_before=${world.now}&limit=2`;
    expect(ids(await stack.rows(page))).toEqual(['r1', 'r2']);
    world.moveRun('r1', 'running');
    expect(ids(await stack.rows(`${page}&offset=2`))).toEqual(['r4']);
  });

  test('is told apart by states, approvals and definition', async () => {
    const world = worldOfRuns();
    const stack = await openKnowledgeStack(world, { needsApproval: ({ number }) => number % 2 === 0 });
    const of = async (query: string): Promise<string[]> => ids(await readAll(stack, `${RUNS}?${query}`, 100)).toSorted();
    const those = (isOne: (run: Run) => boolean): string[] => ids(present(world).filter(isOne)).toSorted();
    expect(await of('state=FAILED&state=IN_PROGRESS')).toEqual(
      those(({ state }) => ['failed', 'stopped', 'running', 'waiting'].includes(state)),
    );
    expect(await of('approval_state=pending')).toEqual(those(({ number }) => number % 2 === 0));
    expect(await of('approval_state=pending&approval_state=not_required')).toEqual(those(() => true));
    const [workflow] = world.workflows;
    expect(await of(`definition_id=${workflow?.id ?? ''}&state=COMPLETED`)).toEqual(
      those((run) => run.workflow === workflow && run.state === 'succeeded'),
    );
  });
});

describe('the runs of a definition', () => {
  test('come in the order of the source in the older generation, and as asked for where there is a tenant-wide list', async () => {
    const world = worldOfRuns();
    const runsOf = (id: string): string[] => ids(present(world).filter((run) => run.workflow.id === id));
    const [id = ''] = ids(world.workflows).toSorted((a, b) => runsOf(b).length - runsOf(a).length);
    const own = runsOf(id);
    const read = async (options: Partial<KnowledgeStackSettings>, query = ''): Promise<string[]> =>
      ids(await readAll(await openKnowledgeStack(world, options), `/v1/workflow-definitions/${id}/runs${query}`, 5));
    expect(own.length).toBeGreaterThan(8);
    expect(await read({ generation: 1 })).toEqual(own.toReversed());
    expect(await read({ generation: 1 }, '?sort_by=CREATED_AT&sort_dir=ASC&updated_before=2000-01-01T00:00:00Z')).toEqual(own.toReversed());
    expect(await read({ generation: '2-by-definition', runOrder: 'oldest_first' })).toEqual(own);
    const shuffled = await read({ generation: 1, runOrder: 'none' });
    expect(shuffled.toSorted()).toEqual(own.toSorted());
    expect([own, own.toReversed()]).not.toContainEqual(shuffled);
    expect(await read({}, '?sort_by=CREATED_AT&sort_dir=ASC')).toEqual(own);
    expect(await read({}, '?updated_before=2000-01-01T00:00:00Z')).toEqual([]);
  });

  test('are gone with their definition or outlive it, as the source has it', async () => {
    for (const runsOutliveDefinitions of [true, false]) {
      const world = still();
      const stack = await openKnowledgeStack(world, { runsOutliveDefinitions });
      const run = world.addRun();
      const path = `/v1/workflow-definitions/${run.workflow.id}`;
      expect((await stack.ask(path)).status).toBe(200);
      stack.server.deleteDefinition(run.workflow.id);
      expect((await stack.ask(path)).status).toBe(404);
      expect((await stack.ask(`${path}/runs`)).status).toBe(404);
      expect(ids(await stack.rows('/v1/workflow-definitions?limit=100'))).not.toContain(run.workflow.id);
      expect((await stack.ask(`${RUNS}/${run.id}`)).status).toBe(runsOutliveDefinitions ? 200 : 404);
      expect((await stack.rows(RUNS)).length).toBe(Number(runsOutliveDefinitions));
      expect(() => {
        stack.server.deleteDefinition(run.workflow.id);
      }).toThrow('has no definition');
    }
  });

  test('definitions are listed in order of creation, or as generation 2 is asked to', async () => {
    const world = worldOfRuns();
    const [first, second] = [await openKnowledgeStack(world, { generation: 1 }), await openKnowledgeStack(world)];
    const path = '/v1/workflow-definitions?limit=100';
    expect(ids(await first.rows(path))).toEqual(ids(world.workflows));
    expect(ids(await second.rows(`${path}&sort_by=NAME`))).toEqual(ids(world.workflows.toSorted((a, b) => (a.name < b.name ? -1 : 1))));
    expect(await second.rows(`${path}&is_template=true`)).toEqual([]);
  });
});

describe('the list of ingestions', () => {
  test('has no order of its own, or the one it is given, and moves while it is read where it is by change', async () => {
    const world = worldOfRuns();
    const there = world.documents.filter(({ deletedAt }) => deletedAt === null).map(({ id }) => workflowIdOf(id));
    const read = async (options: Partial<KnowledgeStackSettings>): Promise<string[]> =>
      (await readAll(await openKnowledgeStack(world, options), INGESTIONS)).map((row) => row.workflow_id);
    const shuffled = await read({});
    expect(shuffled.toSorted()).toEqual(there.toSorted());
    expect([there, there.toReversed()]).not.toContainEqual(shuffled);
    expect(await read({ documentOrder: 'newest_first' })).toEqual(there.toReversed());
    const byChange = await read({ documentOrder: 'by_change' });
    world.moveDocument(byChange[0]?.replace('ingest-doc:', '') ?? '', 'failed');
    expect(await read({ documentOrder: 'by_change' })).toEqual([...byChange.slice(1), byChange[0]]);
    expect(await read({})).toEqual(shuffled);
  });
});

describe('what is hidden', () => {
  test('a record may be seen by nobody, be in no list, or not be found by its id', async () => {
    const world = still();
    const isIt = ({ id }: { id: string }): boolean => id !== 'it';
    world.addRun({ id: 'it' });
    world.addDocument({ id: 'it' });
    const reads = [`${RUNS}?limit=5`, INGESTIONS, `${RUNS}/it`, `${INGESTIONS}/ingest-doc%3Ait`];
    const seen = async (options: Partial<KnowledgeStackSettings>): Promise<unknown[]> => {
      const stack = await openKnowledgeStack(world, options);
      const answers = await Promise.all(reads.map(async (path) => stack.ask(path)));
      return answers.map(({ status, body }) => (status === 200 ? ((body as { total?: number }).total ?? 'found') : status));
    };
    expect(await seen({})).toEqual([1, 1, 'found', 'found']);
    expect(await seen({ isVisible: isIt })).toEqual([0, 0, 404, 404]);
    expect(await seen({ isListed: isIt })).toEqual([0, 0, 'found', 'found']);
    expect(await seen({ isServedById: isIt })).toEqual([1, 1, 404, 404]);
  });

  test('a deleted run is in no list and not found, and in the trash of generation 2', async () => {
    const world = still();
    const [first, second] = [await openKnowledgeStack(world, { generation: 1 }), await openKnowledgeStack(world)];
    const [kept, gone] = [world.addRun(), world.addRun()];
    expect(await first.ask(`${RUNS}/${gone.id}`, 'DELETE')).toEqual({ status: 204, body: null });
    expect(world.transitions.at(-1)).toMatchObject({ recordId: gone.id, state: 'deleted' });
    expect((await first.ask(`${RUNS}/${gone.id}`, 'DELETE')).status).toBe(404);
    expect((await second.ask(`${RUNS}/${gone.id}`)).status).toBe(404);
    expect(ids(await second.rows(RUNS))).toEqual([kept.id]);
    expect(ids(await first.rows(`/v1/workflow-definitions/${gone.workflow.id}/runs`))).toEqual([kept.id]);
    expect((await first.ask('/v1/trash')).status).toBe(404);
    expect((await second.ask('/v1/trash')).body).toMatchObject({ total: 1, items: [{ id: gone.id, part_type: 'WORKFLOW_RUN' }] });
    expect((await second.ask('/v1/trash?part_type=DOCUMENT')).body).toMatchObject({ total: 0 });
  });
});
