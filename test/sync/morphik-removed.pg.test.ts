import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { readStatus } from '../../src/publish/read-status.ts';
import { trackRecords } from '../../src/sync/track.ts';
import { expectLawful, HOUR_MS, openRecords, presentIds, syncLater } from './absence-rig.ts';
import { readEvents } from './hold-against-truth.ts';
import { expectNothingInventedIn } from './hold-mixed.ts';
import { healthOf, quietMorphik, type WatchedMorphik } from './morphik-rig.ts';

/** Servers from October 2025 on have no workflows any more: what is not offered is told, and is no failure. */
const FULL = { full: true };
const log = pino({ level: 'silent' });

async function track({ rig, ledger }: WatchedMorphik, recordIds: readonly string[]): Promise<void> {
  await trackRecords(ledger, { connection: 'morphik', stream: 'runs', recordIds, now: rig.now(), log });
}

describe('runs of a server without workflows', () => {
  it('are told as not offered, sync after sync, and nothing has failed', async () => {
    const { rig, ledger } = await quietMorphik(['runs', 'documents'], {
      world: { runs: 10, documents: 10 },
      server: { hasWorkflows: false },
    });
    for (const options of [{}, {}, FULL]) {
      rig.world.advanceBy(HOUR_MS);
      const result = await rig.sync(ledger, options);
      expect(result.status).toBe('succeeded');
      expect(result.streams).toMatchObject([
        { stream: 'runs', status: 'unsupported', is_complete: false, new_count: 0, error: { code: 'source_not_found' } },
        { stream: 'documents', status: 'succeeded', is_complete: true, error: null },
      ]);
    }
    const told = { last_status: 'unsupported', last_error: null, consecutive_failure_count: 0 };
    const { streams } = await readStatus(ledger, { now: rig.now() });
    expect(streams).toMatchObject([
      { stream: 'documents', last_status: 'succeeded' },
      { stream: 'runs', ...told, last_complete_sync_at: null, open_count: 0, missing_count: 0 },
    ]);
    expect(await healthOf(ledger, 'runs')).toMatchObject({ ...told, consecutive_failure_count: 0n });
    expect((await readEvents(ledger)).map(({ stream }) => stream)).toEqual(Array.from({ length: 10 }, () => 'documents'));
  });

  it('cost two requests a sync: the list that is not there, and one that shows that all else is', async () => {
    const watched = await quietMorphik(['runs'], { world: { runs: 10 }, server: { hasWorkflows: false } });
    await syncLater(watched);
    watched.rig.takeRequests();
    await syncLater(watched);
    expect(watched.rig.takeRequests()).toEqual(['GET /workflows', 'POST /documents']);
  });

  it('have failed where the key is refused as well: then nothing shows that they are not there', async () => {
    const watched = await quietMorphik(['runs'], { server: { hasWorkflows: false, apiKey: 'another' } });
    expect((await syncLater(watched)).stream).toMatchObject({ status: 'failed', error: { code: 'source_not_found' } });
    expect(await healthOf(watched.ledger, 'runs')).toMatchObject({ last_status: 'failed', consecutive_failure_count: 1n });
  });

  it('that are tracked are read by id all the same where that is left, to their ends', async () => {
    const watched = await quietMorphik(['runs'], { server: { hasWorkflows: false, keepsRunReads: true } });
    const { rig, ledger } = watched;
    const [open, over, unknown] = [rig.world.addRun(), rig.world.addRun(), 'no-such-run'];
    rig.world.moveRun(over.id, 'running');
    rig.world.moveRun(over.id, 'succeeded');
    const unsupported = { status: 'unsupported', is_complete: false };
    expect((await syncLater(watched)).stream).toMatchObject(unsupported);
    await track(watched, [open.id, over.id, unknown]);
    const landed = await syncLater(watched);
    expect(landed.stream).toMatchObject({ ...unsupported, new_count: 2, open_count: 1 });
    expect(landed.events.filter((event) => event.includes('discovered'))).toHaveLength(2);
    rig.world.moveRun(open.id, 'running');
    expect(await syncLater(watched)).toMatchObject({ stream: unsupported, events: [`${open.id} status_changed running`] });
    expect(await openRecords(ledger)).toMatchObject([{ record_id: open.id, missing_since_at: null }]);
    rig.world.moveRun(open.id, 'failed');
    expect(await syncLater(watched, FULL)).toMatchObject({ stream: unsupported, events: [`${open.id} status_changed failed`] });
    expect(await syncLater(watched)).toMatchObject({ stream: unsupported, events: [] });
    expect(await healthOf(ledger, 'runs')).toMatchObject({ last_status: 'unsupported', last_error: null, consecutive_failure_count: 0n });
    await expectNothingInventedIn(ledger, [rig.system]);
    await expectLawful(ledger);
  });
});

describe('runs that were read, and whose workflows were then removed', () => {
  it.each([
    ['with all that is below them', false],
    ['but for reads of single runs', true],
  ])('have failed and do not disappear, %s', async (_name, keepsRunReads) => {
    let hasWorkflows = true;
    const watched = await quietMorphik(['runs'], { world: { runs: 10 }, server: { hasWorkflows: () => hasWorkflows, keepsRunReads } });
    const { rig, ledger } = watched;
    const { id } = rig.world.addRun();
    await syncLater(watched);
    hasWorkflows = false;
    rig.world.moveRun(id, 'running');
    for (const [index, options] of [{}, FULL, {}, FULL].entries()) {
      const { stream, events } = await syncLater(watched, options);
      expect(stream).toMatchObject({ status: 'failed', is_complete: false, has_absence_proof: false, error: { code: 'source_not_found' } });
      expect(events).toEqual(keepsRunReads && index === 0 ? [`${id} status_changed running`] : []);
    }
    expect(await presentIds(ledger)).toHaveLength(11);
    expect((await openRecords(ledger)).map(({ missing_since_at: missing }) => missing !== null)).toEqual([!keepsRunReads]);
    const { streams } = await readStatus(ledger, { now: rig.now() });
    expect(streams).toMatchObject([{ stream: 'runs', last_status: 'failed', consecutive_failure_count: 4 }]);

    hasWorkflows = true;
    expect((await syncLater(watched)).stream).toMatchObject({ status: 'succeeded', is_complete: true });
    expect(await openRecords(ledger)).toMatchObject([{ record_id: id, missing_since_at: null }]);
    await expectLawful(ledger);
  });
});
