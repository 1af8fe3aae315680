import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import { addMicros, type Instant } from '../../src/model/instant.ts';
import { expectLawful, HOUR_MS, openRecords, syncLater } from './absence-rig.ts';
import { readEvents } from './hold-against-truth.ts';
import { expectCaughtUpIn, expectNothingInventedIn } from './hold-mixed.ts';
import { quietMorphik, rowsIn, type MorphikRig } from './morphik-rig.ts';

const FULL = { full: true };
const COMPLETE = { status: 'succeeded', error: null, is_complete: true };
const DAY_MS = 24 * HOUR_MS;

/** A document that was completed just now. */
function completed({ world }: MorphikRig): string {
  const { id } = world.addDocument();
  world.moveDocument(id, 'running');
  world.moveDocument(id, 'succeeded');
  return id;
}

function inMinutes({ world }: MorphikRig, minutes: number): Instant {
  return addMicros(world.now, BigInt(minutes) * 60_000_000n);
}

async function attemptsOf(ledger: Ledger, recordId: string): Promise<unknown> {
  const { rows } = await sql`
    select attempt, outcome, is_flap, is_latest_attempt, error from runledger.document_attempts where record_id = ${recordId} order by attempt`.execute(
    ledger.db,
  );
  return rows;
}

async function documentOf(ledger: Ledger, recordId: string): Promise<unknown> {
  const { rows } = await sql`
    select status, source_status, is_terminal, attempt, error, collection_id from runledger.documents where record_id = ${recordId}`.execute(
    ledger.db,
  );
  return rows[0];
}

describe('a document of Morphik', () => {
  it('waits and works under one word, and queued where the server says so', async () => {
    const watched = await quietMorphik(['documents'], { server: { showsQueued: true } });
    const { rig, ledger } = watched;
    const { id } = rig.world.addDocument();
    const steps = [await syncLater(watched)];
    rig.world.moveDocument(id, 'running');
    steps.push(await syncLater(watched));
    rig.world.moveDocument(id, 'succeeded');
    steps.push(await syncLater(watched), await syncLater(watched));
    expect(steps.flatMap(({ events }) => events)).toEqual([
      `${id} discovered queued`,
      `${id} status_changed running`,
      `${id} status_changed succeeded`,
    ]);
    // Its updated_at moves on any edit: it bounds, and reports nothing.
    expect((await readEvents(ledger)).map((event) => event.reported_at)).toEqual([null, null, null]);
    await expectLawful(ledger);
  });

  it('that succeeded has no error, whatever is left over in the field of one', async () => {
    const watched = await quietMorphik(['documents'], { server: { keepsErrors: true } });
    const { rig, ledger } = watched;
    const { id } = rig.world.addDocument();
    rig.world.moveDocument(id, 'failed', 'The file has no text');
    await syncLater(watched);
    expect(await documentOf(ledger, id)).toMatchObject({ status: 'failed', error: 'The file has no text' });
    rig.world.retryDocument(id);
    expect((await syncLater(watched)).events).toEqual([`${id} reopened running`]);
    expect(await documentOf(ledger, id)).toMatchObject({ status: 'running', error: null, attempt: 2 });
    rig.world.moveDocument(id, 'succeeded');
    expect((await syncLater(watched)).events).toEqual([`${id} status_changed succeeded`]);
    expect((await syncLater(watched, FULL)).events).toEqual([]);
    expect(await documentOf(ledger, id)).toMatchObject({ status: 'succeeded', error: null, attempt: 2 });
    expect(await rowsIn(ledger, 'select attempt, error from runledger.failures')).toEqual([{ attempt: 1, error: 'The file has no text' }]);
    expect(await attemptsOf(ledger, id)).toMatchObject([
      { attempt: 1, outcome: 'failed' },
      { attempt: 2, outcome: 'succeeded', error: null },
    ]);
    await expectLawful(ledger);
  });

  it.each([
    ['completed', 'succeeded'],
    ['failed', 'failed'],
  ] as const)('that was %s and is worked on again is reopened, and followed by its id where the list shows it late', async (_name, end) => {
    const watched = await quietMorphik(['documents'], { world: { documents: 210 } });
    const { rig, ledger } = watched;
    const { id } = rig.world.addDocument();
    rig.world.moveDocument(id, end);
    await syncLater(watched);
    rig.world.retryDocument(id);
    expect((await syncLater(watched)).events).toEqual([`${id} reopened running`]);
    // Behind the pages that a sync reads, it is read by its id.
    for (const { id: other } of rig.world.documents.slice(0, 209)) rig.world.editDocument(other);
    await syncLater(watched);
    rig.takeRequests();
    expect((await syncLater(watched)).events).toEqual([]);
    expect(rig.takeRequests()).toContain(`GET /documents/${id}/status`);
    rig.world.moveDocument(id, end);
    expect((await syncLater(watched)).events).toEqual([`${id} status_changed ${end}`]);
    expect(await attemptsOf(ledger, id)).toMatchObject([
      { attempt: 1, outcome: end, is_flap: false },
      { attempt: 2, outcome: end, is_flap: false, is_latest_attempt: true },
    ]);
    await expectCaughtUpIn(ledger, [rig.system]);
    await expectNothingInventedIn(ledger, [rig.system]);
    await expectLawful(ledger);
  });

  it('that is put into another folder months later is amended and goes through no status', async () => {
    const watched = await quietMorphik(['documents'], { world: { documents: 20, collections: 2 } });
    const { rig, ledger } = watched;
    const id = completed(rig);
    await syncLater(watched);
    const [before] = await rowsIn(
      ledger,
      `select status_since_at, finished_at, attempt from runledger.documents where record_id = '${id}'`,
    );
    for (const folder of [{ id: 'folder-1', path: '/archive/2025' }, { id: 'folder-1', path: '/archive/renamed' }, null]) {
      rig.world.advanceBy(90 * DAY_MS);
      rig.server.moveToFolder(id, folder);
      const { events } = await syncLater(watched);
      expect(events.filter((event) => event !== `${id} amended`)).toEqual([]);
      expect(await documentOf(ledger, id)).toMatchObject({ status: 'succeeded', collection_id: folder?.id ?? null });
      expect((await syncLater(watched)).events).toEqual([]);
    }
    const types = (await readEvents(ledger)).filter((event) => event.record_id === id).map((event) => event.event_type);
    expect(types.slice(0, 1)).toEqual(['discovered']);
    expect(types.slice(1).filter((type) => type !== 'amended')).toEqual([]);
    expect(await rowsIn(ledger, `select status_since_at, finished_at, attempt from runledger.documents where record_id = '${id}'`)).toEqual(
      [before],
    );
    await expectLawful(ledger);
  });
});

describe('progress that is written late', () => {
  it('and is over when the document is asked for by its id appends nothing', async () => {
    let mend: (() => void) | null = null;
    const watched = await quietMorphik(['documents'], {
      server: {
        beforeRequest: ({ path }) => {
          if (path.endsWith('/status')) mend?.();
        },
      },
    });
    const { rig, ledger } = watched;
    const id = completed(rig);
    await syncLater(watched);
    rig.world.advanceBy(HOUR_MS);
    rig.server.lateProgressWrite(id, inMinutes(rig, 1));
    mend = () => {
      rig.world.advanceBy(120_000);
    };
    const { streams } = await rig.sync(ledger);
    expect(streams[0]).toMatchObject({ ...COMPLETE, deferred_count: 1, appended_count: 0 });
    for (const options of [{}, FULL]) expect((await syncLater(watched, options)).events).toEqual([]);
    expect(await documentOf(ledger, id)).toMatchObject({ status: 'succeeded', attempt: 1 });
    await expectLawful(ledger);
  });

  it('and is still there then opens an attempt that no view counts', async () => {
    const watched = await quietMorphik(['documents'], { world: { documents: 5 } });
    const { rig, ledger } = watched;
    const id = completed(rig);
    await syncLater(watched);
    const counts = 'select count(*) as count, sum(attempt_count) as attempts from runledger.durations_daily';
    const rates = 'select sum(finished_count) as finished, sum(succeeded_count) as succeeded from runledger.failure_rates_daily';
    const before = [await rowsIn(ledger, counts), await rowsIn(ledger, rates)];
    rig.server.lateProgressWrite(id, inMinutes(rig, 61));
    expect((await syncLater(watched)).events).toEqual([`${id} reopened running`]);
    expect((await syncLater(watched)).events).toEqual([`${id} status_changed succeeded`]);
    expect(await attemptsOf(ledger, id)).toMatchObject([
      { attempt: 1, outcome: 'succeeded', is_flap: false, is_latest_attempt: true },
      { attempt: 2, outcome: 'succeeded', is_flap: true, is_latest_attempt: false },
    ]);
    expect([await rowsIn(ledger, counts), await rowsIn(ledger, rates)]).toEqual(before);
    expect((await syncLater(watched, FULL)).events).toEqual([]);
    await expectLawful(ledger);
  });

  it('that is there in two syncs is an attempt like any other: nothing tells it from one', async () => {
    const watched = await quietMorphik(['documents']);
    const { rig, ledger } = watched;
    const id = completed(rig);
    await syncLater(watched);
    rig.server.lateProgressWrite(id, inMinutes(rig, 150));
    for (let sync = 0; sync < 3; sync += 1) await syncLater(watched);
    expect(await attemptsOf(ledger, id)).toMatchObject([{ attempt: 1 }, { attempt: 2, outcome: 'succeeded', is_flap: false }]);
  });
});

describe('a status that says nothing', () => {
  it('is kept as it is, whether it is missing in a list or called unknown by id, until one comes', async () => {
    let isLacking = true;
    const watched = await quietMorphik(['documents'], {
      world: { documents: 210 },
      server: { lacks: ({ number }) => (isLacking && number === 211 ? ['status'] : []) },
    });
    const { rig, ledger } = watched;
    const { id } = rig.world.addDocument();
    expect((await syncLater(watched)).stream).toMatchObject({ ...COMPLETE, rejected_count: 0 });
    const unknown = { status: null, source_status: null, is_terminal: false, attempt: 1 };
    expect(await documentOf(ledger, id)).toMatchObject(unknown);
    expect((await openRecords(ledger)).map((open) => open.record_id)).toEqual([id]);
    // Behind the pages that a sync reads, so that it is read by its id.
    for (const { id: other } of rig.world.documents.slice(0, 209)) rig.world.editDocument(other);
    await syncLater(watched);
    rig.takeRequests();
    expect((await syncLater(watched)).events).toEqual([]);
    expect(rig.takeRequests()).toContain(`GET /documents/${id}/status`);
    expect(await documentOf(ledger, id)).toMatchObject(unknown);
    isLacking = false;
    expect((await syncLater(watched)).events).toEqual([`${id} status_changed running`]);
    rig.world.moveDocument(id, 'succeeded');
    expect((await syncLater(watched)).events).toEqual([`${id} status_changed succeeded`]);
    expect(await documentOf(ledger, id)).toMatchObject({ status: 'succeeded', attempt: 1 });
    await expectLawful(ledger);
  });

  it('neither ends nor opens an attempt, in whatever word it says it', async () => {
    let word: string | null | undefined;
    const watched = await quietMorphik(['documents'], {
      server: {
        intercept: (_, honest) => {
          const answer = honest();
          if (word === undefined) return null;
          return { ...answer, body: JSON.stringify(answer.body).replaceAll('"status":"completed"', `"status":${JSON.stringify(word)}`) };
        },
      },
    });
    const { rig, ledger } = watched;
    const id = completed(rig);
    await syncLater(watched);
    for (word of ['archived', null, 'unknown']) {
      expect((await syncLater(watched, FULL)).stream).toMatchObject({ ...COMPLETE, rejected_count: 0 });
      expect(await documentOf(ledger, id)).toMatchObject({ status: null, source_status: word, is_terminal: true, attempt: 1 });
    }
    word = undefined;
    await syncLater(watched, FULL);
    expect(await documentOf(ledger, id)).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(await attemptsOf(ledger, id)).toMatchObject([{ attempt: 1, outcome: 'succeeded' }]);
    const odd = (await readEvents(ledger)).filter((event) => event.anomalies.includes('unknown_status'));
    expect(new Set(odd.map((event) => event.source_status))).toEqual(new Set(['archived', null, 'unknown']));
    await expectLawful(ledger);
  });
});

describe('a sync of a thousand documents that have not changed', () => {
  it('asks for one page', async () => {
    const watched = await quietMorphik(['documents'], { world: { documents: 1_000 } });
    const { rig } = watched;
    await syncLater(watched);
    rig.takeRequests();
    for (let sync = 0; sync < 2; sync += 1) {
      const { events, stream } = await syncLater(watched);
      expect({ events, ...stream }).toMatchObject({ events: [], ...COMPLETE, mode: 'incremental', request_count: 1 });
      expect(rig.takeRequests()).toEqual(['POST /documents/list_docs']);
    }
  });

  it.each([
    [
      'for one that is worked on and stands behind it, by its id',
      1,
      (ids: readonly string[]) => ids.map((id) => `GET /documents/${id}/status`),
    ],
    ['for the next page where several do', 3, () => ['POST /documents/list_docs']],
  ])('asks for that page, and %s', async (_name, count, others) => {
    const watched = await quietMorphik(['documents'], { world: { documents: 300 } });
    const { rig } = watched;
    const open = Array.from({ length: count }, () => rig.world.addDocument().id);
    rig.world.advanceBy(1_000);
    for (const { id } of rig.world.documents.slice(0, 290)) rig.world.editDocument(id);
    await syncLater(watched);
    rig.takeRequests();
    expect(await syncLater(watched)).toMatchObject({ events: [], stream: COMPLETE });
    expect(rig.takeRequests()).toEqual(['POST /documents/list_docs', ...others(open)]);
  });
});

describe('a document that is deleted', () => {
  it('disappears by the second proven scan and not by the first, and one that a key may no longer see is no different', async () => {
    let hidden: string | null = null;
    const watched = await quietMorphik(['documents'], { world: { documents: 30 }, server: { isVisible: ({ id }) => id !== hidden } });
    const { rig, ledger } = watched;
    await syncLater(watched);
    const [first = '', second = ''] = rig.world.documents.map(({ id }) => id);
    rig.world.deleteDocument(first);
    hidden = second;
    expect(await syncLater(watched, FULL)).toMatchObject({ events: [], stream: { ...COMPLETE, has_absence_proof: true } });
    expect((await syncLater(watched, FULL)).events).toEqual([first, second].map((id) => `${id} disappeared`).sort());
    hidden = null;
    expect((await syncLater(watched, FULL)).events).toEqual([`${second} reappeared`]);
    await expectLawful(ledger);
  });
});
