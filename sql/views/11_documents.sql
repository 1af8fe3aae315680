create or replace view runledger.documents as
select
  connector,
  connection,
  stream,
  record_key,
  record_id,
  status,
  source_status,
  status_reason,
  last_known_status,
  is_terminal,
  is_present,
  is_redacted,
  attempt,
  attempt_key,
  workflow_id,
  workflow_name,
  workflow_type,
  workflow_version_id,
  definition_digest,
  trigger_source,
  triggered_by_user_id,
  runner_type,
  tags,
  collection_id,
  document_id,
  document_version_id,
  run_id,
  chunk_count,
  step_count,
  token_count,
  engine_status,
  errored_node_count,
  warning_kinds,
  time_limit_seconds,
  error,
  created_at,
  queued_at,
  started_at,
  finished_at,
  reported_started_at,
  reported_finished_at,
  source_updated_at,
  status_since_at,
  status_since_earliest_at,
  status_since_latest_at,
  outcome,
  queue_seconds,
  run_seconds,
  total_seconds,
  confirmed_at,
  is_stale,
  last_read_at,
  missing_since_at,
  progress_percent,
  last_activity,
  event_count,
  last_position
from runledger.all_records
where stream = 'documents';

comment on view runledger.documents is
  'A document being ingested, or one that was, as it is now: its status, times and error, how long its latest attempt took, and how well all that is known.';
comment on column runledger.documents.connector is 'Code for the source system: noxus, morphik or knowledge_stack.';
comment on column runledger.documents.connection is 'The configured account at the source system, by its permanent name.';
comment on column runledger.documents.stream is 'Always documents.';
comment on column runledger.documents.record_key is 'connection/stream/record_id: names the record in the whole ledger.';
comment on column runledger.documents.record_id is 'The source''s own id of the ingested document or of its ingestion.';
comment on column runledger.documents.status is
  'Canonical status: queued, running, succeeded, failed or cancelled; null where the source''s word is unknown.';
comment on column runledger.documents.source_status is 'The source''s own word.';
comment on column runledger.documents.status_reason is
  'Why it has this status: timeout, quota, stopped_by_user, waiting_for_person or waiting_for_approval; null where the source does not tell.';
comment on column runledger.documents.last_known_status is
  'The last canonical status that was understood; differs from status only while the source''s word is unknown.';
comment on column runledger.documents.is_terminal is 'Whether the record has finished; kept as it was while the source''s word is unknown.';
comment on column runledger.documents.is_present is 'Whether the source still shows the record; false after a proven disappearance.';
comment on column runledger.documents.is_redacted is 'Whether the record''s error texts and bodies were taken away.';
comment on column runledger.documents.attempt is 'The record''s latest attempt, from 1, of those that runledger has evidence of; flaps left out.';
comment on column runledger.documents.attempt_key is 'What tells attempts apart at the source; null where nothing does.';
comment on column runledger.documents.workflow_id is 'The source''s id of the workflow; null where the record has none.';
comment on column runledger.documents.workflow_name is 'The workflow''s name as last seen; null where the source showed none.';
comment on column runledger.documents.workflow_type is 'The source''s own type of the workflow.';
comment on column runledger.documents.workflow_version_id is 'The version of the workflow that ran, where the source shows it.';
comment on column runledger.documents.definition_digest is 'sha-256 (hex) of the definition that ran, where the source shows which.';
comment on column runledger.documents.trigger_source is 'What started it, in the source''s words.';
comment on column runledger.documents.triggered_by_user_id is 'The source''s id of the user who started it.';
comment on column runledger.documents.runner_type is 'What kind of runner executes it, in the source''s words.';
comment on column runledger.documents.tags is 'The record''s tags, sorted.';
comment on column runledger.documents.collection_id is 'Knowledge base or folder; null where the record belongs to none.';
comment on column runledger.documents.document_id is 'The source''s id of the document.';
comment on column runledger.documents.document_version_id is 'The source''s id of the document''s version.';
comment on column runledger.documents.run_id is 'The run that ingested the document, where the source names it.';
comment on column runledger.documents.chunk_count is 'Chunks that the source reports.';
comment on column runledger.documents.step_count is 'Steps that the source reports.';
comment on column runledger.documents.token_count is 'Tokens that the source reports.';
comment on column runledger.documents.engine_status is 'The status of the engine underneath, where the source shows it beside its own.';
comment on column runledger.documents.errored_node_count is 'Nodes that failed, where the source shows them.';
comment on column runledger.documents.warning_kinds is 'Kinds of warnings that the source reported, sorted.';
comment on column runledger.documents.time_limit_seconds is 'The source''s own limit of running time, in seconds.';
comment on column runledger.documents.error is
  'The source''s error text of the latest attempt; null where it gave none, where none is stored, and after redaction.';
comment on column runledger.documents.created_at is 'When the source says that the record was created.';
comment on column runledger.documents.queued_at is
  'When the latest attempt was queued: reported, else when it was first seen so; null where nothing shows it.';
comment on column runledger.documents.started_at is
  'When the latest attempt started to run: reported, else when it was first seen so; null where nothing shows it.';
comment on column runledger.documents.finished_at is
  'When the latest attempt ended: reported, else when it was first seen so; null while it is open.';
comment on column runledger.documents.reported_started_at is 'The start that the source reports for the record, whatever it proves.';
comment on column runledger.documents.reported_finished_at is 'The end that the source reports for the record, whatever it proves.';
comment on column runledger.documents.source_updated_at is 'The source''s own time of the last edit of the record.';
comment on column runledger.documents.status_since_at is 'When the record entered its present status: reported, else when it was first seen so.';
comment on column runledger.documents.status_since_earliest_at is 'Earliest possible time of status_since_at; null is unbounded.';
comment on column runledger.documents.status_since_latest_at is 'Latest possible time of status_since_at.';
comment on column runledger.documents.outcome is
  'How the latest attempt ended: succeeded, failed or cancelled; disappeared (gone before it ended); null while it is open.';
comment on column runledger.documents.queue_seconds is
  'Time of the latest attempt from queued to started in seconds: exact where both times are reported, else the middle of what the evidence allows; null where not bounded.';
comment on column runledger.documents.run_seconds is
  'Time of the latest attempt from started to finished in seconds: exact where both times are reported, else the middle of what the evidence allows; null where not bounded.';
comment on column runledger.documents.total_seconds is
  'Time of the latest attempt from queued to finished in seconds: exact where both times are reported, else the middle of what the evidence allows; null where not bounded.';
comment on column runledger.documents.confirmed_at is
  'The last time at which the record was known to be as it stands here. Open: when its last reading arrived. Finished or gone: when the answer behind its last event arrived, or when the last scan that saw every record began, whichever is later; a finished record is not read in between, so it may have been reopened since.';
comment on column runledger.documents.is_stale is
  'Whether this row is not to be relied on: its stream has no complete sync of the last 24 hours, or the record is open and the latest sync of its stream did not read it.';
comment on column runledger.documents.last_read_at is
  'When the last answer that showed the record arrived; null where it is no longer watched because it finished.';
comment on column runledger.documents.missing_since_at is
  'Since when a read by id or a proven scan has not found it, though its disappearance is not proven yet.';
comment on column runledger.documents.progress_percent is 'Progress as the source last showed it, 0 to 100.';
comment on column runledger.documents.last_activity is 'What the source last said that it was doing.';
comment on column runledger.documents.event_count is 'Events of this record.';
comment on column runledger.documents.last_position is
  'Position of its last event: rows that changed since a reader''s last look have a higher one.';
