import type { Interval } from '../model/event.ts';
import { earlier, instantFromMicros, microsOf, type Instant } from '../model/instant.ts';
import type { ResponseEvidence } from '../model/observation.ts';

/** When something happened, and whether the clocks contradict each other about it. */
export interface Dated {
  readonly when: Interval;
  readonly isSkewed: boolean;
}

/** What is known of a moment that nobody reported, besides that it had passed when the answer arrived. */
export interface SeenBounds {
  /** Our own lower bound, and by whose clock: `either` where it was taken over from an interval of which that is not known. */
  readonly own: { readonly at: Instant; readonly clock: 'ours' | 'either' } | null;
  /** The source's times that it cannot be earlier and later than. */
  readonly sourceEarliest: Instant | null;
  readonly sourceLatest: Instant | null;
  /** Whether our clock was set back since our own lower bound: it is taken back then, or left out. */
  readonly isSetBack: boolean;
}

export function reportedAt(at: Instant, response: ResponseEvidence): Dated {
  const { receivedAt, skewMicros } = response;
  const isSkewed = at > receivedAt && at > shifted(receivedAt, skewMicros);
  return { when: { at, reportedAt: at, earliestAt: at, latestAt: at }, isSkewed };
}

/**
 * The narrowest interval that certainly holds the moment. Where one end is by our clock and the other by the source's, both are moved
 * apart by what the clocks can differ, so that the moment lies inside by either clock.
 *
 * Where the source's bounds contradict ours by more than that, its clock is not what we measured, and they are left out: an interval
 * squeezed to a point between two clocks would look exact and be wrong.
 */
export function seenBetween(bounds: SeenBounds, response: ResponseEvidence): Dated {
  const { own, sourceEarliest, sourceLatest, isSetBack } = bounds;
  const { receivedAt, skewMicros } = response;
  const isFromSource = sourceEarliest !== null && (own === null || sourceEarliest > own.at);
  const earliest = isFromSource ? sourceEarliest : (own?.at ?? null);
  const latest = sourceLatest === null ? receivedAt : earlier(sourceLatest, receivedAt);
  const earliestClock = isFromSource ? 'source' : (own?.clock ?? null);
  const latestClock = latest === receivedAt ? 'ours' : 'source';
  const when = apart(earliest, latest, earliestClock === null || earliestClock === latestClock ? 0n : skewMicros);
  if (when !== null) return { when, isSkewed: isSetBack };

  const ourOwn = apart(own?.at ?? null, receivedAt, own?.clock === 'either' ? skewMicros : 0n);
  return { when: ourOwn ?? seen(null, shifted(receivedAt, skewMicros)), isSkewed: true };
}

function apart(earliest: Instant | null, latest: Instant, skewMicros: bigint): Interval | null {
  const from = earliest === null ? null : shifted(earliest, -skewMicros);
  const to = shifted(latest, skewMicros);
  return from !== null && from > to ? null : seen(from, to);
}

function seen(earliestAt: Instant | null, latestAt: Instant): Interval {
  return { at: latestAt, reportedAt: null, earliestAt, latestAt };
}

const FIRST = '0001-01-01T00:00:00.000000Z' as Instant;
const LAST = '9999-12-31T23:59:59.999999Z' as Instant;
const FIRST_MICROS = microsOf(FIRST);
const LAST_MICROS = microsOf(LAST);

/** A server whose Date is thousands of years off must not push an instant out of the years that it can be written in. */
export function shifted(instant: Instant, micros: bigint): Instant {
  if (micros === 0n) return instant;
  const to = microsOf(instant) + micros;
  if (to < FIRST_MICROS) return FIRST;
  return to > LAST_MICROS ? LAST : instantFromMicros(to);
}
