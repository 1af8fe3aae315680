/** How a world's runs come and go. Shares are between 0 and 1, times medians in milliseconds, with a long tail. */
export interface WorldRates {
  /** Runs that begin after the world's start, on average. */
  readonly runsPerHour: number;
  /** Of all runs, those that ingest into a collection (where there is one). */
  readonly ingestionShare: number;
  readonly failureShare: number;
  /** Runs that someone stops: while queued, running or waiting. */
  readonly stopShare: number;
  /** Runs that wait for a person on their way. */
  readonly waitingShare: number;
  /** Runs that start and then never finish. */
  readonly endlessShare: number;
  /** Finished runs that are deleted after a while. */
  readonly deletionShare: number;
  readonly medianQueueMs: number;
  readonly medianRunMs: number;
  readonly medianWaitMs: number;
  /** From the finish to the deletion. */
  readonly medianKeptMs: number;
}

export const DEFAULT_RATES: WorldRates = {
  runsPerHour: 60,
  ingestionShare: 0.15,
  failureShare: 0.08,
  stopShare: 0.04,
  waitingShare: 0.08,
  endlessShare: 0,
  deletionShare: 0.02,
  medianQueueMs: 4_000,
  medianRunMs: 90_000,
  medianWaitMs: 20 * 60_000,
  medianKeptMs: 2 * 86_400_000,
};
