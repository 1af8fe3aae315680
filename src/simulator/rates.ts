/** How a world's runs and documents come and go. Shares are between 0 and 1, times medians in milliseconds, with a long tail. */
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
  /** Failed and stopped runs that are taken up again under the same id, as another attempt. */
  readonly runRetryShare: number;
  readonly medianQueueMs: number;
  readonly medianRunMs: number;
  readonly medianWaitMs: number;
  /** From the finish to the deletion. */
  readonly medianKeptMs: number;
  /** From the failure or the stop until a run is taken up again. */
  readonly medianRunRetryMs: number;

  /** Documents that are created after the world's start, on average. */
  readonly documentsPerHour: number;
  /** Attempts at a document that fail. */
  readonly documentFailureShare: number;
  /** Attempts at a document that somebody cancels. */
  readonly documentCancelShare: number;
  /** Attempts at a document, of those that nobody cancels, that fail because a quota is used up. */
  readonly documentQuotaShare: number;
  /** Failed documents that are tried again, as another attempt. */
  readonly documentRetryShare: number;
  /** Ingested documents that are ingested again after a while, as another attempt. */
  readonly documentRetrainShare: number;
  /** Finished documents that are edited after a while: they change, their state does not. */
  readonly documentEditShare: number;
  /** Finished documents that are deleted after a while. */
  readonly documentDeletionShare: number;
  readonly medianUploadedMs: number;
  readonly medianTrainingMs: number;
  /** From a failure to the retry. */
  readonly medianRetryMs: number;
  /** From the finish to an edit or to being ingested again. */
  readonly medianSettledMs: number;
}

export const DEFAULT_RATES: WorldRates = {
  runsPerHour: 60,
  ingestionShare: 0.15,
  failureShare: 0.08,
  stopShare: 0.04,
  waitingShare: 0.08,
  endlessShare: 0,
  deletionShare: 0.02,
  runRetryShare: 0,
  medianQueueMs: 4_000,
  medianRunMs: 90_000,
  medianWaitMs: 20 * 60_000,
  medianKeptMs: 2 * 86_400_000,
  medianRunRetryMs: 30 * 60_000,

  documentsPerHour: 0,
  documentFailureShare: 0.1,
  documentCancelShare: 0,
  documentQuotaShare: 0,
  documentRetryShare: 0.5,
  documentRetrainShare: 0.1,
  documentEditShare: 0.1,
  documentDeletionShare: 0.03,
  medianUploadedMs: 20_000,
  medianTrainingMs: 60_000,
  medianRetryMs: 30 * 60_000,
  medianSettledMs: 12 * 3_600_000,
};
