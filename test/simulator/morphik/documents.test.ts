import { describe, expect, test } from 'vitest';
import { parseInstant } from '../../../src/model/instant.ts';
import { TEXT_OF_A_DOCUMENT } from '../../../src/simulator/morphik/document-form.ts';
import type { World } from '../../../src/simulator/world.ts';
import { createWorld } from '../../../src/simulator/world.ts';
import { afterStart, START } from '../start.ts';
import { openMorphik } from './open-morphik.ts';

const DOCUMENT = [
  'additional_metadata', 'app_id', 'chunk_ids', 'content_type', 'end_user_id', 'external_id', 'filename', 'folder_id', 'folder_name',
  'folder_path', 'metadata', 'metadata_types', 'storage_info', 'summary_bucket', 'summary_storage_key', 'summary_updated_at',
  'summary_version', 'system_metadata',
]; // prettier-ignore
const ISOFORMAT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$/;
const BLANK = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?\+00:00$/;

function emptyWorld(): World {
  return createWorld({ seed: 2, startAt: START, rates: { runsPerHour: 0 } });
}

describe('a document', () => {
  test('is read by id in full, its text too, and by its status in brief', async () => {
    const world = emptyWorld();
    const morphik = await openMorphik(world, { documentTimes: 'isoformat' });
    const { id, collection } = world.addDocument({ name: 'Handbook.pdf' });
    world.moveDocument(id, 'running');
    world.advanceBy(30_000);
    const whole = (await morphik.get(`/documents/${id}`)).body as Record<string, unknown>;
    expect(Object.keys(whole).sort()).toEqual(DOCUMENT);
    expect(whole).toMatchObject({ external_id: id, filename: 'Handbook.pdf', folder_id: collection.id, app_id: morphik.server.appId });
    expect(whole['system_metadata']).toEqual({
      status: 'processing',
      created_at: '2026-01-15T08:00:00+00:00',
      updated_at: '2026-01-15T08:00:00+00:00',
      progress: { current_step: 3, total_steps: 6, step_name: 'Extracting metadata', percentage: 38 },
      content: expect.stringContaining(TEXT_OF_A_DOCUMENT) as string,
    });
    expect(await morphik.documentStatus(id)).toEqual({
      document_id: id,
      status: 'processing',
      filename: 'Handbook.pdf',
      created_at: '2026-01-15T08:00:00+00:00',
      updated_at: '2026-01-15T08:00:00+00:00',
      progress: { current_step: 3, total_steps: 6, step_name: 'Extracting metadata', percentage: 38 },
    });
  });

  test('tells progress only while it is processed, and an error only when it failed', async () => {
    const world = emptyWorld();
    const morphik = await openMorphik(world);
    const { id } = world.addDocument();
    const shown: Record<string, unknown> = {};
    for (const state of ['queued', 'running', 'failed', 'running', 'cancelled', 'succeeded'] as const) {
      world.moveDocument(id, state, 'No text was found');
      world.advanceBy(1_000);
      const { status, error, progress } = await morphik.documentStatus(id);
      shown[state] = [status, error, progress !== undefined];
    }
    expect(shown).toEqual({
      queued: ['processing', undefined, false],
      running: ['processing', undefined, true],
      failed: ['failed', 'No text was found', false],
      cancelled: ['failed', 'The ingestion was cancelled', false],
      succeeded: ['completed', undefined, false],
    });
  });

  test('can be queued, where the server tells that apart', async () => {
    const world = emptyWorld();
    const { id } = world.addDocument();
    const morphik = await openMorphik(world, { showsQueued: true });
    expect(await morphik.documentStatus(id)).toMatchObject({ status: 'queued' });
    expect((await morphik.listDocs({ include_status_counts: true })).status_counts).toEqual({ queued: 1 });
  });

  test('keeps the error of an attempt that failed when the next one succeeds, unless the server clears it', async () => {
    const world = emptyWorld();
    const [keeping, clearing] = [await openMorphik(world), await openMorphik(world, { keepsErrors: false })];
    const { id } = world.addDocument();
    const errors = async (): Promise<unknown[]> =>
      Promise.all([keeping, clearing].map(async (morphik) => (await morphik.listDocs()).documents[0]?.system_metadata['error']));
    expect(await errors()).toEqual([undefined, undefined]);
    world.moveDocument(id, 'failed', 'No text was found');
    expect(await errors()).toEqual(['No text was found', 'No text was found']);
    for (const state of ['running', 'succeeded'] as const) {
      world.moveDocument(id, state);
      expect(await errors()).toEqual([expect.any(String), undefined]);
      expect(await keeping.documentStatus(id)).not.toHaveProperty('error');
    }
  });

  test('has times in two formats, each of which is settled, and of the true moment', async () => {
    const world = createWorld({ seed: 5, startAt: START, documents: 60, rates: { runsPerHour: 0 } });
    const formats = { isoformat: [true, false], blank: [false, true], mixed: [true, true] } as const;
    for (const [format, expected] of Object.entries(formats)) {
      const morphik = await openMorphik(world, { documentTimes: format as keyof typeof formats });
      const { documents } = await morphik.listDocs();
      const times = documents.flatMap(({ system_metadata: state }) => [String(state['created_at']), String(state['updated_at'])]);
      expect([ISOFORMAT, BLANK].map((pattern) => times.some((time) => pattern.test(time)))).toEqual(expected);
      expect(times.every((time) => ISOFORMAT.test(time) || BLANK.test(time))).toBe(true);
      for (const { external_id: id, system_metadata: state } of documents) {
        expect(parseInstant(String(state['created_at']))).toBe(world.document(id)?.createdAt);
        expect(parseInstant(String(state['updated_at']))).toBe(world.document(id)?.updatedAt);
        expect(await morphik.documentStatus(id)).toMatchObject({ created_at: state['created_at'], updated_at: state['updated_at'] });
      }
    }
  });

  test('is gone once it is deleted, and another call for it is in vain', async () => {
    const world = emptyWorld();
    const morphik = await openMorphik(world);
    const { id } = world.addDocument();
    expect((await morphik.ask('DELETE', `/documents/${id}`)).status).toBe(200);
    expect(world.document(id)?.deletedAt).toBe(START);
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/status'],
      ['DELETE', ''],
    ] as const) {
      expect(await morphik.ask(method, `/documents/${id}${path}`)).toEqual({ status: 404, body: { detail: 'Document not found' } });
    }
    expect((await morphik.listDocs()).documents).toEqual([]);
  });

  test('can lack what others have, its status too', async () => {
    const world = emptyWorld();
    const { id } = world.addDocument();
    const morphik = await openMorphik(world, { lacks: () => ['status', 'created_at', 'updated_at', 'filename'] });
    expect(await morphik.documentStatus(id)).toEqual({
      document_id: id,
      status: 'unknown',
      filename: null,
      created_at: null,
      updated_at: null,
    });
    const page = await morphik.listDocs({ include_status_counts: true, fields: ['status'] });
    expect(page).toMatchObject({ status_counts: { unknown: 1 }, documents: [{ system_metadata: { status: null } }] });
  });
});

describe('edits', () => {
  test('another folder moves the time of the latest change and nothing else', async () => {
    const world = emptyWorld();
    const morphik = await openMorphik(world, { documentTimes: 'isoformat' });
    const { id } = world.addDocument();
    world.moveDocument(id, 'succeeded');
    const read = async (): Promise<Record<string, unknown>> => (await morphik.get(`/documents/${id}`)).body as Record<string, unknown>;
    const before = await read();
    expect(before).toMatchObject({ folder_name: 'handbook', folder_path: '/handbook' });
    world.advanceBy(1_000);
    morphik.server.moveToFolder(id, { id: 'folder-2', path: '/contracts/2026' });
    const system_metadata = { ...(before['system_metadata'] as object), updated_at: '2026-01-15T08:00:01+00:00' };
    expect(await read()).toEqual({
      ...before,
      folder_name: '2026',
      folder_path: '/contracts/2026',
      folder_id: 'folder-2',
      system_metadata,
    });
    morphik.server.moveToFolder(id, null);
    expect(await read()).toMatchObject({ folder_name: null, folder_path: null, folder_id: null });
    expect(world.document(id)?.transitions.map(({ state }) => state)).toEqual(['queued', 'succeeded']);
    expect(() => {
      morphik.server.moveToFolder('unknown', null);
    }).toThrow(expect.objectContaining({ code: 'bad_argument' }) as Error);
  });
});

describe('progress that is written late', () => {
  async function readState(world: World): Promise<{ id: string; read: () => Promise<unknown[]>; write: (ms: number) => void }> {
    const morphik = await openMorphik(world, { documentTimes: 'isoformat' });
    const { id } = world.addDocument();
    world.moveDocument(id, 'succeeded');
    world.advanceBy(1_000);
    return {
      id,
      read: async () => {
        const { status, updated_at: updatedAt } = await morphik.documentStatus(id);
        const [row] = (await morphik.listDocs({ fields: ['status', 'updated_at'] })).documents;
        expect(row?.system_metadata).toEqual({ status, updated_at: updatedAt });
        return [status, updatedAt];
      },
      write: (ms) => {
        morphik.server.lateProgressWrite(id, afterStart(ms));
      },
    };
  }

  test('sets a completed document back to processing until it is mended, and the world knows nothing of it', async () => {
    const world = emptyWorld();
    const { id, read, write } = await readState(world);
    expect(await read()).toEqual(['completed', '2026-01-15T08:00:00+00:00']);
    write(3_000);
    expect(await read()).toEqual(['processing', '2026-01-15T08:00:01+00:00']);
    world.advanceBy(1_999);
    expect(await read()).toEqual(['processing', '2026-01-15T08:00:01+00:00']);
    world.advanceBy(1);
    expect(await read()).toEqual(['completed', '2026-01-15T08:00:03+00:00']);
    world.advanceBy(1_000);
    world.editDocument(id);
    expect(await read()).toEqual(['completed', '2026-01-15T08:00:04+00:00']);
    expect(world.document(id)?.transitions).toHaveLength(2);
  });

  test('is over as soon as the document goes on', async () => {
    const world = emptyWorld();
    const { id, read, write } = await readState(world);
    write(60_000);
    world.advanceBy(1_000);
    world.editDocument(id);
    expect(await read()).toEqual(['processing', '2026-01-15T08:00:02+00:00']);
    world.moveDocument(id, 'failed');
    expect(await read()).toEqual(['failed', '2026-01-15T08:00:02+00:00']);
    world.moveDocument(id, 'succeeded');
    world.advanceBy(60_000);
    expect(await read()).toEqual(['completed', '2026-01-15T08:00:02+00:00']);
  });

  test('is refused for what is not completed, and for a moment that is past', async () => {
    const world = emptyWorld();
    const morphik = await openMorphik(world);
    const [open, done] = [world.addDocument(), world.addDocument()];
    world.moveDocument(done.id, 'succeeded');
    for (const [id, until] of [
      ['unknown', afterStart(1)],
      [open.id, afterStart(1)],
      [done.id, START],
    ] as const) {
      expect(() => {
        morphik.server.lateProgressWrite(id, until);
      }).toThrow(expect.objectContaining({ code: 'bad_argument' }) as Error);
    }
  });
});
