import PQueue from 'p-queue';
import type { RequestLimits } from '../model/connection.ts';
import { abortedError, SYSTEM_CLOCK, type Clock } from './clock.ts';

/** The one way out to a source system for all streams of a connection: what it limits, it limits for them together. */
export interface RequestQueue {
  /**
   * Runs the task when it is its turn: a place is free, the rate allows it, and no pause is on.
   *
   * @throws RunledgerError aborted
   * @throws what `onPause` throws, before a pause is waited for
   */
  run<Result>(task: () => Promise<Result>, turn: Turn): Promise<Result>;
  /** Sends nothing more for so long; a pause that ends later already stays. Requests under way go on. */
  pause(delayMs: number): void;
  /** 0 when no pause is on */
  pausedForMs(): number;
}

export interface Turn {
  readonly signal: AbortSignal;
  /** Told before a pause is waited for, and with null when that wait is over. May throw, to wait no longer than it likes. */
  readonly onPause: (remainingMs: number | null) => void;
}

export interface RequestQueueOptions {
  readonly limits: Pick<RequestLimits, 'concurrency' | 'perSecond'>;
  /** What is left of a wait that the source asked an earlier process for. */
  readonly pausedForMs?: number;
  readonly clock?: Clock;
}

export function createRequestQueue(options: RequestQueueOptions): RequestQueue {
  const clock = options.clock ?? SYSTEM_CLOCK;
  const queue = new PQueue({ concurrency: options.limits.concurrency, ...rateOf(options.limits.perSecond) });
  let pausedUntilMs = clock.elapsedMs() + (options.pausedForMs ?? 0);
  const pausedForMs = (): number => Math.max(0, pausedUntilMs - clock.elapsedMs());

  const run = async <Result>(task: () => Promise<Result>, turn: Turn): Promise<Result> => {
    for (;;) {
      // Waited for outside of the queue: a waiter holds no place that a request under way would need to end the pause's cause.
      await sitOut(turn);
      // A pause may have begun while this one stood in the queue: then it gives its place back and waits too.
      const result = await stand<Result | typeof PAUSED>(() => (pausedForMs() > 0 ? Promise.resolve(PAUSED) : task()), turn.signal);
      if (result !== PAUSED) return result;
    }
  };

  const sitOut = async ({ signal, onPause }: Turn): Promise<void> => {
    if (pausedForMs() === 0) return;
    try {
      for (let remaining = pausedForMs(); remaining > 0; remaining = pausedForMs()) {
        onPause(remaining);
        // At least a millisecond: timers end early by fractions of one, and the loop would spin.
        await clock.sleep(Math.max(1, remaining), signal);
      }
    } catch (error) {
      throw signal.aborted ? abortedError('waiting for a rate limit', error) : error;
    } finally {
      onPause(null);
    }
  };

  const stand = async <Result>(task: () => Promise<Result>, signal: AbortSignal): Promise<Result> => {
    try {
      return await queue.add(task, { signal });
    } catch (error) {
      throw signal.aborted ? abortedError('asking a source system', error) : error;
    }
  };

  return {
    run,
    pause: (delayMs) => {
      pausedUntilMs = Math.max(pausedUntilMs, clock.elapsedMs() + delayMs);
    },
    pausedForMs,
  };
}

const PAUSED: unique symbol = Symbol('paused');

/** A sliding window (`strict`): with fixed ones, twice the rate can pass around a boundary. Below one a second the window grows instead. */
function rateOf(perSecond: number): { readonly intervalCap?: number; readonly interval?: number; readonly strict?: boolean } {
  if (perSecond === Infinity) return {};
  const intervalCap = Math.max(1, Math.floor(perSecond));
  return { intervalCap, interval: (1000 * intervalCap) / perSecond, strict: true };
}
