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
 * than a second and the latency of both answers it goes unseen.
 */
export function ownBound(lastSeen: LastSeen, response: ClockReading, at: Instant = lastSeen.sentAt): OwnBound {
  const micros = setBackMicros(lastSeen, response);
  if (micros === 0n) return { at, isSetBack: false };
  const lowered = micros === null ? null : shifted(at, -micros);
  return { at: lowered === null || lowered > response.sentAt ? null : lowered, isSetBack: true };
}

/** @returns the most that our clock can have been set back between two answers, 0 where nothing shows that it was; null: that cannot be told */
function setBackMicros(lastSeen: LastSeen, response: ClockReading): bigint | null {
  if (!lastSeen.isEarlier) return 0n;
  const isContradiction = lastSeen.sentAt > response.sentAt;
  const [then, now] = [clockOffset(lastSeen), clockOffset(response)];
  if (then === null || now === null) return isContradiction ? null : 0n;
  // The server's clock, which goes on meanwhile, is further ahead of ours than it was.
  if (now.leastMicros <= then.mostMicros && !isContradiction) return 0n;
  const most = now.mostMicros - then.leastMicros;
  return most > 0n ? most : null;
}
