import { describe, expect, it } from 'vitest';
import type { FeedList, ListFeed, SourcePage } from '../../../src/model/connector.ts';
import { addMicros, type Instant } from '../../../src/model/instant.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { NO_ORDER_SEEN, orderOf, sortedRows, watchOrder } from '../../../src/sync/list-order.ts';
import type { Declared } from './conforming-system.ts';
import { busySystem, mainFeed, NEVER, pagesOf, worldIdOf } from './busy-system.ts';
import { formOf, openSystem } from './open-system.ts';
import { observed, parentIdsOf, sightingsOf, type Sighting } from './sightings.ts';
import { SYSTEMS } from './systems.ts';
import { remove } from './world-states.ts';

/** What a connector declares, because everything else is built on it: a claim that is not true of the server loses records, or invents that they are gone. */

const CASES = SYSTEMS.flatMap((system) => system.streams.map((stream) => ({ system, stream })));
const claiming = (isClaimed: (declared: Declared) => boolean): typeof CASES => CASES.filter(({ stream }) => isClaimed(stream.declares));

describe.each(CASES)('$system.title, $stream.stream', ({ system, stream }) => {
  it('are declared as the table has them, and no more', async () => {
    const opened = await openSystem(system);
    const { byId, inBulk, detail } = formOf(opened, stream);
    const feed = mainFeed(opened, stream);
    const lists = feed.lists(feed.parents === null ? null : 'parent');
    const { order, changedSince, absence } = stream.declares;
    expect(lists.map(({ sortedBy }) => sortedBy === 'updated')).toEqual(lists.map(() => order === 'latest_change_first'));
    expect(feed.changedSince !== null).toBe(changedSince);
    expect(inBulk !== null).toBe(stream.declares.inBulk);
    expect(detail && (detail.isShownById ? 'shown_by_id' : 'of_its_own')).toBe(stream.declares.detail);
    expect(byId.otherwise !== null).toBe(stream.otherwise !== null);
    expect(byId.absence).toBe(absence);
    // A window, and an order that is relied on, are of one list.
    if (changedSince || order !== null) expect(feed.parents).toBeNull();
  });

  it('are counted as declared, on every page of their lists', async () => {
    const opened = await busySystem(system, stream.stream);
    const feed = mainFeed(opened, stream);
    let most = 0;
    for (const parentId of await parentIdsOf(opened, feed)) {
      for (const list of feed.lists(parentId)) {
        const pages = await pagesOf(opened, list);
        const rows = pages.reduce((sum, { items }) => sum + items.length, 0);
        expect(pages.map(({ total }) => total)).toEqual(pages.map(() => (stream.declares.total ? rows : null)));
        most = Math.max(most, pages.length);
      }
    }
    if (stream.declares.total) expect(most).toBeGreaterThan(1);
  });

  it('are found by their ids while they are there, and get a 404 once they are not', async () => {
    const opened = await busySystem(system, stream.stream);
    const form = formOf(opened, stream);
    const observations = (await sightingsOf(opened, stream)).filter(({ way }) => way === 'list').map(observed);
    const [gone, kept] = observations;
    if (gone === undefined || kept === undefined) throw new Error('the lists are empty');
    const statusOf = async ({ recordId, facts }: Observation): Promise<number> => {
      const target = { recordId, workflowId: facts.workflow_id ?? null, collectionId: facts.collection_id ?? null };
      const request = form.byId.request(target);
      return request === null ? 0 : (await opened.api.read(request)).response.status;
    };
    expect([await statusOf(gone), await statusOf(kept)]).toEqual([200, 200]);
    remove(opened.world, stream.stream, worldIdOf(opened.world, stream, gone.recordId));
    expect([await statusOf(gone), await statusOf(kept), await statusOf({ ...kept, recordId: NEVER })]).toEqual([404, 200, 404]);
  });

  it('are below parents that are found by their ids, and get a 404 where they are not', async () => {
    const opened = await openSystem(system);
    for (const feed of formOf(opened, stream).feeds) {
      if (feed.parents === null) continue;
      const ids = (await parentIdsOf(opened, feed)) as readonly string[];
      expect(ids.length).toBeGreaterThan(0);
      for (const id of ids) expect((await opened.api.read(feed.parents.byId(id))).response.status).toBe(200);
      expect((await opened.api.read(feed.parents.byId(NEVER))).response.status).toBe(404);
    }
  });
});

describe.each(claiming(({ order }) => order !== null))('$system.title, $stream.stream in an order', ({ system, stream }) => {
  it('come in it, also where it is another than that of their creation', async () => {
    const opened = await busySystem(system, stream.stream);
    const feed = mainFeed(opened, stream);
    const [list] = feed.lists(null) as readonly [FeedList];
    const pages = await pagesOf(opened, list);
    const observations = pages.map((page) => observationsOf(feed, page));
    const watch = observations.reduce((before, page) => watchOrder(before, sortedRows(list, page)), NO_ORDER_SEEN);
    expect(orderOf(watch)).toBe('newest_first');
    const byCreation = observations.flat().map(({ createdAt }) => createdAt ?? '');
    const isByCreation = byCreation.toSorted().reverse().join() === byCreation.join();
    expect(isByCreation).toBe(stream.declares.order === 'newest_first');
  });
});

describe.each(claiming(({ changedSince }) => changedSince))(
  '$system.title, $stream.stream changed since a moment',
  ({ system, stream }) => {
    it('are those that changed from it on, and before another: no more and no fewer', async () => {
      const opened = await busySystem(system, stream.stream);
      const feed = mainFeed(opened, stream);
      const { changedSince } = feed;
      if (changedSince === null) throw new Error('it is declared');
      const all = (await pagesOf(opened, feed.lists(null)[0] as FeedList)).flatMap((page) => observationsOf(feed, page));
      const changes = all.map(({ recordId, sourceUpdatedAt }) => ({ recordId, at: sourceUpdatedAt as Instant }));
      const moments = changes.map(({ at }) => at).sort();
      expect(new Set(moments).size).toBeGreaterThan(10);
      const [from, until, last] = [moments[3], moments[10], moments.at(-1)] as readonly [Instant, Instant, Instant];
      for (const [since, before] of [
        [from, until],
        [from, null],
        [from, from],
        [last, null],
        [addMicros(last, 1n), null],
      ] as const) {
        const shown = (await pagesOf(opened, changedSince(since, before))).flatMap((page) => observationsOf(feed, page));
        const expected = changes.filter(({ at }) => at >= since && (before === null || at < before));
        expect(shown.map(({ recordId }) => recordId).sort()).toEqual(expected.map(({ recordId }) => recordId).sort());
      }
    });
  },
);

describe.each(claiming(({ detail }) => detail !== null))('$system.title, the details of $stream.stream', ({ system, stream }) => {
  it('are what a read by id shows, or more, as declared', async () => {
    const opened = await busySystem(system, stream.stream);
    const sightings = await sightingsOf(opened, stream);
    const tellingOf = (wanted: Sighting['way']): readonly unknown[] =>
      sightings.filter(({ way }) => way === wanted).map((sighting) => ({ ...observed(sighting), response: null }));
    const details = tellingOf('detail');
    expect(details.length).toBeGreaterThan(10);
    if (stream.declares.detail === 'shown_by_id') expect(details).toEqual(tellingOf('by id'));
    else expect(details).not.toEqual(tellingOf('by id'));
  });
});

describe.each(claiming(({ inBulk }) => inBulk))('$system.title, $stream.stream in bulk', ({ system, stream }) => {
  it('are those that were asked for, and no others', async () => {
    const opened = await busySystem(system, stream.stream);
    const { inBulk, feeds } = formOf(opened, stream);
    const feed = feeds.find(({ parents }) => parents !== null);
    if (inBulk === null || feed === undefined) throw new Error('it is declared');
    const [parentId] = (await parentIdsOf(opened, feed)) as readonly string[];
    const known = (await sightingsOf(opened, stream)).filter(({ way }) => way === 'in bulk').map((one) => observed(one).recordId);
    expect(known.length).toBeGreaterThan(3);
    const [gone, ...asked] = known.slice(0, -1);
    remove(opened.world, stream.stream, worldIdOf(opened.world, stream, gone ?? ''));
    const { body } = await opened.api.read(inBulk.request(parentId ?? '', [gone ?? '', NEVER, ...asked]));
    expect(
      inBulk
        .items(body)
        .map((item) => stream.recordIdOf(item as Record<string, unknown>))
        .sort(),
    ).toEqual(asked.sort());
  });
});

function observationsOf(feed: ListFeed, { items, response }: SourcePage): readonly Observation[] {
  return items.map((item) =>
    observed({ way: 'list', item, context: { response, payloads: 'none', statuses: {}, parentId: null }, observe: feed.observe }),
  );
}
