create or replace view runledger.durations_daily as
select
  date_trunc('day', a.finished_at, 'UTC') as bucket_start_at,
  a.connector,
  a.connection,
  a.stream,
  a.workflow_id,
  a.collection_id,
  count(*) as attempt_count,
  count(a.run_seconds) as bounded_count,
  percentile_cont(0.5) within group (order by a.run_seconds) as run_p50_seconds,
  percentile_cont(0.95) within group (order by a.run_seconds) as run_p95_seconds,
  percentile_cont(0.99) within group (order by a.run_seconds) as run_p99_seconds,
  max(a.run_seconds) as run_max_seconds,
  percentile_cont(0.5) within group (order by a.queue_seconds) as queue_p50_seconds,
  percentile_cont(0.95) within group (order by a.queue_seconds) as queue_p95_seconds,
  percentile_cont(0.99) within group (order by a.queue_seconds) as queue_p99_seconds,
  max(a.queue_seconds) as queue_max_seconds,
  percentile_cont(0.5) within group (order by a.total_seconds) as total_p50_seconds,
  percentile_cont(0.95) within group (order by a.total_seconds) as total_p95_seconds,
  percentile_cont(0.99) within group (order by a.total_seconds) as total_p99_seconds,
  max(a.total_seconds) as total_max_seconds,
  count(a.queue_seconds) as queue_bounded_count,
  count(a.total_seconds) as total_bounded_count,
  a.workflow_name
from runledger.all_attempts a
where a.is_counted
group by 1, a.connector, a.connection, a.stream, a.workflow_id, a.collection_id, a.workflow_name;

comment on view runledger.durations_daily is
  'Durations of attempts by day in UTC, by when each finished. Each time stands for the middle of what the evidence allows; those that are not bounded are counted and enter no percentile.';
comment on column runledger.durations_daily.bucket_start_at is 'Start of the day in UTC.';
comment on column runledger.durations_daily.connector is 'Code for the source system: noxus, morphik or knowledge_stack.';
comment on column runledger.durations_daily.connection is 'The configured account at the source system, by its permanent name.';
comment on column runledger.durations_daily.stream is 'runs or documents. Nothing is to be aggregated across streams.';
comment on column runledger.durations_daily.workflow_id is 'The source''s id of the workflow; null where the record has none.';
comment on column runledger.durations_daily.collection_id is 'Knowledge base or folder; null where the record belongs to none.';
comment on column runledger.durations_daily.attempt_count is 'Attempts that succeeded, failed or were cancelled that day. Flaps are left out.';
comment on column runledger.durations_daily.bounded_count is
  'Those whose run_seconds is known, exactly or within bounds: the percentiles of run rest on them.';
comment on column runledger.durations_daily.run_p50_seconds is
  'Median of the time from started to finished in seconds, over the midpoints of what the evidence allows; null where none is bounded.';
comment on column runledger.durations_daily.run_p95_seconds is
  '95th percentile of the time from started to finished in seconds, over the midpoints of what the evidence allows; null where none is bounded.';
comment on column runledger.durations_daily.run_p99_seconds is
  '99th percentile of the time from started to finished in seconds, over the midpoints of what the evidence allows; null where none is bounded.';
comment on column runledger.durations_daily.run_max_seconds is
  'Longest of the time from started to finished in seconds, over the midpoints of what the evidence allows; null where none is bounded.';
comment on column runledger.durations_daily.queue_p50_seconds is
  'Median of the time from queued to started in seconds, over the midpoints of what the evidence allows; null where none is bounded.';
comment on column runledger.durations_daily.queue_p95_seconds is
  '95th percentile of the time from queued to started in seconds, over the midpoints of what the evidence allows; null where none is bounded.';
comment on column runledger.durations_daily.queue_p99_seconds is
  '99th percentile of the time from queued to started in seconds, over the midpoints of what the evidence allows; null where none is bounded.';
comment on column runledger.durations_daily.queue_max_seconds is
  'Longest of the time from queued to started in seconds, over the midpoints of what the evidence allows; null where none is bounded.';
comment on column runledger.durations_daily.total_p50_seconds is
  'Median of the time from queued to finished in seconds, over the midpoints of what the evidence allows; null where none is bounded.';
comment on column runledger.durations_daily.total_p95_seconds is
  '95th percentile of the time from queued to finished in seconds, over the midpoints of what the evidence allows; null where none is bounded.';
comment on column runledger.durations_daily.total_p99_seconds is
  '99th percentile of the time from queued to finished in seconds, over the midpoints of what the evidence allows; null where none is bounded.';
comment on column runledger.durations_daily.total_max_seconds is
  'Longest of the time from queued to finished in seconds, over the midpoints of what the evidence allows; null where none is bounded.';
comment on column runledger.durations_daily.queue_bounded_count is
  'Those whose queue_seconds is known, exactly or within bounds: the percentiles of queue rest on them.';
comment on column runledger.durations_daily.total_bounded_count is
  'Those whose total_seconds is known, exactly or within bounds: the percentiles of total rest on them.';
comment on column runledger.durations_daily.workflow_name is 'The workflow''s name as last seen; null where the source showed none.';
