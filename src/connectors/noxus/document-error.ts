import { readErrorText } from '../../observe/read-error.ts';
import { readText } from '../../observe/read-text.ts';
import { errorText } from '../error-text.ts';

/**
 * Why a document failed: `NO_TEXT: The file holds no text`, out of a text or an object such as `{ code, message }`. Only words that are meant
 * as such are taken: what else stands in the object could be the document.
 */
export function documentError(error: unknown): string | null {
  if (typeof error === 'string') return readErrorText(error, MAX_LENGTH);
  if (typeof error !== 'object' || error === null) return null;
  const { code } = error as { code?: unknown };
  const name = typeof code === 'string' || typeof code === 'number' ? String(code).trim() : '';
  const words = errorText(error) ?? '';
  return readText(name === '' || words === '' || words.includes(name) ? words || name : `${name}: ${words}`, MAX_LENGTH);
}

const MAX_LENGTH = 1_000;
