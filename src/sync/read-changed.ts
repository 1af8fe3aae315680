import type { ListFeed } from '../model/connector.ts';
import type { Instant } from '../model/instant.ts';
import { readList } from './read-list.ts';
import type { StreamRun } from './stream-run.ts';

/** So many windows may it take until what changes while one is read fits on a page. */
const MOST_WINDOWS = 6;

/**
 * What changed since a moment, by the source's own filter. One answer shows one moment. Where it takes several, they are asked for up to the source's clock at
 * the first of them, and then what changed since: what moves while they are read leaves that window and is in the next. So whatever had changed before the last
 * answer was seen, and a sync that says it is complete has passed nothing by that was there when it began.
 *
 * @param from on the source's clock
 * @returns up to when all was read, on the source's clock; null where it was not, or where the source tells no time
 */
export async function readChanged(
  run: StreamRun,
  feed: ListFeed,
  changedSince: NonNullable<ListFeed['changedSince']>,
  from: Instant,
): Promise<Instant | null> {
  const reading = { feed, parentId: null, shownBy: 'all', scan: null, isHurried: false, until: null } as const;
  let since = from;
  for (let windows = 0; ; windows += 1) {
    const page = await readList(run, { ...reading, list: changedSince(since, null), isOnePage: true });
    if (page.isDone) return page.firstAnswerAt;
    const window = await readList(run, { ...reading, list: changedSince(since, page.firstAnswerAt) });
    if (window.isDone && page.firstAnswerAt !== null && windows < MOST_WINDOWS) {
      since = page.firstAnswerAt;
      continue;
    }
    run.tally.isUnsettled = true;
    return window.isDone ? page.firstAnswerAt : null;
  }
}
