import type { Random } from './random.ts';
import { exponential } from './random.ts';

/** What comes into a world by itself, one after another. */
export interface Arrivals {
  /** microseconds since 1970; Infinity where nothing comes any more */
  readonly nextAt: () => number;
  /** Lets the next one come, at the moment that `nextAt` told. */
  readonly arrive: () => void;
}

export interface ArrivalOptions {
  readonly random: Random;
  /** The world's start, in microseconds since 1970. */
  readonly startMicros: number;
  /** How many come before the start, evenly spread over `pastMs`. */
  readonly past: number;
  readonly pastMs: number;
  /** How many an hour after the start, on average. */
  readonly perHour: number;
  readonly come: () => void;
}

export function createArrivals({ random, startMicros, past, pastMs, perHour, come }: ArrivalOptions): Arrivals {
  const pastMoments = Float64Array.from({ length: past }, () => Math.floor(startMicros - random() * pastMs * 1000)).sort();
  let index = 0;
  let last = startMicros;
  let at = next();

  return {
    nextAt: () => at,
    arrive() {
      come();
      at = next();
    },
  };

  function next(): number {
    const pastAt = pastMoments[index];
    index += 1;
    if (pastAt !== undefined) return pastAt;
    if (perHour <= 0) return Infinity;
    last += Math.max(1, Math.round(exponential(random, 3_600_000_000 / perHour)));
    return last;
  }
}
