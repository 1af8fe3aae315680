-- Two axes of time. What counts as known is what had been recorded by known_at and up to known_position: events alone, and syncs that had ended before that position was
-- given, so that the same position gives the same answer for ever. Out of that:
--   odd         records with a claim that was corrected (`reclassified`) or timed late (`amended`): they go the long way, all others need none of it
--   claims      of the odd ones: each claim of a status with what it was understood to say at last
--   timed       the same with the times that the source told later: of the first entry to queued and to running, and of the last to a terminal status, in an attempt
--   entries     claims of all records; is_start unless only the source's word changed
--   stays       a stay with what came after it; `chosen` is the last, in the order of events, that had begun at valid_at
-- Presence goes beside it, out of the few events that change it.
-- is_certain claims that the record had this status and no other at valid_at. So it is false
--   from the last moment at which the record was still seen as before (earliest_at of the next change) on;
--   up to a next change that the source dated, unless it is the step that follows in the same attempt: from queued to succeeded it had been running for a while, and
--   between two attempts there may have been one that nobody saw;
--   after the last complete reading of the stream where no next change is known.
-- Of 1,000,000 events of 320,000 records 12 s on two busy cores, whatever is asked of it: it reads all of them. One record's history is in status_history, by index.
create or replace function runledger.state_as_of(
  valid_at timestamptz,
  known_at timestamptz default null,
  known_position bigint default null
)
returns table (
  connector text,
  connection text,
  stream text,
  record_key text,
  record_id text,
  status text,
  source_status text,
  status_reason text,
  attempt integer,
  is_present boolean,
  entered_at timestamptz,
  entered_earliest_at timestamptz,
  entered_latest_at timestamptz,
  is_certain boolean,
  next_event_type text,
  next_status text,
  next_at timestamptz,
  next_earliest_at timestamptz,
  next_latest_at timestamptz,
  read_until_at timestamptz
)
language sql
stable
parallel safe
rows 100000
-- Compiling its many expressions takes longer than a million events do.
set jit = off
as $function$
with known as not materialized (
  select
    e.connection, e.stream, e.record_id, e.sequence, e.position, e.attempt, e.event_type, e.from_status, e.to_status, e.source_status,
    e.status_reason, e.occurred_at, e.reported_at, e.earliest_at, e.latest_at, e.facts
  from runledger.events e
  where (state_as_of.known_position is null or e.position <= state_as_of.known_position)
    and (state_as_of.known_at is null or e.recorded_at <= state_as_of.known_at)
), odd as not materialized (
  select k.connection, k.stream, k.record_id
  from known k
  where k.event_type = 'reclassified'
    or (k.event_type = 'amended' and k.facts ?| array['attempt_queued_at', 'attempt_started_at', 'attempt_finished_at'])
), said as (
  select
    k.*,
    count(*) filter (where k.event_type <> 'reclassified') over record as claim
  from known k
  where k.event_type in ('discovered', 'status_changed', 'reopened', 'reclassified')
    and (k.connection, k.stream, k.record_id) in (select odd.connection, odd.stream, odd.record_id from odd)
  window record as (partition by k.record_id, k.connection, k.stream order by k.sequence)
), understood as (
  select
    s.*,
    last_value(s.to_status) over claim as status,
    last_value(s.source_status) over claim as word,
    last_value(s.status_reason) over claim as reason
  from said s
  window claim as (
    partition by s.record_id, s.connection, s.stream, s.claim
    order by s.sequence
    rows between unbounded preceding and unbounded following
  )
), claims as (
  select
    u.*,
    case when u.status in ('queued', 'running') then u.status when u.status is not null then 'finished' end as entry,
    lag(u.claim) over attempt is null or u.status is distinct from lag(u.status) over attempt as is_start
  from understood u
  where u.event_type <> 'reclassified'
  window attempt as (partition by u.record_id, u.connection, u.stream, u.attempt order by u.sequence)
), entry_claims as (
  select
    c.connection, c.stream, c.record_id, c.attempt, c.entry,
    case when c.entry = 'finished' then max(c.sequence) else min(c.sequence) end as sequence
  from claims c
  where c.is_start and c.entry is not null
  group by c.connection, c.stream, c.record_id, c.attempt, c.entry
), amendments as (
  select distinct on (k.record_id, k.connection, k.stream, k.attempt, told.entry)
    k.connection, k.stream, k.record_id, k.attempt, k.sequence, told.entry, told.at
  from known k
  cross join lateral (
    values
      ('queued', (k.facts ->> 'attempt_queued_at')::timestamptz),
      ('running', (k.facts ->> 'attempt_started_at')::timestamptz),
      ('finished', (k.facts ->> 'attempt_finished_at')::timestamptz)
  ) as told (entry, at)
  where k.event_type = 'amended' and told.at is not null
  order by k.record_id, k.connection, k.stream, k.attempt, told.entry, k.sequence desc
), timed as (
  select c.*, late.at as late_at
  from claims c
  left join entry_claims t
    on t.connection = c.connection and t.stream = c.stream and t.record_id = c.record_id and t.attempt = c.attempt and t.entry = c.entry
      and t.sequence = c.sequence
  left join amendments late
    on late.connection = t.connection and late.stream = t.stream and late.record_id = t.record_id and late.attempt = t.attempt
      and late.entry = t.entry and late.sequence > t.sequence
), entries as not materialized (
  select
    k.connection, k.stream, k.record_id, k.sequence, k.position, k.attempt, k.event_type,
    k.to_status as status, k.source_status as word, k.status_reason as reason,
    k.occurred_at as at, k.earliest_at, k.latest_at, k.reported_at is not null as is_reported,
    k.event_type <> 'status_changed' or k.to_status is distinct from k.from_status as is_start
  from known k
  where k.event_type in ('discovered', 'status_changed', 'reopened')
    and not exists (select from odd where odd.connection = k.connection and odd.stream = k.stream and odd.record_id = k.record_id)
  union all
  select
    t.connection, t.stream, t.record_id, t.sequence, t.position, t.attempt, t.event_type,
    t.status, t.word, t.reason,
    coalesce(t.late_at, t.occurred_at), case when t.late_at is null then t.earliest_at else t.late_at end, coalesce(t.late_at, t.latest_at),
    t.late_at is not null or t.reported_at is not null,
    t.is_start
  from timed t
), stays as (
  select
    e.*,
    lead(e.sequence) over record as next_sequence,
    lead(e.event_type) over record as next_event_type,
    lead(e.status) over record as next_status,
    lead(e.attempt) over record as next_attempt,
    lead(e.at) over record as next_at,
    lead(e.earliest_at) over record as next_earliest_at,
    lead(e.latest_at) over record as next_latest_at,
    lead(e.is_reported) over record as is_next_reported,
    max(e.sequence) filter (where e.at <= state_as_of.valid_at) over (partition by e.record_id, e.connection, e.stream) as chosen
  from entries e
  where e.is_start
  window record as (partition by e.record_id, e.connection, e.stream order by e.sequence)
), words as (
  select distinct on (e.record_id, e.connection, e.stream)
    e.connection, e.stream, e.record_id, e.sequence, e.word, e.reason
  from entries e
  where not e.is_start and e.at <= state_as_of.valid_at
  order by e.record_id, e.connection, e.stream, e.sequence desc
), presences as (
  select
    k.connection, k.stream, k.record_id,
    max(k.sequence) filter (where k.event_type = 'disappeared' and k.occurred_at <= state_as_of.valid_at) as gone,
    max(k.sequence) filter (where k.event_type = 'reappeared' and k.occurred_at <= state_as_of.valid_at) as back,
    min(k.sequence) filter (where k.occurred_at > state_as_of.valid_at) as next_sequence
  from known k
  where k.event_type in ('disappeared', 'reappeared')
  group by k.connection, k.stream, k.record_id
), readings as (
  -- The last one and not the latest moment: our clock may have been set back since.
  select distinct on (y.connection, y.stream) y.connection, y.stream, y.started_at as read_until_at
  from runledger.sync_streams y
  where y.is_complete
    and y.finished_at is not null
    and (state_as_of.known_position is null or y.head_position < state_as_of.known_position)
    and (state_as_of.known_at is null or y.finished_at <= state_as_of.known_at)
  order by y.connection, y.stream, y.sync_id desc
)
select
  y.connector,
  s.connection,
  s.stream,
  s.connection || '/' || s.stream || '/' || s.record_id as record_key,
  s.record_id,
  case when began.is_so then s.status end as status,
  case when began.is_so then case when w.sequence is null then s.word else w.word end end as source_status,
  case when began.is_so then case when w.sequence is null then s.reason else w.reason end end as status_reason,
  case when began.is_so then s.attempt end as attempt,
  case when began.is_so then p.gone is null or coalesce(p.back > p.gone, false) end as is_present,
  case when began.is_so then s.at end as entered_at,
  case when began.is_so then s.earliest_at end as entered_earliest_at,
  case when began.is_so then s.latest_at end as entered_latest_at,
  coalesce(
    began.is_so
      and case
        when next.event_type is null then state_as_of.valid_at <= r.read_until_at
        else state_as_of.valid_at < next.earliest_at and next.is_bounded
      end,
    false
  ) as is_certain,
  next.event_type as next_event_type,
  next.status as next_status,
  next.at as next_at,
  next.earliest_at as next_earliest_at,
  next.latest_at as next_latest_at,
  r.read_until_at
from stays s
cross join lateral (select s.chosen is not null as is_so, case when s.chosen is null then s.sequence else s.next_sequence end as next_sequence) began
left join words w
  on w.connection = s.connection and w.stream = s.stream and w.record_id = s.record_id
    and w.sequence > s.sequence and (s.next_sequence is null or w.sequence < s.next_sequence)
left join presences p on p.connection = s.connection and p.stream = s.stream and p.record_id = s.record_id
left join runledger.events n
  on n.connection = p.connection and n.stream = p.stream and n.record_id = p.record_id and n.sequence = p.next_sequence
    and (began.next_sequence is null or p.next_sequence < began.next_sequence)
left join readings r on r.connection = s.connection and r.stream = s.stream
left join runledger.stream_syncs y on y.connection = s.connection and y.stream = s.stream
cross join lateral (
  select
    coalesce(n.event_type, case when began.is_so then s.next_event_type else s.event_type end) as event_type,
    case when n.position is not null then null when began.is_so then s.next_status else s.status end as status,
    coalesce(n.occurred_at, case when began.is_so then s.next_at else s.at end) as at,
    case when n.position is not null then n.earliest_at when began.is_so then s.next_earliest_at else s.earliest_at end as earliest_at,
    coalesce(n.latest_at, case when began.is_so then s.next_latest_at else s.latest_at end) as latest_at,
    n.position is not null
      or not s.is_next_reported
      or (
        s.next_attempt = s.attempt
        and ((s.status = 'queued' and s.next_status = 'running') or (s.status = 'running' and s.next_status in ('succeeded', 'failed', 'cancelled')))
      ) as is_bounded
) next
where s.sequence = coalesce(s.chosen, 1)
  and (
    s.chosen is not null
    -- It is not known to have been in a status then; that it was there at all must be shown by when it was made, or may be by when it was seen.
    or (
      select coalesce((f.facts ->> 'created_at')::timestamptz, f.earliest_at)
      from runledger.events f
      where f.position = s.position
    ) <= state_as_of.valid_at
  )
$function$;

comment on function runledger.state_as_of(timestamptz, timestamptz, bigint) is
  'Records as they were at valid_at, by what had been recorded by known_at and up to known_position (null: all that there is); a position answers the same for ever. connector, connection, stream, record_key and record_id name the record; status, source_status, status_reason and attempt are those then, null where it was there and nothing tells in which status; is_present is false after a proven disappearance; entered_at, entered_earliest_at and entered_latest_at are when it came into that status; is_certain is whether it had that status and no other at valid_at, false inside the interval of the next change, where a step may have gone unseen, and after the last complete reading; next_event_type, next_status, next_at, next_earliest_at and next_latest_at are the change that came next; read_until_at is when the last complete reading of the stream that was known of began.';
