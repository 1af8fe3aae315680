import { readPages } from '../extract/read-pages.ts';
import type { ListFeed, SourcePage } from '../model/connector.ts';
import type { Instant } from '../model/instant.ts';
import { NO_ORDER_SEEN, watchOrder, type OrderWatch } from './list-order.ts';
import { BATCH_SIZE, observeItems, recordItems, type ReadItems, type StreamRun } from './stream-run.ts';

/** Where a list was left, and what it showed of itself. */
export interface ListRead {
  /** The page to go on with; null: the list was read to its end. */
  readonly nextPage: number | null;
  readonly pagesTotal: number | null;
  readonly total: number | null;
  /** rows on a page, as the source really gives them */
  readonly size: number | null;
  readonly order: OrderWatch;
  /** The source's clock at the first answer; null where it told none: then nothing is concluded from times. */
  readonly firstAnswerAt: Instant | null;
}

/** So often a list is taken up again further ahead because rows vanished while it was read; then it is told as drifting. */
const MAX_STEPS_BACK = 100;

/**
 * Reads a list page by page and records it.
 *
 * Rows that are deleted while it is read move later rows to pages that were read already. The total tells: where it fell, the reading steps back by as many
 * pages as the fall needs, and reads those again.
 *
 * @param options.until reading a list that is newest first: ends after a page whose records are all known, unchanged and created before this moment; null
 *   reads to the end
 * @param options.before what was read of the list up to `from`: rows that vanish at the seam are noticed by its total
 */
export async function readList(
  run: StreamRun,
  feed: ListFeed,
  parentId: string | null,
  options: { readonly from: number; readonly until: Instant | null; readonly before?: ListRead },
): Promise<ListRead> {
  const [list] = feed.lists(parentId);
  if (list === undefined) throw new TypeError(`${feed.name} has no list`);
  let read: ListRead = options.before ?? {
    nextPage: options.from,
    pagesTotal: null,
    total: null,
    size: null,
    order: NO_ORDER_SEEN,
    firstAnswerAt: null,
  };
  let from: number | null = options.from;
  let stepsBack = 0;
  let pending: ReadItems[] = [];
  const flush = async (): Promise<void> => {
    const items = {
      observations: pending.flatMap((items) => items.observations),
      rejections: pending.flatMap((items) => items.rejections),
    };
    pending = [];
    if (items.observations.length > 0 || items.rejections.length > 0) await recordItems(run, items, 'list');
  };

  try {
    while (from !== null) {
      let again: number | null = null;
      for await (const page of readPages(run.api, list, { from, ...rowsBefore(from, read), signal: run.signal, log: run.log })) {
        const fallen = read.total !== null && page.total !== null ? read.total - page.total : 0;
        const items = await observeItems(run, page.items, feed.observe, page.response, parentId);
        read = notePage(run, read, page, items);
        if (fallen > 0) {
          run.tally.hasDrift = true;
          if (stepsBack >= MAX_STEPS_BACK) run.tally.isUnsettled = true;
          else if (page.number > 1) again = Math.max(1, page.number - Math.ceil(fallen / pageSize(page)));
        }
        if (options.until === null) {
          pending.push(items);
          if (pending.reduce((sum, { observations }) => sum + observations.length, 0) >= BATCH_SIZE) await flush();
        } else {
          const result = await recordItems(run, items, 'list');
          const isKnown = result.unchangedCount + result.staleCount === items.observations.length;
          if (again === null && isKnown && isOlder(items, options.until)) {
            run.report('listing');
            return page.isLast ? { ...read, nextPage: null } : read;
          }
        }
        run.report('listing');
        if (again !== null) break;
      }
      from = again;
      if (again !== null) {
        stepsBack += 1;
        // Rows come again that were passed already: they say nothing against the order.
        read = { ...read, order: { ...read.order, lastCreatedAt: null, previousIds: new Set() } };
        run.log.info({ page: again, total: read.total }, 'records vanished while the list was read: stepping back');
      }
    }
  } finally {
    // Also when a page fails or a signal ends the reading: what was read is kept.
    await flush();
  }
  return { ...read, nextPage: null };
}

function rowsBefore(from: number, { size }: ListRead): { readonly rowsBefore?: number } {
  return size === null ? {} : { rowsBefore: (from - 1) * size };
}

function notePage(run: StreamRun, read: ListRead, page: SourcePage, items: ReadItems): ListRead {
  const pagesTotal = page.total === null ? null : Math.max(1, Math.ceil(page.total / pageSize(page)));
  run.tally.pages += 1;
  run.tally.pagesTotal = pagesTotal;
  return {
    nextPage: page.number + 1,
    pagesTotal,
    total: page.total ?? read.total,
    size: read.size ?? pageSize(page),
    order: watchOrder(read.order, items.observations),
    firstAnswerAt: read.firstAnswerAt ?? page.response.serverDate,
  };
}

function pageSize(page: SourcePage): number {
  return Math.max(1, page.size ?? page.items.length);
}

/** A page that shows no moment of creation at all proves nothing about its age. */
function isOlder({ observations }: ReadItems, until: Instant): boolean {
  const created = observations.flatMap(({ createdAt }) => (createdAt == null ? [] : [createdAt]));
  return created.length > 0 && created.every((at) => at < until);
}
