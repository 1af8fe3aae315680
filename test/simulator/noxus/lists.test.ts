import { describe, expect, test } from 'vitest';
import type { Run } from '../../../src/simulator/run.ts';
import { isFinished } from '../../../src/simulator/run.ts';
import type { World } from '../../../src/simulator/world.ts';
import { createWorld } from '../../../src/simulator/world.ts';
import { START } from '../start.ts';
import type { Noxus, NoxusItem } from './open-noxus.ts';
import { openNoxus } from './open-noxus.ts';

const HOUR = 3_600_000;

function worldOfRuns(runs = 120): World {
  return createWorld({
    seed: 33,
    startAt: START,
    runs,
    pastMs: 6 * HOUR,
    rates: { ingestionShare: 0.3, deletionShare: 0.2, medianKeptMs: HOUR },
  });
}

function present(world: World): Run[] {
  return world.runs.filter((run) => run.deletedAt === null);
}

async function readAll(noxus: Noxus, size = 7): Promise<NoxusItem[]> {
  const all: NoxusItem[] = [];
  for (let page = 1; ; page += 1) {
    const items = await noxus.items(`/v1/runs?page=${page}&size=${size}`);
    if (items.length === 0) return all;
    all.push(...items);
  }
}

describe('lists', () => {
  test('pages are cut from the whole list, fifty where nothing is asked for, and say how much there is', async () => {
    const world = createWorld({ seed: 1, startAt: START, runs: 120, rates: { deletionShare: 0 } });
    const noxus = await openNoxus(world);
    const total = 120;
    expect((await noxus.get('/v1/runs')).body).toMatchObject({ total, page: 1, size: 50, pages: 3 });
    expect((await noxus.get('/v1/runs?page=2&size=100')).body).toMatchObject({ total, page: 2, size: 100, pages: 2 });
    expect((await noxus.get('/v1/runs?page=99')).body).toEqual({ items: [], total, page: 99, size: 50, pages: 3 });
    const empty = await openNoxus(createWorld({ seed: 1, startAt: START }));
    expect((await empty.get('/v1/runs')).body).toEqual({ items: [], total: 0, page: 1, size: 50, pages: 0 });
  });

  test('newest first, oldest first or in no order, each page by page', async () => {
    const world = worldOfRuns();
    const ids = present(world).map(({ id }) => id);
    const read = async (order: 'newest_first' | 'oldest_first' | 'none'): Promise<string[]> =>
      (await readAll(await openNoxus(world, { order }))).map(({ id }) => id);
    expect(await read('oldest_first')).toEqual(ids);
    expect(await read('newest_first')).toEqual(ids.toReversed());
    const unordered = await read('none');
    expect(unordered.toSorted()).toEqual(ids.toSorted());
    expect(unordered).not.toEqual(ids);
    expect(await read('none')).toEqual(unordered);
  });

  test('an order of none stays what it was when runs come and go', async () => {
    const world = worldOfRuns();
    const noxus = await openNoxus(world, { order: 'none' });
    const before = (await readAll(noxus)).map(({ id }) => id);
    world.advanceBy(3 * HOUR);
    const now = (await readAll(noxus)).map(({ id }) => id);
    const kept = before.filter((id) => now.includes(id));
    expect(kept.length).toBeLessThan(before.length);
    expect(now.filter((id) => before.includes(id))).toEqual(kept);
    expect(now.indexOf(world.runs.at(-1)?.id ?? '')).toBeGreaterThanOrEqual(0);
  });

  test('a new run shifts the pages, so that an item comes twice, and deleted ones let as many items slip past', async () => {
    const world = worldOfRuns();
    const noxus = await openNoxus(world);
    const listed = present(world).toReversed();
    const first = await noxus.items('/v1/runs?size=10');
    world.addRun();
    const second = await noxus.items('/v1/runs?size=10&page=2');
    expect(second[0]?.id).toBe(first[9]?.id);
    for (const item of first.slice(0, 2)) world.deleteRun(item.id);
    const third = await noxus.items('/v1/runs?size=10&page=3');
    const read = new Set([...first, ...second, ...third].map(({ id }) => id));
    expect(listed.slice(0, 31).filter(({ id }) => !read.has(id))).toEqual(listed.slice(19, 21));
  });

  test('a deleted run is in no list, and not found by its id', async () => {
    const world = worldOfRuns();
    const noxus = await openNoxus(world);
    const run = world.addRun();
    expect((await noxus.get(`/v1/runs/${run.id}`)).status).toBe(200);
    world.deleteRun(run.id);
    expect((await noxus.get(`/v1/runs/${run.id}`)).status).toBe(404);
    expect((await noxus.get(`/v1/workflows/${run.workflow.id}/runs/${run.id}`)).status).toBe(404);
    expect((await readAll(noxus)).map(({ id }) => id)).not.toContain(run.id);
    expect((await noxus.items(`/v1/workflows/${run.workflow.id}/runs?size=100`)).map(({ id }) => id)).not.toContain(run.id);
  });

  test('every item of a workflow changes its counters when one of its runs begins', async () => {
    const world = createWorld({ seed: 1, startAt: START, rates: { runsPerHour: 0 } });
    const noxus = await openNoxus(world);
    world.addRun({ id: 'r1' });
    const [before] = await noxus.items('/v1/runs');
    world.advanceBy(1_000);
    world.addRun({ id: 'r2' });
    const after = (await noxus.items('/v1/runs')).find(({ id }) => id === 'r1');
    expect(before?.workflow).toMatchObject({ runs_count: 1, last_run_at: START });
    expect(after?.workflow).toMatchObject({ runs_count: 2, last_run_at: world.now, last_updated_at: world.now });
    expect({ ...after, workflow: null }).toEqual({ ...before, workflow: null });
  });
});

describe('the runs of a knowledge base', () => {
  test('are told apart by status and by ids, those of another base left out', async () => {
    const world = worldOfRuns();
    const noxus = await openNoxus(world);
    const [base, other] = world.collections.map(({ id }) => id);
    const own = present(world).filter((run) => run.workflow.collection?.id === base);
    const foreign = present(world).find((run) => run.workflow.collection?.id === other);
    const completed = await noxus.items(`/v1/knowledge-bases/${base ?? ''}/runs?status=completed`);
    expect(completed.length).toBeGreaterThan(0);
    expect(completed.map(({ id }) => id).toSorted()).toEqual(
      own
        .filter(({ state }) => state === 'succeeded')
        .map(({ id }) => id)
        .toSorted(),
    );
    const wanted = [own[0]?.id, own[1]?.id, own[0]?.id, foreign?.id, 'unknown'].join(',');
    const some = await noxus.items(`/v1/knowledge-bases/${base ?? ''}/runs?run_ids=${encodeURIComponent(wanted)}`);
    expect(some.map(({ id }) => id)).toEqual([own[0]?.id, own[1]?.id]);
    expect(await noxus.items(`/v1/knowledge-bases/${base ?? ''}/runs?run_ids=`)).toEqual([]);
  });

  test('may be the open ones only, unless asked for', async () => {
    const world = worldOfRuns();
    const noxus = await openNoxus(world, { hidesFinishedKnowledgeBaseRuns: true });
    const workflow = world.workflows.find(({ collection }) => collection !== null);
    const open = world.addRun(workflow && { workflow });
    const base = workflow?.collection?.id ?? '';
    const finished = present(world).filter((run) => run.workflow === workflow && isFinished(run.state));
    const shown = await noxus.items(`/v1/knowledge-bases/${base}/runs`);
    expect(shown.map(({ id }) => id)).toContain(open.id);
    expect(shown.some(({ status }) => ['completed', 'failed', 'stopped'].includes(status))).toBe(false);
    expect((await noxus.items(`/v1/knowledge-bases/${base}/runs?status=completed`)).length).toBeGreaterThan(0);
    expect(await noxus.items(`/v1/knowledge-bases/${base}/runs?run_ids=${finished[0]?.id ?? ''}`)).toHaveLength(1);
  });

  test('may be in no other list, and are found by id all the same', async () => {
    const world = worldOfRuns();
    const noxus = await openNoxus(world, { isListed: (run) => run.workflow.collection === null });
    const hidden = present(world).filter((run) => run.workflow.collection !== null);
    const listed = (await readAll(noxus)).map(({ id }) => id);
    expect(listed).toHaveLength(present(world).length - hidden.length);
    expect((await noxus.get('/v1/runs')).body).toMatchObject({ total: listed.length });
    expect((await noxus.get(`/v1/runs/${hidden[0]?.id ?? ''}`)).status).toBe(200);
    const ofBases = await Promise.all(world.collections.map(({ id }) => noxus.items(`/v1/knowledge-bases/${id}/runs`)));
    expect(
      ofBases
        .flat()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(hidden.map(({ id }) => id).toSorted());
  });
});

describe('what differs from server to server', () => {
  test('times can come without a zone', async () => {
    const world = worldOfRuns(10);
    const noxus = await openNoxus(world, { naiveTimes: true });
    const [item] = await noxus.items('/v1/runs');
    expect(`${item?.created_at ?? ''}Z`).toBe(present(world).at(-1)?.createdAt);
    expect(JSON.stringify(item)).not.toMatch(/:\d\d\.\d+Z/);
  });

  test('the finish can be left out, of stopped runs or of all', async () => {
    const world = createWorld({ seed: 1, startAt: START, rates: { runsPerHour: 0 } });
    for (const state of ['stopped', 'failed', 'running'] as const) world.moveRun(world.addRun({ id: state }).id, state);
    const finishes = async (options: object): Promise<(string | null)[]> =>
      (await (await openNoxus(world, { order: 'oldest_first', ...options })).items('/v1/runs')).map((item) => item.finished_at);
    expect(await finishes({})).toEqual([START, START, null]);
    expect(await finishes({ stoppedHasFinishedAt: false })).toEqual([null, START, null]);
    expect(await finishes({ hasFinishedAt: false })).toEqual([null, null, null]);
  });

  test('definitions are about as big as asked for', async () => {
    const world = worldOfRuns(1);
    for (const bytes of [2_000, 100_000]) {
      const noxus = await openNoxus(world, { definitionBytes: bytes });
      const [item] = await noxus.items('/v1/runs');
      const length = JSON.stringify(item?.workflow['definition']).length;
      expect(length / bytes).toBeGreaterThan(0.8);
      expect(length / bytes).toBeLessThan(1.3);
    }
  });
});
