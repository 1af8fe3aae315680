-- What the syncs of each stream came to. Materialized, so that a view that joins it to a million records asks it once and by index, never per record.
create or replace view runledger.stream_syncs as
with streams as materialized (
  select
    c.connector,
    t.connection,
    t.stream,
    c.retired_at is not null as is_retired,
    case when c.rate_limited_until_at > now() then c.rate_limited_until_at end as rate_limited_until_at,
    t.last_complete_at as last_complete_sync_at,
    complete.started_at as last_complete_sync_started_at,
    t.last_full_scan_at,
    t.last_scan_tried_at,
    t.absence_finding,
    t.last_scan_tried_at is not null and coalesce(not (scan.has_absence_proof or scan.is_complete), false) as is_scan_incomplete,
    latest.status as last_status,
    latest.started_at as last_sync_started_at,
    latest.finished_at as last_sync_at,
    latest.clock_skew_seconds,
    latest.has_drift,
    coalesce(failures.failure_count, 0) as consecutive_failure_count,
    failure.error as last_error
  from runledger.streams t
  join runledger.connections c on c.name = t.connection
  left join lateral (
    select y.started_at
    from runledger.sync_streams y
    where y.connection = t.connection and y.stream = t.stream and y.is_complete and t.last_complete_at is not null
    order by y.sync_id desc
    limit 1
  ) complete on true
  left join lateral (
    -- A scan that goes on where another ended was tried later than it began: the moments of the stream do not tell whether the last one was proven.
    select y.has_absence_proof, y.is_complete
    from runledger.sync_streams y
    where y.connection = t.connection
      and y.stream = t.stream
      and y.mode = 'full'
      and y.status not in ('running', 'skipped', 'unsupported')
      and t.last_scan_tried_at is not null
    order by y.sync_id desc
    limit 1
  ) scan on true
  left join lateral (
    select y.status, y.started_at, y.finished_at, y.clock_skew_seconds, y.has_drift
    from runledger.sync_streams y
    where y.connection = t.connection and y.stream = t.stream and y.status not in ('running', 'skipped')
    order by y.sync_id desc
    limit 1
  ) latest on true
  left join lateral (
    select y.sync_id
    from runledger.sync_streams y
    where y.connection = t.connection and y.stream = t.stream and y.status in ('succeeded', 'unsupported')
    order by y.sync_id desc
    limit 1
  ) success on true
  left join lateral (
    select count(*) as failure_count, max(y.sync_id) as sync_id
    from runledger.sync_streams y
    where y.connection = t.connection
      and y.stream = t.stream
      and y.sync_id > coalesce(success.sync_id, 0)
      and y.status in ('failed', 'rate_limited', 'interrupted')
  ) failures on true
  left join runledger.sync_streams failure
    on failure.sync_id = failures.sync_id and failure.connection = t.connection and failure.stream = t.stream
)
select
  connector,
  connection,
  stream,
  is_retired,
  rate_limited_until_at,
  last_complete_sync_at,
  last_complete_sync_started_at,
  last_full_scan_at,
  last_scan_tried_at,
  is_scan_incomplete,
  absence_finding,
  last_status,
  last_sync_started_at,
  last_sync_at,
  clock_skew_seconds,
  has_drift,
  consecutive_failure_count,
  last_error
from streams;

comment on view runledger.stream_syncs is
  'A stream with what its syncs came to, retired connections too. The other views rest on it; sync_health is made for questions.';
comment on column runledger.stream_syncs.connector is 'Code for the source system: noxus, morphik or knowledge_stack.';
comment on column runledger.stream_syncs.connection is 'The configured account at the source system, by its permanent name.';
comment on column runledger.stream_syncs.stream is 'runs or documents. Nothing is to be aggregated across streams.';
comment on column runledger.stream_syncs.is_retired is 'Whether the connection was taken out of service.';
comment on column runledger.stream_syncs.rate_limited_until_at is
  'Until when the source asked to be left alone; null where that is over or was never asked.';
comment on column runledger.stream_syncs.last_complete_sync_at is 'When the stream was last read completely.';
comment on column runledger.stream_syncs.last_complete_sync_started_at is 'When the sync that last read the stream completely began.';
comment on column runledger.stream_syncs.last_full_scan_at is
  'When the last scan began that saw every record of the stream; of a scan that went on after a crash, when its first part began.';
comment on column runledger.stream_syncs.last_scan_tried_at is 'When a scan of the whole stream was last begun, whether it was proven or not.';
comment on column runledger.stream_syncs.is_scan_incomplete is
  'Whether the scan that was tried last is not proven to have seen every record: what vanished since last_full_scan_at may not be known.';
comment on column runledger.stream_syncs.absence_finding is
  'Why absences are not recorded until a person accepts them; null where nothing keeps them back.';
comment on column runledger.stream_syncs.last_status is 'How the latest sync of the stream ended; skipped and running ones do not count.';
comment on column runledger.stream_syncs.last_sync_started_at is 'When the latest sync of the stream began; skipped and running ones do not count.';
comment on column runledger.stream_syncs.last_sync_at is 'When the latest sync of the stream ended; skipped and running ones do not count.';
comment on column runledger.stream_syncs.clock_skew_seconds is
  'By how many seconds the source''s clock is ahead of ours at least, as the Date of its answers showed in the latest sync; negative where it is behind, 0 where the clocks may be alike, null where it tells no time.';
comment on column runledger.stream_syncs.has_drift is 'Whether rows moved from page to page while the latest sync read them.';
comment on column runledger.stream_syncs.consecutive_failure_count is
  'Syncs of the stream that failed, were interrupted or were turned away by a rate limit since the last that succeeded, or that found the stream unsupported.';
comment on column runledger.stream_syncs.last_error is 'What the latest of those syncs failed with; null where there is none.';
