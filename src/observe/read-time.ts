import { type Instant, parseInstant } from '../model/instant.ts';

/**
 * A reported time. Null and undefined are no time; anything else that is not a text that `parseInstant` understands is a bad one, numbers
 * too: whether they are seconds or milliseconds would be a guess. A bad time never costs the item.
 */
export function readTime(value: unknown): { readonly instant: Instant | null; readonly isBad: boolean } {
  if (value === null || value === undefined) return NO_TIME;
  const instant = typeof value === 'string' ? parseInstant(value) : null;
  return instant === null ? BAD_TIME : { instant, isBad: false };
}

const NO_TIME = { instant: null, isBad: false };
const BAD_TIME = { instant: null, isBad: true };
