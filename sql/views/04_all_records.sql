-- Records of every stream as they are now.
create or replace view runledger.all_records as
select
  c.connector,
  r.connection,
  r.stream,
  r.connection || '/' || r.stream || '/' || r.record_id as record_key,
  r.record_id,
  r.status,
  r.source_status,
  r.status_reason,
  r.last_known_status,
  r.is_terminal,
  r.is_present,
  r.is_redacted,
  shown.attempt,
  r.attempt_key,
  r.workflow_id,
  w.name as workflow_name,
  r.workflow_type,
  r.workflow_version_id,
  r.definition_digest,
  r.trigger_source,
  r.triggered_by_user_id,
  r.runner_type,
  r.tags,
  r.collection_id,
  r.document_id,
  r.document_version_id,
  r.run_id,
  r.chunk_count,
  r.step_count,
  r.token_count,
  r.engine_status,
  r.errored_node_count,
  r.warning_kinds,
  r.time_limit_seconds,
  shown.error,
  r.created_at,
  shown.queued_at,
  shown.started_at,
  shown.finished_at,
  r.started_at as reported_started_at,
  r.finished_at as reported_finished_at,
  r.source_updated_at,
  r.status_since_at,
  r.status_since_earliest_at,
  r.status_since_latest_at,
  shown.outcome,
  shown.queue_seconds,
  shown.run_seconds,
  shown.total_seconds,
  -- A terminal record is not read again until something lists it, and what lists it unchanged leaves no row: only the answer behind its last event and a
  -- scan that saw every record prove that it was still so. No scan vouches for a record that it did not find, or that its list does not show.
  greatest(
    s.last_received_at,
    coalesce(p.received_at, r.last_latest_at),
    case
      when s.record_id is null or (s.is_listed and s.missing_since_at is null and s.next_read_reason is distinct from 'absence')
        then y.last_full_scan_at
    end
  ) as confirmed_at,
  y.last_complete_sync_at is null
    or y.last_complete_sync_at < now() - interval '24 hours'
    or (
      r.is_present
      and not r.is_terminal
      and coalesce(s.last_sent_at, p.sent_at, '-infinity') < coalesce(y.last_sync_started_at, '-infinity')
    ) as is_stale,
  s.last_received_at as last_read_at,
  s.missing_since_at,
  s.progress_percent,
  s.last_activity,
  r.sequence as event_count,
  r.last_position
from runledger.records r
join runledger.attempt_durations d
  on d.connection = r.connection and d.stream = r.stream and d.record_id = r.record_id and d.attempt = r.attempt
left join runledger.connections c on c.name = r.connection
left join runledger.workflows w on w.connection = r.connection and w.workflow_id = r.workflow_id
left join runledger.sightings s on s.connection = r.connection and s.stream = r.stream and s.record_id = r.record_id
left join runledger.stream_syncs y on y.connection = r.connection and y.stream = r.stream
left join runledger.events e on e.position = r.last_position
left join runledger.responses p on p.response_id = e.response_id
-- Where the latest attempt is a flap, which is rare: the one that it repeats. A subquery for each record, because the number of them is known to no planner.
left join lateral (
  select b.*
  from runledger.attempt_durations b
  where d.is_flap
    and d.outcome is not null
    and b.connection = r.connection
    and b.stream = r.stream
    and b.record_id = r.record_id
    and not b.is_flap
  order by b.attempt desc
  limit 1
) f on true
cross join lateral (
  select
    case when f.attempt is null then d.attempt else f.attempt end as attempt,
    case when f.attempt is null then d.error else f.error end as error,
    case when f.attempt is null then d.queued_at else f.queued_at end as queued_at,
    case when f.attempt is null then d.started_at else f.started_at end as started_at,
    case when f.attempt is null then d.finished_at else f.finished_at end as finished_at,
    case when f.attempt is null then d.outcome else f.outcome end as outcome,
    case when f.attempt is null then d.queue_seconds else f.queue_seconds end as queue_seconds,
    case when f.attempt is null then d.run_seconds else f.run_seconds end as run_seconds,
    case when f.attempt is null then d.total_seconds else f.total_seconds end as total_seconds
) shown;

comment on view runledger.all_records is
  'A record of any stream as it is now. The views runs and documents are made for questions.';
comment on column runledger.all_records.connector is 'Code for the source system: noxus, morphik or knowledge_stack.';
comment on column runledger.all_records.connection is 'The configured account at the source system, by its permanent name.';
comment on column runledger.all_records.stream is 'runs or documents. Nothing is to be aggregated across streams.';
comment on column runledger.all_records.record_key is 'connection/stream/record_id: names the record in the whole ledger.';
comment on column runledger.all_records.record_id is 'The source''s own id of the record.';
comment on column runledger.all_records.status is
  'Canonical status: queued, running, succeeded, failed or cancelled; null where the source''s word is unknown.';
comment on column runledger.all_records.source_status is 'The source''s own word.';
comment on column runledger.all_records.status_reason is
  'Why it has this status: timeout, quota, stopped_by_user, waiting_for_person or waiting_for_approval; null where the source does not tell.';
comment on column runledger.all_records.last_known_status is
  'The last canonical status that was understood; differs from status only while the source''s word is unknown.';
comment on column runledger.all_records.is_terminal is 'Whether the record has finished; kept as it was while the source''s word is unknown.';
comment on column runledger.all_records.is_present is 'Whether the source still shows the record; false after a proven disappearance.';
comment on column runledger.all_records.is_redacted is 'Whether the record''s error texts and bodies were taken away.';
comment on column runledger.all_records.attempt is 'The record''s latest attempt, from 1, of those that runledger has evidence of; flaps left out.';
comment on column runledger.all_records.attempt_key is 'What tells attempts apart at the source; null where nothing does.';
comment on column runledger.all_records.workflow_id is 'The source''s id of the workflow; null where the record has none.';
comment on column runledger.all_records.workflow_name is 'The workflow''s name as last seen; null where the source showed none.';
comment on column runledger.all_records.workflow_type is 'The source''s own type of the workflow.';
comment on column runledger.all_records.workflow_version_id is 'The version of the workflow that ran, where the source shows it.';
comment on column runledger.all_records.definition_digest is 'sha-256 (hex) of the definition that ran, where the source shows which.';
comment on column runledger.all_records.trigger_source is 'What started it, in the source''s words.';
comment on column runledger.all_records.triggered_by_user_id is 'The source''s id of the user who started it.';
comment on column runledger.all_records.runner_type is 'What kind of runner executes it, in the source''s words.';
comment on column runledger.all_records.tags is 'The record''s tags, sorted.';
comment on column runledger.all_records.collection_id is 'Knowledge base or folder; null where the record belongs to none.';
comment on column runledger.all_records.document_id is 'The source''s id of the document.';
comment on column runledger.all_records.document_version_id is 'The source''s id of the document''s version.';
comment on column runledger.all_records.run_id is 'The run that ingested the document, where the source names it.';
comment on column runledger.all_records.chunk_count is 'Chunks that the source reports.';
comment on column runledger.all_records.step_count is 'Steps that the source reports.';
comment on column runledger.all_records.token_count is 'Tokens that the source reports.';
comment on column runledger.all_records.engine_status is 'The status of the engine underneath, where the source shows it beside its own.';
comment on column runledger.all_records.errored_node_count is 'Nodes that failed, where the source shows them.';
comment on column runledger.all_records.warning_kinds is 'Kinds of warnings that the source reported, sorted.';
comment on column runledger.all_records.time_limit_seconds is 'The source''s own limit of running time, in seconds.';
comment on column runledger.all_records.error is
  'The source''s error text of the latest attempt; null where it gave none, where none is stored, and after redaction.';
comment on column runledger.all_records.created_at is 'When the source says that the record was created.';
comment on column runledger.all_records.queued_at is
  'When the latest attempt was queued: reported, else when it was first seen so; null where nothing shows it.';
comment on column runledger.all_records.started_at is
  'When the latest attempt started to run: reported, else when it was first seen so; null where nothing shows it.';
comment on column runledger.all_records.finished_at is
  'When the latest attempt ended: reported, else when it was first seen so; null while it is open.';
comment on column runledger.all_records.reported_started_at is 'The start that the source reports for the record, whatever it proves.';
comment on column runledger.all_records.reported_finished_at is 'The end that the source reports for the record, whatever it proves.';
comment on column runledger.all_records.source_updated_at is 'The source''s own time of the last edit of the record.';
comment on column runledger.all_records.status_since_at is 'When the record entered its present status: reported, else when it was first seen so.';
comment on column runledger.all_records.status_since_earliest_at is 'Earliest possible time of status_since_at; null is unbounded.';
comment on column runledger.all_records.status_since_latest_at is 'Latest possible time of status_since_at.';
comment on column runledger.all_records.outcome is
  'How the latest attempt ended: succeeded, failed or cancelled; disappeared (gone before it ended); null while it is open.';
comment on column runledger.all_records.queue_seconds is
  'Time of the latest attempt from queued to started in seconds: exact where both times are reported, else the middle of what the evidence allows; null where not bounded.';
comment on column runledger.all_records.run_seconds is
  'Time of the latest attempt from started to finished in seconds: exact where both times are reported, else the middle of what the evidence allows; null where not bounded.';
comment on column runledger.all_records.total_seconds is
  'Time of the latest attempt from queued to finished in seconds: exact where both times are reported, else the middle of what the evidence allows; null where not bounded.';
comment on column runledger.all_records.confirmed_at is
  'The last time at which the record was known to be as it stands here. Open: when its last reading arrived. Finished or gone: when the answer behind its last event arrived, or when the last scan that saw every record began, whichever is later; a finished record is not read in between, so it may have been reopened since.';
comment on column runledger.all_records.is_stale is
  'Whether this row is not to be relied on: its stream has no complete sync of the last 24 hours, or the record is open and the latest sync of its stream did not read it.';
comment on column runledger.all_records.last_read_at is
  'When the last answer that showed the record arrived; null where it is no longer watched because it finished.';
comment on column runledger.all_records.missing_since_at is
  'Since when a read by id or a proven scan has not found it, though its disappearance is not proven yet.';
comment on column runledger.all_records.progress_percent is 'Progress as the source last showed it, 0 to 100.';
comment on column runledger.all_records.last_activity is 'What the source last said that it was doing.';
comment on column runledger.all_records.event_count is 'Events of this record.';
comment on column runledger.all_records.last_position is
  'Position of its last event: rows that changed since a reader''s last look have a higher one.';
