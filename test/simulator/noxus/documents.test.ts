import { describe, expect, test } from 'vitest';
import type { Document } from '../../../src/simulator/document.ts';
import type { World } from '../../../src/simulator/world.ts';
import { createWorld } from '../../../src/simulator/world.ts';
import { afterStart, START } from '../start.ts';
import type { Noxus } from './open-noxus.ts';
import { openNoxus } from './open-noxus.ts';

const HOUR = 3_600_000;
const DOCUMENT = [
  'content_type', 'created_at', 'dismissed', 'doc_metadata', 'doc_type', 'error', 'file_id', 'has_conversion', 'id', 'name',
  'needs_reingestion', 'prefix', 'run_id', 'short_summary', 'size', 'source_external_id', 'source_metadata', 'source_type', 'status',
  'summary', 'updated_at', 'uri', 'warnings',
]; // prettier-ignore
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
const STATUSES = { uploaded: 'queued', training: 'running', trained: 'succeeded', error: 'failed' } as const;

function worldOfDocuments(documents = 200): World {
  return createWorld({
    seed: 17,
    startAt: START,
    documents,
    pastMs: 3 * HOUR,
    rates: { runsPerHour: 0, documentFailureShare: 0.4, medianUploadedMs: HOUR / 6, medianTrainingMs: HOUR / 4, documentsPerHour: 60 },
  });
}

function present(world: World, baseId: string, status: keyof typeof STATUSES): Document[] {
  return world.documents.filter(
    ({ collection, deletedAt, state }) => collection.id === baseId && deletedAt === null && state === STATUSES[status],
  );
}

async function counters(noxus: Noxus, baseId: string): Promise<Record<string, unknown>> {
  return (await noxus.get(`/v1/knowledge-bases/${baseId}`)).body as Record<string, unknown>;
}

describe('the documents of a knowledge base', () => {
  test('are listed by status, each with the fields of a document', async () => {
    const world = worldOfDocuments();
    const noxus = await openNoxus(world, { naiveTimes: true });
    for (const { id } of world.collections) {
      for (const [status, state] of Object.entries(STATUSES)) {
        const documents = present(world, id, status as keyof typeof STATUSES);
        const items = await noxus.items(`/v1/knowledge-bases/${id}/documents/${status}?page_size=100`);
        expect(items.length, status).toBeGreaterThan(0);
        expect(items.map((item) => item.id)).toEqual(documents.map((document) => document.id).reverse());
        for (const item of items) {
          expect(Object.keys(item).sort()).toEqual(DOCUMENT);
          expect(item.status).toBe(status);
          expect([item['id'], item['file_id']]).toEqual([expect.stringMatching(UUID), expect.stringMatching(UUID)]);
          expect(item['run_id']).toEqual(state === 'queued' ? null : expect.stringMatching(UUID));
          expect([item.created_at, item['updated_at']]).toEqual([expect.stringMatching(INSTANT), expect.stringMatching(INSTANT)]);
          expect(item['error']).toEqual(
            state === 'failed' ? { message: expect.any(String) as string, code: expect.any(String) as string } : null,
          );
        }
      }
    }
  });

  test('are read by id from their own knowledge base, the same as listed, until they are gone', async () => {
    const world = worldOfDocuments();
    const noxus = await openNoxus(world);
    const [base, other] = world.collections.map(({ id }) => id) as [string, string];
    const [item] = await noxus.items(`/v1/knowledge-bases/${base}/documents/trained`);
    const id = item?.id ?? '';
    expect((await noxus.get(`/v1/knowledge-bases/${base}/document/${id}`)).body).toEqual(item);
    expect((await noxus.get(`/v1/knowledge-bases/${other}/document/${id}`)).status).toBe(404);
    expect((await noxus.get(`/v1/knowledge-bases/${base}/document/unknown`)).status).toBe(404);
    world.deleteDocument(id);
    expect(await noxus.get(`/v1/knowledge-bases/${base}/document/${id}`)).toEqual({ status: 404, body: { detail: 'Not found' } });
    expect((await noxus.items(`/v1/knowledge-bases/${base}/documents/trained?page_size=100`)).map((each) => each.id)).not.toContain(id);
  });

  test('move from list to list with their status, and back to their old place', async () => {
    const world = createWorld({ seed: 1, startAt: START, rates: { runsPerHour: 0 } });
    const noxus = await openNoxus(world);
    const base = world.collections[0]?.id ?? '';
    for (const id of ['d1', 'd2', 'd3']) world.addDocument({ id, steps: [{ afterMs: 1_000, change: 'succeeded' }] });
    const shown = async (): Promise<Record<string, readonly string[]>> =>
      Object.fromEntries(
        await Promise.all(
          Object.keys(STATUSES).map(
            async (status) => [status, (await noxus.items(`/v1/knowledge-bases/${base}/documents/${status}`)).map(({ id }) => id)] as const,
          ),
        ),
      );
    expect(await shown()).toEqual({ uploaded: ['d3', 'd2', 'd1'], training: [], trained: [], error: [] });
    world.advanceBy(1_000);
    expect(await shown()).toEqual({ uploaded: [], training: [], trained: ['d3', 'd2', 'd1'], error: [] });
    world.retryDocument('d2');
    expect(await shown()).toEqual({ uploaded: [], training: ['d2'], trained: ['d3', 'd1'], error: [] });
    world.moveDocument('d2', 'failed');
    world.retryDocument('d2', { state: 'queued' });
    world.moveDocument('d2', 'succeeded');
    expect(await shown()).toEqual({ uploaded: [], training: [], trained: ['d3', 'd2', 'd1'], error: [] });
  });

  test('a retry shows another run, an edit another time, a dismissal no other status', async () => {
    const world = createWorld({ seed: 1, startAt: START, rates: { runsPerHour: 0 } });
    const noxus = await openNoxus(world);
    const { id, collection } = world.addDocument();
    const read = async (): Promise<Record<string, unknown>> =>
      (await noxus.get(`/v1/knowledge-bases/${collection.id}/document/${id}`)).body as Record<string, unknown>;
    world.moveDocument(id, 'failed', 'no text');
    const failed = await read();
    expect(failed).toMatchObject({ status: 'error', error: { message: 'no text' }, dismissed: false, updated_at: START });
    world.advanceBy(1_000);
    world.editDocument(id, { isDismissed: true });
    expect(await read()).toEqual({ ...failed, dismissed: true, updated_at: afterStart(1_000) });
    world.retryDocument(id);
    const again = await read();
    expect(again).toMatchObject({ status: 'training', error: null, dismissed: false, created_at: START });
    expect(again['run_id']).not.toBe(failed['run_id']);
  });

  test('show one that was cancelled as an error without a text, for which Noxus has no word', async () => {
    const world = createWorld({ seed: 1, startAt: START, rates: { runsPerHour: 0 } });
    const noxus = await openNoxus(world);
    const [cancelled, failed] = [world.addDocument(), world.addDocument()];
    world.moveDocument(cancelled.id, 'cancelled');
    world.moveDocument(failed.id, 'failed', 'no text');
    const base = cancelled.collection.id;
    const items = await noxus.items(`/v1/knowledge-bases/${base}/documents/error`);
    expect(items.map((item) => [item.id, item['error']])).toEqual([
      [failed.id, { message: 'no text', code: 'ingestion_failed' }],
      [cancelled.id, null],
    ]);
    expect(await counters(noxus, base)).toMatchObject({ total_documents: 2, error_documents: 2 });
  });

  test('come in pages of the size that the one known name asks for', async () => {
    const world = createWorld({ seed: 1, startAt: START, rates: { runsPerHour: 0 } });
    for (let number = 1; number <= 70; number += 1) world.addDocument();
    const path = `/v1/knowledge-bases/${world.collections[0]?.id ?? ''}/documents/uploaded`;
    const byPageSize = await openNoxus(world);
    expect((await byPageSize.get(`${path}?page=2&page_size=30&size=7`)).body).toMatchObject({ total: 70, page: 2, size: 30, pages: 3 });
    expect((await byPageSize.get(`${path}?size=7`)).body).toMatchObject({ size: 50, pages: 2 });
    const bySize = await openNoxus(world, { documentSizeParameter: 'size', order: 'oldest_first' });
    expect((await bySize.get(`${path}?page=2&page_size=30&size=7`)).body).toMatchObject({ total: 70, page: 2, size: 7, pages: 10 });
    expect((await bySize.items(path))[0]?.id).toBe(world.documents[0]?.id);
    expect((await byPageSize.get(`${path}?page_size=101`)).body).toMatchObject({ detail: [{ loc: ['query', 'page_size'] }] });
    expect((await byPageSize.get(`${path}?page_size=101`)).status).toBe(422);
  });

  test('may have folders among them, in a list of their own or at the head of each', async () => {
    const world = worldOfDocuments(20);
    const base = world.collections[0]?.id ?? '';
    const path = `/v1/knowledge-bases/${base}/documents`;
    const none = await openNoxus(world);
    expect((await none.get(`${path}/folder`)).body).toMatchObject({ items: [], total: 0 });
    const apart = await openNoxus(world, { foldersPerKnowledgeBase: 3 });
    const folders = await apart.items(`${path}/folder`);
    expect(folders.map((folder) => [folder.status, Object.keys(folder).sort()])).toEqual(Array(3).fill(['folder', DOCUMENT]));
    expect((await apart.get(`${path.replace('documents', 'document')}/${folders[0]?.id ?? ''}`)).body).toEqual(folders[0]);
    expect(await apart.items(`${path}/trained`)).toEqual(await none.items(`${path}/trained`));
    const everywhere = await openNoxus(world, { foldersPerKnowledgeBase: 3, showsFoldersEverywhere: true });
    const documents = await none.items(`${path}/trained`);
    expect(documents.length).toBeGreaterThan(0);
    expect(await everywhere.items(`${path}/trained`)).toEqual([...folders, ...documents]);
    const pages = await Promise.all([1, 2, 3].map((page) => everywhere.items(`${path}/trained?page=${page}&page_size=2`)));
    expect(pages.flat()).toEqual([...folders, ...documents].slice(0, 6));
  });

  test('an unknown status, an unknown knowledge base and other methods are refused', async () => {
    const world = worldOfDocuments(5);
    const noxus = await openNoxus(world);
    const base = world.collections[0]?.id ?? '';
    const { status, body } = await noxus.get(`/v1/knowledge-bases/${base}/documents/poem`);
    expect([status, body]).toMatchObject([422, { detail: [{ loc: ['path', 'status'] }] }]);
    for (const path of ['documents/trained', 'documents/folder', 'document/d1']) {
      expect((await noxus.get(`/v1/knowledge-bases/elsewhere/${path}`)).status).toBe(404);
    }
    const deletion = await fetch(`${noxus.server.url}/v1/knowledge-bases/${base}/document/d1`, {
      method: 'DELETE',
      headers: { 'X-API-Key': 'key' },
    });
    expect(deletion.status).toBe(405);
  });
});

describe('a knowledge base', () => {
  test('counts its documents by status, and tells when one of them changed', async () => {
    const world = createWorld({ seed: 1, startAt: START, rates: { runsPerHour: 0 } });
    const noxus = await openNoxus(world);
    const base = world.collections[0]?.id ?? '';
    for (const state of ['queued', 'running', 'running', 'failed', 'succeeded'] as const) {
      world.moveDocument(world.addDocument().id, state);
    }
    const before = await counters(noxus, base);
    expect(before).toMatchObject({
      num_docs: 5,
      total_documents: 5,
      uploaded_documents: 1,
      training_documents: 2,
      error_documents: 1,
      trained_documents: 1,
      status: 'training',
      updated_at: START,
    });
    expect((await noxus.items('/v1/knowledge-bases'))[0]).toEqual(before);
    world.advanceBy(1_000);
    world.editDocument(world.documents[4]?.id ?? '');
    expect(await counters(noxus, base)).toEqual({ ...before, updated_at: world.now });
    world.deleteDocument(world.documents[3]?.id ?? '');
    expect(await counters(noxus, base)).toMatchObject({ total_documents: 4, error_documents: 0 });
  });

  test('is gone with all its lists once it is deleted, and its runs are left', async () => {
    const world = createWorld({ seed: 1, startAt: START, documents: 10, rates: { runsPerHour: 0 } });
    const noxus = await openNoxus(world);
    const workflow = world.workflows.find(({ collection }) => collection !== null);
    const run = world.addRun(workflow && { workflow });
    const base = workflow?.collection?.id ?? '';
    const [document] = present(world, base, 'trained');
    const paths = ['', '/runs', '/documents/trained', '/documents/folder', `/document/${document?.id ?? ''}`];
    const statuses = async (): Promise<number[]> =>
      Promise.all(paths.map(async (path) => (await noxus.get(`/v1/knowledge-bases/${base}${path}`)).status));
    expect(await statuses()).toEqual([200, 200, 200, 200, 200]);
    world.deleteCollection(base);
    expect(await statuses()).toEqual([404, 404, 404, 404, 404]);
    expect((await noxus.items('/v1/knowledge-bases')).map(({ id }) => id)).toEqual([world.collections[1]?.id]);
    expect((await noxus.items('/v1/runs')).map(({ id }) => id)).toEqual([run.id]);
    expect((await noxus.get(`/v1/runs/${run.id}`)).status).toBe(200);
  });
});
