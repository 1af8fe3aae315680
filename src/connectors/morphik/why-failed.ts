import { readErrorText } from '../../observe/read-error.ts';

/** Why a run or a document failed. An error that is left over from an attempt before is not cleared by success: it is asked for where something has failed. */
export function whyFailed(error: unknown): string | null {
  return error === NO_ERROR ? null : readErrorText(error, MAX_LENGTH);
}

const MAX_LENGTH = 1_000;

/** What the read of a document by id says where there is no error: taken for one, it would be another than the lists show. */
const NO_ERROR = 'Unknown error';
