import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Document } from '../../../src/simulator/document.ts';
import type { Lackable } from '../../../src/simulator/morphik/stored-document.ts';
import type { World } from '../../../src/simulator/world.ts';
import { createWorld } from '../../../src/simulator/world.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { START } from '../start.ts';
import { openMorphik } from './open-morphik.ts';

const HOUR = 3_600_000;

function worldOfDocuments(documents = 120, seed = 17): World {
  return createWorld({
    seed,
    startAt: START,
    documents,
    pastMs: 3 * HOUR,
    rates: {
      runsPerHour: 0,
      documentsPerHour: 60,
      documentFailureShare: 0.4,
      documentEditShare: 0.3,
      documentDeletionShare: 0.2,
      medianUploadedMs: HOUR / 6,
      medianTrainingMs: HOUR / 4,
      medianSettledMs: HOUR / 4,
      medianKeptMs: HOUR,
    },
  });
}

function present(world: World): Document[] {
  return world.documents.filter(({ deletedAt }) => deletedAt === null);
}

/** By key in a direction, those without one last, equal ones by id: by the plainest means. */
function sorted(documents: readonly Document[], keyOf: (document: Document) => string | null, direction: 'asc' | 'desc'): string[] {
  const withKey = documents.filter((document) => keyOf(document) !== null);
  const keys = [...new Set(withKey.map((document) => keyOf(document) ?? ''))].sort();
  const ordered = direction === 'asc' ? keys : keys.reverse();
  const groups = [
    ...ordered.map((key) => withKey.filter((document) => keyOf(document) === key)),
    documents.filter((d) => keyOf(d) === null),
  ];
  return groups.flatMap((group) => group.map(({ id }) => id).sort());
}

describe('list_docs', () => {
  test('shows a hundred by default, the latest change first, and counts nothing that it was not asked to', async () => {
    const world = worldOfDocuments(200);
    const morphik = await openMorphik(world);
    const count = present(world).length;
    expect(count).toBeGreaterThan(100);
    const { documents, ...page } = await morphik.listDocs();
    expect(page).toEqual({
      skip: 0,
      limit: 100,
      returned_count: 100,
      total_count: null,
      has_more: true,
      next_skip: 100,
      status_counts: null,
      folder_counts: null,
    });
    expect(documents.map((row) => row.external_id)).toEqual(sorted(present(world), (d) => d.updatedAt, 'desc').slice(0, 100));
    expect((await morphik.ask('POST', '/documents', {})).body).toEqual({ documents, ...page });
    const withoutBody = await fetch(`${morphik.server.url}/documents/list_docs`, {
      method: 'POST',
      headers: { Authorization: 'Bearer key' },
    });
    expect(await withoutBody.json()).toEqual({ documents, ...page });
  });

  test('pages of any size are cut from the whole list', async () => {
    const world = worldOfDocuments();
    const morphik = await openMorphik(world);
    const count = present(world).length;
    const shape = async (body: object): Promise<unknown[]> => {
      const page = await morphik.listDocs(body);
      expect(page.documents).toHaveLength(page.returned_count);
      return [page.returned_count, page.total_count, page.has_more, page.next_skip];
    };
    expect(await shape({ limit: 100_000 })).toEqual([count, null, false, null]);
    expect(await shape({ limit: 30, include_total_count: true })).toEqual([30, count, true, 30]);
    expect(await shape({ skip: 30, limit: 30 })).toEqual([30, null, true, 60]);
    expect(await shape({ skip: count - 10, limit: 10, include_total_count: true })).toEqual([10, count, false, null]);
    expect(await shape({ skip: count + 10, limit: 10, include_total_count: true })).toEqual([0, count, false, null]);
    expect(await shape({ limit: 0 })).toEqual([0, null, false, null]);
    expect(await shape({ limit: 0, include_total_count: true })).toEqual([0, count, true, 0]);
    expect(await shape({ return_documents: false, include_total_count: true })).toEqual([0, count, true, 0]);
  });

  test('counts the whole list by status and by folder, whatever is on the page', async () => {
    const world = worldOfDocuments();
    const morphik = await openMorphik(world);
    const states = present(world).map(({ state }) => state);
    const count = (...of: string[]): number => states.filter((state) => of.includes(state)).length;
    world.documents.slice(0, 40).forEach(({ id, deletedAt }) => {
      if (deletedAt === null) morphik.server.moveToFolder(id, null);
    });
    const page = await morphik.listDocs({ limit: 1, include_status_counts: true, include_folder_counts: true });
    expect(page.status_counts).toEqual({ processing: count('queued', 'running'), completed: count('succeeded'), failed: count('failed') });
    expect(page.folder_counts?.map(({ folder }) => folder)).toEqual([null, '/handbook', '/product-manuals']);
    expect(page.folder_counts?.reduce((sum, folder) => sum + folder.count, 0)).toBe(states.length);
    const done = await morphik.listDocs({ completed_only: true, include_total_count: true, include_status_counts: true });
    expect(done).toMatchObject({ total_count: count('succeeded'), status_counts: { completed: count('succeeded') } });
    expect(new Set(done.documents.map((row) => row.system_metadata['status']))).toEqual(new Set(['completed']));
    const empty = await openMorphik(createWorld({ seed: 1, startAt: START }));
    expect(await empty.listDocs({ include_total_count: true, include_status_counts: true, include_folder_counts: true })).toMatchObject({
      total_count: 0,
      status_counts: {},
      folder_counts: null,
    });
  });

  test('sorts by each key in both directions, also after the world moved', async () => {
    const world = worldOfDocuments();
    const gaps: Lackable[][] = [[], ['updated_at'], ['created_at', 'updated_at'], ['filename']];
    const lacks = ({ number }: Document): Lackable[] => gaps[number % 9] ?? [];
    const morphik = await openMorphik(world, { lacks });
    const keys: Record<string, (document: Document) => string | null> = {
      created_at: (d) => (!lacks(d).includes('created_at') ? d.createdAt : !lacks(d).includes('updated_at') ? d.updatedAt : null),
      updated_at: (d) => (!lacks(d).includes('updated_at') ? d.updatedAt : !lacks(d).includes('created_at') ? d.createdAt : null),
      filename: (d) => (lacks(d).includes('filename') ? null : d.name),
      external_id: (d) => d.id,
    };
    for (let round = 0; round < 3; round += 1) {
      for (const [sort_by, keyOf] of Object.entries(keys)) {
        for (const sort_direction of ['asc', 'desc'] as const) {
          const { documents } = await morphik.listDocs({ sort_by, sort_direction, limit: 1_000, fields: ['external_id'] });
          expect(documents.map((row) => row.external_id)).toEqual(sorted(present(world), keyOf, sort_direction));
        }
      }
      world.advanceBy(HOUR);
      for (const { id } of present(world).slice(0, 30)) world.editDocument(id, { name: `A copy of ${id}` });
    }
  });

  test('documents that changed at the same moment stand in order of their ids, in either direction', async () => {
    const world = createWorld({ seed: 1, startAt: START, rates: { runsPerHour: 0 } });
    const ids = ['b', 'd', 'a', 'c'];
    for (const id of ids) world.addDocument({ id });
    const morphik = await openMorphik(world);
    for (const sort_direction of ['asc', 'desc']) {
      const { documents } = await morphik.listDocs({ sort_direction });
      expect(documents.map((row) => row.external_id)).toEqual(['a', 'b', 'c', 'd']);
    }
    expect((await morphik.listDocs({ sort_by: null })).documents[0]?.external_id).toBe('a');
  });

  test('a document that changes while the list is read comes to the front, so that another comes twice', async () => {
    const world = worldOfDocuments();
    const morphik = await openMorphik(world);
    const before = sorted(present(world), (d) => d.updatedAt, 'desc');
    const page = async (skip: number): Promise<string[]> =>
      (await morphik.listDocs({ skip, limit: 10, fields: ['external_id'] })).documents.map((row) => row.external_id);
    const first = await page(0);
    world.advanceBy(1);
    world.editDocument(before[25] ?? '');
    const second = await page(10);
    expect(second[0]).toBe(first[9]);
    expect(await page(0)).toEqual([before[25], ...before.slice(0, 9)]);
    for (const id of first.slice(0, 2)) world.deleteDocument(id);
    const read = new Set([...first, ...second, ...(await page(20))]);
    expect(before.slice(0, 31).filter((id) => !read.has(id))).toEqual([before[19], before[20], before[25]]);
  });

  test('whatever happens between two readings, the order is that of this moment', async () => {
    const moves = fc.array(
      fc.record({ index: fc.nat(19), what: fc.constantFrom('add', 'edit', 'rename', 'delete', 'wait'), isRead: fc.boolean() }),
      { minLength: 1, maxLength: 30 },
    );
    const sorts = fc.constantFrom('updated_at', 'filename');
    await fc.assert(
      fc.asyncProperty(moves, sorts, fc.constantFrom('asc' as const, 'desc' as const), async (sequence, sort_by, sort_direction) => {
        const world = createWorld({ seed: 1, startAt: START, rates: { runsPerHour: 0 } });
        const morphik = await openMorphik(world);
        for (const { index, what, isRead } of sequence) {
          const there = present(world);
          const id = there[index % there.length]?.id;
          if (what === 'add' || id === undefined) world.addDocument({ name: `Name ${index % 5}` });
          else if (what === 'edit') world.editDocument(id);
          else if (what === 'rename') world.editDocument(id, { name: `Name ${index % 5}` });
          else if (what === 'delete') world.deleteDocument(id);
          else world.advanceBy(1);
          if (!isRead) continue;
          const { documents } = await morphik.listDocs({ sort_by, sort_direction, limit: 1_000, fields: ['external_id'] });
          const keyOf = sort_by === 'filename' ? (d: Document): string => d.name : (d: Document): string => d.updatedAt;
          expect(documents.map((row) => row.external_id)).toEqual(sorted(present(world), keyOf, sort_direction));
        }
        await morphik.server.close();
      }),
      propertyRuns(30),
    );
  });

  test.each([
    [{ skip: -1 }, ['body', 'skip']],
    [{ limit: -1 }, ['body', 'limit']],
    [{ limit: 1.5 }, ['body', 'limit']],
    [{ limit: null }, ['body', 'limit']],
    [{ sort_by: 'status' }, ['body', 'sort_by']],
    [{ sort_direction: 'DESC' }, ['body', 'sort_direction']],
    [{ fields: 'status' }, ['body', 'fields']],
    [{ fields: [1] }, ['body', 'fields', 0]],
    [{ completed_only: 'yes, please' }, ['body', 'completed_only']],
    [[], ['body']],
  ])('%j is unprocessable, and it says where', async (body, loc) => {
    const morphik = await openMorphik(worldOfDocuments(1));
    for (const path of ['/documents', '/documents/list_docs']) {
      const answer = await morphik.ask('POST', path, body);
      expect(answer).toMatchObject({ status: 422, body: { detail: [{ loc }] } });
    }
  });

  test('what is no JSON is unprocessable, and unknown keys are not', async () => {
    const morphik = await openMorphik(worldOfDocuments(1));
    expect((await morphik.ask('POST', '/documents/list_docs', { colour: 'red', document_filters: {} })).status).toBe(200);
    const response = await fetch(`${morphik.server.url}/documents/list_docs`, {
      method: 'POST',
      headers: { Authorization: 'Bearer key' },
      body: '{"limit":',
    });
    expect([response.status, await response.json()]).toMatchObject([422, { detail: [{ loc: ['body', 0], type: 'json_invalid' }] }]);
  });
});

describe('a database that fails', () => {
  test('shows in nothing but an empty list without the counts that were asked for, and in records that are not found', async () => {
    const world = worldOfDocuments();
    const run = world.addRun();
    let isDown = false;
    const morphik = await openMorphik(world, { databaseDown: () => isDown });
    const document = present(world)[0];
    const wanted = { skip: 20, limit: 50, include_total_count: true, include_status_counts: true, include_folder_counts: true };
    expect((await morphik.listDocs(wanted)).documents).toHaveLength(50);
    isDown = true;
    const paths = [`/workflows/${run.workflow.id}`, `/workflows/runs/${run.id}`, `/documents/${document?.id ?? ''}`];
    for (const path of [...paths, `/documents/${document?.id ?? ''}/status`]) expect((await morphik.get(path)).status).toBe(404);
    for (const path of ['/documents/list_docs', '/documents']) {
      expect(await morphik.ask('POST', path, wanted)).toEqual({
        status: 200,
        body: {
          documents: [],
          skip: 20,
          limit: 50,
          returned_count: 0,
          total_count: null,
          has_more: false,
          next_skip: null,
          status_counts: null,
          folder_counts: null,
        },
      });
    }
    for (const path of ['/workflows', `/workflows/${run.workflow.id}/runs`]) {
      expect(await morphik.get(path)).toEqual({ status: 200, body: [] });
    }
    expect((await morphik.ask('DELETE', `/documents/${document?.id ?? ''}`)).status).toBe(404);
    expect((await morphik.ask('POST', '/documents/list_docs', { limit: -1 })).status).toBe(422);
    isDown = false;
    expect((await morphik.listDocs(wanted)).documents).toHaveLength(50);
    expect(document?.deletedAt).toBe(null);
  });

  test('may fail for some requests only, or always', async () => {
    const world = worldOfDocuments();
    const sometimes = await openMorphik(world, { databaseDown: ({ body }) => body.includes('"skip":40') });
    const counts = async (skip: number): Promise<unknown> => (await sometimes.listDocs({ skip, include_total_count: true })).total_count;
    expect([await counts(0), await counts(40)]).toEqual([present(world).length, null]);
    const always = await openMorphik(world, { databaseDown: true });
    expect((await always.listDocs()).documents).toEqual([]);
    const older = await openMorphik(world, { databaseDown: true, server: 'bare_array' });
    expect(await older.ask('POST', '/documents', {})).toEqual({ status: 200, body: [] });
  });
});
