import type { PageEnvelope } from '../../model/connector.ts';
import { badShape } from '../bad-shape.ts';

/**
 * A list that is a bare array: it tells nothing of itself.
 *
 * @throws SourceError source_bad_shape
 */
export function readArray(body: unknown): PageEnvelope {
  if (!Array.isArray(body)) throw badShape(TITLE, 'a list', body);
  return { items: body, total: null, position: null, size: null };
}

export const TITLE = 'Morphik';
