import type { Facts } from '../../model/facts.ts';
import { readCount } from '../../observe/read-count.ts';
import { fieldOf } from '../item-field.ts';

/**
 * How many steps a finished run got done, and the tokens that they used, as far as they tell. What else a step's result holds is the document's
 * content, and is not looked at.
 *
 * @param resultsPerStep one result a step that was done; undefined where the answer carries none
 */
export function readStepCounts(resultsPerStep: unknown): Partial<Pick<Facts, 'step_count' | 'token_count'>> {
  if (!Array.isArray(resultsPerStep)) return {};
  const told = resultsPerStep.map((result) => readCount(fieldOf(result, 'tokens_used'))).filter((count) => count !== null);
  // Beyond what a number holds exactly, the sum of counts is none.
  const tokens = readCount(told.reduce((sum, count) => sum + count, 0));
  return { step_count: resultsPerStep.length, ...(told.length > 0 && tokens !== null && { token_count: tokens }) };
}
