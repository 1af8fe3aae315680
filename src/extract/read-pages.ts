import type { Logger } from 'pino';
import type { Api, ApiAnswer, PagedList, PageEnvelope, SourcePage } from '../model/connector.ts';
import { SourceError } from '../model/errors.ts';
import { describeShape } from './describe-shape.ts';
import { isLastPage, type Progress } from './is-last-page.ts';
import { askedSize, placeAfter, placeName, placeOf, type Place } from './place.ts';
import { createPrefetch } from './prefetch.ts';
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
      const envelope = readEnvelope(list, answer);
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

/** @throws SourceError source_bad_shape, with the request in front of what the connector found */
function readEnvelope(list: PagedList, answer: ApiAnswer): PageEnvelope {
  const { method, path, status } = answer.response;
  const envelope = parse(list, answer);
  if (Array.isArray(envelope.items)) {
    return { items: envelope.items, total: count(envelope.total), position: count(envelope.position), size: count(envelope.size) || null };
  }
  throw new SourceError('source_bad_shape', `${method} ${path} answered ${describeShape(answer.body)}, where a list was expected.`, {
    status,
    hint: BAD_SHAPE_HINT,
  });
}

const BAD_SHAPE_HINT = 'Check that base_url is the address of the API. Its version may be one that runledger does not know.';

function parse(list: PagedList, answer: ApiAnswer): PageEnvelope {
  const { method, path, status } = answer.response;
  try {
    return list.parse(answer.body);
  } catch (error) {
    if (error instanceof SourceError) {
      throw new SourceError(error.code, `${method} ${path}: ${error.message}`, {
        status,
        hint: error.hint ?? BAD_SHAPE_HINT,
        cause: error,
      });
    }
    throw new SourceError('source_bad_shape', `${method} ${path} answered ${describeShape(answer.body)}, which is no page.`, {
      status,
      hint: BAD_SHAPE_HINT,
      cause: error,
    });
  }
}

/** A count as the source may write it: anything but a whole number from 0 tells nothing. */
function count(value: number | null): number | null {
  return value !== null && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function isElsewhere(page: SourcePage, place: Place): boolean {
  return page.position !== null && page.position !== place.position;
}
