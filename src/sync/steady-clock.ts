import { performance } from 'node:perf_hooks';
import { addMicros, instantFromMillis, later, type Instant } from '../model/instant.ts';

/**
 * Our clock for the evidence of one sync: it never goes back while that runs. Set back meanwhile, it goes on by what has truly passed; set forward, or after
 * the machine slept, it follows.
 *
 * @param now a clock that was given; left out: the system's
 */
export function steadyClock(now?: () => Instant): () => Instant {
  const read = now ?? systemClock();
  let last: Instant | null = null;
  return () => (last = last === null ? read() : later(last, read()));
}

function systemClock(): () => Instant {
  let last: { readonly at: Instant; readonly elapsedMs: number } | null = null;
  return () => {
    const wall = instantFromMillis(Date.now());
    const elapsedMs = performance.now();
    const passed = last === null ? wall : addMicros(last.at, BigInt(Math.floor((elapsedMs - last.elapsedMs) * 1000)));
    last = { at: later(wall, passed), elapsedMs };
    return last.at;
  };
}
