import { describe, expect, test } from 'vitest';
import { TEXT_OF_A_DOCUMENT } from '../../../src/simulator/morphik/document-form.ts';
import type { MorphikServer } from '../../../src/simulator/morphik/morphik-source.ts';
import type { World } from '../../../src/simulator/world.ts';
import { createWorld } from '../../../src/simulator/world.ts';
import { START } from '../start.ts';
import type { MorphikRow } from './open-morphik.ts';
import { BARE_FIELDS, DOTTED_FIELDS, openMorphik } from './open-morphik.ts';

/** One document under way, for thirty seconds, that failed before. */
function worldOfOne(): { world: World; id: string } {
  const world = createWorld({ seed: 2, startAt: START, rates: { runsPerHour: 0 } });
  const { id } = world.addDocument();
  world.moveDocument(id, 'running');
  world.advanceBy(30_000);
  return { world, id };
}

const TIME = '2026-01-15T08:00:00+00:00';
const PROGRESS = { current_step: 3, total_steps: 6, step_name: 'Extracting metadata', percentage: 38 };

async function rowOf(server: MorphikServer, fields: readonly string[]): Promise<MorphikRow | undefined> {
  const { world } = worldOfOne();
  const morphik = await openMorphik(world, { server, documentTimes: 'isoformat' });
  return (await morphik.listDocs({ fields })).documents[0];
}

describe('fields of a current server', () => {
  test('bare names come nested in a slim system_metadata, as texts, and as null where there is nothing', async () => {
    const row = await rowOf('current', BARE_FIELDS);
    expect(row).toEqual({
      external_id: expect.any(String) as string,
      content_type: 'application/pdf',
      folder_path: '/handbook',
      system_metadata: { status: 'processing', error: null, created_at: TIME, updated_at: TIME, progress: JSON.stringify(PROGRESS) },
    });
    expect(await rowOf('current', ['version'])).toMatchObject({ system_metadata: { version: null } });
  });

  test('dotted names come as they are, and not at all where there is nothing', async () => {
    const row = await rowOf('current', DOTTED_FIELDS);
    expect(row?.system_metadata).toEqual({ status: 'processing', created_at: TIME, updated_at: TIME, progress: PROGRESS });
    expect(await rowOf('current', ['system_metadata.error'])).not.toHaveProperty('system_metadata');
    expect((await rowOf('current', ['system_metadata.progress.percentage']))?.system_metadata).toEqual({ progress: { percentage: 38 } });
    expect((await rowOf('current', ['status', 'error', 'system_metadata.progress']))?.system_metadata).toEqual({
      status: 'processing',
      error: null,
      progress: PROGRESS,
    });
  });

  test('the id always comes, unknown names are dropped, and without a name everything comes, the text too', async () => {
    expect(Object.keys((await rowOf('current', ['colour', 'filename.length', ' filename '])) ?? {}).sort()).toEqual([
      'external_id',
      'filename',
    ]);
    for (const fields of [[], ['  ']]) {
      const row = await rowOf('current', fields);
      expect(row?.system_metadata['content']).toContain(TEXT_OF_A_DOCUMENT);
      expect(row).toHaveProperty('chunk_ids');
    }
    expect((await rowOf('current', ['system_metadata']))?.system_metadata['content']).toContain(TEXT_OF_A_DOCUMENT);
    expect(JSON.stringify([await rowOf('current', BARE_FIELDS), await rowOf('current', DOTTED_FIELDS)])).not.toContain(TEXT_OF_A_DOCUMENT);
  });
});

describe('fields of a server that knows dotted names only', () => {
  test('bare ones are dropped without a word, and dotted ones come as from newer servers', async () => {
    expect(await rowOf('dotted_only', BARE_FIELDS)).toEqual({
      external_id: expect.any(String) as string,
      content_type: 'application/pdf',
      folder_path: '/handbook',
    });
    expect(await rowOf('dotted_only', DOTTED_FIELDS)).toEqual(await rowOf('current', DOTTED_FIELDS));
    expect((await rowOf('dotted_only', ['status', 'system_metadata.created_at']))?.system_metadata).toEqual({ created_at: TIME });
  });
});

describe('a server that lists documents in a bare array', () => {
  test('shows them whole, whatever fields are asked for, in an order that has nothing to do with their times', async () => {
    const world = createWorld({ seed: 8, startAt: START, documents: 150, rates: { runsPerHour: 0, documentDeletionShare: 0.2 } });
    const morphik = await openMorphik(world, { server: 'bare_array' });
    const read = async (body: object): Promise<MorphikRow[]> => (await morphik.ask('POST', '/documents', body)).body as MorphikRow[];
    const all = await read({ fields: BARE_FIELDS, sort_by: 'created_at', completed_only: true });
    const present = world.documents.filter(({ deletedAt }) => deletedAt === null).map(({ id }) => id);
    const ids = all.map((row) => row.external_id);
    expect(ids.toSorted()).toEqual(present.toSorted());
    expect(ids).not.toEqual(present);
    expect(ids).not.toEqual(present.toReversed());
    for (const row of all) {
      expect(row.system_metadata['content']).toContain(TEXT_OF_A_DOCUMENT);
      expect((await morphik.get(`/documents/${row.external_id}`)).body).toEqual(row);
    }
    expect(await read({ skip: 10, limit: 7 })).toEqual(all.slice(10, 17));
    expect(await read({ limit: 0 })).toEqual([]);
    expect(await read({ skip: present.length })).toEqual([]);
    expect((await morphik.ask('POST', '/documents', { limit: -1 })).status).toBe(422);
  });

  test('keeps its order when documents come, change and go', async () => {
    const world = createWorld({ seed: 8, startAt: START, documents: 50, rates: { runsPerHour: 0, documentsPerHour: 60 } });
    const morphik = await openMorphik(world, { server: 'bare_array' });
    const ids = async (): Promise<string[]> =>
      ((await morphik.ask('POST', '/documents', {})).body as MorphikRow[]).map((row) => row.external_id);
    const before = await ids();
    world.deleteDocument(before[5] ?? '');
    world.editDocument(before[9] ?? '');
    world.advanceBy(3_600_000);
    const after = await ids();
    expect(after.length).toBeGreaterThan(before.length);
    const kept = before.filter((id) => after.includes(id));
    expect(kept).not.toContain(before[5]);
    expect(after.filter((id) => before.includes(id))).toEqual(kept);
  });

  test('has no list_docs, or takes that for the id of a document, and reads by id all the same', async () => {
    const { world, id } = worldOfOne();
    for (const [options, status, detail] of [
      [{}, 404, 'Not Found'],
      [{ listDocsIsMissing: 405 as const }, 405, 'Method Not Allowed'],
    ] as const) {
      const morphik = await openMorphik(world, { server: 'bare_array', ...options });
      expect(await morphik.ask('POST', '/documents/list_docs', {})).toEqual({ status, body: { detail } });
      expect(await morphik.documentStatus(id)).toMatchObject({ document_id: id, status: 'processing', progress: PROGRESS });
    }
  });

  test('can be upgraded between two requests', async () => {
    const { world } = worldOfOne();
    let server: MorphikServer = 'bare_array';
    const morphik = await openMorphik(world, { server: () => server });
    const statuses: unknown[] = [];
    for (server of ['bare_array', 'dotted_only', 'current'] as const) {
      const { status, body } = await morphik.ask('POST', '/documents/list_docs', { fields: ['status'] });
      statuses.push(status === 200 ? (body as { documents: MorphikRow[] }).documents[0]?.system_metadata : status);
    }
    expect(statuses).toEqual([404, undefined, { status: 'processing' }]);
  });
});
