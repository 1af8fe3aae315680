import type { Clock } from '../../src/extract/clock.ts';

export interface SkippingClock extends Clock {
  /** What was waited, in whole milliseconds. */
  readonly waits: number[];
  readonly pass: (ms: number) => void;
}

/** A clock that waits no real time: it passes where somebody waits, or as the test says. */
export function skippingClock(): SkippingClock {
  let elapsedMs = 0;
  const waits: number[] = [];
  const pass = (ms: number): void => {
    elapsedMs += ms;
  };
  return {
    waits,
    pass,
    elapsedMs: () => elapsedMs,
    sleep: (delayMs) => {
      waits.push(Math.round(delayMs));
      pass(delayMs);
      return Promise.resolve();
    },
  };
}
