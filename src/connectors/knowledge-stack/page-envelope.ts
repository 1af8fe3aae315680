import { z } from 'zod';
import type { PageEnvelope, Pagination } from '../../model/connector.ts';
import { SourceError } from '../../model/errors.ts';
import { maybe } from '../../observe/item-schema.ts';
import { readCount } from '../../observe/read-count.ts';
import { badShape } from '../bad-shape.ts';

/** How the second generation cuts its lists. 100 is the largest page it gives. */
export const BY_OFFSET = { style: 'offset', offsetParameter: 'offset', limitParameter: 'limit', limit: 100 } as const satisfies Pagination;

/** The vendor's pages name `page` and `page_size`, its OpenAPI `limit` and `offset`: whichever a server does not know, it ignores. */
export const BY_OFFSET_OR_PAGE = {
  ...BY_OFFSET,
  alsoAsPage: { pageParameter: 'page', sizeParameter: 'page_size' },
} as const satisfies Pagination;

/**
 * `{ items, total, limit, offset }`, or `page` and `page_size` in place of the last two. Only the items are needed.
 *
 * @throws SourceError source_bad_shape
 */
export function readEnvelope(body: unknown): PageEnvelope {
  const envelope = Envelope.safeParse(body);
  if (!envelope.success) throw badShape(TITLE, 'a page, an object with a list "items"', body);
  const { items, total, limit, offset, page, page_size } = envelope.data;
  const size = readCount(limit) ?? readCount(page_size);
  return { items, total: readCount(total), position: readCount(offset) ?? rowsBefore(readCount(page), size), size };
}

/**
 * The same, for a list of which every row must be of one form.
 *
 * @throws SourceError source_other_form where one is not, and as `readEnvelope` does
 */
export function readEnvelopeWithout(isOfOtherForm: (item: unknown) => boolean, what: string): (body: unknown) => PageEnvelope {
  return (body) => {
    const envelope = readEnvelope(body);
    if (!envelope.items.some(isOfOtherForm)) return envelope;
    throw new SourceError('source_other_form', `${what} of another generation of the API than was answered before`, {
      hint: 'The server was changed meanwhile: what it answers now is found out.',
    });
  };
}

/** The items of what may be a page; null where it is none. */
export function itemsOf(body: unknown): readonly unknown[] | null {
  return Envelope.safeParse(body).data?.items ?? null;
}

/** @param page from 1 */
function rowsBefore(page: number | null, size: number | null): number | null {
  if (page === 1) return 0;
  return page === null || page === 0 || size === null ? null : (page - 1) * size;
}

export const TITLE = 'Knowledge Stack';

const Envelope = z.object({ items: z.array(z.unknown()), total: maybe, limit: maybe, offset: maybe, page: maybe, page_size: maybe });
