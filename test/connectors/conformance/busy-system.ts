import { readPages } from '../../../src/extract/read-pages.ts';
import type { FeedList, ListFeed, SourcePage } from '../../../src/model/connector.ts';
import type { Stream } from '../../../src/model/event.ts';
import type { World } from '../../../src/simulator/world.ts';
import type { ConformingStream, ConformingSystem } from './conforming-system.ts';
import { formOf, openSystem, type OpenSystem } from './open-system.ts';
import { withPagesOf } from './small-pages.ts';
import { addInState, STATES } from './world-states.ts';

/** A few records in every state, the older ones of them changed last. */
export async function busySystem(system: ConformingSystem, stream: Stream): Promise<OpenSystem> {
  const opened = await openSystem(system, { adapted: withPagesOf(5) });
  const { world } = opened;
  const ids = [...STATES[stream], ...STATES[stream], ...STATES[stream]].map((state) => addInState(world, stream, state));
  for (const id of ids.slice(0, 4)) {
    world.advanceBy(60_000);
    if (stream === 'runs') world.moveRun(id, 'succeeded');
    else world.moveDocument(id, 'succeeded');
  }
  world.advanceBy(60_000);
  return opened;
}

/** The one that shows every record. */
export function mainFeed(opened: OpenSystem, stream: ConformingStream): ListFeed {
  const feed = formOf(opened, stream).feeds.find(({ showsAll }) => showsAll);
  if (feed === undefined) throw new Error('no feed shows every record');
  return feed;
}

export async function pagesOf({ api }: OpenSystem, list: FeedList): Promise<readonly SourcePage[]> {
  const pages: SourcePage[] = [];
  for await (const page of readPages(api, list)) pages.push(page);
  return pages;
}

/** The world's id of a record of the ledger. */
export function worldIdOf(world: World, { stream, idOf }: ConformingStream, recordId: string): string {
  const records: readonly { readonly id: string }[] = stream === 'runs' ? world.runs : world.documents;
  const found = records.find(({ id }) => idOf(id) === recordId);
  if (found === undefined) throw new Error(`the world has no ${recordId}`);
  return found.id;
}

/** An id that no record and no parent has. */
export const NEVER = '00000000-0000-4000-8000-000000000000';
