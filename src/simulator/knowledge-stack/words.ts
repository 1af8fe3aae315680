import type { Document, DocumentState } from '../document.ts';
import type { RunState } from '../run.ts';
import type { Generation } from './settings.ts';

/** Generation 1's words for where a run is. */
export const RUN_STATUS: Record<RunState, string> = {
  queued: 'PENDING',
  running: 'RUNNING',
  waiting: 'RUNNING',
  succeeded: 'COMPLETED',
  failed: 'FAILED',
  stopped: 'FAILED',
};

/** Generation 2's. A queued run is PENDING before that, as long as its uploads are ingested. */
export const EXECUTION_STATE: Record<RunState, string> = {
  queued: 'NOT_STARTED',
  running: 'IN_PROGRESS',
  waiting: 'IN_PROGRESS',
  succeeded: 'COMPLETED',
  failed: 'FAILED',
  stopped: 'FAILED',
};

export const EXECUTION_STATES = ['PENDING', ...new Set(Object.values(EXECUTION_STATE))];
export const APPROVAL_STATES = ['not_required', 'pending', 'approved'] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

/** The only sign of a run that was stopped. */
export const STOPPED = 'Stopped by user';

const PIPELINE_STATUS: Record<DocumentState, string> = {
  queued: 'pending',
  running: 'processing',
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
};

/** Generation 1 has no word for a quota. */
export function pipelineStatus({ state, isOverQuota }: Document, generation: Generation): string {
  return isOverQuota && generation !== 1 ? 'quota_limit' : PIPELINE_STATUS[state];
}

/** Temporal's words where it agrees: an ingestion that waits is running to it. */
export const TEMPORAL_STATUS: Record<DocumentState, string> = {
  queued: 'RUNNING',
  running: 'RUNNING',
  succeeded: 'COMPLETED',
  failed: 'FAILED',
  cancelled: 'CANCELED',
};

/** What stands in answers and must never be kept of them: each as it stands there, wherever it does. */
export const PRIVATE = {
  path: '/Board/Merger plans',
  storage: 's3://tenant-bucket/merger-plans',
  message: 'Please compare the offers and tell nobody.',
  firstName: 'Ada',
  lastName: 'Example',
} as const;
