create or replace view runledger.failure_rates_daily as
select
  date_trunc('day', a.finished_at, 'UTC') as bucket_start_at,
  a.connector,
  a.connection,
  a.stream,
  a.workflow_id,
  a.collection_id,
  count(*) as finished_count,
  count(*) filter (where a.outcome = 'succeeded') as succeeded_count,
  count(*) filter (where a.outcome = 'failed') as failed_count,
  count(*) filter (where a.outcome = 'cancelled') as cancelled_count,
  count(*) filter (where a.outcome = 'failed')::double precision
    / nullif(count(*) filter (where a.outcome in ('succeeded', 'failed')), 0) as failure_rate,
  a.workflow_name
from runledger.all_attempts a
where a.is_counted
group by 1, a.connector, a.connection, a.stream, a.workflow_id, a.collection_id, a.workflow_name;

comment on view runledger.failure_rates_daily is
  'Outcomes by day in UTC, by when each attempt finished. Attempts that were superseded or whose record disappeared did not finish and are not counted; a flap repeats the attempt before and is not counted again.';
comment on column runledger.failure_rates_daily.bucket_start_at is 'Start of the day in UTC.';
comment on column runledger.failure_rates_daily.connector is 'Code for the source system: noxus, morphik or knowledge_stack.';
comment on column runledger.failure_rates_daily.connection is 'The configured account at the source system, by its permanent name.';
comment on column runledger.failure_rates_daily.stream is 'runs or documents. Nothing is to be aggregated across streams.';
comment on column runledger.failure_rates_daily.workflow_id is 'The source''s id of the workflow; null where the record has none.';
comment on column runledger.failure_rates_daily.collection_id is 'Knowledge base or folder; null where the record belongs to none.';
comment on column runledger.failure_rates_daily.finished_count is 'Attempts that succeeded, failed or were cancelled. Flaps are left out.';
comment on column runledger.failure_rates_daily.succeeded_count is 'Attempts that succeeded.';
comment on column runledger.failure_rates_daily.failed_count is 'Attempts that failed.';
comment on column runledger.failure_rates_daily.cancelled_count is 'Attempts that were cancelled.';
comment on column runledger.failure_rates_daily.failure_rate is 'failed / (succeeded + failed), from 0 to 1; null where neither happened.';
comment on column runledger.failure_rates_daily.workflow_name is 'The workflow''s name as last seen; null where the source showed none.';
