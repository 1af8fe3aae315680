create or replace view runledger.run_attempts as
select
  connector,
  connection,
  stream,
  record_key,
  record_id,
  attempt,
  is_latest_attempt,
  attempt_key,
  workflow_id,
  workflow_name,
  collection_id,
  queued_at,
  queued_earliest_at,
  queued_latest_at,
  started_at,
  started_earliest_at,
  started_latest_at,
  finished_at,
  finished_earliest_at,
  finished_latest_at,
  outcome,
  error,
  error_position,
  is_flap,
  is_present,
  queue_low_seconds,
  queue_seconds,
  queue_high_seconds,
  run_low_seconds,
  run_seconds,
  run_high_seconds,
  total_low_seconds,
  total_seconds,
  total_high_seconds
from runledger.all_attempts
where stream = 'runs';

comment on view runledger.run_attempts is
  'An attempt of a run: when it was queued, started and finished, how it ended, and how long it took, each within what the evidence allows.';
comment on column runledger.run_attempts.connector is 'Code for the source system: noxus, morphik or knowledge_stack.';
comment on column runledger.run_attempts.connection is 'The configured account at the source system, by its permanent name.';
comment on column runledger.run_attempts.stream is 'Always runs.';
comment on column runledger.run_attempts.record_key is 'connection/stream/record_id: names the record in the whole ledger.';
comment on column runledger.run_attempts.record_id is 'The source''s own id of the run.';
comment on column runledger.run_attempts.attempt is 'From 1: which attempt of the record, of those that runledger has evidence of.';
comment on column runledger.run_attempts.is_latest_attempt is 'Whether this is the record''s latest attempt, flaps left out.';
comment on column runledger.run_attempts.attempt_key is 'What tells attempts apart at the source; null where nothing does.';
comment on column runledger.run_attempts.workflow_id is 'The source''s id of the workflow; null where the record has none.';
comment on column runledger.run_attempts.workflow_name is 'The workflow''s name as last seen; null where the source showed none.';
comment on column runledger.run_attempts.collection_id is 'Knowledge base or folder; null where the record belongs to none.';
comment on column runledger.run_attempts.queued_at is
  'When this attempt was queued: reported, else when it was first seen so; null where nothing shows it.';
comment on column runledger.run_attempts.queued_earliest_at is
  'Earliest possible time of queued_at; null is unbounded. Equal to queued_latest_at where the source reported the time.';
comment on column runledger.run_attempts.queued_latest_at is 'Latest possible time of queued_at.';
comment on column runledger.run_attempts.started_at is
  'When this attempt started to run: reported, else when it was first seen so; null where nothing shows it.';
comment on column runledger.run_attempts.started_earliest_at is
  'Earliest possible time of started_at; null is unbounded. Equal to started_latest_at where the source reported the time.';
comment on column runledger.run_attempts.started_latest_at is 'Latest possible time of started_at.';
comment on column runledger.run_attempts.finished_at is 'When this attempt ended: reported, else when it was first seen so; null while it is open.';
comment on column runledger.run_attempts.finished_earliest_at is
  'Earliest possible time of finished_at; null is unbounded. Equal to finished_latest_at where the source reported the time.';
comment on column runledger.run_attempts.finished_latest_at is 'Latest possible time of finished_at.';
comment on column runledger.run_attempts.outcome is
  'succeeded, failed or cancelled; disappeared (gone before it ended) or superseded (another attempt began before it ended); null while it is open.';
comment on column runledger.run_attempts.error is
  'The source''s error text of this attempt; null where it gave none, where none is stored, and after redaction.';
comment on column runledger.run_attempts.error_position is 'Position of the event that brought the error text.';
comment on column runledger.run_attempts.is_flap is
  'Whether this attempt was open in one sync at most and ended as the one before, with nothing else changed: an echo that rates and durations leave out.';
comment on column runledger.run_attempts.is_present is 'Whether the source still shows the record; false after a proven disappearance.';
comment on column runledger.run_attempts.queue_low_seconds is 'Least time from queued to started that the evidence allows, in seconds.';
comment on column runledger.run_attempts.queue_seconds is
  'Time from queued to started in seconds: exact where both times are reported, else the middle of what the evidence allows; null where that is not bounded.';
comment on column runledger.run_attempts.queue_high_seconds is
  'Most time from queued to started that the evidence allows, in seconds; null where not bounded.';
comment on column runledger.run_attempts.run_low_seconds is 'Least time from started to finished that the evidence allows, in seconds.';
comment on column runledger.run_attempts.run_seconds is
  'Time from started to finished in seconds: exact where both times are reported, else the middle of what the evidence allows; null where that is not bounded.';
comment on column runledger.run_attempts.run_high_seconds is
  'Most time from started to finished that the evidence allows, in seconds; null where not bounded.';
comment on column runledger.run_attempts.total_low_seconds is 'Least time from queued to finished that the evidence allows, in seconds.';
comment on column runledger.run_attempts.total_seconds is
  'Time from queued to finished in seconds: exact where both times are reported, else the middle of what the evidence allows; null where that is not bounded.';
comment on column runledger.run_attempts.total_high_seconds is
  'Most time from queued to finished that the evidence allows, in seconds; null where not bounded.';
