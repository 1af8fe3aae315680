import { z } from 'zod';
import type { PageEnvelope, Pagination } from '../../model/connector.ts';
import { SourceError } from '../../model/errors.ts';
import { readCount } from '../../observe/read-count.ts';
import { typeName } from '../../observe/type-name.ts';

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
  if (!envelope.success) throw badShape('a page, an object with a list "items"', body);
  const { items, total, page, size } = envelope.data;
  return { items, total: readCount(total), position: readCount(page), size: readCount(size) };
}

/**
 * A list that is a bare array, whole. A page in its place is refused: taken for the whole list it would hide the rest.
 *
 * @throws SourceError source_bad_shape
 */
export function readArray(body: unknown): PageEnvelope {
  if (!Array.isArray(body)) throw badShape('a list', body);
  return { items: body, total: null, position: null, size: null };
}

const maybe = z.unknown().optional();
const Envelope = z.object({ items: z.array(z.unknown()), total: maybe, page: maybe, size: maybe });

function badShape(expected: string, body: unknown): SourceError {
  const keys = typeof body === 'object' && body !== null && !Array.isArray(body) ? Object.keys(body).slice(0, 5) : [];
  const found = keys.length === 0 ? typeName(body) : `object with ${JSON.stringify(keys).slice(1, -1)}`;
  return new SourceError('source_bad_shape', `expected ${expected}, found ${found}`, {
    hint: 'Check that base_url is the address of the Noxus API and not of its web pages or of another service.',
  });
}
