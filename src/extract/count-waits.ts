import { addMicros, type Instant } from '../model/instant.ts';

/**
 * Tells of waits for a rate limit, several at once as one: until when while there is any, null when the last has ended.
 *
 * @returns what one request reports its waits to: milliseconds left, null when its wait is over
 */
export function countWaits(options: {
  readonly now: () => Instant;
  readonly onWait?: (until: Instant | null) => void;
}): () => (remainingMs: number | null) => void {
  let waiting = 0;
  return () => {
    let isWaiting = false;
    return (remainingMs) => {
      if (remainingMs !== null) {
        if (!isWaiting) waiting += 1;
        isWaiting = true;
        options.onWait?.(addMicros(options.now(), BigInt(Math.ceil(remainingMs * 1000))));
      } else if (isWaiting) {
        isWaiting = false;
        waiting -= 1;
        if (waiting === 0) options.onWait?.(null);
      }
    };
  };
}
