export const WORKFLOW_ID = 'ingest-doc:5b0f6f1e-1c7d-4e86-9a57-2f3d6a1b1001';
export const DOCUMENT_ID = '5b0f6f1e-1c7d-4e86-9a57-2f3d6a1b1002';
export const VERSION_ID = '5b0f6f1e-1c7d-4e86-9a57-2f3d6a1b1003';

/** A finished ingestion as the list shows it, with the fields of page 004 and their order. */
export const SUMMARY = {
  workflow_id: WORKFLOW_ID,
  document_id: DOCUMENT_ID,
  document_version_id: VERSION_ID,
  status: 'completed',
  last_activity: 'index_chunks',
  error: null,
  last_run_timestamp: '2026-04-01T10:00:00Z',
  last_state_update_timestamp: '2026-04-01T10:05:00Z',
  created_at: '2026-03-01T00:00:00Z',
};

/** The detail by page 004, which leaves out what the OpenAPI has besides. */
export const PAGE_DETAIL = {
  ...SUMMARY,
  execution_status: 'COMPLETED',
  start_time: '2026-04-01T10:00:01Z',
  close_time: '2026-04-01T10:05:01Z',
  chunks_processed: 12,
};

/** The detail by the OpenAPI. */
export const DETAIL = {
  ...SUMMARY,
  temporal_status: 'COMPLETED',
  start_time: '2026-04-01T10:00:01Z',
  close_time: '2026-04-01T10:05:01Z',
  workflow_type: 'IngestDocumentVersion',
  task_queue: 'ingestion',
  run_id: 'temporal-run-1',
  chunks_processed: 12,
};

/** The engine's own status by page 004. */
export const PAGE_EXECUTION = {
  workflow_id: WORKFLOW_ID,
  execution_status: 'RUNNING',
  start_time: '2026-04-01T10:00:01Z',
  close_time: null,
};

/** The same by the OpenAPI. */
export const EXECUTION = {
  workflow_id: WORKFLOW_ID,
  temporal_status: 'RUNNING',
  start_time: '2026-04-01T10:00:01Z',
  close_time: null,
  workflow_type: 'IngestDocumentVersion',
  task_queue: 'ingestion',
  run_id: 'temporal-run-1',
};
