import type { DocumentState } from '../document.ts';
import type { Failure, RunState } from '../run.ts';

/** Morphik's own words for what the world knows. It has none for waiting and none for a stop. */
export const MORPHIK_STATUS: Record<RunState, string> = {
  queued: 'queued',
  running: 'running',
  waiting: 'running',
  succeeded: 'completed',
  failed: 'failed',
  stopped: 'failed',
};

/** `processing` is waiting for a worker, too. Nobody can cancel an ingestion: only worlds that ask for cancelled documents have any. */
export const MORPHIK_DOCUMENT_STATUS: Record<DocumentState, string> = {
  queued: 'processing',
  running: 'processing',
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'failed',
};

/** Of a run that exceeded the server's own limit. */
export const TIMED_OUT = 'Workflow execution timed out after 300 seconds';

export function morphikRunError(state: RunState, failure: Failure | null): string | null {
  if (state === 'stopped') return 'The workflow was interrupted';
  if (state !== 'failed' || failure === null) return null;
  return failure.warnings.includes('timeout') ? TIMED_OUT : failure.error;
}
