-- What runs is held against the running times of its workflow, what is queued against its times from queued to finished: a queue is often empty, and three
-- times nothing would call every wait stuck. Where a source never shows when its runs started, their whole times have to do for both. The source's own limit
-- is one of running time and says nothing of a queue. A workflow's times are those of the ledger's 50,000 latest finished attempts,
-- so that this view costs by what is open and not by history: of a third of a million attempts 1.8 s became 0.4 s.
create or replace view runledger.open_records as
with open as materialized (
  select * from runledger.all_records where is_present and not is_terminal
), latest as (
  select d.connection, d.stream, d.record_id, d.run_seconds, d.total_seconds
  from runledger.attempt_durations d
  where d.is_counted
  order by d.finished_at desc
  limit 50000
), history as (
  select
    r.connection,
    r.stream,
    r.workflow_id,
    case when count(l.run_seconds) >= 20 then percentile_cont(0.95) within group (order by l.run_seconds) end as run_p95_seconds,
    case when count(l.total_seconds) >= 20 then percentile_cont(0.95) within group (order by l.total_seconds) end as total_p95_seconds
  from latest l
  join runledger.records r on r.connection = l.connection and r.stream = l.stream and r.record_id = l.record_id
  where (r.connection, r.stream, r.workflow_id) in (select connection, stream, workflow_id from open)
  group by r.connection, r.stream, r.workflow_id
), limits as (
  select
    open.*,
    case when status is distinct from 'queued' then time_limit_seconds end::double precision as source_limit_seconds,
    c.stuck_after_seconds::double precision as stuck_after_seconds,
    3 * case status
      when 'queued' then nullif(h.total_p95_seconds, 0)
      when 'running' then coalesce(nullif(h.run_p95_seconds, 0), nullif(h.total_p95_seconds, 0))
    end as history_seconds
  from open
  left join runledger.connections c on c.name = open.connection
  left join history h on h.connection = open.connection and h.stream = open.stream and h.workflow_id = open.workflow_id
), aged as (
  select
    limits.*,
    greatest(0, extract(epoch from coalesce(last_read_at, confirmed_at) - status_since_at))::double precision as age_seconds,
    coalesce(source_limit_seconds, stuck_after_seconds, history_seconds, 86400) as threshold_seconds,
    case
      when source_limit_seconds is not null then 'source_limit'
      when stuck_after_seconds is not null then 'stuck_after'
      when history_seconds is not null then 'workflow_history'
      else 'default'
    end as threshold_source
  from limits
)
select
  connector,
  connection,
  stream,
  record_key,
  record_id,
  status,
  source_status,
  status_reason,
  attempt,
  workflow_id,
  workflow_name,
  collection_id,
  created_at,
  queued_at,
  started_at,
  status_since_at,
  status_since_earliest_at,
  status_since_latest_at,
  age_seconds,
  threshold_seconds,
  threshold_source,
  age_seconds > threshold_seconds
    and coalesce(status_reason not in ('waiting_for_person', 'waiting_for_approval'), true) as is_stuck,
  last_read_at,
  is_stale,
  missing_since_at,
  progress_percent,
  last_activity
from aged;

comment on view runledger.open_records is
  'An open record: how long it has been in its status, and whether that is longer than it should be.';
comment on column runledger.open_records.connector is 'Code for the source system: noxus, morphik or knowledge_stack.';
comment on column runledger.open_records.connection is 'The configured account at the source system, by its permanent name.';
comment on column runledger.open_records.stream is 'runs or documents. Nothing is to be aggregated across streams.';
comment on column runledger.open_records.record_key is 'connection/stream/record_id: names the record in the whole ledger.';
comment on column runledger.open_records.record_id is 'The source''s own id of the record.';
comment on column runledger.open_records.status is 'queued or running; null where the source''s word is unknown.';
comment on column runledger.open_records.source_status is 'The source''s own word.';
comment on column runledger.open_records.status_reason is
  'Why it has this status: timeout, quota, stopped_by_user, waiting_for_person or waiting_for_approval; null where the source does not tell.';
comment on column runledger.open_records.attempt is 'The attempt that is open, from 1.';
comment on column runledger.open_records.workflow_id is 'The source''s id of the workflow; null where the record has none.';
comment on column runledger.open_records.workflow_name is 'The workflow''s name as last seen; null where the source showed none.';
comment on column runledger.open_records.collection_id is 'Knowledge base or folder; null where the record belongs to none.';
comment on column runledger.open_records.created_at is 'When the source says that the record was created.';
comment on column runledger.open_records.queued_at is
  'When the open attempt was queued: reported, else when it was first seen so; null where nothing shows it.';
comment on column runledger.open_records.started_at is
  'When the open attempt started to run: reported, else when it was first seen so; null where nothing shows it.';
comment on column runledger.open_records.status_since_at is 'When the record entered its present status: reported, else when it was first seen so.';
comment on column runledger.open_records.status_since_earliest_at is 'Earliest possible time of status_since_at; null is unbounded.';
comment on column runledger.open_records.status_since_latest_at is 'Latest possible time of status_since_at.';
comment on column runledger.open_records.age_seconds is
  'Seconds from when it entered its status to when it was last read: what is known of its age, not what may have become of it since.';
comment on column runledger.open_records.threshold_seconds is 'Seconds in one status beyond which it counts as stuck.';
comment on column runledger.open_records.threshold_source is
  'Where the threshold comes from: source_limit (the source''s own limit of running time), stuck_after (the connection''s setting), workflow_history (three times the 95th percentile of its workflow''s running times, or of those from queued to finished while it is queued and where no start is known: of at least 20 among the ledger''s 50,000 latest finished attempts), default (24 hours).';
comment on column runledger.open_records.is_stuck is
  'Whether it has been in its status for longer than the threshold. Never while it waits for a person or an approval.';
comment on column runledger.open_records.last_read_at is 'When the last answer that showed the record arrived.';
comment on column runledger.open_records.is_stale is
  'Whether this row is not to be relied on: its stream has no complete sync of the last 24 hours, or the latest sync of its stream did not read it.';
comment on column runledger.open_records.missing_since_at is
  'Since when a read by id or a proven scan has not found it, though its disappearance is not proven yet.';
comment on column runledger.open_records.progress_percent is 'Progress as the source last showed it, 0 to 100.';
comment on column runledger.open_records.last_activity is 'What the source last said that it was doing.';
