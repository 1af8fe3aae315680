/** How often and how patiently a request is tried again. */
export interface Backoff {
  /** tries after the first */
  readonly retries: number;
  /** the longest wait before the first retry; it doubles with each */
  readonly baseMs: number;
  readonly capMs: number;
}

export const DEFAULT_BACKOFF: Backoff = { retries: 5, baseMs: 1_000, capMs: 30_000 };

/**
 * Full jitter: any time up to the doubled step, so that many clients that failed together do not come back together.
 *
 * @param retry 0 before the first retry
 * @param chance from 0 to 1
 */
export function backoffMs(backoff: Backoff, retry: number, chance: number): number {
  return chance * Math.min(backoff.capMs, backoff.baseMs * 2 ** retry);
}
