import type { Observation } from '../model/observation.ts';
import type { KnownRecord } from '../model/record.ts';

/**
 * `newer`: the observation shows the record later than it is known. `stale`: earlier. `undecided`: its request and the one behind what is
 * known were under way at once, so nobody can tell which answer was taken first.
 */
export type Order = 'newer' | 'undecided' | 'stale';

/**
 * The source's own versions decide where both are known and differ, else the moments at which the requests left. An observation that may be
 * older than the proof of absence brings nothing back.
 */
export function orderOf(known: KnownRecord, observation: Observation): Order {
  const { record, lastSeen, latestSourceUpdatedAt } = known;
  const { sentAt } = observation.response;
  if (!record.isPresent && sentAt <= record.lastLatestAt) return 'stale';

  const version = observation.sourceUpdatedAt ?? null;
  if (version !== null && latestSourceUpdatedAt !== null && version !== latestSourceUpdatedAt) {
    return version < latestSourceUpdatedAt ? 'stale' : 'newer';
  }
  if (lastSeen === null) return 'newer';
  if (sentAt < lastSeen.sentAt) return 'stale';
  return sentAt < lastSeen.receivedAt ? 'undecided' : 'newer';
}
