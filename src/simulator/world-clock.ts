import { RunledgerError } from '../model/errors.ts';
import type { Instant } from '../model/instant.ts';
import { instantFromMicros, microsOf } from '../model/instant.ts';
import type { Arrivals } from './arrivals.ts';
import { createSchedule } from './schedule.ts';

/** The time of a world, and what is to happen in it. Only `advanceTo` lets it go on. */
export interface WorldClock {
  readonly now: Instant;
  /** Lets something happen so many milliseconds from now. */
  readonly after: (ms: number, what: () => void) => void;
  /** Things that come for ever; at the same moment they come before what was planned, in the order in which they were brought. */
  readonly bring: (arrivals: Arrivals) => void;
  /** Lets happen what is due up to `instant`, that moment included. @throws RunledgerError bad_argument where it lies in the past */
  readonly advanceTo: (instant: Instant) => void;
}

/** @param startMicros microseconds since 1970 */
export function createWorldClock(startMicros: number): WorldClock {
  const schedule = createSchedule<() => void>();
  const brought: Arrivals[] = [];
  let nowMicros = startMicros;
  const instantOf = createInstantWriter();
  let now = instantOf(startMicros);

  return {
    get now() {
      return now;
    },
    after(ms, what) {
      schedule.add(nowMicros + Math.max(0, Math.round(ms * 1000)), what);
    },
    bring(arrivals) {
      brought.push(arrivals);
    },
    advanceTo(instant) {
      const target = Number(microsOf(instant));
      if (target < nowMicros) throw new RunledgerError('bad_argument', `The world is at ${now}, and cannot go back to ${instant}.`);
      for (;;) {
        let at = schedule.nextAt();
        let next: Arrivals | null = null;
        for (const arrivals of brought) {
          if (arrivals.nextAt() < at || (next === null && arrivals.nextAt() === at)) {
            next = arrivals;
            at = arrivals.nextAt();
          }
        }
        if (at > target) break;
        setClock(at);
        if (next === null) schedule.take()?.();
        else next.arrive();
      }
      setClock(target);
    },
  };

  function setClock(micros: number): void {
    if (micros === nowMicros) return;
    nowMicros = micros;
    now = instantOf(micros);
  }
}

/**
 * Writes instants by arithmetic, because a world is mostly made of them. Their parts are joined: added up, each would stay a tree of parts,
 * which costs the garbage collector more than all else of a world.
 */
function createInstantWriter(): (micros: number) => Instant {
  let day = NaN;
  let date = '';
  return (micros) => {
    const itsDay = Math.floor(micros / MICROS_PER_DAY);
    if (itsDay !== day) {
      day = itsDay;
      date = instantFromMicros(BigInt(day * MICROS_PER_DAY)).slice(0, 11);
    }
    const rest = micros - day * MICROS_PER_DAY;
    const seconds = Math.floor(rest / 1_000_000);
    const [hour, minute, second] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
    return [date, digits(hour, 2), ':', digits(minute, 2), ':', digits(second, 2), '.', digits(rest % 1_000_000, 6), 'Z'].join(
      '',
    ) as Instant;
  };
}

const MICROS_PER_DAY = 86_400_000_000;

function digits(value: number, length: number): string {
  return String(value).padStart(length, '0');
}
