import { z } from 'zod';
import type { PageEnvelope, Pagination } from '../../model/connector.ts';
import { maybe } from '../../observe/item-schema.ts';
import { readCount } from '../../observe/read-count.ts';
import { badShape } from '../bad-shape.ts';

/** How Noxus cuts its lists, except those that are bare arrays. 100 is the largest page it gives. */
export const PAGES = { style: 'page', pageParameter: 'page', sizeParameter: 'size', size: 100 } as const satisfies Pagination;

/**
 * `{ items, total, page, size, pages }`. Only the items are needed: `pages` tells nothing that `total` does not, and both can change from
 * page to page.
 *
 * @throws SourceError source_bad_shape
 */
export function readEnvelope(body: unknown): PageEnvelope {
  const envelope = Envelope.safeParse(body);
  if (!envelope.success) throw badShape(TITLE, 'a page, an object with a list "items"', body);
  const { items, total, page, size } = envelope.data;
  return { items, total: readCount(total), position: readCount(page), size: readCount(size) };
}

/**
 * A list that is a bare array, whole. A page in its place is refused: taken for the whole list it would hide the rest.
 *
 * @throws SourceError source_bad_shape
 */
export function readArray(body: unknown): PageEnvelope {
  if (!Array.isArray(body)) throw badShape(TITLE, 'a list', body);
  return { items: body, total: null, position: null, size: null };
}

const TITLE = 'Noxus';
const Envelope = z.object({ items: z.array(z.unknown()), total: maybe, page: maybe, size: maybe });
