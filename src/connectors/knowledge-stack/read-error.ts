import type { Observation } from '../../model/observation.ts';
import { readText } from '../../observe/read-text.ts';

/**
 * Only what has failed or was stopped has an error: whether taking it up again clears the one from before is not documented. Under a word that nobody
 * understands it may be one: there it is told as it is shown.
 */
export function readError(error: unknown, reading: Observation['reading']): Pick<Observation, 'error'> {
  if (reading.kind === 'known' && reading.status !== 'failed' && reading.status !== 'cancelled') return { error: null };
  return error === undefined ? {} : { error: textOf(error) };
}

/** Characters that the source itself takes of a runner's error. */
const MAX_LENGTH = 8_192;

function textOf(error: unknown): string | null {
  return typeof error !== 'string' || error.trim() === '' ? null : readText(error, MAX_LENGTH);
}
