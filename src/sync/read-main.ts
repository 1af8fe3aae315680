import type { FeedList, ListFeed } from '../model/connector.ts';
import type { RecordKind } from '../model/record-kind.ts';
import type { OpenScan } from '../record/scans.ts';
import type { ListOrder, StreamState } from '../record/stream-lease.ts';
import { NOTHING_READ, type FeedsRead } from './what-feeds-showed.ts';
import { isFirstScan } from './begin-scan.ts';
import { orderOf } from './list-order.ts';
import type { ListState } from './list-state.ts';
import { overlapped } from './overlap.ts';
import { readList } from './read-list.ts';
import { scanList } from './scan-list.ts';
import type { StreamRun } from './stream-run.ts';

/**
 * A list known to come newest first is read until a whole page is known, unchanged and older than the watermark less the overlap; every other list is read
 * whole. A list that turns out not to keep its order is read on to its end.
 */
export async function readMain(run: StreamRun, feed: ListFeed, state: StreamState): Promise<FeedsRead> {
  const list = onlyList(feed);
  const mayEnd = state.listOrder === 'newest_first' && showsChanges(run.source.kind, feed, list);
  const until = mayEnd && state.watermark !== null ? overlapped(run, state.watermark) : null;
  const reading = { feed, list, parentId: null, shownBy: 'all', scan: null, isHurried: false } as const;
  let main = await readList(run, { ...reading, until });
  if (!main.isDone && !main.order.isDescending) {
    run.log.warn('the list is not newest first any more: reading it whole');
    main = await readList(run, { ...reading, until: null, from: main });
  }
  const isGivenUp = !main.isDone && until === null;
  if (isGivenUp) run.tally.isUnsettled = true;
  return {
    ...NOTHING_READ,
    feed,
    main,
    order: learnedOrder(state.listOrder, main),
    wasRead: true,
    watermark: isGivenUp ? null : main.firstAnswerAt,
  };
}

/**
 * Whether what is in front of a list, or what its filter lets through, shows all that may have changed: not where it is sorted by creation and what has ended can be
 * taken up again in its old place.
 */
export function showsChanges({ reopensFrom }: RecordKind, feed: ListFeed, list: FeedList): boolean {
  return reopensFrom.length === 0 || list.sortedBy === 'updated' || feed.changedSince !== null;
}

/**
 * Reads the list whole. A first scan that was cut off is gone on with where it was left, and then the front of the list is read, where there is what came
 * meanwhile.
 */
export async function scanMain(run: StreamRun, feed: ListFeed, state: StreamState, resume: OpenScan | null): Promise<FeedsRead> {
  const list = onlyList(feed);
  const scanned = await scanList(run, {
    feed,
    list,
    parentId: null,
    order: state.listOrder,
    sharedScanId: null,
    resume,
    isResumable: isFirstScan(state),
  });
  let firstAnswerAt = scanned.state.firstAnswerAt;
  if (resume !== null) {
    const until = resume.sourceStartedAt === null ? null : overlapped(run, resume.sourceStartedAt);
    const front = await readList(run, { feed, list, parentId: null, shownBy: 'all', scan: null, isHurried: false, until });
    // Whatever came before the front was read is known now: what came after it was asked for is not.
    firstAnswerAt = front.firstAnswerAt;
  }
  return {
    feed,
    main: scanned.state,
    order: scanned.order ?? learnedOrder(state.listOrder, scanned.state),
    failure: null,
    wasRead: true,
    // What an unproven scan may have passed by is looked for again from where the lists were last read without a gap.
    watermark: scanned.state.isDone && (scanned.isProven || isFirstScan(state)) ? firstAnswerAt : null,
    scan: {
      isProven: scanned.isProven,
      startedAt: resume?.startedAt ?? run.startedAt,
      isResumed: resume !== null,
      distinctCount: scanned.distinctCount,
      scanIds: scanned.scanIds,
    },
  };
}

function onlyList(feed: ListFeed): FeedList {
  const [list] = feed.lists(null);
  if (list === undefined) throw new TypeError(`${feed.name} has no list`);
  return list;
}

/** An order, once known, holds until a page contradicts it. */
function learnedOrder(known: ListOrder | null, main: ListState): ListOrder | null {
  const order = orderOf(main.order);
  if (order !== null) return order;
  return known === 'newest_first' && !main.order.isDescending ? 'none' : known;
}
