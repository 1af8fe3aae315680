import type { DocumentState } from './document.ts';
import type { Random } from './random.ts';
import { logNormal, pick } from './random.ts';
import type { WorldRates } from './rates.ts';

/**
 * What becomes of a document next, `afterMs` from the step before it (the first from its creation). `retried`: another attempt, under another
 * ingestion run. `edited`: it changes, its state does not.
 */
export interface PlannedDocumentStep {
  readonly afterMs: number;
  readonly change: DocumentState | 'retried' | 'edited' | 'deleted';
  /** What went wrong, where it becomes `failed`; left general when absent. */
  readonly error?: string | DocumentFailure;
}

export interface DocumentFailure {
  readonly error: string;
  readonly isOverQuota: boolean;
}

/** Draws a document's whole life at its creation, for the same reason as a run's. */
export function planDocument(random: Random, rates: WorldRates): readonly PlannedDocumentStep[] {
  const steps: PlannedDocumentStep[] = [{ afterMs: logNormal(random, rates.medianUploadedMs), change: 'running' }];
  for (let attempt = 1; ; attempt += 1) {
    const isFailure = random() < rates.documentFailureShare;
    const afterMs = logNormal(random, rates.medianTrainingMs);
    steps.push(isFailure ? { afterMs, change: 'failed', error: pick(random, ERRORS) } : { afterMs, change: 'succeeded' });
    if (random() < rates.documentEditShare) steps.push({ afterMs: logNormal(random, rates.medianSettledMs), change: 'edited' });
    const isTakenUp = random() < (isFailure ? rates.documentRetryShare : rates.documentRetrainShare);
    if (!isTakenUp || attempt === MOST_ATTEMPTS) break;
    steps.push({ afterMs: logNormal(random, isFailure ? rates.medianRetryMs : rates.medianSettledMs), change: 'retried' });
  }
  if (random() < rates.documentDeletionShare) steps.push({ afterMs: logNormal(random, rates.medianKeptMs), change: 'deleted' });
  return steps;
}

/**
 * Lets somebody cancel some attempts, and others fail for a quota, in place of how they would have ended. Drawn by itself, so that everything
 * else, being taken up again too, is as it would be without.
 */
export function withOtherEnds(steps: readonly PlannedDocumentStep[], random: Random, rates: WorldRates): readonly PlannedDocumentStep[] {
  return steps.map((step): PlannedDocumentStep => {
    if (step.change !== 'succeeded' && step.change !== 'failed') return step;
    if (random() < rates.documentCancelShare) return { afterMs: step.afterMs * random(), change: 'cancelled' };
    return random() < rates.documentQuotaShare ? { afterMs: step.afterMs * random(), change: 'failed', error: QUOTA_FAILURE } : step;
  });
}

export const QUOTA_FAILURE: DocumentFailure = { error: 'The monthly quota of pages is used up', isOverQuota: true };

export const GENERAL_DOCUMENT_ERROR = 'The document could not be ingested';

const ERRORS: readonly [string, ...string[]] = [
  'The file is protected by a password',
  'No text was found on any page',
  'The conversion took longer than 300 seconds',
  'The embedding service answered 503',
  GENERAL_DOCUMENT_ERROR,
];
/** Where every share is 1 a life would have no end. */
const MOST_ATTEMPTS = 6;
