import { setTimeout as delay } from 'node:timers/promises';
import { RunledgerError } from '../model/errors.ts';

/** Time that only passes: what waits are measured with, and how they are waited. Instants for evidence come from `now`, not from here. */
export interface Clock {
  /** milliseconds since some fixed moment */
  readonly elapsedMs: () => number;
  /** Rejects as soon as `signal` aborts. */
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
}

/** Node runs a timer with a longer delay at once. */
const LONGEST_DELAY_MS = 2_147_483_647;

export const SYSTEM_CLOCK: Clock = {
  elapsedMs: () => performance.now(),
  sleep: async (delayMs, signal) => {
    await delay(Math.min(delayMs, LONGEST_DELAY_MS), undefined, { signal });
  },
};

/** What every wait and every request ends with that the caller's signal ended. */
export function abortedError(what: string, cause: unknown): RunledgerError {
  return new RunledgerError('aborted', `Stopped while ${what}.`, { cause });
}
