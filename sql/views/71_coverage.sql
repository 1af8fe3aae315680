-- What a complete sync read was asked for after it began. So when one begins, all that had happened at the source by then and is still to be seen there is
-- about to be known, and its beginning is where one interval ends and the next begins: intervals tile the time since the first sync. The one row of each
-- stream that stands for no sync ends the interval that lasts. What happened within an interval is the difference of what had happened by its two ends, so
-- that one sort serves the whole view: 100,000 syncs take a second.
create or replace view runledger.coverage as
with tried as (
  select
    connection,
    stream,
    sync_id,
    status,
    is_complete,
    has_absence_proof,
    has_drift,
    rejected_count,
    unread_count,
    deferred_count,
    source_total_count,
    distinct_count,
    clock_skew_seconds,
    started_at
  from runledger.sync_streams
  union all
  select
    connection, stream, 9223372036854775807, null, false, false, false, 0, 0, 0, null, null, null, null
  from runledger.streams
), counted as (
  select
    tried.*,
    count(*) filter (where status <> 'running') over by_then as sync_count,
    count(*) filter (where status = 'failed') over by_then as failed_sync_count,
    count(*) filter (where status = 'rate_limited') over by_then as rate_limited_sync_count,
    count(*) filter (where status = 'interrupted') over by_then as interrupted_sync_count,
    count(*) filter (where status = 'succeeded' and not is_complete) over by_then as incomplete_sync_count,
    count(*) filter (where status = 'skipped') over by_then as skipped_sync_count,
    count(*) filter (where status = 'unsupported') over by_then as unsupported_sync_count,
    sum(rejected_count) over by_then as rejected,
    sum(unread_count) over by_then as unread,
    sum(deferred_count) over by_then as deferred,
    count(*) filter (where has_drift) over by_then as drifts,
    max(sync_id) filter (where status in ('failed', 'rate_limited', 'interrupted')) over by_then as last_failed_sync_id,
    first_value(started_at) over by_then as first_started_at
  from tried
  window by_then as (partition by connection, stream order by sync_id rows between unbounded preceding and current row)
), intervals as (
  select
    e.connection,
    e.stream,
    coalesce(lag(e.started_at) over stream, e.first_started_at) as from_at,
    e.started_at as to_at,
    lag(e.sync_id) over stream as from_sync_id,
    case when e.is_complete then e.sync_id end as to_sync_id,
    e.has_absence_proof,
    e.sync_count - lag(e.sync_count, 1, 0::bigint) over stream as sync_count,
    e.failed_sync_count - lag(e.failed_sync_count, 1, 0::bigint) over stream as failed_sync_count,
    e.rate_limited_sync_count - lag(e.rate_limited_sync_count, 1, 0::bigint) over stream as rate_limited_sync_count,
    e.interrupted_sync_count - lag(e.interrupted_sync_count, 1, 0::bigint) over stream as interrupted_sync_count,
    e.incomplete_sync_count - lag(e.incomplete_sync_count, 1, 0::bigint) over stream as incomplete_sync_count,
    e.skipped_sync_count - lag(e.skipped_sync_count, 1, 0::bigint) over stream as skipped_sync_count,
    e.unsupported_sync_count - lag(e.unsupported_sync_count, 1, 0::bigint) over stream as unsupported_sync_count,
    (e.rejected - lag(e.rejected, 1, 0::numeric) over stream)::bigint as rejected_count,
    (e.unread - lag(e.unread, 1, 0::numeric) over stream)::bigint as unread_count,
    (e.deferred - lag(e.deferred, 1, 0::numeric) over stream)::bigint as deferred_count,
    e.drifts > lag(e.drifts, 1, 0::bigint) over stream as has_drift,
    e.source_total_count,
    e.distinct_count,
    e.clock_skew_seconds,
    e.last_failed_sync_id
  from counted e
  where e.is_complete or e.status is null
  window stream as (partition by e.connection, e.stream order by e.sync_id)
)
select
  c.connector,
  b.connection,
  b.stream,
  b.from_at,
  b.to_at,
  -- Our clock can be set back.
  greatest(0, extract(epoch from coalesce(b.to_at, c.retired_at, now()) - b.from_at))::double precision as gap_seconds,
  b.from_sync_id is null as is_first,
  b.to_sync_id is null as is_current,
  b.has_absence_proof,
  b.sync_count,
  b.failed_sync_count,
  b.rate_limited_sync_count,
  b.interrupted_sync_count,
  b.incomplete_sync_count,
  b.skipped_sync_count,
  b.unsupported_sync_count,
  b.rejected_count,
  b.unread_count,
  b.deferred_count,
  b.has_drift,
  b.source_total_count,
  b.distinct_count,
  b.clock_skew_seconds,
  f.error as last_error,
  b.from_sync_id,
  b.to_sync_id
from intervals b
join runledger.connections c on c.name = b.connection
left join runledger.sync_streams f
  on f.sync_id = b.last_failed_sync_id
  and f.connection = b.connection
  and f.stream = b.stream
  and (b.from_sync_id is null or f.sync_id > b.from_sync_id)
where b.from_at is not null;

comment on view runledger.coverage is
  'An interval between two complete syncs of a stream, from the beginning of one to the beginning of the next: where something could have been missed. All that had happened at the source when a complete sync began, and that the source still showed, is in the ledger. What began and ended within one interval is known only where the source reported its time or where an incomplete sync happened to see it. The intervals of a stream follow each other without a gap, up to now.';
comment on column runledger.coverage.connector is 'Code for the source system: noxus, morphik or knowledge_stack.';
comment on column runledger.coverage.connection is 'The configured account at the source system, by its permanent name; retired ones too.';
comment on column runledger.coverage.stream is 'runs or documents. Nothing is to be aggregated across streams.';
comment on column runledger.coverage.from_at is
  'When the complete sync before began; of the first interval, when the first sync of the stream began. By our clock.';
comment on column runledger.coverage.to_at is 'When the complete sync began that ends the interval; null while none has. By our clock.';
comment on column runledger.coverage.gap_seconds is
  'Seconds from from_at to to_at; of the interval that lasts, to now, or to when the connection was retired. A change that left no time at the source and was undone within them can have been missed.';
comment on column runledger.coverage.is_first is
  'Whether no complete sync was before. What happened before from_at is then known as far as the source still told it. The gap is 0 where the first sync of all was complete.';
comment on column runledger.coverage.is_current is 'Whether no complete sync has ended the interval yet.';
comment on column runledger.coverage.has_absence_proof is
  'Whether the sync that ends the interval is proven to have seen every record, finished ones too: what had vanished or had been reopened by to_at is then known. Otherwise only what was new and what was open was read, and finished records as far as a list showed them. False while it lasts.';
comment on column runledger.coverage.sync_count is
  'Syncs of the stream that were begun within the interval and are over, the one that ends it among them, those that were skipped too.';
comment on column runledger.coverage.failed_sync_count is 'Of those, the ones that failed.';
comment on column runledger.coverage.rate_limited_sync_count is 'Of those, the ones that the source turned away with a rate limit.';
comment on column runledger.coverage.interrupted_sync_count is 'Of those, the ones that a signal or the death of the process ended.';
comment on column runledger.coverage.incomplete_sync_count is
  'Of those, the ones that succeeded but did not read all that was open, or could not decide all that they read.';
comment on column runledger.coverage.skipped_sync_count is
  'Of those, the ones that read nothing, because another sync held the stream or the source had asked to be left alone.';
comment on column runledger.coverage.unsupported_sync_count is
  'Of those, the ones that found that the source has no such list. Where it is all of them, there was nothing to miss.';
comment on column runledger.coverage.rejected_count is
  'Items that could not be understood, added up over the interval''s syncs: one that each sync met again counts in each. The items are in the table rejections.';
comment on column runledger.coverage.unread_count is
  'Open records that were not reached, added up over the interval''s syncs: one that each sync left out counts in each. The sync that ends it has read them.';
comment on column runledger.coverage.deferred_count is
  'Observations that could not be decided at once and were left to a read by id, added up over the interval''s syncs; the sync that ends it has left none undecided.';
comment on column runledger.coverage.has_drift is
  'Whether rows moved from page to page while a sync of the interval read them. The sync that ends it has made up for that, or it would not be complete.';
comment on column runledger.coverage.source_total_count is
  'How many records the source said that it has, as the sync that ends the interval was told; null where the source does not tell, and while the interval lasts.';
comment on column runledger.coverage.distinct_count is
  'How many different records that sync saw in the lists; null where it did not scan them all, and while the interval lasts.';
comment on column runledger.coverage.clock_skew_seconds is
  'By how many seconds the source''s clock is ahead of ours at least, negative where it is behind, as the sync that ends the interval measured it: times of the source near to_at are as uncertain. Null while it lasts.';
comment on column runledger.coverage.last_error is
  'What the latest sync of the interval that failed, was interrupted or was turned away ended with; null where there was none.';
comment on column runledger.coverage.from_sync_id is 'The complete sync before; null in the first interval.';
comment on column runledger.coverage.to_sync_id is 'The complete sync that ends the interval; null while none has.';
