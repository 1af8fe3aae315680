import { describe, expect, it } from 'vitest';
import { workflowIdOf } from '../../src/simulator/knowledge-stack/ids.ts';
import { trackRecords } from '../../src/sync/track.ts';
import { silent } from '../support/ledger.ts';
import { presentIds, syncLater } from './absence-rig.ts';
import { FULL, HOUR_MS, MINUTE_MS, openStack, pathOf, storyOf } from './knowledge-stack-rig.ts';
import { quietMorphik } from './morphik-rig.ts';

/** What a list, a read by id or a parent does not show any more, and what may be told of that. */

const ACCEPTED = { acceptDisappearances: true };

/** Thirty runs of a workflow that is then deleted, and thirty of another. */
async function abandonedRuns(isDown: () => boolean): Promise<Awaited<ReturnType<typeof quietMorphik>>> {
  const watched = await quietMorphik(['runs'], {
    world: { workflows: 2, documents: 0 },
    server: { databaseDown: ({ path }) => isDown() && path.startsWith('/workflows/runs/') },
  });
  const { world, server } = watched.rig;
  const [deleted, kept] = world.workflows;
  for (const workflow of [deleted, kept]) {
    for (let runs = 0; runs < 30 && workflow !== undefined; runs += 1) world.moveRun(world.addRun({ workflow }).id, 'succeeded');
  }
  await syncLater(watched, FULL);
  server.deleteWorkflow(deleted?.id ?? '');
  return watched;
}

describe('records that their parent has left behind', () => {
  it('are asked for by id before they count as vanished, however many they are', async () => {
    const watched = await abandonedRuns(() => false);
    for (let scans = 0; scans < 3; scans += 1) {
      expect((await syncLater(watched, FULL)).stream).toMatchObject({ status: 'succeeded', disappeared_count: 0 });
    }
    expect((await syncLater(watched, ACCEPTED)).events).toEqual([]);
    expect(await presentIds(watched.ledger)).toHaveLength(60);
  });

  it('stay while reads by id find nothing at all, whatever a person has accepted', async () => {
    let isDown = false;
    const watched = await abandonedRuns(() => isDown);
    isDown = true;
    for (let scans = 0; scans < 3; scans += 1) await syncLater(watched, ACCEPTED);
    expect(await presentIds(watched.ledger)).toHaveLength(60);
  });

  it('that were found by id, and are then lost with a permission, are too many at once', async () => {
    let isLost = false;
    const watched = await quietMorphik(['runs'], {
      world: { workflows: 4, documents: 0 },
      server: { isVisible: ({ id }) => !isLost || id.startsWith('kept') },
    });
    const { world, server } = watched.rig;
    const [kept, ...deleted] = world.workflows.slice(0, 4);
    for (let runs = 0; runs < 60; runs += 1)
      world.moveRun(world.addRun({ id: `kept ${runs}`, ...(kept && { workflow: kept }) }).id, 'succeeded');
    for (const workflow of deleted) for (let runs = 0; runs < 9; runs += 1) world.moveRun(world.addRun({ workflow }).id, 'succeeded');
    await syncLater(watched, FULL);
    for (const { id } of deleted) {
      server.deleteWorkflow(id);
      for (let scans = 0; scans < 2; scans += 1) expect((await syncLater(watched, FULL)).stream.error).toBeNull();
    }
    isLost = true;
    const codes: unknown[] = [];
    for (let scans = 0; scans < 3; scans += 1) codes.push((await syncLater(watched, FULL)).stream.error?.code);
    expect(codes).toContain('source_mass_absence');
    expect(await presentIds(watched.ledger)).toHaveLength(87);
  });
});

describe('records that their parent has left behind, more than a sync can ask for', () => {
  it('are too many at once all the same, and none of them vanishes little by little', async () => {
    let isLost = false;
    const stack = await openStack({
      streams: ['runs'],
      world: { workflows: 2 },
      server: { generation: 1, isVisible: ({ id }) => !isLost || id.startsWith('kept') },
      connection: { openReads: 5 },
    });
    const [deleted, kept] = stack.world.workflows;
    for (let runs = 0; runs < 30; runs += 1) {
      stack.world.moveRun(stack.world.addRun({ id: `kept ${runs}`, ...(kept && { workflow: kept }) }).id, 'succeeded');
      stack.world.moveRun(stack.world.addRun({ id: `lost ${runs}`, ...(deleted && { workflow: deleted }) }).id, 'succeeded');
    }
    await stack.poll(FULL);
    stack.server.deleteDefinition(deleted?.id ?? '');
    isLost = true;
    const codes: unknown[] = [];
    for (let scans = 0; scans < 8; scans += 1) {
      codes.push((await stack.poll(FULL)).stream.error?.code);
      await stack.poll();
    }
    expect(codes).toContain('source_mass_absence');
    expect(await presentIds(stack.ledger)).toHaveLength(60);
  });
});

describe('a deletion that its own read by id cannot prove', () => {
  it('is told after two scans also where the engine has forgotten all that the list still shows', async () => {
    const stack = await openStack({ streams: ['documents'], world: { documents: 20 }, server: { temporalRetentionMs: HOUR_MS } });
    await stack.poll(FULL);
    const [gone] = stack.world.documents;
    stack.world.deleteDocument(gone?.id ?? '');
    expect((await stack.poll(FULL, 2 * HOUR_MS)).told).toEqual([]);
    expect((await stack.poll(FULL)).told).toEqual([`${workflowIdOf(gone?.id ?? '')} disappeared`]);
  });

  it('is told also where the engine remembered it for a while longer', async () => {
    let isListed = true;
    const stack = await openStack({
      streams: ['documents'],
      world: { documents: 20 },
      server: { isListed: ({ id }) => id !== 'd1' || isListed },
    });
    stack.world.moveDocument(stack.world.addDocument({ id: 'd1' }).id, 'succeeded');
    await stack.poll(FULL);
    isListed = false;
    const told: string[] = [];
    const poll = async (scans: number): Promise<readonly string[]> => {
      for (; scans > 0; scans -= 1) told.push(...(await stack.poll(FULL)).told.filter((event) => event.endsWith('disappeared')));
      return told;
    };
    expect(await poll(2)).toEqual([]);
    stack.world.deleteDocument('d1');
    expect(await poll(3)).toEqual([`${workflowIdOf('d1')} disappeared`]);
  });

  it('is never told of what the list shows, whether it can be understood or not', async () => {
    let isOdd = false;
    const stack = await openStack({
      streams: ['documents'],
      world: { documents: 20 },
      server: {
        temporalRetentionMs: HOUR_MS,
        intercept: ({ path }, honest) => {
          const answer = honest();
          if (!isOdd || !path.endsWith('/document_versions')) return null;
          const body = answer.body as { items: Record<string, unknown>[] };
          return { ...answer, body: { ...body, items: body.items.map((item, index) => (index === 3 ? { ...item, status: null } : item)) } };
        },
      },
    });
    await stack.poll(FULL);
    isOdd = true;
    for (let scans = 0; scans < 3; scans += 1) {
      expect((await stack.poll(FULL, 2 * HOUR_MS)).stream).toMatchObject({
        rejected_count: expect.any(Number) as number,
        disappeared_count: 0,
      });
    }
    expect(await presentIds(stack.ledger)).toHaveLength(20);
  });

  it('is never told of what no list ever showed', async () => {
    const stack = await openStack({
      streams: ['documents'],
      world: { documents: 5 },
      server: { temporalRetentionMs: 6 * HOUR_MS, isListed: ({ id }) => id !== 'd1' },
    });
    stack.world.addDocument({ id: 'd1' });
    stack.world.moveDocument('d1', 'running');
    stack.world.moveDocument('d1', 'succeeded');
    await stack.poll(FULL);
    const recordIds = [workflowIdOf('d1')];
    await trackRecords(stack.ledger, { connection: 'stack-2', stream: 'documents', recordIds, now: stack.world.now, log: silent });
    await stack.poll();
    stack.world.advanceBy(7 * HOUR_MS);
    stack.world.moveDocument(stack.world.addDocument({ id: 'open' }).id, 'running');
    for (let scans = 0; scans < 4; scans += 1) await stack.poll(FULL);
    expect((await storyOf(stack, workflowIdOf('d1'))).at(-1)).toBe('status_changed succeeded #1');
  });

  it('is confirmed by later syncs too, where one has no requests left for it', async () => {
    const watched = await quietMorphik(['documents'], { world: { documents: 60 }, connection: { openReads: 5 } });
    await syncLater(watched, FULL);
    for (const { id } of watched.rig.world.documents.slice(0, 12)) watched.rig.world.deleteDocument(id);
    for (let scans = 0; scans < 2; scans += 1) await syncLater(watched, FULL);
    for (let syncs = 0; syncs < 4; syncs += 1) await syncLater(watched);
    expect(await presentIds(watched.ledger)).toHaveLength(48);
  });

  it('is told by a dry run as by the sync', async () => {
    const watched = await quietMorphik(['documents'], { world: { documents: 100 } });
    const { rig, ledger } = watched;
    const documents = rig.world.documents.map(({ id }) => id);
    await syncLater(watched, FULL);
    for (const id of documents.slice(0, 15)) rig.world.deleteDocument(id);
    await syncLater(watched, FULL);
    for (const id of documents.slice(15, 25)) rig.world.deleteDocument(id);
    rig.world.advanceBy(HOUR_MS);
    const planned: unknown[] = [];
    const dry = await rig.sync(ledger, { full: true, dryRun: true, onPlannedEvent: (event) => planned.push(event) });
    const { stream, events } = await syncLater(watched, FULL);
    expect([dry.streams[0]?.status, planned.length]).toEqual([stream.status, events.length]);
    expect(events).toHaveLength(15);
  });
});

describe('what changes in its old place of a list', () => {
  it('is seen by the next sync, wherever it stands and however the list is sorted', async () => {
    const stack = await openStack({
      streams: ['documents'],
      world: { documents: 250 },
      server: { keepsOldPaths: true, documentOrder: 'newest_first' },
    });
    for (let syncs = 0; syncs < 2; syncs += 1) await stack.poll();
    const [, , oldest] = stack.world.documents;
    const id = oldest?.id ?? '';
    expect((await stack.use('POST', pathOf('/v1/workflows/document_versions', id))).status).toBe(200);
    expect((await stack.poll({}, MINUTE_MS)).told).toContain(`${workflowIdOf(id)} reopened queued`);
  });

  it('keeps no list from being proven that is sorted by the last change', async () => {
    let edit: () => void = () => undefined;
    const watched = await quietMorphik(['documents'], {
      world: { documents: 900 },
      server: {
        beforeRequest: () => {
          edit();
        },
      },
    });
    const { world, server } = watched.rig;
    let edited = 0;
    edit = () => {
      world.advanceBy(400);
      server.moveToFolder(world.documents[edited++]?.id ?? '', null);
    };
    expect((await syncLater(watched)).stream).toMatchObject({ mode: 'full', is_complete: true, has_absence_proof: true });
    expect(watched.rig.takeRequests().length).toBeLessThan(12);
  });
});
