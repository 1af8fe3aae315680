import type { Observation } from '../../model/observation.ts';
import { readError, readErrorText } from '../../observe/read-error.ts';

/** Why something failed, or that it was stopped, which is told in the same field. */
export function readReason(error: unknown, reading: Observation['reading']): Pick<Observation, 'error'> {
  return readError(error, reading, (text) => readErrorText(text, MAX_LENGTH), ['failed', 'cancelled']);
}

/** Characters that the source itself takes of a runner's error. */
const MAX_LENGTH = 8_192;
