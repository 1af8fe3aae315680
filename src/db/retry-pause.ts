import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { RunledgerError } from '../model/errors.ts';
import { codeOf, messageOf } from './error-code.ts';
import { PATIENCE, retryDelayMs, retryOf } from './retry-table.ts';

export interface RetryOptions {
  readonly log: Logger;
  /** Ends the waits between tries; a try in hand is finished. */
  readonly signal?: AbortSignal | undefined;
}

/** @returns what waits after an error, and says whether there is a next try */
export function retryPause(log: Logger, signal: AbortSignal | undefined): (error: unknown) => Promise<boolean> {
  const failures = { again: 0, reconnect: 0 };
  return async (error) => {
    const retry = retryOf(error);
    if (retry === null) return false;
    failures[retry] += 1;
    if (failures[retry] >= PATIENCE[retry].tries) return false;
    const delayMs = Math.round(retryDelayMs(retry, failures[retry], Math.random()));
    log.debug({ code: codeOf(error), reason: messageOf(error), failures: failures[retry], delayMs }, 'the database is asked again');
    try {
      await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
    } catch (cause) {
      throw new RunledgerError('aborted', 'stopped while waiting for the database', { cause });
    }
    return true;
  };
}
