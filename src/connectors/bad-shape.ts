import { SourceError } from '../model/errors.ts';
import { typeName } from '../observe/type-name.ts';

/**
 * An answer that is no list of the source's: another service, its web pages, or a form that no release knows.
 *
 * @param title of the source system, for people
 */
export function badShape(title: string, expected: string, body: unknown): SourceError {
  const keys = typeof body === 'object' && body !== null && !Array.isArray(body) ? Object.keys(body).slice(0, 5) : [];
  const found = keys.length === 0 ? typeName(body) : `object with ${JSON.stringify(keys).slice(1, -1)}`;
  return new SourceError('source_bad_shape', `expected ${expected}, found ${found}`, {
    hint: `Check that base_url is the address of the ${title} API and not of its web pages or of another service.`,
  });
}
