import { describe, expect, it } from 'vitest';
import type { SourceRequest } from '../../src/simulator/source-server.ts';
import { expectLawful, openRecords, presentIds, syncLater } from './absence-rig.ts';
import { expectCaughtUpIn, expectNothingInventedIn } from './hold-mixed.ts';
import { healthOf, quietMorphik, type WatchedMorphik } from './morphik-rig.ts';

/**
 * A Morphik whose database fails answers all the same: lists that are empty, with 200, and 404 for what it has. Only the pages of documents tell it, by
 * the counts that they then lack.
 */
const FULL = { full: true };
const FAILED = { status: 'failed', is_complete: false, has_absence_proof: false, error: { code: 'source_unavailable' } };
const IN_WORDS = /POST \/documents\/list_docs: an empty list without the counts that were asked for: its database failed/;

/** So many that the pages of documents are two. */
const DOCUMENTS = 210;

interface Failing {
  readonly watched: WatchedMorphik;
  /** Which requests meet the failure from now on. */
  readonly fail: (where: (request: SourceRequest) => boolean) => void;
  readonly heal: () => void;
}

async function failing(stream: 'runs' | 'documents', world: { readonly runs?: number; readonly documents?: number }): Promise<Failing> {
  let isDown: (request: SourceRequest) => boolean = () => false;
  const watched = await quietMorphik([stream], { world, server: { databaseDown: (request) => isDown(request) } });
  return {
    watched,
    fail: (where) => {
      isDown = where;
    },
    heal: () => {
      isDown = () => false;
    },
  };
}

const everywhere = (): boolean => true;
const atLists = ({ method }: SourceRequest): boolean => method === 'POST';
const atReads = ({ method }: SourceRequest): boolean => method === 'GET';
const atSecondPages = ({ body }: SourceRequest): boolean => body !== '' && (JSON.parse(body) as { skip: number }).skip > 0;

/** Afterwards all is as if it had never been. */
async function expectHealed({ rig, ledger }: WatchedMorphik, options = {}): Promise<void> {
  const { stream } = await syncLater({ rig, ledger }, options);
  expect(stream).toMatchObject({ status: 'succeeded', error: null, is_complete: true });
  await expectCaughtUpIn(ledger, [rig.system]);
  await expectNothingInventedIn(ledger, [rig.system]);
  expect((await openRecords(ledger)).filter((record) => record.missing_since_at !== null)).toEqual([]);
  expect(await healthOf(ledger, stream.stream)).toMatchObject({ last_error: null, missing_count: 0n, absence_finding: null });
  await expectLawful(ledger);
}

describe('documents, while the database of their server fails', () => {
  it('are not taken for none at the first sync', async () => {
    const { watched, fail, heal } = await failing('documents', { documents: DOCUMENTS });
    const { rig, ledger } = watched;
    fail(everywhere);
    for (let sync = 0; sync < 2; sync += 1) {
      const { stream, events } = await syncLater(watched);
      expect({ events, ...stream }).toMatchObject({ events: [], ...FAILED });
      expect(stream.error?.message).toMatch(IN_WORDS);
    }
    expect(await healthOf(ledger, 'documents')).toMatchObject({ last_status: 'failed', consecutive_failure_count: 2n });
    heal();
    await expectHealed(watched);
    expect(await presentIds(ledger)).toHaveLength(rig.world.documents.length);
  });

  it.each([
    ['incremental', {}],
    ['full', FULL],
  ])('are not taken for gone at later syncs (%s), nor is what happens meanwhile lost', async (_mode, options) => {
    const { watched, fail, heal } = await failing('documents', { documents: DOCUMENTS });
    const { rig, ledger } = watched;
    const open = Array.from({ length: 3 }, () => rig.world.addDocument().id);
    await syncLater(watched);
    fail(everywhere);
    const [done = '', again = '', waiting = ''] = open;
    rig.world.moveDocument(done, 'succeeded');
    rig.world.moveDocument(again, 'failed', 'no text');
    for (let sync = 0; sync < 3; sync += 1) {
      const { stream, events } = await syncLater(watched, options);
      expect({ events, ...stream }).toMatchObject({ events: [], ...FAILED });
      expect(stream.error?.message).toMatch(IN_WORDS);
    }
    // What is open was asked for by its id, and not found: it is shown as missing, and as no more than that.
    expect((await openRecords(ledger)).filter((record) => record.missing_since_at !== null)).toHaveLength(3);
    rig.world.moveDocument(waiting, 'running');
    rig.world.addDocument();
    heal();
    await expectHealed(watched);
  });

  it.each([
    ['the first', 'first'],
    ['a later', 'later'],
  ])('are not taken for fewer where it fails in the middle of %s scan', async (_name, which) => {
    const { watched, fail, heal } = await failing('documents', { documents: DOCUMENTS });
    const { rig, ledger } = watched;
    if (which === 'later') await syncLater(watched);
    fail(atSecondPages);
    for (let scan = 0; scan < 3; scan += 1) {
      const { stream, events } = await syncLater(watched, FULL);
      expect(stream).toMatchObject(FAILED);
      expect(stream.error?.message).toMatch(IN_WORDS);
      expect(events.filter((event) => event.includes('appeared'))).toEqual([]);
    }
    // The first page has landed.
    if (which === 'first') expect(await presentIds(ledger)).toHaveLength(200);
    heal();
    await expectHealed(watched);
    expect(await presentIds(ledger)).toHaveLength(rig.world.documents.length);
  });

  it('are missing and nothing else where it fails at reads by id', async () => {
    const { watched, fail, heal } = await failing('documents', { documents: DOCUMENTS });
    const { rig, ledger } = watched;
    const { id } = rig.world.addDocument();
    await syncLater(watched);
    // So that the first page, where a sync of what has changed ends, shows it no more.
    for (const document of rig.world.documents.slice(0, 205)) rig.world.editDocument(document.id);
    await syncLater(watched);
    fail(atReads);
    for (const options of [{}, FULL, {}, FULL, FULL]) {
      const { events, stream } = await syncLater(watched, options);
      expect({ events, ...stream }).toMatchObject({ events: [], status: 'succeeded', error: null });
    }
    expect(await presentIds(ledger)).toContain(id);
    heal();
    await expectHealed(watched);
  });

  it.each([
    ['at its second pages', atSecondPages],
    ['at its second pages and at reads by id', (request: SourceRequest) => atSecondPages(request) || atReads(request)],
    ['at its lists', atLists],
  ])('of an old server, whose lists tell nothing of it, do not disappear either: %s', async (_name, where) => {
    let isDown: (request: SourceRequest) => boolean = () => false;
    const controller = new AbortController();
    const watched = await quietMorphik(['documents'], {
      // So few on the second page that nothing but the reads by id speaks for them.
      world: { documents: 27 },
      server: {
        server: 'bare_array',
        databaseDown: (request) => isDown(request),
        beforeRequest: ({ number }) => {
          if (number > 500) controller.abort();
        },
      },
    });
    const { rig, ledger } = watched;
    await syncLater(watched);
    isDown = where;
    for (let scan = 0; scan < 3; scan += 1) {
      const { events, stream } = await syncLater(watched, { ...FULL, signal: controller.signal });
      expect(stream.status, 'read to an end').not.toBe('interrupted');
      expect(events).toEqual([]);
    }
    isDown = () => false;
    await expectHealed(watched, FULL);
    expect(await presentIds(ledger)).toHaveLength(rig.world.documents.length);
  });
});

describe('runs, while the database of their server fails', () => {
  const isListOfWorkflows = ({ path }: SourceRequest): boolean => path === '/workflows';
  const isListOfRuns = ({ path }: SourceRequest): boolean => path.endsWith('/runs');
  const isRead = ({ path }: SourceRequest): boolean => path.startsWith('/workflows/runs/');
  const isAnyButWorkflows = (request: SourceRequest): boolean => !isListOfWorkflows(request);

  it.each<[string, number, (request: SourceRequest) => boolean]>([
    ['at every request', 8, everywhere],
    ['at every request, where there are many', 40, everywhere],
    ['at the list of workflows', 8, isListOfWorkflows],
    ['at lists of runs', 8, isListOfRuns],
    ['at lists of runs, where there are many', 40, isListOfRuns],
    ['at lists of runs and reads by id', 8, isAnyButWorkflows],
    ['at reads by id', 8, isRead],
  ])('are neither lost nor taken for gone: %s (%i runs)', async (_name, runs, where) => {
    const { watched, fail, heal } = await failing('runs', { runs: runs - 2 });
    const { rig, ledger } = watched;
    const [started, over] = [rig.world.addRun().id, rig.world.addRun().id];
    await syncLater(watched);
    fail(where);
    rig.world.moveRun(started, 'running');
    rig.world.moveRun(over, 'running');
    rig.world.moveRun(over, 'failed');
    for (const options of [{}, FULL, {}, FULL, FULL]) {
      const { events } = await syncLater(watched, options);
      expect(events.filter((event) => event.includes('appeared'))).toEqual([]);
    }
    expect(await presentIds(ledger)).toHaveLength(runs);
    heal();
    await expectHealed(watched, FULL);
  });

  it('are found by the sync after one that found none', async () => {
    const { watched, fail, heal } = await failing('runs', { runs: 20 });
    fail(everywhere);
    await syncLater(watched);
    expect(await presentIds(watched.ledger)).toEqual([]);
    heal();
    await expectHealed(watched);
  });
});
