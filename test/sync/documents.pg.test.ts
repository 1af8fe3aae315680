import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { Document } from '../../src/simulator/document.ts';
import type { SourceAnswer } from '../../src/simulator/source-server.ts';
import { trackRecords } from '../../src/sync/track.ts';
import { freshLedger, LEDGER_KINDS, silent, type LedgerKind } from '../support/ledger.ts';
import { expectCaughtUp, expectConsistent, expectNothingInvented, expectSamePresent, readEvents } from './hold-against-truth.ts';
import { startRig, type Rig, type RigOptions } from './rig.ts';

const QUIET = { runsPerHour: 0 };
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const DOCUMENTS = ['documents'] as const;

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const closable of open.splice(0).reverse()) await closable.close();
});

async function rigOn(options: RigOptions = {}, kind: LedgerKind = 'postgres'): Promise<{ rig: Rig; ledger: Ledger }> {
  const rig = await startRig({
    ...options,
    world: { collections: 1, ...options.world, rates: { ...QUIET, ...options.world?.rates } },
    connection: { streams: DOCUMENTS, ...options.connection },
  });
  open.push(rig);
  const ledger = await freshLedger(kind);
  open.push(ledger);
  return { rig, ledger };
}

/** What became of a document, as the ledger has it. */
async function story(ledger: Ledger, { id }: Document): Promise<readonly string[]> {
  const events = await readEvents(ledger);
  return events.flatMap((event) => (event.record_id === id ? [`${event.event_type} ${event.to_status ?? '-'} #${event.attempt}`] : []));
}

async function attempts(ledger: Ledger, { id }: Document): Promise<readonly unknown[]> {
  const { rows } = await sql`
    select attempt, attempt_key, outcome, error from runledger.document_attempts where record_id = ${id} order by attempt`.execute(
    ledger.db,
  );
  return rows;
}

async function expectTrue(rig: Rig, ledger: Ledger): Promise<void> {
  await expectCaughtUp(ledger, rig.world, DOCUMENTS);
  await expectNothingInvented(ledger, rig.world);
  await expectConsistent(ledger);
}

/** A minute later. */
async function poll(rig: Rig, ledger: Ledger, options: Parameters<Rig['sync']>[1] = {}): ReturnType<Rig['sync']> {
  rig.world.advanceBy(MINUTE_MS);
  return await rig.sync(ledger, options);
}

/** Requests of lists of documents: `Handbook/trained`. */
function listsAsked(rig: Rig): readonly string[] {
  const names = new Map(rig.world.collections.map(({ id, name }) => [id, name]));
  return rig.takeRequests().flatMap((path) => {
    const [, id = '', status = ''] = /^\/v1\/knowledge-bases\/([^/]+)\/documents\/([a-z]+)/.exec(path) ?? [];
    return status === '' ? [] : [`${names.get(id) ?? ''}/${status}`];
  });
}

describe.each(LEDGER_KINDS)('a document, in a ledger in %s,', (kind) => {
  it('is seen from its upload to its end', async () => {
    const { rig, ledger } = await rigOn({}, kind);
    const document = rig.world.addDocument();
    expect((await poll(rig, ledger)).streams).toMatchObject([{ stream: 'documents', status: 'succeeded', new_count: 1, open_count: 1 }]);
    rig.world.moveDocument(document.id, 'running');
    await poll(rig, ledger);
    rig.world.moveDocument(document.id, 'succeeded');
    expect((await poll(rig, ledger)).streams).toMatchObject([{ new_count: 0, changed_count: 1, open_count: 0, is_complete: true }]);
    expect(await story(ledger, document)).toEqual(['discovered queued #1', 'status_changed running #1', 'status_changed succeeded #1']);
    expect(await attempts(ledger, document)).toEqual([{ attempt: 1, attempt_key: document.runId, outcome: 'succeeded', error: null }]);
    await expectTrue(rig, ledger);
  });

  it('that failed is tried again under another run, as another attempt', async () => {
    const { rig, ledger } = await rigOn({}, kind);
    const document = rig.world.addDocument();
    rig.world.moveDocument(document.id, 'failed', 'No text was found on any page');
    const first = document.runId;
    await poll(rig, ledger);
    rig.world.retryDocument(document.id);
    await poll(rig, ledger);
    rig.world.moveDocument(document.id, 'succeeded');
    await poll(rig, ledger);
    expect(await story(ledger, document)).toEqual(['discovered failed #1', 'reopened running #2', 'status_changed succeeded #2']);
    expect(await attempts(ledger, document)).toEqual([
      { attempt: 1, attempt_key: first, outcome: 'failed', error: 'ingestion_failed: No text was found on any page' },
      { attempt: 2, attempt_key: document.runId, outcome: 'succeeded', error: null },
    ]);
    await expectTrue(rig, ledger);
  });

  it.each(['failed', 'succeeded'] as const)('that %s twice, the second time between two polls, has two attempts', async (end) => {
    const { rig, ledger } = await rigOn({}, kind);
    const document = rig.world.addDocument();
    rig.world.moveDocument(document.id, end);
    const first = document.runId;
    await poll(rig, ledger);
    rig.world.advanceBy(MINUTE_MS);
    rig.world.retryDocument(document.id);
    rig.world.advanceBy(MINUTE_MS);
    rig.world.moveDocument(document.id, end);
    await poll(rig, ledger);
    expect(await story(ledger, document)).toEqual([`discovered ${end} #1`, `reopened ${end} #2`]);
    expect(await attempts(ledger, document)).toMatchObject([
      { attempt: 1, attempt_key: first, outcome: end },
      { attempt: 2, attempt_key: document.runId, outcome: end },
    ]);
    await expectTrue(rig, ledger);
  });

  it('that is deleted is found by the next full scan, and one that was open is missing at once', async () => {
    const { rig, ledger } = await rigOn({}, kind);
    const [kept, trained, training] = Array.from({ length: 3 }, () => rig.world.addDocument()) as [Document, Document, Document];
    for (const { id } of [kept, trained]) rig.world.moveDocument(id, 'succeeded');
    rig.world.moveDocument(training.id, 'running');
    await poll(rig, ledger);
    for (const { id } of [trained, training]) rig.world.deleteDocument(id);
    expect((await poll(rig, ledger)).streams).toMatchObject([{ is_complete: true, appended_count: 0 }]);
    const { rows } = await sql`select record_id from runledger.open_records where missing_since_at is not null`.execute(ledger.db);
    expect(rows).toEqual([{ record_id: training.id }]);
    expect((await poll(rig, ledger, { full: true })).streams).toMatchObject([{ mode: 'full', has_absence_proof: true, appended_count: 2 }]);
    expect(await attempts(ledger, trained)).toMatchObject([{ outcome: 'succeeded' }]);
    expect(await attempts(ledger, training)).toMatchObject([{ outcome: 'disappeared' }]);
    await expectSamePresent(ledger, rig.world, DOCUMENTS);
    await expectTrue(rig, ledger);
  });
});

describe('the lists of documents', () => {
  it('are three a knowledge base while nothing moves, and the trained ones where its counters moved or on a full scan', async () => {
    const { rig, ledger } = await rigOn({ world: { collections: 2, documents: 30, rates: { documentFailureShare: 0.3 } } });
    const open = ['uploaded', 'training', 'error'];
    const lists = (name: string, statuses: readonly string[]): string[] => statuses.map((status) => `${name}/${status}`);
    const asked = async (options: Parameters<Rig['sync']>[1] = {}): Promise<readonly string[]> => {
      await poll(rig, ledger, options);
      return [...listsAsked(rig)].sort();
    };
    // A full scan looks once more for what went back meanwhile.
    const all = ['Handbook', 'Product manuals'].flatMap((name) => lists(name, [...open, 'trained', ...open])).sort();
    const few = ['Handbook', 'Product manuals'].flatMap((name) => lists(name, open)).sort();
    rig.world.advanceBy(DAY_MS);
    expect(await asked()).toEqual(all);
    expect(await asked()).toEqual(few);

    const result = await poll(rig, ledger);
    expect(result.streams).toMatchObject([{ mode: 'incremental', request_count: 1 + 6, appended_count: 0, is_complete: true }]);
    expect(rig.takeRequests()).toContain('/v1/knowledge-bases?page=1&size=100');

    const document = rig.world.addDocument();
    rig.world.moveDocument(document.id, 'succeeded');
    expect(await asked()).toEqual([...few, 'Handbook/trained'].sort());
    expect(await story(ledger, document)).toEqual(['discovered succeeded #1']);
    expect(await asked()).toEqual(few);
    expect(await asked({ full: true })).toEqual(all);
    expect(await asked()).toEqual(few);
    rig.world.advanceBy(2 * DAY_MS);
    expect(await asked(), 'a full scan is due').toEqual(all);
  });

  it('are all read at each sync where a knowledge base tells no counters', async () => {
    const { rig, ledger } = await rigOn({
      world: { documents: 5 },
      server: { intercept: ({ path }, honest) => (path === '/v1/knowledge-bases' ? withoutCounters(honest()) : null) },
    });
    await poll(rig, ledger);
    for (let round = 0; round < 2; round += 1) {
      rig.takeRequests();
      expect((await poll(rig, ledger)).streams).toMatchObject([{ mode: 'incremental', status: 'succeeded', is_complete: true }]);
      expect(listsAsked(rig)).toEqual(['Handbook/uploaded', 'Handbook/training', 'Handbook/error', 'Handbook/trained']);
    }
  });

  it('of trained ones are read again where a sync could not read them to their end', async () => {
    let isBroken = true;
    const { rig, ledger } = await rigOn({
      world: { documents: 150, rates: { documentFailureShare: 0 } },
      server: { intercept: ({ path, query }) => (isBroken && path.endsWith('/trained') && query.get('page') === '2' ? REFUSAL : null) },
    });
    rig.world.advanceBy(30 * DAY_MS);
    expect((await poll(rig, ledger)).streams).toMatchObject([{ status: 'failed', is_complete: false }]);
    isBroken = false;
    await poll(rig, ledger);
    await expectSamePresent(ledger, rig.world, DOCUMENTS);
  });

  it.each(['size', 'page_size'] as const)('come in pages of 100 from a source that calls their size %s', async (documentSizeParameter) => {
    const { rig, ledger } = await rigOn({
      world: { documents: 230, rates: { documentFailureShare: 0, documentRetrainShare: 0, documentDeletionShare: 0 } },
      server: { documentSizeParameter, order: 'newest_first' },
    });
    rig.world.advanceBy(30 * DAY_MS);
    expect((await poll(rig, ledger)).streams).toMatchObject([{ new_count: 230, is_complete: true }]);
    expect(new Set(rig.takeRequests().filter((path) => path.includes('/trained')))).toHaveLength(3);
    await expectTrue(rig, ledger);
  });

  it('may hold folders, which are counted and are no documents', async () => {
    const { rig, ledger } = await rigOn({
      world: { documents: 4, rates: { documentDeletionShare: 0 } },
      server: { foldersPerKnowledgeBase: 2, showsFoldersEverywhere: true },
    });
    rig.world.advanceBy(30 * DAY_MS);
    const { streams } = await poll(rig, ledger);
    expect(streams).toMatchObject([{ new_count: 4, ignored_count: 14, rejected_count: 0, is_complete: true, has_absence_proof: true }]);
    const { rows } = await sql`select ignored_count from runledger.sync_streams`.execute(ledger.db);
    expect(rows).toEqual([{ ignored_count: 14n }]);
    await expectSamePresent(ledger, rig.world, DOCUMENTS);
  });

  it('are read in the order of the lifecycle: what moves on while they are read is met', async () => {
    const { rig, ledger } = await rigOn({
      server: (world) => ({
        beforeRequest: ({ path }) => {
          if (!path.includes('/documents/')) return;
          world.advanceBy(1_000);
          // Each of them goes as far as it can without passing the reader by.
          for (const { id, state, number } of world.documents) {
            if (state === 'queued') world.moveDocument(id, number % 2 === 0 ? 'running' : 'failed');
            else if (state === 'running') world.moveDocument(id, number % 3 === 0 ? 'failed' : 'succeeded');
          }
        },
      }),
    });
    // Not in the first sync, which is a full scan and looks twice.
    await poll(rig, ledger);
    for (let i = 0; i < 60; i += 1) rig.world.addDocument();
    expect((await poll(rig, ledger)).streams).toMatchObject([{ mode: 'incremental', new_count: 60, is_complete: true }]);
    await poll(rig, ledger);
    await expectTrue(rig, ledger);
  });
});

describe('a full scan of documents that move meanwhile', () => {
  it('is not called proven where one left a page that was read and another came into its list behind it', async () => {
    let isMoving = false;
    const { rig, ledger } = await rigOn({
      server: (world) => ({
        order: 'newest_first',
        beforeRequest: ({ path, query }) => {
          const [oldest, newest] = [world.documents[0], world.documents.at(-1)];
          if (!isMoving || !path.endsWith('/trained') || query.get('page') !== '2' || oldest === undefined || newest === undefined) return;
          isMoving = false;
          world.retryDocument(newest.id);
          world.moveDocument(oldest.id, 'succeeded');
        },
      }),
    });
    for (let i = 0; i < 250; i += 1) {
      const { id } = rig.world.addDocument();
      rig.world.advanceBy(1_000);
      rig.world.moveDocument(id, i === 0 ? 'running' : 'succeeded');
    }
    isMoving = true;
    expect((await poll(rig, ledger)).streams).toMatchObject([{ is_complete: true, has_absence_proof: true }]);
    await expectSamePresent(ledger, rig.world, DOCUMENTS);
    await expectTrue(rig, ledger);
  });

  it('sees those that are all tried again while it reads', async () => {
    let isMoving = false;
    const { rig, ledger } = await rigOn({
      server: (world) => ({
        beforeRequest: ({ path }) => {
          if (!isMoving || !path.endsWith('/error')) return;
          isMoving = false;
          for (const { id, state } of world.documents) if (state === 'failed') world.retryDocument(id);
        },
      }),
    });
    for (let i = 0; i < 40; i += 1) rig.world.moveDocument(rig.world.addDocument().id, i % 2 === 0 ? 'failed' : 'succeeded');
    for (const options of [{}, { full: true }]) {
      isMoving = true;
      expect((await poll(rig, ledger, options)).streams).toMatchObject([{ error: null, is_complete: true, has_absence_proof: true }]);
      await expectSamePresent(ledger, rig.world, DOCUMENTS);
      for (const { id, state } of rig.world.documents) if (state === 'running') rig.world.moveDocument(id, 'failed');
      await poll(rig, ledger);
    }
    await expectTrue(rig, ledger);
  });
});

describe('a document that no list shows', () => {
  it('is read by id from its knowledge base while it is open', async () => {
    const hidden = new Set<string>();
    const { rig, ledger } = await rigOn({
      server: { intercept: ({ path }, honest) => (path.includes('/documents/') ? without(hidden, honest()) : null) },
    });
    const document = rig.world.addDocument();
    rig.world.moveDocument(document.id, 'running');
    await poll(rig, ledger);
    hidden.add(document.id);
    rig.world.moveDocument(document.id, 'failed', 'The file is protected by a password');
    rig.takeRequests();
    await poll(rig, ledger);
    expect(rig.takeRequests().at(-1)).toBe(`/v1/knowledge-bases/${document.collection.id}/document/${document.id}`);
    expect(await story(ledger, document)).toEqual(['discovered running #1', 'status_changed failed #1']);
    await expectTrue(rig, ledger);
  });

  it('cannot be read where only its id is known: that is told, and the next id is tried before it', async () => {
    const { rig, ledger } = await rigOn({ connection: { openReads: 10 } });
    await poll(rig, ledger);
    const recordIds = ['a', 'b'];
    await trackRecords(ledger, { connection: 'noxus-main', stream: 'documents', recordIds, now: rig.now(), log: silent });
    rig.takeRequests();
    for (const id of recordIds) {
      expect((await poll(rig, ledger)).streams).toMatchObject([{ status: 'succeeded', is_complete: true }]);
      const { rows } = await sql`
        select record_id, last_result from runledger.tracked where last_read_at = (select max(last_read_at) from runledger.tracked)`.execute(
        ledger.db,
      );
      expect(rows).toEqual([{ record_id: id, last_result: 'cannot be read' }]);
    }
    expect(rig.takeRequests().filter((path) => path.includes('/document/'))).toEqual([]);
    rig.world.addDocument({ id: 'a' });
    expect((await poll(rig, ledger)).streams).toMatchObject([{ new_count: 1 }]);
  });
});

describe('a knowledge base', () => {
  it('that cannot be read stops no other, and the sync is not complete', async () => {
    let isBroken = true;
    const { rig, ledger } = await rigOn({
      world: { collections: 2, documents: 40 },
      server: (world) => ({
        intercept: ({ path }) => (isBroken && path.includes(`${world.collections[0]?.id ?? ''}/documents/`) ? REFUSAL : null),
      }),
      connection: { streams: DOCUMENTS },
    });
    const [broken, sound] = rig.world.collections;
    const first = await poll(rig, ledger);
    expect(first.streams).toMatchObject([{ status: 'failed', is_complete: false, has_absence_proof: false }]);
    const { rows } = await sql<{ collection_id: string; count: number }>`
      select collection_id, count(*)::int as count from runledger.records group by 1`.execute(ledger.db);
    const present = rig.world.documents.filter(({ collection, deletedAt }) => collection === sound && deletedAt === null);
    expect(rows).toEqual([{ collection_id: sound?.id, count: present.length }]);
    isBroken = false;
    rig.world.advanceBy(DAY_MS);
    expect((await poll(rig, ledger)).streams).toMatchObject([{ status: 'succeeded', is_complete: true }]);
    expect(broken).toBeDefined();
    await expectTrue(rig, ledger);
  });

  it('that is deleted takes its documents with it', async () => {
    const { rig, ledger } = await rigOn({ world: { collections: 2, documents: 40, rates: { documentDeletionShare: 0 } } });
    rig.world.advanceBy(30 * DAY_MS);
    await poll(rig, ledger);
    rig.world.deleteCollection(rig.world.collections[0]?.id ?? '');
    expect((await poll(rig, ledger, { acceptDisappearances: true })).streams).toMatchObject([{ error: null, has_absence_proof: true }]);
    await expectSamePresent(ledger, rig.world, DOCUMENTS);
    const { rows } = await sql`
      select distinct response_path from runledger.disappearances`.execute(ledger.db);
    expect(rows).toEqual([{ response_path: `/v1/knowledge-bases/${rig.world.collections[0]?.id ?? ''}` }]);
    await expectTrue(rig, ledger);
  });
});

const REFUSAL = { status: 400, body: { detail: 'no' } };

function withoutCounters({ body, ...answer }: SourceAnswer): SourceAnswer {
  const page = body as { readonly items: readonly object[] };
  const items = page.items.map((item) => Object.fromEntries(Object.entries(item).filter(([name]) => !name.endsWith('_documents'))));
  return { ...answer, body: { ...page, items } };
}

/** The same page, but for some documents: its total counts them no more. */
function without(ids: ReadonlySet<string>, { body, ...answer }: SourceAnswer): SourceAnswer {
  const page = body as { readonly items: readonly { readonly id: string }[]; readonly total: number };
  const items = page.items.filter(({ id }) => !ids.has(id));
  return { ...answer, body: { ...page, items, total: page.total - (page.items.length - items.length) } };
}
