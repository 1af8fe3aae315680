import type { Observation } from '../model/observation.ts';
import type { KnownRecord } from '../model/record.ts';

/**
 * `newer`: the observation shows the record later than it is known. `stale`: earlier. `undecided`: its request and the one behind what is
 * known were under way at once, so nobody can tell which answer was taken first.
 */
export type Order = 'newer' | 'undecided' | 'stale';

/**
 * The source's own versions decide where both are known and differ. Else what an earlier sync saw is older, and within one sync the moments at which
 * the requests left decide. An observation that may be older than the proof of absence brings nothing back.
 */
export function orderOf(known: KnownRecord, observation: Observation): Order {
  const { record, lastSeen, latestSourceUpdatedAt } = known;
  const { sentAt } = observation.response;
  const isEarlier = lastSeen?.isEarlier === true;
  if (!record.isPresent && !isEarlier && sentAt <= record.lastLatestAt) return 'stale';

  const version = observation.sourceUpdatedAt ?? null;
  if (version !== null && latestSourceUpdatedAt !== null && version !== latestSourceUpdatedAt) {
    return version < latestSourceUpdatedAt ? 'stale' : 'newer';
  }
  if (lastSeen === null || isEarlier) return 'newer';
  if (sentAt < lastSeen.sentAt) return 'stale';
  return sentAt < lastSeen.receivedAt ? 'undecided' : 'newer';
}
