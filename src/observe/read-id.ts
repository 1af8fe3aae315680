import { z } from 'zod';
import { KEY_MARK } from '../model/without-secret.ts';
import { typeName } from './type-name.ts';

/** Bytes of UTF-8: what a key of the ledger may hold. */
export const MAX_ID_BYTES = 512;

/**
 * Why a value cannot be an id, in words that follow "its id", or null where it can. Ids are opaque: one that cannot be stored or asked for
 * as it stands is refused and never mended, because a mended id could be another record's.
 */
export function idProblem(value: unknown): string | null {
  if (value === undefined) return 'is missing';
  if (typeof value !== 'string') return `is of type ${typeName(value)}, not a text`;
  if (value === '') return 'is empty';
  const bytes = Buffer.byteLength(value);
  if (bytes > MAX_ID_BYTES) return `is ${bytes} bytes long; ${MAX_ID_BYTES} are the most that the ledger keeps`;
  if (value.includes('\u0000')) return 'contains the character \\u0000, which Postgres cannot store';
  if (!value.isWellFormed()) return 'contains half of a surrogate pair, which UTF-8 cannot express';
  if (value.includes(KEY_MARK)) return 'contained the api key, which is not kept';
  // Encoded or not, a URL parser takes these two path segments away: a read by such an id would be a read of something else.
  if (value === '.' || value === '..') return `is "${value}", which no URL path can carry`;
  return null;
}

/** An id that a record can do without, such as its workflow's: null where it is missing or cannot be kept as it stands. */
export function readId(value: unknown): string | null {
  return idProblem(value) === null ? (value as string) : null;
}

/** An id without which an item is nothing. */
export const requiredId = z.custom<string>((value) => idProblem(value) === null, {
  error: (issue) => `its id ${idProblem(issue.input) ?? 'cannot be used'}`,
});
