import type { Observation } from '../model/observation.ts';
import type { Status } from '../model/status.ts';
import { readText } from './read-text.ts';

/**
 * Only what ended so as to have an error has one: whether a source clears it when the record is taken up again is seldom documented, and left over it would be
 * taken for one of the new attempt. Under a word that nobody understands it may be one: there it is told as it is shown.
 *
 * @param endings the statuses that have one
 */
export function readError(
  error: unknown,
  reading: Observation['reading'],
  textOf: (error: unknown) => string | null,
  endings: readonly Status[] = ['failed'],
): Pick<Observation, 'error'> {
  if (reading.kind === 'known' && !endings.includes(reading.status)) return { error: null };
  return error === undefined ? {} : { error: textOf(error) };
}

/** Why something failed, if it is told in a text that is not blank. */
export function readErrorText(error: unknown, maxLength: number): string | null {
  return typeof error !== 'string' || error.trim() === '' ? null : readText(error, maxLength);
}
