import { readPages } from '../extract/read-pages.ts';
import type { ListFeed } from '../model/connector.ts';
import { SourceError } from '../model/errors.ts';
import { addMicros, type Instant } from '../model/instant.ts';
import type { ListOrder, StreamState } from '../record/stream-lease.ts';
import { orderOf } from './list-order.ts';
import { asSupplements } from './supplement.ts';
import { readList, type ListRead } from './read-list.ts';
import { keepFailure, observeItems, recordItems, type StreamRun } from './stream-run.ts';

/** What the lists of a stream showed, and where the one that shows all was left. */
export interface FeedsRead {
  readonly feed: ListFeed | null;
  readonly main: ListRead | null;
  readonly order: ListOrder | null;
  /** Why the list that shows all could not be read to where it should be; the open records are read all the same. */
  readonly failure: SourceError | null;
  /** Whether that list answered at all. */
  readonly wasRead: boolean;
  /** Up to when the lists were read without a gap, on the source's clock. */
  readonly watermark: Instant | null;
}

/**
 * Finds new and changed records. A list known to come newest first is read until a whole page is known, unchanged and older than the watermark less
 * the overlap; every other list is read whole. A list that turns out not to keep its order is read on to its end.
 */
export async function readFeeds(run: StreamRun, state: StreamState, isFull: boolean): Promise<FeedsRead> {
  let result: FeedsRead = { feed: null, main: null, order: null, failure: null, wasRead: false, watermark: null };
  for (const feed of run.source.feeds) {
    if (feed.parents !== null) {
      await readParents(run, feed);
    } else {
      const pages = run.tally.pages;
      try {
        const read = await readMain(run, feed, state, isFull);
        result = { feed, main: read, order: learnedOrder(state, read), failure: null, wasRead: true, watermark: read.firstAnswerAt };
      } catch (error) {
        keepFailure(run, error);
        result = { ...result, feed, failure: error as SourceError, wasRead: run.tally.pages > pages };
      }
    }
  }
  return result;
}

async function readMain(run: StreamRun, feed: ListFeed, state: StreamState, isFull: boolean): Promise<ListRead> {
  const { watermark, listOrder } = state;
  const overlapMicros = BigInt(Math.round(run.settings.overlapMs)) * 1000n;
  const until = isFull || watermark === null || listOrder !== 'newest_first' ? null : addMicros(watermark, -overlapMicros);
  const read = await readList(run, feed, null, { from: 1, until });
  if (read.nextPage === null || read.order.isDescending) return read;
  run.log.warn('the list is not newest first any more: reading it whole');
  const rest = await readList(run, feed, null, { from: read.nextPage, until: null, before: read });
  return { ...rest, order: read.order };
}

/** An order, once known, holds until a page contradicts it. */
function learnedOrder(state: StreamState, read: ListRead): ListOrder | null {
  const order = orderOf(read.order);
  if (order !== null) return order;
  if (state.listOrder === 'newest_first' && !read.order.isDescending) return 'none';
  return state.listOrder;
}

/**
 * Reads the lists of a feed's parents, several at a time. A parent that is gone ends its own list only; a source without this kind of parent is one
 * that does not have the feed.
 */
async function readParents(run: StreamRun, feed: ListFeed): Promise<void> {
  for await (const parentIds of parentPages(run, feed)) {
    for (let first = 0; first < parentIds.length; first += run.settings.requests.concurrency) {
      const some = parentIds.slice(first, first + run.settings.requests.concurrency);
      const results = await Promise.allSettled(some.map((parentId) => readParent(run, feed, parentId)));
      for (const result of results) if (result.status === 'rejected') keepFailure(run, result.reason);
      run.report('listing');
    }
  }
}

async function* parentPages(run: StreamRun, feed: ListFeed): AsyncIterable<readonly string[]> {
  const { parents } = feed;
  if (parents === null) return;
  try {
    for await (const page of readPages(run.api, parents.list, { signal: run.signal, log: run.log })) {
      run.tally.pages += 1;
      const ids: string[] = [];
      for (const item of page.items) {
        const accountId = parents.accountIdOf(item);
        if (accountId !== null) await run.checkAccount(accountId);
        const id = parents.idOf(item);
        if (id !== null) ids.push(id);
      }
      yield ids;
    }
  } catch (error) {
    if (error instanceof SourceError && error.code === 'source_not_found') {
      run.log.info({ feed: feed.name }, 'the source does not have this feed');
      return;
    }
    keepFailure(run, error);
  }
}

async function readParent(run: StreamRun, feed: ListFeed, parentId: string): Promise<void> {
  try {
    for (const list of feed.lists(parentId)) {
      for await (const page of readPages(run.api, list, { signal: run.signal, log: run.log })) {
        run.tally.pages += 1;
        const items = await observeItems(run, page.items, feed.observe, page.response, parentId);
        const observations = feed.showsAll ? items.observations : asSupplements(items.observations);
        if (observations.length > 0 || items.rejections.length > 0) await recordItems(run, { ...items, observations }, 'list');
      }
    }
  } catch (error) {
    if (!(error instanceof SourceError) || error.code !== 'source_not_found') throw error;
    run.log.info({ feed: feed.name, parent: parentId }, 'the parent of this list is gone');
  }
}
