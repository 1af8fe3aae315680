import { isNumbered, placeOfRow, type Place } from '../extract/place.ts';
import type { FeedList } from '../model/connector.ts';
import type { Checkpoint } from '../record/scans.ts';
import { hasOnlyGrown, type Front } from './front.ts';
import { createItemSink } from './item-sink.ts';
import { sortedRows } from './list-order.ts';
import { afterPage, nextRow, pagesLeft, type ListState } from './list-state.ts';
import { beginWork, checkpointOf, fitOf, NO_KEYS, type ListReading, type ListWork } from './list-work.ts';
import { observePage, readNext } from './read-next.ts';
import { isTooLarge, pagesToGrow } from './smaller-pages.ts';
import type { StreamRun } from './stream-run.ts';

/** Pages that are read several at a time before it is looked whether the list stood still meanwhile. */
const STRIDE = 64;

/** Reads pages several at a time, and gives back how far they are known to have shown everything. */
export async function readStride(
  work: ListWork,
  from: ListState,
  known: Front | null,
): Promise<{ state: ListState; front: Front; tooLarge: Error | null }> {
  const { run, reading, sink } = work;
  const first = known === null ? await readFront(work, from) : { front: known, state: from };
  const { front: before, state: start } = first;
  let state = start;
  let tooLarge: Error | null = null;
  const most = Math.min(STRIDE, pagesToGrow(fitOf(run, reading.list), work.usual));
  for (let pages = 0; pages < most && !state.isDone; pages += 1) {
    const ahead = placesAhead(reading.list, state, Math.min(aheadOf(run), most - pages - 1));
    const next = await readNext(work, state, ahead).catch((error: unknown) => {
      if (!isTooLarge(error, reading.list.pagination)) throw error;
      tooLarge = error as Error;
      return null;
    });
    if (next === null) break;
    if (next.page.total !== before.total) {
      await sink.add(next.items);
      break;
    }
    state = next.state;
    const doubted = { fromRow: nextRow(start), frontIds: before.ids };
    await sink.add(next.items, checkpointOf(reading, state, doubted));
    run.report('listing');
  }
  // Whether the pages hung together is told by the front, and by nothing else.
  work.joinedKeys = NO_KEYS;
  const after = await readFront(work, state);
  if (hasOnlyGrown(before, after.front)) return { state: after.state, front: after.front, tooLarge };
  run.tally.hasDrift = true;
  run.log.info({ row: nextRow(start) }, 'the list moved while several of its pages were read: reading them again one by one');
  return { state: after.over(start), front: after.front, tooLarge };
}

/** @returns the first page, and what it means for a state of the list */
async function readFront(
  work: ListWork,
  state: ListState,
): Promise<{ front: Front; state: ListState; over: (state: ListState) => ListState }> {
  const { reader, reading, sink } = work;
  const first = placeOfRow(reading.list.pagination, 0, state.size ?? 1);
  const { page, items, keys } = await observePage(work, await reader.read(first));
  await sink.add(items);
  const sorted = sortedRows(reading.list, items.observations);
  const over = (before: ListState): ListState => afterPage(before, { ...page, rowsBefore: 0 }, sorted);
  return { front: { ids: keys, total: page.total }, state: over(state), over };
}

/** Looks whether the rows that an earlier scan read several at a time were all of one list. */
export async function settleDoubt(run: StreamRun, reading: ListReading, checkpoint: Checkpoint, state: ListState): Promise<boolean> {
  if (checkpoint.doubted === null) return true;
  const sink = createItemSink(run, { shownBy: reading.shownBy }, null);
  const { work, state: fitted } = beginWork(run, reading, sink, state);
  try {
    const { front } = await readFront(work, fitted);
    return hasOnlyGrown({ ids: checkpoint.doubted.frontIds, total: checkpoint.total }, front);
  } catch (error) {
    // Smaller pages show a smaller front, which proves nothing. That they are needed is found out again where they are read.
    if (!isTooLarge(error, work.reading.list.pagination)) throw error;
    return false;
  } finally {
    await sink.flush();
    work.reader.close();
  }
}

function placesAhead(list: FeedList, state: ListState, count: number): readonly Place[] {
  const size = state.size ?? 1;
  const row = nextRow(state);
  const places: Place[] = [];
  for (let next = row + size; places.length < count && next < (state.total ?? 0); next += size) {
    places.push(placeOfRow(list.pagination, next, size));
  }
  return places;
}

/** Pages on their way besides the one that is waited for. */
export function aheadOf(run: StreamRun): number {
  return Math.max(0, run.settings.requests.concurrency - 1);
}

/** Only where it saves more than the looks at the front cost, and in pages that are numbered: by offset each is joined to the one before. */
export function mayHurry({ run, reading: { list }, isFrontTooLarge }: ListWork, state: ListState): boolean {
  const left = pagesLeft(state);
  return (
    !isFrontTooLarge &&
    isNumbered(list.pagination) &&
    aheadOf(run) > 0 &&
    state.size !== null &&
    Number.isFinite(left) &&
    left > 2 * aheadOf(run)
  );
}
