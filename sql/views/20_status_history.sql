-- Stays are read out of the events that set a status. Most records have a plain life, in which each of these events begins a stay or, by a disappearance,
-- ends one, at its own time: for them one sort and one window do. The records of a life that is not plain (`odd`) go the long way, in steps with windows
-- over one record in the order of its events:
--   said        each claim of the source of a status with what only corrects it (`reclassified`), and disappearance and return
--   understood  what each claim was understood to say at last; a record comes back with the status that it had
--   changes     what came before each claim
--   bounds      where a stay begins or, by a disappearance, only ends; the last word and reason of the stay before
--   entries     with the attempt's own times, which replace the seen ones where the source reported them late (`amended`)
-- A stay is left when the next begins, or when the record disappears. Of 1,000,000 events 4.6 s, where the long way for every record took 14 s. A condition
-- on connection, stream and record_id reaches the index of events in every step, because every partition and every join is by these three; record_id comes
-- first in them because it tells the most records apart, which halves the time of the sort.
create or replace view runledger.status_history as
with odd as not materialized (
  select connection, stream, record_id
  from runledger.events
  where event_type in ('reclassified', 'reappeared')
    or (event_type = 'status_changed' and (to_status is not distinct from from_status or (attempt > 1 and facts ? 'is_flap')))
    or (event_type = 'amended' and facts ?| array['attempt_queued_at', 'attempt_started_at', 'attempt_finished_at'])
), said as (
  select
    e.*,
    count(*) filter (where e.event_type in ('discovered', 'status_changed', 'reopened')) over record as claim
  from runledger.events e
  where e.event_type in ('discovered', 'status_changed', 'reopened', 'reclassified', 'disappeared', 'reappeared')
    and (e.connection, e.stream, e.record_id) in (select odd.connection, odd.stream, odd.record_id from odd)
  window record as (partition by e.record_id, e.connection, e.stream order by e.sequence)
), understood as (
  select
    connection,
    stream,
    record_id,
    sequence,
    position,
    attempt,
    event_type,
    first_value(to_status) over claim as status,
    first_value(source_status) over claim as word,
    first_value(status_reason) over claim as reason,
    occurred_at,
    earliest_at,
    latest_at,
    response_id
  from said
  window claim as (
    partition by record_id, connection, stream, claim
    order by (event_type in ('disappeared', 'reappeared')), sequence desc
    rows between unbounded preceding and current row
  )
), changes as (
  select
    understood.*,
    case event_type
      when 'disappeared' then false
      when 'status_changed' then status is distinct from lag(status) over record
      -- The answer that showed the record again showed it changed: it was never seen back as it had been.
      when 'reappeared' then not coalesce(
        lead(response_id) over record = response_id
          and (
            lead(event_type) over record = 'reopened'
            or (lead(event_type) over record = 'status_changed' and lead(status) over record is distinct from status)
          ),
        false
      )
      else true
    end as is_start,
    lag(word) over record as word_before,
    lag(reason) over record as reason_before,
    last_value(word) over whole as final_word,
    last_value(reason) over whole as final_reason,
    coalesce(max(attempt) filter (where status = 'queued') over record < attempt, true) as is_first_queued,
    coalesce(max(attempt) filter (where status = 'running') over record < attempt, true) as is_first_running,
    coalesce(
      max(sequence) filter (where status is not null) over record
        > case status
          when 'succeeded' then max(sequence) filter (where status = 'succeeded') over record
          when 'failed' then max(sequence) filter (where status = 'failed') over record
          when 'cancelled' then max(sequence) filter (where status = 'cancelled') over record
        end,
      true
    ) as is_other_than_last_known
  from understood
  where event_type <> 'reclassified'
  window
    record as (partition by record_id, connection, stream order by sequence rows between unbounded preceding and 1 preceding),
    whole as (partition by record_id, connection, stream order by sequence rows between unbounded preceding and unbounded following)
), bounds as (
  select
    changes.*,
    case when lead(position) over record is null then final_word else lead(word_before) over record end as last_word,
    case when lead(position) over record is null then final_reason else lead(reason_before) over record end as last_reason,
    -- As the attempt's times are folded: the first entry to queued and to running counts, the last to a terminal status. To enter again what was known last,
    -- after a word that nobody understood, is no entry.
    event_type <> 'reappeared'
      and case
        when status = 'queued' then is_first_queued and is_first_running
        when status = 'running' then is_first_running
        else (event_type <> 'status_changed' or is_other_than_last_known)
          and not coalesce(
            lead(event_type) over record = 'status_changed' and lead(attempt) over record = attempt and lead(status) over record is not null,
            false
          )
      end as is_entry_of_attempt
  from changes
  where is_start or event_type = 'disappeared'
  window record as (partition by record_id, connection, stream order by sequence)
), entries as (
  select
    b.connection,
    b.stream,
    b.record_id,
    b.sequence,
    b.position,
    b.attempt,
    b.is_start,
    b.status,
    b.last_word,
    b.last_reason,
    a.is_flap,
    coalesce(entry.at, b.occurred_at) as entered_at,
    case when entry.at is null then b.earliest_at else entry.earliest_at end as entered_earliest_at,
    coalesce(entry.latest_at, b.latest_at) as entered_latest_at
  from bounds b
  left join runledger.attempts a
    on a.connection = b.connection and a.stream = b.stream and a.record_id = b.record_id and a.attempt = b.attempt
  left join lateral (
    select
      case b.status when 'queued' then a.queued_at when 'running' then a.started_at when a.outcome then a.finished_at end as at,
      case b.status
        when 'queued' then a.queued_earliest_at
        when 'running' then a.started_earliest_at
        when a.outcome then a.finished_earliest_at
      end as earliest_at,
      case b.status
        when 'queued' then a.queued_latest_at
        when 'running' then a.started_latest_at
        when a.outcome then a.finished_latest_at
      end as latest_at
  ) entry on b.is_start and b.is_entry_of_attempt
), stays as (
  select * from entries
  union all
  select
    e.connection,
    e.stream,
    e.record_id,
    e.sequence,
    e.position,
    e.attempt,
    e.event_type <> 'disappeared',
    e.to_status,
    e.source_status,
    e.status_reason,
    false,
    e.occurred_at,
    e.earliest_at,
    e.latest_at
  from runledger.events e
  where e.event_type in ('discovered', 'status_changed', 'reopened', 'disappeared')
    and not exists (
      select from odd where odd.connection = e.connection and odd.stream = e.stream and odd.record_id = e.record_id
    )
), bounded as (
  select
    stays.*,
    lead(entered_at) over record as left_at,
    lead(entered_earliest_at) over record as left_earliest_at,
    lead(entered_latest_at) over record as left_latest_at
  from stays
  window record as (partition by record_id, connection, stream order by sequence)
)
select
  c.connector,
  b.connection,
  b.stream,
  b.connection || '/' || b.stream || '/' || b.record_id as record_key,
  b.record_id,
  b.attempt,
  b.status,
  b.last_word as source_status,
  b.last_reason as status_reason,
  b.entered_at,
  b.entered_earliest_at,
  b.entered_latest_at,
  b.left_at,
  b.left_earliest_at,
  b.left_latest_at,
  duration.low as duration_low_seconds,
  (duration.low + duration.high) / 2 as duration_seconds,
  duration.high as duration_high_seconds,
  b.left_at is null as is_current,
  b.position as entered_position,
  coalesce(b.is_flap, false) as is_flap
from bounded b
left join runledger.connections c on c.name = b.connection
cross join lateral (
  select
    case when b.left_latest_at >= coalesce(b.entered_earliest_at, b.left_latest_at)
      then greatest(0, extract(epoch from b.left_earliest_at - b.entered_latest_at))::double precision
    end as low,
    case when b.left_latest_at >= b.entered_earliest_at
      then extract(epoch from b.left_latest_at - b.entered_earliest_at)::double precision
    end as high
) duration
where b.is_start;

comment on view runledger.status_history is
  'A stay of a record in one status. A new word of the source for the same status does not begin another; another attempt does; a disappearance ends it, and coming back begins it again.';
comment on column runledger.status_history.connector is 'Code for the source system: noxus, morphik or knowledge_stack.';
comment on column runledger.status_history.connection is 'The configured account at the source system, by its permanent name.';
comment on column runledger.status_history.stream is 'runs or documents. Nothing is to be aggregated across streams.';
comment on column runledger.status_history.record_key is 'connection/stream/record_id: names the record in the whole ledger.';
comment on column runledger.status_history.record_id is 'The source''s own id of the record.';
comment on column runledger.status_history.attempt is 'The attempt that the stay belongs to, from 1.';
comment on column runledger.status_history.status is 'Canonical status of the stay; null where the source''s word was not understood.';
comment on column runledger.status_history.source_status is
  'The source''s own word, the last during the stay; null where only a time shows that the record was in this status.';
comment on column runledger.status_history.status_reason is
  'Why it had this status, as the last word of the stay tells; null where the source does not tell.';
comment on column runledger.status_history.entered_at is 'When the stay began: reported, else when the record was first seen so.';
comment on column runledger.status_history.entered_earliest_at is
  'Earliest possible time of entered_at; null is unbounded. Equal to entered_latest_at where the source reported the time.';
comment on column runledger.status_history.entered_latest_at is 'Latest possible time of entered_at.';
comment on column runledger.status_history.left_at is
  'When the stay ended, by another status, another attempt or a disappearance; null while it lasts.';
comment on column runledger.status_history.left_earliest_at is 'Earliest possible time of left_at; null is unbounded, or while it lasts.';
comment on column runledger.status_history.left_latest_at is 'Latest possible time of left_at; null while it lasts.';
comment on column runledger.status_history.duration_low_seconds is
  'Least length of the stay that the evidence allows, in seconds; null while it lasts.';
comment on column runledger.status_history.duration_seconds is
  'Length of the stay in seconds: exact where both times are reported, else the middle of what the evidence allows; null while it lasts, or where not bounded.';
comment on column runledger.status_history.duration_high_seconds is
  'Most length of the stay that the evidence allows, in seconds; null while it lasts, or where not bounded.';
comment on column runledger.status_history.is_current is 'Whether the record is in this stay now.';
comment on column runledger.status_history.entered_position is 'Position of the event that began the stay.';
comment on column runledger.status_history.is_flap is
  'Whether the stay belongs to a flap: an attempt that was open in one sync at most and ended as the one before, with nothing else changed. Rates and durations leave it out.';
