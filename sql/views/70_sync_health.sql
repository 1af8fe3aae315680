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
  y.last_sync_at,
  coalesce(w.missing_count, 0) as missing_count,
  coalesce(w.unconfirmed_absence_count, 0) as unconfirmed_absence_count,
  y.last_scan_tried_at,
  y.is_scan_incomplete,
  coalesce(y.has_drift, false) as has_drift,
  y.absence_finding,
  coalesce(abs(y.clock_skew_seconds) > 5, false) as has_clock_skew
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
left join lateral (
  select
    count(*) filter (where s.missing_since_at is not null) as missing_count,
    count(*) filter (where s.next_read_reason = 'absence') as unconfirmed_absence_count
  from runledger.sightings s
  join runledger.records r on r.connection = s.connection and r.stream = s.stream and r.record_id = s.record_id
  where s.connection = y.connection
    and s.stream = y.stream
    and (s.missing_since_at is not null or s.next_read_reason = 'absence')
    and r.is_present
) w on true
where not y.is_retired;

comment on view runledger.sync_health is
  'A stream of a connection in service: how fresh it is, and what stands in its way.';
comment on column runledger.sync_health.connector is 'Code for the source system: noxus, morphik or knowledge_stack.';
comment on column runledger.sync_health.connection is 'The configured account at the source system, by its permanent name.';
comment on column runledger.sync_health.stream is 'runs or documents. Nothing is to be aggregated across streams.';
comment on column runledger.sync_health.last_complete_sync_at is 'When the stream was last read completely; null where it never was.';
comment on column runledger.sync_health.lag_seconds is 'Seconds since last_complete_sync_at; null where there is none.';
comment on column runledger.sync_health.last_full_scan_at is
  'When the last scan began that saw every record of the stream: what vanished before it is known. Of a scan that went on after a crash, when its first part began; null where there was none.';
comment on column runledger.sync_health.open_count is 'Records that are present and not finished.';
comment on column runledger.sync_health.unread_count is
  'Of those, the ones that the latest finished sync did not reach; all of them where there was none.';
comment on column runledger.sync_health.consecutive_failure_count is
  'Syncs of the stream that failed, were interrupted or were turned away by a rate limit since the last that succeeded, or that found the stream unsupported.';
comment on column runledger.sync_health.last_error is 'What the latest of those syncs failed with; null where there is none.';
comment on column runledger.sync_health.rate_limited_until_at is
  'Until when the source asked to be left alone; null where that is over or was never asked.';
comment on column runledger.sync_health.clock_skew_seconds is
  'By how many seconds the source''s clock is ahead of ours at least, as the Date of its answers showed in the latest sync; negative where it is behind, 0 where the clocks may be alike, null where it tells no time.';
comment on column runledger.sync_health.last_status is
  'How the latest sync of the stream ended; skipped and running ones do not count. unsupported: the source has no such list, and nothing has failed.';
comment on column runledger.sync_health.last_sync_at is 'When the latest sync of the stream ended; skipped and running ones do not count.';
comment on column runledger.sync_health.missing_count is
  'Records that a read by id or a proven scan did not find, though their disappearance is not proven yet.';
comment on column runledger.sync_health.unconfirmed_absence_count is
  'Of those, the ones that a proven scan did not find and whose absence is yet to be confirmed by a read by id.';
comment on column runledger.sync_health.last_scan_tried_at is 'When a scan of the whole stream was last begun, whether it was proven or not.';
comment on column runledger.sync_health.is_scan_incomplete is
  'Whether the scan that was tried last is not proven to have seen every record: what vanished since last_full_scan_at may not be known.';
comment on column runledger.sync_health.has_drift is 'Whether rows moved from page to page while the latest sync read them.';
comment on column runledger.sync_health.absence_finding is
  'Why absences are not recorded until a person accepts them (runledger sync --accept-disappearances); null where nothing keeps them back.';
comment on column runledger.sync_health.has_clock_skew is
  'Whether the two clocks differ by more than 5 seconds: reported times are by the source''s clock, seen ones by ours, and both cannot be right.';
