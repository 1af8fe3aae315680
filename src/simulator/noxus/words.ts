import type { DocumentState } from '../document.ts';
import type { RunState, Trigger, Warning } from '../run.ts';
import type { Workflow } from '../workflow.ts';

/** Noxus's own words for what the world knows. */
export const NOXUS_STATUS: Record<RunState, string> = {
  queued: 'queued',
  running: 'running',
  waiting: 'awaiting_human_feedback',
  succeeded: 'completed',
  failed: 'failed',
  stopped: 'stopped',
};

export const NOXUS_DOCUMENT_STATUS: Record<DocumentState, string> = {
  queued: 'uploaded',
  running: 'training',
  succeeded: 'trained',
  failed: 'error',
  // Noxus has no word for it. Only worlds that ask for cancelled documents have any.
  cancelled: 'error',
};

export const NOXUS_SOURCE: Record<Trigger, string> = { person: 'app', schedule: 'schedule', program: 'api' };

export function noxusWarning(warning: Warning, workflow: Workflow): string {
  return warning === 'timeout' && workflow.collection !== null ? 'ingestion_timeout' : WARNINGS[warning];
}

export function noxusWorkflowType(workflow: Workflow): 'flow' | 'ingestion' {
  return workflow.collection === null ? 'flow' : 'ingestion';
}

const WARNINGS: Record<Warning, string> = {
  timeout: 'model_timeout',
  fallback: 'model_fallback',
  no_results: 'no_results_returned',
  bad_value: 'invalid_value',
  outside_service: 'integration_warning',
  unreadable_file: 'libreoffice_conversion',
  duplicate: 'document_already_exists',
};
