import type { Logger } from 'pino';
import type { Api, FeedList, PagedList, SourcePage } from '../model/connector.ts';
import { isLastPage } from './is-last-page.ts';
import { isNumbered, placeName, type Place } from './place.ts';
import { createPrefetch } from './prefetch.ts';
import { readEnvelope } from './read-envelope.ts';
import { createRepeatGuard } from './repeat-guard.ts';

/** Reads a list at any place, in any order, again and again: for whoever keeps account of what was covered. */
export interface PageReader {
  /**
   * @throws SourceError, also source_bad_shape for an answer that is no page, and source_repeats where going forward brings nothing new
   * @throws RunledgerError aborted
   */
  read(place: Place): Promise<SourcePage>;
  /** Sends for pages that will be read next, in this order. */
  foresee(places: readonly Place[]): void;
  /** Ends what is on its way. */
  close(): void;
}

type ReadableList = PagedList & Pick<FeedList, 'sortedBy'>;

export function createPageReader(
  api: Api,
  list: ReadableList,
  options: { readonly signal?: AbortSignal; readonly log?: Logger },
): PageReader {
  const { pagination } = list;
  const prefetch = createPrefetch(api, list, options.signal);
  const guard = createRepeatGuard(list.keyOf);
  let farthest = -1;
  let largest = 0;

  return {
    async read(place) {
      const answer = await prefetch.take(place);
      const envelope = readEnvelope(list, answer, api.limits.maxBytes);
      const rows = envelope.items.length;
      largest = Math.max(largest, rows);
      const rowsBefore = isNumbered(pagination) ? (place.number - 1) * (envelope.size ?? largest) : place.position;
      const isLast = pagination.style === 'array' || isLastPage(envelope, { rows: rowsBefore + rows, largest });
      const response = { ...answer.response, page: placeName(pagination, place) };
      const page: SourcePage = { ...envelope, number: place.number, isLast, response };
      // A page read again is no sign that the list goes round; one further on that shows the same is.
      if (place.position > farthest && !isWhereAsked(list, page, place)) guard.check(page, place);
      farthest = Math.max(farthest, place.position);
      if (page.position !== null && page.position !== place.position) {
        options.log?.warn(
          { path: response.path, asked: place.position, answered: page.position },
          'a page names itself another than asked',
        );
      }
      return page;
    },
    foresee: (places) => {
      prefetch.foresee(places);
    },
    close: () => {
      prefetch.close();
    },
  };
}

/** Sorted by the last change, a list can show the rows of one page on the next as well: all that is on it has changed. That it names the place that was asked for tells. */
function isWhereAsked({ sortedBy }: ReadableList, page: SourcePage, place: Place): boolean {
  return sortedBy === 'updated' && page.position === place.position;
}
