-- Queue, run and total of every attempt as the evidence bounds them; the one place where durations of attempts are computed.
-- Between an entry in [a1, a2] and a later one in [b1, b2] lie at least b1 - a2 and at most b2 - a1. An unbounded b1 leaves the low end at 0, because
-- the later entry did come later; an unbounded a1 leaves the high end and the midpoint unknown. Times that contradict their order give no duration at all:
-- a 0 would be an invented one. A finish counts only where the attempt ended by itself: nobody knows when a superseded or vanished one did.
create or replace view runledger.attempt_durations as
select
  a.connection,
  a.stream,
  a.record_id,
  a.attempt,
  a.attempt_key,
  a.queued_at,
  a.queued_earliest_at,
  a.queued_latest_at,
  a.started_at,
  a.started_earliest_at,
  a.started_latest_at,
  a.finished_at,
  a.finished_earliest_at,
  a.finished_latest_at,
  a.outcome,
  a.is_flap,
  d.error,
  a.error_position,
  queue.low as queue_low_seconds,
  (queue.low + queue.high) / 2 as queue_seconds,
  queue.high as queue_high_seconds,
  run.low as run_low_seconds,
  (run.low + run.high) / 2 as run_seconds,
  run.high as run_high_seconds,
  total.low as total_low_seconds,
  (total.low + total.high) / 2 as total_seconds,
  total.high as total_high_seconds,
  a.finished_at is not null and a.outcome in ('succeeded', 'failed', 'cancelled') and not a.is_flap as is_counted
from runledger.attempts a
left join runledger.details d on d.position = a.error_position
cross join lateral (
  select
    case when a.outcome in ('succeeded', 'failed', 'cancelled') then a.finished_earliest_at end as earliest_at,
    case when a.outcome in ('succeeded', 'failed', 'cancelled') then a.finished_latest_at end as latest_at
) finish
cross join lateral (
  select
    case when a.queued_latest_at is not null and a.started_latest_at >= coalesce(a.queued_earliest_at, a.started_latest_at)
      then greatest(0, extract(epoch from a.started_earliest_at - a.queued_latest_at))::double precision
    end as low,
    case when a.started_latest_at >= a.queued_earliest_at
      then extract(epoch from a.started_latest_at - a.queued_earliest_at)::double precision
    end as high
) queue
cross join lateral (
  select
    case when a.started_latest_at is not null and finish.latest_at >= coalesce(a.started_earliest_at, finish.latest_at)
      then greatest(0, extract(epoch from finish.earliest_at - a.started_latest_at))::double precision
    end as low,
    case when finish.latest_at >= a.started_earliest_at
      then extract(epoch from finish.latest_at - a.started_earliest_at)::double precision
    end as high
) run
cross join lateral (
  select
    case when a.queued_latest_at is not null and finish.latest_at >= coalesce(a.queued_earliest_at, finish.latest_at)
      then greatest(0, extract(epoch from finish.earliest_at - a.queued_latest_at))::double precision
    end as low,
    case when finish.latest_at >= a.queued_earliest_at
      then extract(epoch from finish.latest_at - a.queued_earliest_at)::double precision
    end as high
) total;

comment on view runledger.attempt_durations is
  'An attempt of any stream with its durations. The other views rest on it; run_attempts and document_attempts are made for questions.';
comment on column runledger.attempt_durations.connection is 'The configured account at the source system, by its permanent name.';
comment on column runledger.attempt_durations.stream is 'runs or documents. Nothing is to be aggregated across streams.';
comment on column runledger.attempt_durations.record_id is 'The source''s own id of the record.';
comment on column runledger.attempt_durations.attempt is 'From 1: which attempt of the record, of those that runledger has evidence of.';
comment on column runledger.attempt_durations.attempt_key is 'What tells attempts apart at the source; null where nothing does.';
comment on column runledger.attempt_durations.queued_at is
  'When this attempt was queued: reported, else when it was first seen so; null where nothing shows it.';
comment on column runledger.attempt_durations.queued_earliest_at is
  'Earliest possible time of queued_at; null is unbounded. Equal to queued_latest_at where the source reported the time.';
comment on column runledger.attempt_durations.queued_latest_at is 'Latest possible time of queued_at.';
comment on column runledger.attempt_durations.started_at is
  'When this attempt started to run: reported, else when it was first seen so; null where nothing shows it.';
comment on column runledger.attempt_durations.started_earliest_at is
  'Earliest possible time of started_at; null is unbounded. Equal to started_latest_at where the source reported the time.';
comment on column runledger.attempt_durations.started_latest_at is 'Latest possible time of started_at.';
comment on column runledger.attempt_durations.finished_at is
  'When this attempt ended: reported, else when it was first seen so; null while it is open.';
comment on column runledger.attempt_durations.finished_earliest_at is
  'Earliest possible time of finished_at; null is unbounded. Equal to finished_latest_at where the source reported the time.';
comment on column runledger.attempt_durations.finished_latest_at is 'Latest possible time of finished_at.';
comment on column runledger.attempt_durations.outcome is
  'succeeded, failed or cancelled; disappeared (gone before it ended) or superseded (another attempt began before it ended); null while it is open.';
comment on column runledger.attempt_durations.is_flap is
  'Whether this attempt was open in one sync at most and ended as the one before, with nothing else changed: an echo that rates and durations leave out.';
comment on column runledger.attempt_durations.error is
  'The source''s error text of this attempt; null where it gave none, where none is stored, and after redaction.';
comment on column runledger.attempt_durations.error_position is 'Position of the event that brought the error text.';
comment on column runledger.attempt_durations.queue_low_seconds is 'Least time from queued to started that the evidence allows, in seconds.';
comment on column runledger.attempt_durations.queue_seconds is
  'Time from queued to started in seconds: exact where both times are reported, else the middle of what the evidence allows; null where that is not bounded.';
comment on column runledger.attempt_durations.queue_high_seconds is
  'Most time from queued to started that the evidence allows, in seconds; null where not bounded.';
comment on column runledger.attempt_durations.run_low_seconds is 'Least time from started to finished that the evidence allows, in seconds.';
comment on column runledger.attempt_durations.run_seconds is
  'Time from started to finished in seconds: exact where both times are reported, else the middle of what the evidence allows; null where that is not bounded.';
comment on column runledger.attempt_durations.run_high_seconds is
  'Most time from started to finished that the evidence allows, in seconds; null where not bounded.';
comment on column runledger.attempt_durations.total_low_seconds is 'Least time from queued to finished that the evidence allows, in seconds.';
comment on column runledger.attempt_durations.total_seconds is
  'Time from queued to finished in seconds: exact where both times are reported, else the middle of what the evidence allows; null where that is not bounded.';
comment on column runledger.attempt_durations.total_high_seconds is
  'Most time from queued to finished that the evidence allows, in seconds; null where not bounded.';
comment on column runledger.attempt_durations.is_counted is
  'Whether rates and durations count this attempt: it succeeded, failed or was cancelled at a time that is known, and is no flap.';
