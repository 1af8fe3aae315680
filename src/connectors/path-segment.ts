import { idProblem } from '../observe/read-id.ts';
import { RunledgerError } from '../model/errors.ts';

/**
 * An id as one segment of a URL's path.
 *
 * @throws RunledgerError bad_argument for an id that no observation would have let into the ledger, such as `..`: sent all the same, it would
 * ask for something else
 */
export function pathSegment(id: string): string {
  const problem = idProblem(id);
  if (problem === null) return encodeURIComponent(id);
  throw new RunledgerError('bad_argument', `cannot ask a source for a record by its id: it ${problem}`, {
    hint: 'Give the id as the source shows it.',
  });
}
