import { clockOffset, type ClockReading } from '../model/clock-offset.ts';
import type { Instant } from '../model/instant.ts';
import type { LastSeen } from '../model/record.ts';
import { shifted } from './dated.ts';

/** A moment that an earlier reading of our clock gives, as our clock stands now. */
export interface OwnBound {
  /** null: nobody can tell */
  readonly at: Instant | null;
  /** Whether our clock was set back since. */
  readonly isSetBack: boolean;
}

/**
 * When the last request left that saw a record as it is known: what the next answer shows otherwise came after it.
 *
 * A clock that was set forward leaves it too early, which only makes an interval wider. One that was set back leaves it too late, and the interval would
 * exclude the truth: so it is taken back by what the clock can have been set back, as two Dates of the server tell, or forgotten where they do not. By less
 * than a second and the latency of both answers it goes unseen. Servers behind one address whose clocks differ by little look the same: the bound is taken back
 * for them too, and nothing is said of it.
 */
export function ownBound(lastSeen: LastSeen, response: ClockReading): OwnBound {
  const step = setBack(lastSeen, response);
  if (step === null) return { at: lastSeen.sentAt, isSetBack: false };
  const at = step.mostMicros === null ? null : shifted(lastSeen.sentAt, -step.mostMicros);
  return { at: at === null || at > response.sentAt ? null : at, isSetBack: step.isTold };
}

/**
 * The same for a moment before the record was last seen. One that lies behind it is of a clock that was set back before that.
 *
 * @param earliestAt by our clock as it stood then
 */
export function olderBound(earliestAt: Instant, lastSeen: LastSeen, response: ClockReading): OwnBound {
  if (earliestAt > lastSeen.sentAt) return { at: null, isSetBack: true };
  const step = setBack(lastSeen, response);
  if (step === null) return { at: earliestAt, isSetBack: false };
  return { at: step.mostMicros === null ? null : shifted(earliestAt, -step.mostMicros), isSetBack: step.isTold };
}

interface SetBack {
  /** null: that cannot be told */
  readonly mostMicros: bigint | null;
  readonly isTold: boolean;
}

/** By more, and clocks are worth a word: as `has_clock_skew` of the view `sync_health`. */
const TOLD_MICROS = 5_000_000n;

/** No clock is set by more, but a Date can be nonsense. */
const YEAR_MICROS = 366n * 86_400_000_000n;

/** @returns null where nothing shows that our clock was set back between two answers */
function setBack(lastSeen: LastSeen, response: ClockReading): SetBack | null {
  if (!lastSeen.isEarlier) return null;
  // An earlier sync was over before this one asked.
  const isContradiction = lastSeen.receivedAt > response.sentAt;
  const [then, now] = [clockOffset(lastSeen), clockOffset(response)];
  if (then === null || now === null) return isContradiction ? { mostMicros: null, isTold: true } : null;
  // The server's clock, which goes on meanwhile, is further ahead of ours than it was.
  const leastMicros = now.leastMicros - then.mostMicros;
  if (leastMicros <= 0n && !isContradiction) return null;
  const mostMicros = now.mostMicros - then.leastMicros;
  const isTellable = mostMicros > 0n && mostMicros < YEAR_MICROS;
  return { mostMicros: isTellable ? mostMicros : null, isTold: !isTellable || leastMicros > TOLD_MICROS };
}
