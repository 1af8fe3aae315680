import type { ListFeed } from '../model/connector.ts';
import type { Instant } from '../model/instant.ts';
import type { ListState } from './list-state.ts';
import { readList } from './read-list.ts';
import { keepFailure, type StreamRun } from './stream-run.ts';

/** So many windows are read at the most until what changes while one is read fits on a page. */
const MOST_WINDOWS = 7;

/**
 * What changed since a moment, by the source's own filter. One answer shows one moment. Where it takes several, they are asked for up to the source's clock at
 * the first of them, and then what changed since: what moves while they are read leaves that window and is in the next. So a sync that says it is complete has
 * passed nothing by that the source showed when it began.
 *
 * @param from on the source's clock
 * @returns up to when all was read, on the source's clock; null where it was not, or where the source tells no time. However many windows followed, that is when
 * the first was asked for: what a source stamps before it shows it is then within the overlap of the next sync
 */
export async function readChanged(
  run: StreamRun,
  feed: ListFeed,
  changedSince: NonNullable<ListFeed['changedSince']>,
  from: Instant,
): Promise<Instant | null> {
  const reading = { feed, parentId: null, shownBy: 'all', scan: null, isHurried: false, until: null } as const;
  const readPage = (since: Instant): Promise<ListState> => readList(run, { ...reading, list: changedSince(since, null), isOnePage: true });
  const readWindow = (since: Instant, until: Instant | null): Promise<ListState> =>
    readList(run, { ...reading, list: changedSince(since, until) });

  const { isDone, firstAnswerAt: watermark } = await readPage(from);
  if (isDone) return watermark;
  const first = await readWindow(from, watermark);
  if (!first.isDone || watermark === null) {
    run.tally.isUnsettled = true;
    return null;
  }
  let since = watermark;
  try {
    for (let windows = 1; windows < MOST_WINDOWS; windows += 1) {
      const page = await readPage(since);
      if (page.isDone) return watermark;
      const window = await readWindow(since, page.firstAnswerAt);
      if (!window.isDone || page.firstAnswerAt === null) break;
      since = page.firstAnswerAt;
    }
    run.tally.isUnsettled = true;
  } catch (error) {
    // What the first window showed stands; the next sync begins behind it.
    keepFailure(run, error);
  }
  return watermark;
}
