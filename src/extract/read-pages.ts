import type { Logger } from 'pino';
import type { Api, PagedList, SourcePage } from '../model/connector.ts';
import { isLastPage, type Progress } from './is-last-page.ts';
import { askedSize, placeAfter, placeName, placeOf, type Place } from './place.ts';
import { createPrefetch } from './prefetch.ts';
import { readEnvelope } from './read-envelope.ts';
import { createRepeatGuard } from './repeat-guard.ts';

export interface ReadPagesOptions {
  /** The first page to read, from 1. Where that lies is reckoned with the page size asked for. */
  readonly from?: number;
  /** Rows on the pages before `from`; left out, as many as were asked for. A source may give smaller pages. */
  readonly rowsBefore?: number;
  /** Pages that are fetched ahead while one is worked on: as many are in memory besides it. 0 for none, which is the default. */
  readonly ahead?: number;
  readonly signal?: AbortSignal;
  readonly log?: Logger;
}

/**
 * Reads a list page by page, in order, to its end. Whoever stops iterating ends what is on its way.
 *
 * @throws SourceError, also source_bad_shape for an answer that is no page, and source_repeats for pages that go round
 * @throws RunledgerError aborted
 */
export async function* readPages(api: Api, list: PagedList, options: ReadPagesOptions = {}): AsyncGenerator<SourcePage, void, undefined> {
  const { from = 1, ahead = 0, log } = options;
  const { pagination } = list;
  if (pagination.style === 'array' && from > 1) return;
  const prefetch = createPrefetch(api, list, options.signal);
  const guard = createRepeatGuard(list.keyOf);
  let place = placeOf(pagination, from);
  let progress: Progress = {
    rows: pagination.style === 'array' ? 0 : (options.rowsBefore ?? (from - 1) * askedSize(pagination)),
    largest: 0,
  };
  try {
    for (;;) {
      const answer = await prefetch.take(place);
      const envelope = readEnvelope(list, answer, api.limits.maxBytes);
      const rows = envelope.items.length;
      progress = { rows: progress.rows + rows, largest: Math.max(progress.largest, rows) };
      const isLast = pagination.style === 'array' || isLastPage(envelope, progress);
      const response = { ...answer.response, page: placeName(pagination, place) };
      const page: SourcePage = { ...envelope, number: place.number, isLast, response };
      guard.check(page, place);
      if (isElsewhere(page, place)) {
        log?.warn({ path: response.path, asked: place.position, answered: page.position }, 'a page names itself another than asked');
      }
      const next = placeAfter(pagination, place, rows);
      if (!isLast) prefetch.foresee(foreseen(list, page, next, progress, ahead));
      yield page;
      if (isLast) return;
      place = next;
    }
  } finally {
    prefetch.close();
  }
}

/** The next pages as far as `total` reaches: beyond it lies at most one empty page, asked for only when it is needed. */
function foreseen(list: PagedList, page: SourcePage, next: Place, progress: Progress, ahead: number): readonly Place[] {
  const places: Place[] = [];
  let rows = progress.rows;
  for (let place = next; places.length < ahead && (page.total === null || rows < page.total);) {
    places.push(place);
    rows += progress.largest;
    place = placeAfter(list.pagination, place, progress.largest);
  }
  return places;
}

function isElsewhere(page: SourcePage, place: Place): boolean {
  return page.position !== null && page.position !== place.position;
}
