import { describe, expect, it } from 'vitest';
import type { FeedList, ListFeed } from '../../../src/model/connector.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { isTerminal } from '../../../src/model/status.ts';
import type { World } from '../../../src/simulator/world.ts';
import { busySystem, mainFeed, NEVER, pagesOf } from './busy-system.ts';
import type { ConformingStream } from './conforming-system.ts';
import { formOf, type OpenSystem } from './open-system.ts';
import { observed, parentIdsOf } from './sightings.ts';
import { SYSTEMS } from './systems.ts';

/** What the lists of a feed declare of the records that they hold, join and leave: it decides which of them are left unread, and what is believed of the rest. */

const CASES = SYSTEMS.flatMap((system) => system.streams.map((stream) => ({ system, stream })));

describe.each(CASES)('$system.title, $stream.stream', ({ system, stream }) => {
  it('join a list only where it says, settle only where it says, and move their parent’s version when they do', async () => {
    const opened = await busySystem(system, stream.stream);
    const feed = mainFeed(opened, stream);
    const [before, versionsBefore] = [await listsOf(opened, feed), await versionsOf(opened, feed)];
    moveEverything(opened.world, stream);
    const [after, versionsAfter] = [await listsOf(opened, feed), await versionsOf(opened, feed)];
    expect(
      after
        .flatMap(({ shown }) => shown)
        .map(describeOne)
        .sort(),
    ).not.toEqual(
      before
        .flatMap(({ shown }) => shown)
        .map(describeOne)
        .sort(),
    );
    after.forEach(({ parentId, list, shown }, index) => {
      const known = before[index]?.shown ?? [];
      if (joinsBehindFront(known.map(idOf), shown.map(idOf)))
        expect(list.isJoinedAnywhere === true || list.sortedBy === 'updated').toBe(true);
      if (list.isSettled !== true) return;
      expect([...known, ...shown].filter(({ reading }) => reading.kind !== 'known' || !isTerminal(reading.status))).toEqual([]);
      expect(known.map(describeOne)).not.toEqual(shown.map(describeOne));
      const [one, other] = [versionsBefore.get(parentId ?? ''), versionsAfter.get(parentId ?? '')];
      expect(one === null || one !== other).toBe(true);
    });
  });
});

const TAKING_ALONG = CASES.filter(({ system, stream }) =>
  system.connector.streams[stream.stream]?.some(
    ({ generation, feeds }) =>
      generation === stream.generation && feeds.some(({ showsAll, parents }) => showsAll && parents?.takesRecordsAlong === true),
  ),
);

describe.each(TAKING_ALONG)('$system.title, $stream.stream of a parent that is gone', ({ system, stream }) => {
  it('are gone with it, as is declared', async () => {
    const opened = await busySystem(system, stream.stream);
    const feed = mainFeed(opened, stream);
    const { parents } = feed;
    const [parentId] = (await parentIdsOf(opened, feed)) as readonly string[];
    if (parents === null || parentId === undefined) throw new Error('it has no parents');
    const shown = (await listsOf(opened, feed)).flatMap((one) => one.shown);
    expect(shown.map(({ facts }) => facts[parents.recordFact])).toEqual(shown.map(() => parentId));
    opened.world.deleteCollection(parentId);
    expect((await opened.api.read(parents.byId(parentId))).response.status).toBe(404);
    for (const { recordId, facts } of shown) {
      const target = { recordId, workflowId: facts.workflow_id ?? null, collectionId: facts.collection_id ?? null };
      const request = formOf(opened, stream).byId.request(target) ?? parents.byId(NEVER);
      expect((await opened.api.read(request)).response.status).toBe(404);
    }
  });
});

interface ShownList {
  readonly parentId: string | null;
  readonly list: FeedList;
  readonly shown: readonly Observation[];
}

async function listsOf(opened: OpenSystem, feed: ListFeed): Promise<readonly ShownList[]> {
  const lists: ShownList[] = [];
  for (const parentId of await parentIdsOf(opened, feed)) {
    for (const list of feed.lists(parentId)) {
      const shown = (await pagesOf(opened, list)).flatMap(({ items, response }) => {
        const context = { response, payloads: 'none' as const, statuses: {}, parentId };
        const records = items.filter((item) => feed.observe(item, context).kind !== 'ignored');
        return records.map((item) => observed({ way: 'list', item, context, observe: feed.observe }));
      });
      lists.push({ parentId, list, shown });
    }
  }
  return lists;
}

async function versionsOf({ api }: OpenSystem, { parents }: ListFeed): Promise<ReadonlyMap<string, string | null>> {
  if (parents === null) return new Map();
  const { body, response } = await api.read(parents.list.request);
  expect(response.status).toBe(200);
  return new Map(parents.list.parse(body).items.map((item) => [parents.idOf(item) ?? '', parents.versionOf(item)]));
}

/** Whatever is open ends, and the first that has ended begins again, where its kind does such a thing. */
function moveEverything(world: World, { stream, statuses }: ConformingStream): void {
  world.advanceBy(60_000);
  const [finished] = world.documents.filter(({ finishedAt }) => finishedAt !== null);
  if (stream === 'documents' && finished !== undefined && statuses.some(({ reopens }) => reopens === true))
    world.retryDocument(finished.id);
  world.advanceBy(60_000);
  for (const { id, finishedAt } of world.runs) if (stream === 'runs' && finishedAt === null) world.moveRun(id, 'succeeded');
  for (const { id, finishedAt } of world.documents)
    if (stream === 'documents' && finishedAt === null && id !== finished?.id) world.moveDocument(id, 'succeeded');
  world.advanceBy(60_000);
}

/** Whether a row that was not in the list before stands behind one that was. */
function joinsBehindFront(before: readonly string[], after: readonly string[]): boolean {
  const firstKnown = after.findIndex((id) => before.includes(id));
  return firstKnown >= 0 && after.slice(firstKnown).some((id) => !before.includes(id));
}

function idOf({ recordId }: Observation): string {
  return recordId;
}

function describeOne({ recordId, sourceStatus }: Observation): string {
  return `${recordId} ${sourceStatus ?? ''}`;
}
