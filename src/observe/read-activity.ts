import { cutText, storableText } from './read-text.ts';

/**
 * What a source is at, in its own few words, or null where they could be more than that. Such a text is shown beside open records whatever the payload policy, so it
 * must not hold an address, a path or what a document says.
 */
export function readActivity(value: unknown): string | null {
  return typeof value === 'string' && WORDS.test(value) ? storableText(cutText(value, MAX_LENGTH)) : null;
}

const MAX_LENGTH = 100;
/** No slash, no @, no quotation mark, nothing that joins a query. */
const WORDS = /^[\p{L}\p{N}][\p{L}\p{N} _.,:;()%-]{0,99}$/u;
