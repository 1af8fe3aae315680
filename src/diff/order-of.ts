import { clockOffset, type ClockReading } from '../model/clock-offset.ts';
import { microsOf } from '../model/instant.ts';
import type { Observation } from '../model/observation.ts';
import type { KnownRecord } from '../model/record.ts';

/**
 * `newer`: the observation shows the record later than it is known. `stale`: earlier. `undecided`: its request and the one behind what is
 * known were under way at once, so nobody can tell which answer was taken first.
 */
export type Order = 'newer' | 'undecided' | 'stale';

/**
 * The source's own versions decide where both are known and differ, unless its clock was set back in between by as much. Else what an earlier sync saw is older, and within one sync the moments at which
 * the requests left decide. An observation that may be older than the proof of absence brings nothing back.
 */
export function orderOf(known: KnownRecord, observation: Observation): Order {
  const { record, lastSeen, latestSourceUpdatedAt } = known;
  const { sentAt } = observation.response;
  const isEarlier = lastSeen?.isEarlier === true;
  if (!record.isPresent && !isEarlier && sentAt <= record.lastLatestAt) return 'stale';

  const version = observation.sourceUpdatedAt ?? null;
  if (version !== null && latestSourceUpdatedAt !== null && version !== latestSourceUpdatedAt) {
    if (version > latestSourceUpdatedAt) return 'newer';
    const behindMicros = microsOf(latestSourceUpdatedAt) - microsOf(version);
    return isEarlier && behindMicros <= sourceSetBackMicros(lastSeen, observation.response) ? 'newer' : 'stale';
  }
  if (lastSeen === null || isEarlier) return 'newer';
  if (sentAt < lastSeen.sentAt) return 'stale';
  return sentAt < lastSeen.receivedAt ? 'undecided' : 'newer';
}

/** The most that the source's clock can have been set back between two answers; 0 where their Dates do not show that it was. */
function sourceSetBackMicros(then: ClockReading, now: ClockReading): bigint {
  const [before, after] = [clockOffset(then), clockOffset(now)];
  if (before === null || after === null || after.mostMicros >= before.leastMicros) return 0n;
  return before.mostMicros - after.leastMicros;
}
