-- Attempts of every stream with what is asked of them by name. Facts are the record's, so an earlier attempt shows the workflow as it is known now.
create or replace view runledger.all_attempts as
select
  c.connector,
  d.connection,
  d.stream,
  d.connection || '/' || d.stream || '/' || d.record_id as record_key,
  d.record_id,
  d.attempt,
  -- A flap told nothing that the attempt before had not: that one stays the latest.
  case
    when d.is_flap then false
    when d.attempt = r.attempt then true
    else not exists (
      select
      from runledger.attempts n
      where n.connection = d.connection
        and n.stream = d.stream
        and n.record_id = d.record_id
        and n.attempt > d.attempt
        and not n.is_flap
    )
  end as is_latest_attempt,
  d.attempt_key,
  r.workflow_id,
  w.name as workflow_name,
  r.collection_id,
  d.queued_at,
  d.queued_earliest_at,
  d.queued_latest_at,
  d.started_at,
  d.started_earliest_at,
  d.started_latest_at,
  d.finished_at,
  d.finished_earliest_at,
  d.finished_latest_at,
  d.outcome,
  d.error,
  d.error_position,
  d.is_flap,
  r.is_present,
  d.queue_low_seconds,
  d.queue_seconds,
  d.queue_high_seconds,
  d.run_low_seconds,
  d.run_seconds,
  d.run_high_seconds,
  d.total_low_seconds,
  d.total_seconds,
  d.total_high_seconds,
  d.is_counted
from runledger.attempt_durations d
join runledger.records r
  on r.connection = d.connection and r.stream = d.stream and r.record_id = d.record_id
left join runledger.connections c on c.name = d.connection
left join runledger.workflows w on w.connection = r.connection and w.workflow_id = r.workflow_id;

comment on view runledger.all_attempts is
  'An attempt of any stream with its workflow. The other views rest on it; run_attempts and document_attempts are made for questions.';
comment on column runledger.all_attempts.connector is 'Code for the source system: noxus, morphik or knowledge_stack.';
comment on column runledger.all_attempts.connection is 'The configured account at the source system, by its permanent name.';
comment on column runledger.all_attempts.stream is 'runs or documents. Nothing is to be aggregated across streams.';
comment on column runledger.all_attempts.record_key is 'connection/stream/record_id: names the record in the whole ledger.';
comment on column runledger.all_attempts.record_id is 'The source''s own id of the record.';
comment on column runledger.all_attempts.attempt is 'From 1: which attempt of the record, of those that runledger has evidence of.';
comment on column runledger.all_attempts.is_latest_attempt is 'Whether this is the record''s latest attempt, flaps left out.';
comment on column runledger.all_attempts.attempt_key is 'What tells attempts apart at the source; null where nothing does.';
comment on column runledger.all_attempts.workflow_id is 'The source''s id of the workflow; null where the record has none.';
comment on column runledger.all_attempts.workflow_name is 'The workflow''s name as last seen; null where the source showed none.';
comment on column runledger.all_attempts.collection_id is 'Knowledge base or folder; null where the record belongs to none.';
comment on column runledger.all_attempts.queued_at is
  'When this attempt was queued: reported, else when it was first seen so; null where nothing shows it.';
comment on column runledger.all_attempts.queued_earliest_at is
  'Earliest possible time of queued_at; null is unbounded. Equal to queued_latest_at where the source reported the time.';
comment on column runledger.all_attempts.queued_latest_at is 'Latest possible time of queued_at.';
comment on column runledger.all_attempts.started_at is
  'When this attempt started to run: reported, else when it was first seen so; null where nothing shows it.';
comment on column runledger.all_attempts.started_earliest_at is
  'Earliest possible time of started_at; null is unbounded. Equal to started_latest_at where the source reported the time.';
comment on column runledger.all_attempts.started_latest_at is 'Latest possible time of started_at.';
comment on column runledger.all_attempts.finished_at is 'When this attempt ended: reported, else when it was first seen so; null while it is open.';
comment on column runledger.all_attempts.finished_earliest_at is
  'Earliest possible time of finished_at; null is unbounded. Equal to finished_latest_at where the source reported the time.';
comment on column runledger.all_attempts.finished_latest_at is 'Latest possible time of finished_at.';
comment on column runledger.all_attempts.outcome is
  'succeeded, failed or cancelled; disappeared (gone before it ended) or superseded (another attempt began before it ended); null while it is open.';
comment on column runledger.all_attempts.error is
  'The source''s error text of this attempt; null where it gave none, where none is stored, and after redaction.';
comment on column runledger.all_attempts.error_position is 'Position of the event that brought the error text.';
comment on column runledger.all_attempts.is_flap is
  'Whether this attempt was open in one sync at most and ended as the one before, with nothing else changed: an echo that rates and durations leave out.';
comment on column runledger.all_attempts.is_present is 'Whether the source still shows the record; false after a proven disappearance.';
comment on column runledger.all_attempts.queue_low_seconds is 'Least time from queued to started that the evidence allows, in seconds.';
comment on column runledger.all_attempts.queue_seconds is
  'Time from queued to started in seconds: exact where both times are reported, else the middle of what the evidence allows; null where that is not bounded.';
comment on column runledger.all_attempts.queue_high_seconds is
  'Most time from queued to started that the evidence allows, in seconds; null where not bounded.';
comment on column runledger.all_attempts.run_low_seconds is 'Least time from started to finished that the evidence allows, in seconds.';
comment on column runledger.all_attempts.run_seconds is
  'Time from started to finished in seconds: exact where both times are reported, else the middle of what the evidence allows; null where that is not bounded.';
comment on column runledger.all_attempts.run_high_seconds is
  'Most time from started to finished that the evidence allows, in seconds; null where not bounded.';
comment on column runledger.all_attempts.total_low_seconds is 'Least time from queued to finished that the evidence allows, in seconds.';
comment on column runledger.all_attempts.total_seconds is
  'Time from queued to finished in seconds: exact where both times are reported, else the middle of what the evidence allows; null where that is not bounded.';
comment on column runledger.all_attempts.total_high_seconds is
  'Most time from queued to finished that the evidence allows, in seconds; null where not bounded.';
comment on column runledger.all_attempts.is_counted is
  'Whether rates and durations count this attempt: it succeeded, failed or was cancelled at a time that is known, and is no flap.';
