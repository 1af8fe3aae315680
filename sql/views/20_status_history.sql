-- Stays are read out of the events that set a status, in steps with windows over one record in the order of its events: one sort serves them all, and a
-- condition on (connection, stream, record_id) reaches the index of events, because every partition is by those three columns.
--   corrections  the last `reclassified` behind the event that it corrects: it makes no stay of its own
--   claims       what the source was understood to say, as it was last corrected
--   changes      what came before each claim
--   bounds       where a stay begins or, by a disappearance, only ends; the last word and reason of the stay before
--   stays        with the attempt's own times, which replace the seen ones where the source reported them late (`amended`)
-- A stay is left when the next begins, or when the record disappears.
create or replace view runledger.status_history as
with corrections as (
  select distinct on (r.connection, r.stream, r.record_id, claim.sequence)
    r.connection,
    r.stream,
    r.record_id,
    claim.sequence,
    r.to_status,
    r.source_status,
    r.status_reason
  from runledger.events r
  cross join lateral (
    select e.sequence
    from runledger.events e
    where e.connection = r.connection
      and e.stream = r.stream
      and e.record_id = r.record_id
      and e.sequence < r.sequence
      and e.event_type in ('discovered', 'status_changed', 'reopened')
    order by e.sequence desc
    limit 1
  ) claim
  where r.event_type = 'reclassified'
  order by r.connection, r.stream, r.record_id, claim.sequence, r.sequence desc
), claims as (
  select
    e.connection,
    e.stream,
    e.record_id,
    e.sequence,
    e.position,
    e.attempt,
    e.event_type,
    case
      when e.event_type = 'reappeared' then back.to_status
      when x.sequence is null then e.to_status
      else x.to_status
    end as status,
    case
      when e.event_type = 'reappeared' then back.source_status
      when x.sequence is null then e.source_status
      else x.source_status
    end as word,
    case
      when e.event_type = 'reappeared' then back.status_reason
      when x.sequence is null then e.status_reason
      else x.status_reason
    end as reason,
    e.occurred_at,
    e.earliest_at,
    e.latest_at
  from runledger.events e
  left join corrections x
    on x.connection = e.connection and x.stream = e.stream and x.record_id = e.record_id and x.sequence = e.sequence
  left join lateral (
    -- A record comes back with the status that it had, also where that was corrected since.
    select s.to_status, s.source_status, s.status_reason
    from runledger.events s
    where e.event_type = 'reappeared'
      and s.connection = e.connection
      and s.stream = e.stream
      and s.record_id = e.record_id
      and s.event_type in ('discovered', 'status_changed', 'reopened', 'reclassified')
      and s.sequence < coalesce(
        (
          select min(n.sequence)
          from runledger.events n
          where n.connection = e.connection
            and n.stream = e.stream
            and n.record_id = e.record_id
            and n.sequence > e.sequence
            and n.event_type in ('discovered', 'status_changed', 'reopened')
        ),
        2147483647
      )
    order by s.sequence desc
    limit 1
  ) back on true
  where e.event_type in ('discovered', 'status_changed', 'reopened', 'disappeared', 'reappeared')
), changes as (
  select
    claims.*,
    event_type <> 'disappeared' and (event_type <> 'status_changed' or status is distinct from lag(status) over record) as is_start,
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
  from claims
  window
    record as (partition by connection, stream, record_id order by sequence rows between unbounded preceding and 1 preceding),
    whole as (partition by connection, stream, record_id order by sequence rows between unbounded preceding and unbounded following)
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
  window record as (partition by connection, stream, record_id order by sequence)
), stays as (
  select
    b.*,
    coalesce(entry.at, b.occurred_at) as entered_at,
    case when entry.at is null then b.earliest_at else entry.earliest_at end as entered_earliest_at,
    coalesce(entry.latest_at, b.latest_at) as entered_latest_at
  from bounds b
  left join runledger.attempts a
    on b.is_start
    and b.is_entry_of_attempt
    and a.connection = b.connection
    and a.stream = b.stream
    and a.record_id = b.record_id
    and a.attempt = b.attempt
  cross join lateral (
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
  ) entry
), bounded as (
  select
    stays.*,
    lead(entered_at) over record as left_at,
    lead(entered_earliest_at) over record as left_earliest_at,
    lead(entered_latest_at) over record as left_latest_at
  from stays
  window record as (partition by connection, stream, record_id order by sequence)
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
  b.position as entered_position
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
