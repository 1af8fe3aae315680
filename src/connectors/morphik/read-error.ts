import type { Observation } from '../../model/observation.ts';
import { readText } from '../../observe/read-text.ts';

/**
 * Only what has failed has an error: one that is left over from an attempt before is not cleared by success. Under a word that nobody understands it
 * may be one: there it is told as it is shown.
 */
export function readError(error: unknown, reading: Observation['reading']): Pick<Observation, 'error'> {
  if (reading.kind === 'known' && reading.status !== 'failed') return { error: null };
  return error === undefined ? {} : { error: textOf(error) };
}

const MAX_LENGTH = 1_000;

/** What the read of a document by id says where there is no error: taken for one, it would be another than the lists show. */
const NO_ERROR = 'Unknown error';

function textOf(error: unknown): string | null {
  return typeof error !== 'string' || error.trim() === '' || error === NO_ERROR ? null : readText(error, MAX_LENGTH);
}
