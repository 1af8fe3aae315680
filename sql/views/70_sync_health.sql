create or replace view runledger.sync_health as
select
  y.connector,
  y.connection,
  y.stream,
  y.last_complete_sync_at,
  extract(epoch from now() - y.last_complete_sync_at)::double precision as lag_seconds,
  y.last_full_scan_at,
  coalesce(o.open_count, 0) as open_count,
  coalesce(o.unread_count, 0) as unread_count,
  y.consecutive_failure_count,
  y.last_error,
  y.rate_limited_until_at,
  y.clock_skew_seconds,
  y.last_status,
  y.last_sync_at
from runledger.stream_syncs y
left join lateral (
  select
    count(*) as open_count,
    count(*) filter (
      where coalesce(s.last_tried_at, '-infinity') < coalesce(y.last_sync_started_at, 'infinity')
    ) as unread_count
  from runledger.records r
  left join runledger.sightings s on s.connection = r.connection and s.stream = r.stream and s.record_id = r.record_id
  where r.connection = y.connection and r.stream = y.stream and r.is_present and not r.is_terminal
) o on true
where not y.is_retired;

comment on view runledger.sync_health is
  'A stream of a connection in service: how fresh it is, and what stands in its way.';
comment on column runledger.sync_health.connector is 'Code for the source system: noxus, morphik or knowledge_stack.';
comment on column runledger.sync_health.connection is 'The configured account at the source system, by its permanent name.';
comment on column runledger.sync_health.stream is 'runs or documents. Nothing is to be aggregated across streams.';
comment on column runledger.sync_health.last_complete_sync_at is 'When the stream was last read completely; null where it never was.';
comment on column runledger.sync_health.lag_seconds is 'Seconds since last_complete_sync_at; null where there is none.';
comment on column runledger.sync_health.last_full_scan_at is 'When everything in the stream was last scanned completely; null where it never was.';
comment on column runledger.sync_health.open_count is 'Records that are present and not finished.';
comment on column runledger.sync_health.unread_count is
  'Of those, the ones that the latest finished sync did not reach; all of them where there was none.';
comment on column runledger.sync_health.consecutive_failure_count is
  'Syncs of the stream that failed, were interrupted or were turned away by a rate limit since the last that succeeded.';
comment on column runledger.sync_health.last_error is 'What the latest of those syncs failed with; null where the last sync succeeded.';
comment on column runledger.sync_health.rate_limited_until_at is
  'Until when the source asked to be left alone; null where that is over or was never asked.';
comment on column runledger.sync_health.clock_skew_seconds is
  'By how much the source''s clock can differ from ours, in seconds, as the latest sync measured it.';
comment on column runledger.sync_health.last_status is 'How the latest sync of the stream ended; skipped and running ones do not count.';
comment on column runledger.sync_health.last_sync_at is 'When the latest sync of the stream ended; skipped and running ones do not count.';
