import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { microsOf, type Instant } from '../../src/model/instant.ts';
import { HOUR_MS, presentIds, quietRig, syncLater, type Watched } from './absence-rig.ts';
import { readEvents } from './hold-against-truth.ts';

const DAY = 25 * HOUR_MS;

describe('a full scan', () => {
  it('that is proven and then cut off leaves open when what it did not see vanished', async () => {
    const fault = { isOn: false };
    const watched = await quietRig('postgres', {
      world: { runs: 60 },
      server: { intercept: ({ path }) => (fault.isOn && path.startsWith('/v1/runs/') ? { status: 401, body: { detail: 'no' } } : null) },
    });
    const { rig, ledger } = watched;
    const open = rig.world.addRun();
    await syncLater(watched);
    const gone = rig.world.runs.find((run) => run.state === 'succeeded') as (typeof rig.world.runs)[number];
    rig.world.deleteRun(gone.id);
    const deletedAt = rig.world.now;
    rig.world.deleteRun(open.id);
    fault.isOn = true;
    rig.world.advanceBy(DAY);
    expect((await syncLater(watched, { full: true })).stream).toMatchObject({ status: 'failed', has_absence_proof: false });
    fault.isOn = false;
    rig.world.advanceBy(DAY);
    await syncLater(watched, { full: true });
    const event = (await readEvents(ledger)).find((one) => one.record_id === gone.id && one.event_type === 'disappeared');
    expect(microsOf(event?.earliest_at as Instant)).toBeLessThanOrEqual(microsOf(deletedAt));
    expect(microsOf(event?.latest_at as Instant)).toBeGreaterThanOrEqual(microsOf(deletedAt));
  });

  it('does not find too many a second time that were accepted and are still to be confirmed', async () => {
    const watched = await quietRig('postgres', { world: { runs: 200 }, connection: { openReads: 20 } });
    const { rig } = watched;
    await syncLater(watched);
    rig.world.runs.slice(0, 100).forEach((run) => {
      rig.world.deleteRun(run.id);
    });
    expect((await syncLater(watched, { full: true })).stream.error).toMatchObject({ code: 'source_mass_absence' });
    expect((await syncLater(watched, { acceptDisappearances: true })).stream).toMatchObject({ status: 'succeeded', disappeared_count: 20 });
    expect((await syncLater(watched, { full: true })).stream).toMatchObject({ status: 'succeeded', disappeared_count: 20 });
  });

  it('takes what is found by its id for what no list shows any more, and does not find it missing again', async () => {
    const hidden = new Set<string>();
    const watched = await quietRig('postgres', {
      world: { runs: 98 },
      server: {
        intercept: ({ path }, honest) => {
          if (path !== '/v1/runs') return null;
          const answer = honest();
          const body = answer.body as { readonly items: readonly { readonly id: string }[]; readonly total: number };
          return {
            ...answer,
            body: { ...body, items: body.items.filter((item) => !hidden.has(item.id)), total: body.total - hidden.size },
          };
        },
      },
    });
    const { rig, ledger } = watched;
    await syncLater(watched);
    rig.world.runs.slice(0, 40).forEach((run) => hidden.add(run.id));
    expect((await syncLater(watched, { full: true })).stream.status).toBe('failed');
    expect((await syncLater(watched, { acceptDisappearances: true })).stream).toMatchObject({ status: 'succeeded', disappeared_count: 0 });
    expect((await syncLater(watched, { full: true })).stream).toMatchObject({ status: 'succeeded', disappeared_count: 0 });
    expect(await presentIds(ledger)).toHaveLength(98);
    // What is counted by the list is what is known to be listed: totals agree again.
    rig.world.advanceBy(DAY);
    expect((await syncLater(watched)).stream.mode).toBe('incremental');
  });

  it('is not believed where a row went and another came in between two others while pages were on their way', async () => {
    const watched = await quietRig('postgres', { world: { runs: 1_200 } });
    const { rig, ledger } = watched;
    const every = rig.world.runs.map((run) => run.id);
    let list = await itemsOf(watched);
    const swapped = Promise.withResolvers<undefined>();
    let late = 0;
    const source: typeof globalThis.fetch = async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      if (url.pathname !== '/v1/runs') return fetch(input, init);
      const page = Number(url.searchParams.get('page'));
      const size = Number(url.searchParams.get('size'));
      if (page === 2) await swapped.promise;
      const items = list.slice((page - 1) * size, page * size);
      const total = list.length;
      if (page >= 3 && page <= 5) {
        late += 1;
        if (late === 3) {
          const [first, second] = list as [Item, Item];
          list = list.filter((_, index) => index !== 450).toSpliced(1, 0, { ...first, id: 'a-late-one', created_at: second.created_at });
          swapped.resolve(undefined);
        }
      }
      return Response.json({ items, total, page, size }, { headers: { date: new Date(rig.now()).toUTCString() } });
    };
    await rig.sync(ledger, { fetch: source });
    expect(late).toBeGreaterThanOrEqual(3);
    const known = new Set(await presentIds(ledger));
    expect(every.filter((id) => !known.has(id) && list.some((item) => item.id === id))).toEqual([]);
  });
});

describe('knowledge bases of which every path answers 404 while they are listed', () => {
  it('fail the stream, and take no document from the ledger', async () => {
    const fault = { isOn: false };
    const watched = await quietRig('postgres', {
      world: { documents: 9, collections: 2 },
      connection: { streams: ['documents'] },
      server: { intercept: ({ path }) => (fault.isOn && path.startsWith('/v1/knowledge-bases/') ? { status: 404, body: {} } : null) },
    });
    await syncLater(watched);
    const before = await presentIds(watched.ledger);
    fault.isOn = true;
    for (const full of [false, true]) {
      const { stream, events } = await syncLater(watched, { full, acceptDisappearances: full });
      expect({ status: stream.status, code: stream.error?.code, events }).toEqual({
        status: 'failed',
        code: 'source_not_found',
        events: [],
      });
    }
    expect(await presentIds(watched.ledger)).toEqual(before);
  });
});

describe('a record that cannot be understood', () => {
  it('does not keep the list from being read on from where it was read', async () => {
    const watched = await quietRig('postgres', {
      world: { runs: 30 },
      server: { intercept: ({ path }) => (path === '/v1/runs/odd' ? { body: { odd: true } } : null) },
    });
    await syncLater(watched);
    await sql`insert into runledger.tracked (connection, stream, record_id) values ('noxus-main', 'runs', 'odd')`.execute(
      watched.ledger.db,
    );
    const before = await watermarkOf(watched);
    expect((await syncLater(watched)).stream.is_complete).toBe(false);
    expect((await watermarkOf(watched)) > before).toBe(true);
  });
});

interface Item {
  readonly id: string;
  readonly created_at: string;
}

async function itemsOf({ rig }: Watched): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let page = 1; items.length < rig.world.runs.length; page += 1) {
    const response = await fetch(`${rig.server.url}/v1/runs?page=${page}&size=100`, { headers: { 'x-api-key': rig.settings.apiKey } });
    items.push(...((await response.json()) as { readonly items: readonly Item[] }).items);
  }
  return items;
}

async function watermarkOf({ ledger }: Watched): Promise<Instant> {
  const { rows } = await sql<{ watermark: Instant }>`select watermark from runledger.streams where stream = 'runs'`.execute(ledger.db);
  return (rows[0] as { watermark: Instant }).watermark;
}
