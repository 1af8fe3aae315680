import { hostname } from 'node:os';
import { spawnSync } from 'node:child_process';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { SourceRequest } from '../../src/simulator/source-server.ts';
import { createRandom } from '../../src/simulator/random.ts';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { disappearanceOf, expectLawful, presentIds, quietRig, syncLater, type Watched } from './absence-rig.ts';
import { readEvents } from './hold-against-truth.ts';
import { slowly } from './rig.ts';

const FULL = { full: true };
const BOTH = { streams: ['runs', 'documents'] } as const;
const DOCUMENTS = { streams: ['documents'] } as const;
const SETTLED = { ingestionShare: 0, documentRetryShare: 0, documentRetrainShare: 0, documentEditShare: 0, documentDeletionShare: 0 };
const REFUSAL = { status: 400, body: { detail: 'no' } };
const NOT_FOUND = { status: 404, body: { detail: 'Not found' } };

/** What is wrong with the source at the moment; null: nothing. */
interface Fault {
  at: ((request: SourceRequest) => boolean) | null;
  answer: { readonly status: number; readonly headers?: Record<string, string>; readonly body: unknown };
}

async function faultyRig(
  streams: { readonly streams: readonly ('runs' | 'documents')[] },
  world: { runs?: number; documents?: number; collections?: number } = {},
): Promise<Watched & { readonly fault: Fault }> {
  const fault: Fault = { at: null, answer: REFUSAL };
  const watched = await quietRig('postgres', {
    world: { runs: 30, documents: 60, collections: 3, ...world, rates: SETTLED },
    connection: streams,
    server: { intercept: (request) => (fault.at?.(request) === true ? fault.answer : null) },
  });
  return { ...watched, fault };
}

async function streamRows(ledger: Ledger): Promise<readonly unknown[]> {
  const { rows } = await sql`
    select r.stream, r.status, r.is_complete, r.error from runledger.sync_streams r
    where r.sync_id = (select max(sync_id) from runledger.syncs) order by stream desc`.execute(ledger.db);
  return rows;
}

async function freshness(ledger: Ledger): Promise<Record<string, boolean>> {
  const { rows } = await sql<{ stream: string; is_fresh: boolean }>`
    select stream, last_complete_sync_at is not null as is_fresh from runledger.sync_health`.execute(ledger.db);
  return Object.fromEntries(rows.map((row) => [row.stream, row.is_fresh]));
}

const ofCollection = ({ rig }: Watched, index: number): readonly string[] =>
  rig.world.documents
    .filter((document) => document.collection === rig.world.collections[index])
    .map((document) => document.id)
    .sort();

describe('a failure', () => {
  it.each([
    ['runs', '/v1/runs', 'documents'],
    ['documents', '/v1/knowledge-bases', 'runs'],
  ])('of %s leaves the other stream of the connection alone, and is not fresh', async (failing, path, other) => {
    const { rig, ledger, fault } = await faultyRig(BOTH, { runs: 40 });
    // The root list of documents is that of a part of the runs too: there it fails them as well, and only the list of its own is theirs alone.
    fault.at = (request) => (failing === 'runs' ? request.path === path : request.path.includes('/documents/'));
    const { status, streams } = await rig.sync(ledger);
    expect(status).toBe('failed');
    expect(streams.find((stream) => stream.stream === failing)).toMatchObject({ status: 'failed', is_complete: false, new_count: 0 });
    expect(streams.find((stream) => stream.stream === other)).toMatchObject({ status: 'succeeded', is_complete: true, error: null });
    expect(await freshness(ledger)).toEqual({ [failing]: false, [other]: true });
    fault.at = null;
    rig.world.advanceBy(1_000);
    expect((await rig.sync(ledger)).status).toBe('succeeded');
    expect(await freshness(ledger)).toEqual({ runs: true, documents: true });
    await expectLawful(ledger);
  });

  it('of one knowledge base leaves the others, and what it keeps from being seen is caught up with later', async () => {
    const watched = await faultyRig(DOCUMENTS);
    const { rig, ledger, fault } = watched;
    const failing = rig.world.collections[1]?.id ?? '';
    fault.at = ({ path }) => path.startsWith(`/v1/knowledge-bases/${failing}/documents/`);
    const { stream } = await syncLater(watched);
    expect(stream).toMatchObject({ status: 'failed', is_complete: false, error: { code: 'source_bad_request' } });
    expect(await presentIds(ledger)).toEqual([...ofCollection(watched, 0), ...ofCollection(watched, 2)].sort());
    expect(await freshness(ledger)).toEqual({ documents: false });
    fault.at = null;
    expect((await syncLater(watched)).stream).toMatchObject({ status: 'succeeded', is_complete: true });
    expect(await presentIds(ledger)).toEqual(rig.world.documents.map((document) => document.id).sort());
  });

  it('to ask for a knowledge base that is in the list no more leaves the others, and proves nothing', async () => {
    const watched = await faultyRig(DOCUMENTS, { documents: 30 });
    const { rig, ledger, fault } = watched;
    await syncLater(watched);
    const [gone, changed] = rig.world.collections;
    rig.world.deleteCollection(gone?.id ?? '');
    const fresh = rig.world.addDocument(changed === undefined ? {} : { collection: changed });
    fault.at = ({ path }) => path === `/v1/knowledge-bases/${gone?.id ?? ''}`;
    const failed = await syncLater(watched, FULL);
    expect(failed).toMatchObject({ events: [`${fresh.id} discovered queued`], stream: { status: 'failed', has_absence_proof: false } });
    fault.at = null;
    expect((await syncLater(watched, { acceptDisappearances: true })).events).toEqual(disappearanceOf(ofCollection(watched, 0)));
    await expectLawful(ledger);
  });

  it('to understand one document leaves all others', async () => {
    const watched = await quietRig('postgres', {
      world: { documents: 40, collections: 2, rates: SETTLED },
      connection: DOCUMENTS,
      server: {
        intercept: ({ path }, honest) => {
          if (!path.endsWith('/documents/trained')) return null;
          const body = honest().body as { items: readonly object[] };
          return { body: { ...body, items: body.items.map((item, index) => (index === 0 ? { ...item, id: { no: 'id' } } : item)) } };
        },
      },
    });
    const { stream } = await syncLater(watched);
    const all = watched.rig.world.documents.length;
    expect(stream).toMatchObject({ status: 'succeeded', rejected_count: 2, new_count: all - 2, has_absence_proof: true });
  });
});

describe('a list that is not there', () => {
  it.each([404, 405])(
    'makes a stream that was never read unsupported, which is no failure, and one that was read failed: %i',
    async (status) => {
      const { rig, ledger, fault } = await faultyRig(BOTH);
      fault.answer = { status, body: { detail: 'Not here' } };
      fault.at = ({ path }) => path === '/v1/knowledge-bases';
      for (let sync = 0; sync < 2; sync += 1) {
        const result = await rig.sync(ledger);
        expect(result.status).toBe('succeeded');
        expect(result.streams).toMatchObject([
          { status: 'succeeded', is_complete: true },
          { status: 'unsupported', is_complete: false },
        ]);
        expect(result.streams[1]?.error?.message).toMatch(new RegExp(`/v1/knowledge-bases\\?\\S+ answered ${status}`));
        rig.world.advanceBy(1_000);
      }
      expect(await streamRows(ledger)).toMatchObject([{ status: 'succeeded' }, { status: 'unsupported', is_complete: false }]);
      expect(await freshness(ledger)).toEqual({ runs: true, documents: false });
      fault.at = null;
      expect((await rig.sync(ledger)).streams[1]).toMatchObject({ status: 'succeeded', is_complete: true });
      fault.at = ({ path }) => path === '/v1/knowledge-bases';
      rig.world.advanceBy(1_000);
      expect((await rig.sync(ledger)).streams[1]).toMatchObject({ status: 'failed', error: { code: 'source_not_found' } });
    },
  );

  it('where nothing else answers either is a failure', async () => {
    const { rig, ledger, fault } = await faultyRig(DOCUMENTS);
    fault.answer = NOT_FOUND;
    fault.at = () => true;
    expect((await rig.sync(ledger)).streams[0]).toMatchObject({ status: 'failed', error: { code: 'source_not_found' } });
  });

  it('of one knowledge base ends that one alone, and takes nothing from the ledger while it is there itself', async () => {
    const watched = await faultyRig(DOCUMENTS, { documents: 30 });
    const { rig, ledger, fault } = watched;
    await syncLater(watched);
    const fresh = rig.world.addDocument({ collection: rig.world.collections[2] as (typeof rig.world.collections)[number] });
    fault.answer = NOT_FOUND;
    fault.at = ({ path }) => path.startsWith(`/v1/knowledge-bases/${rig.world.collections[0]?.id ?? ''}/documents/`);
    expect(await syncLater(watched)).toMatchObject({ events: [`${fresh.id} discovered queued`], stream: { status: 'succeeded' } });
    const scan = await syncLater(watched, { acceptDisappearances: true });
    expect(scan).toMatchObject({
      events: [],
      stream: { status: 'succeeded', is_complete: false, incomplete_because: ['scan_not_proven'] },
    });
    expect(await presentIds(ledger)).toEqual(rig.world.documents.map((document) => document.id).sort());
  });
});

describe('a sync that does not come to its end', () => {
  it('for a rate limit says so of both streams', async () => {
    const { rig, ledger, fault } = await faultyRig(BOTH);
    fault.answer = { status: 429, headers: { 'retry-after': '3600' }, body: { detail: 'slow down' } };
    fault.at = () => true;
    expect((await rig.sync(ledger)).status).toBe('failed');
    expect(await streamRows(ledger)).toMatchObject([
      { stream: 'runs', status: 'rate_limited' },
      { stream: 'documents', status: 'rate_limited' },
    ]);
    expect(await freshness(ledger)).toEqual({ runs: false, documents: false });
  });

  it('for a signal says so of both streams, and gives them back', async () => {
    const { rig, ledger, fault } = await faultyRig(BOTH);
    const controller = new AbortController();
    fault.at = () => {
      controller.abort();
      return false;
    };
    expect((await rig.sync(ledger, { signal: controller.signal })).status).toBe('interrupted');
    expect(await streamRows(ledger)).toMatchObject([
      { status: 'interrupted', is_complete: false },
      { status: 'interrupted', is_complete: false },
    ]);
    const { rows } = await sql`select from runledger.streams where lease_holder is not null`.execute(ledger.db);
    expect(rows).toEqual([]);
    fault.at = null;
    expect((await rig.sync(ledger)).status).toBe('succeeded');
  });
});

describe.each(LEDGER_KINDS)('two syncs at once into %s', (kind) => {
  it('leave what one after the other would, in both streams', async () => {
    const world = { runs: 300, documents: 60, collections: 2, rates: { ...SETTLED, endlessShare: 0.2 } };
    const random = createRandom(3);
    let isSlow = false;
    const watched = await quietRig(kind, {
      world,
      connection: BOTH,
      server: (moving) => ({ latency: (moment) => (isSlow ? slowly(moving, random, 50).latency?.(moment) : undefined) }),
    });
    const { rig, ledger } = watched;
    const control = await freshLedger(kind);
    await rig.sync(control);
    isSlow = true;
    const results = await Promise.all([rig.sync(ledger), rig.sync(ledger), rig.sync(ledger)]);
    for (const stream of ['runs', 'documents']) {
      const statuses = results
        .flatMap((result) => result.streams)
        .filter((result) => result.stream === stream)
        .map((result) => result.status);
      expect(statuses).toContain('succeeded');
      expect(statuses.every((status) => status === 'succeeded' || status === 'skipped')).toBe(true);
    }
    const { rows } = await sql`select from runledger.sync_streams where status = 'skipped' and error is null`.execute(ledger.db);
    expect(rows).toEqual([]);
    isSlow = false;
    rig.world.advanceBy(1_000);
    await rig.sync(ledger);
    await rig.sync(control);
    const told = async (one: Ledger): Promise<readonly string[]> =>
      (await readEvents(one))
        .map((event) => `${event.stream} ${event.record_id} ${event.sequence} ${event.event_type} ${event.to_status ?? ''}`)
        .sort();
    expect(await told(ledger)).toEqual(await told(control));
    await expectLawful(ledger);
  });
});

describe('a lease', () => {
  const DEAD = spawnSync(process.execPath, ['--version']).pid;

  async function leased(ledger: Ledger, holder: string, seconds: number): Promise<void> {
    await sql`
      update runledger.streams set lease_holder = ${holder}, lease_sync_id = 1, lease_until_at = clock_timestamp() + make_interval(secs => ${seconds})
      where stream = 'runs'`.execute(ledger.db);
    await sql`
      insert into runledger.syncs (runledger_version, host, process_id, config_digest, status, started_at)
      values ('0', 'h', 1, '', 'running', clock_timestamp())`.execute(ledger.db);
    await sql`
      insert into runledger.sync_streams (sync_id, connection, stream, mode, status, started_at)
      select max(sync_id), 'noxus-main', 'runs', 'incremental', 'running', clock_timestamp() from runledger.syncs`.execute(ledger.db);
  }

  it.each([
    ['of a process of this machine that is gone is taken over at once', `${hostname()} process ${DEAD} (x)`, 170, true],
    ['of a process of this machine that runs is not taken', `${hostname()} process ${process.ppid} (x)`, 170, false],
    ['of another machine is not taken before it runs out', `elsewhere.example process ${DEAD} (x)`, 170, false],
    ['of another machine that has run out is taken over', `elsewhere.example process ${DEAD} (x)`, -1, true],
  ])('%s', async (_name, holder, seconds, isTaken) => {
    const watched = await faultyRig(BOTH, { documents: 5 });
    const { rig, ledger } = watched;
    await rig.sync(ledger);
    await leased(ledger, holder, seconds);
    rig.world.advanceBy(1_000);
    const { status, streams } = await rig.sync(ledger);
    expect(status).toBe('succeeded');
    expect(streams.map((stream) => stream.status)).toEqual([isTaken ? 'succeeded' : 'skipped', 'succeeded']);
    const { rows } = await sql`
      select status, error from runledger.sync_streams where sync_id = 2 and stream = 'runs'`.execute(ledger.db);
    expect(rows).toMatchObject([{ status: isTaken ? 'interrupted' : 'running' }]);
    if (!isTaken) {
      expect(streams[0]?.error?.message).toContain(holder);
      expect(await streamRows(ledger)).toMatchObject([
        { stream: 'runs', status: 'skipped', is_complete: false, error: `held by ${holder}` },
        {},
      ]);
    } else await expectLawful(ledger);
  });
});
