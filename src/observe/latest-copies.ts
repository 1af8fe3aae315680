import type { Observation } from '../model/observation.ts';
import { STATUS_RANK } from '../model/status.ts';

/**
 * One observation a record, where a page shows it more than once (its rows moved while the source read them): the copy with the higher
 * version, then the greater attempt key, then the further status, then the later place. What a copy does not tell loses to what another
 * tells.
 *
 * @param observations of one answer, in its order
 */
export function latestCopies(observations: readonly Observation[]): readonly Observation[] {
  const latest = new Map<string, Observation>();
  for (const copy of observations) {
    const other = latest.get(copy.recordId);
    if (other === undefined || !isNewer(other, copy)) latest.set(copy.recordId, copy);
  }
  return latest.size === observations.length ? observations : [...latest.values()];
}

function isNewer(a: Observation, b: Observation): boolean {
  const order = compareTexts(a.sourceUpdatedAt, b.sourceUpdatedAt) || compareTexts(a.attemptKey, b.attemptKey) || rankOf(a) - rankOf(b);
  return order > 0;
}

/** A known text is greater than an unknown one: ids are never empty, nor are instants. */
function compareTexts(a: string | null | undefined, b: string | null | undefined): number {
  const [left, right] = [a ?? '', b ?? ''];
  return left === right ? 0 : left > right ? 1 : -1;
}

function rankOf(observation: Observation): number {
  return observation.reading.kind === 'known' ? STATUS_RANK[observation.reading.status] : -1;
}
