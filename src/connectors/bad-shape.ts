import { SourceError } from '../model/errors.ts';
import { cutText } from '../observe/read-text.ts';
import { typeName } from '../observe/type-name.ts';

/**
 * An answer that is no list of the source's: another service, its web pages, or a form that no release knows.
 *
 * @param title of the source system, for people
 */
export function badShape(title: string, expected: string, body: unknown): SourceError {
  const keys = typeof body === 'object' && body !== null && !Array.isArray(body) ? Object.keys(body).slice(0, 5) : [];
  const shown = keys.map((key) => cutText(key, LONGEST_KEY));
  const found = shown.length === 0 ? typeName(body) : `object with ${JSON.stringify(shown).slice(1, -1)}`;
  return new SourceError('source_bad_shape', `expected ${expected}, found ${found}`, {
    hint: `Check that base_url is the address of the ${title} API and not of its web pages or of another service.`,
  });
}

const LONGEST_KEY = 40;
