create or replace function runledger.failure_rates_by_day(
  time_zone text,
  since timestamptz default null,
  until timestamptz default null
)
returns table (
  day date,
  bucket_start_at timestamptz,
  connector text,
  connection text,
  stream text,
  workflow_id text,
  collection_id text,
  finished_count bigint,
  succeeded_count bigint,
  failed_count bigint,
  cancelled_count bigint,
  failure_rate double precision,
  workflow_name text
)
language sql
stable
parallel safe
as $function$
  select
    (a.finished_at at time zone failure_rates_by_day.time_zone)::date as day,
    date_trunc('day', a.finished_at, failure_rates_by_day.time_zone) as bucket_start_at,
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
    and (failure_rates_by_day.since is null or a.finished_at >= failure_rates_by_day.since)
    and (failure_rates_by_day.until is null or a.finished_at < failure_rates_by_day.until)
  group by 1, 2, a.connector, a.connection, a.stream, a.workflow_id, a.collection_id, a.workflow_name
$function$;

comment on function runledger.failure_rates_by_day(text, timestamptz, timestamptz) is
  'Outcomes by day as failure_rates_daily has them, with the days of a time zone, such as Europe/Berlin, of attempts that finished from since to before until (null: without that bound). day is the date there and bucket_start_at when it began; connector, connection, stream, workflow_id, workflow_name and collection_id say whose; finished_count, succeeded_count, failed_count and cancelled_count count attempts, flaps left out; failure_rate is failed / (succeeded + failed), null where neither happened.';
