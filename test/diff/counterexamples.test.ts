import { describe, expect, it } from 'vitest';
import { checkAgainstTruth } from './check-against-truth.ts';
import { KINDS, type KindName } from './kinds.ts';
import { at, finished, observe } from './observe.ts';
import { newTrail, see, story } from './trail.ts';

/**
 * Lives that broke a law once, or do without the rule that is named: as `node test/diff/fuzz.ts show <seed> <kind>` tells them. A seed means the
 * same life only as long as the true source lives and answers as it does now.
 */
const LIVES: readonly (readonly [string, KindName, number])[] = [
  ['two answers that crossed are not put in the order of their requests', 'noxus run', 5000000242],
  ['an older version that comes late is stale', 'noxus document', 5000000038],
  ['an answer older than the proof of absence brings nothing back', 'noxus document', 5000000105],
  ['a record that was seen while its absence was being proven is not gone', 'noxus run', 5000000078],
  ['an interval between two clocks is widened', 'noxus document', 5000000749],
  ['an answer without a key gives a finished attempt no other word', 'noxus document', 5000000123],
  ['an answer without a key is no sighting of the attempt that is known', 'noxus document', 5000000043],
  ['an answer without a key does not use up the times of the attempt', 'knowledge stack document', 5000001457],
  ['an answer without a key brings nothing back', 'noxus document', 20260000142379],
  ['a later finish under an undecided word is looked at once more', 'knowledge stack run, second generation', 5000000393],
  ['two words that nobody understood have each its own time', 'noxus run', 5000000261],
  ['a word that was there before it was understood was not entered just now', 'noxus document', 5000000302],
  ['a creation is not the queue time of an attempt that may be a later one', 'noxus document', 5000000046],
  ['a time from before an attempt is none of its own', 'knowledge stack run, second generation', 5000000356],
  ['queued after it had run, its creation is no queue time', 'knowledge stack run, second generation', 1785211749],
];

describe('what once broke a law', () => {
  it.each(LIVES)('%s (%s, %i)', (_title, kind, seed) => {
    expect(checkAgainstTruth(kind, seed)).toBeGreaterThan(0);
  });

  it('an end that was seen in a single moment is not taken for a reported one that moved', () => {
    const trail = newTrail(KINDS['knowledge stack run, second generation']);
    see(trail, observe('running', { attemptKey: 'k', sent: 4, received: 4 }));
    see(trail, observe('cancelled', { attemptKey: 'k', finishedAt: at(3), sent: 4, received: 4 }));
    see(trail, observe('cancelled', { attemptKey: 'k', ...finished(5), sent: 6 }));
    expect(story(trail)).toEqual(['discovered running', 'status_changed cancelled', 'amended']);
  });

  it('a start that is no reported field of the answer does not make the same answer news twice', () => {
    const trail = newTrail(KINDS['noxus document']);
    see(trail, observe('queued', { attemptKey: 'k', startedAt: at(29), runningEvidence: at(29), sent: 2 }));
    const observation = observe('failed', { attemptKey: 'k', startedAt: null, runningEvidence: at(29), sent: 4 });
    see(trail, observation);
    expect(see(trail, observation)).toEqual({ kind: 'unchanged' });
  });
});
