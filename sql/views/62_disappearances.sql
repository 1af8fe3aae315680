create or replace view runledger.disappearances as
select
  c.connector,
  e.connection,
  e.stream,
  e.connection || '/' || e.stream || '/' || e.record_id as record_key,
  e.record_id,
  e.position,
  e.sequence,
  e.attempt,
  was.to_status as status,
  was.source_status,
  was.status_reason,
  case when known.to_status in ('succeeded', 'failed', 'cancelled') then known.to_status else 'disappeared' end as outcome,
  e.earliest_at as last_seen_at,
  e.latest_at as proven_at,
  e.recorded_at,
  p.method as response_method,
  p.path as response_path,
  p.status as response_status,
  p.sent_at as response_sent_at,
  p.received_at as response_received_at,
  e.response_id,
  e.sync_id,
  back.position is not null as has_reappeared,
  back.occurred_at as reappeared_at,
  back.earliest_at as reappeared_earliest_at,
  back.latest_at as reappeared_latest_at,
  back.position as reappeared_position,
  r.workflow_id,
  w.name as workflow_name,
  r.collection_id,
  r.is_present,
  e.anomalies
from runledger.events e
left join runledger.records r on r.connection = e.connection and r.stream = e.stream and r.record_id = e.record_id
left join runledger.connections c on c.name = e.connection
left join runledger.workflows w on w.connection = r.connection and w.workflow_id = r.workflow_id
left join runledger.responses p on p.response_id = e.response_id
left join lateral (
  select b.to_status, b.source_status, b.status_reason
  from runledger.events b
  where b.connection = e.connection
    and b.stream = e.stream
    and b.record_id = e.record_id
    and b.sequence < e.sequence
    and b.event_type in ('discovered', 'status_changed', 'reopened', 'reclassified')
  order by b.sequence desc
  limit 1
) was on true
left join lateral (
  -- A word that nobody understood ends no attempt and opens none.
  select b.to_status
  from runledger.events b
  where b.connection = e.connection
    and b.stream = e.stream
    and b.record_id = e.record_id
    and b.sequence < e.sequence
    and b.attempt = e.attempt
    and b.to_status is not null
  order by b.sequence desc
  limit 1
) known on true
left join lateral (
  select n.position, n.occurred_at, n.earliest_at, n.latest_at
  from runledger.events n
  where n.connection = e.connection
    and n.stream = e.stream
    and n.record_id = e.record_id
    and n.sequence > e.sequence
    and n.event_type = 'reappeared'
  order by n.sequence
  limit 1
) back on true
where e.event_type = 'disappeared';

comment on view runledger.disappearances is
  'A proven disappearance of a record from its source: what it was by then, how its absence is known, and whether it came back.';
comment on column runledger.disappearances.connector is 'Code for the source system: noxus, morphik or knowledge_stack.';
comment on column runledger.disappearances.connection is 'The configured account at the source system, by its permanent name.';
comment on column runledger.disappearances.stream is 'runs or documents. Nothing is to be aggregated across streams.';
comment on column runledger.disappearances.record_key is 'connection/stream/record_id: names the record in the whole ledger.';
comment on column runledger.disappearances.record_id is 'The source''s own id of the record.';
comment on column runledger.disappearances.position is 'Position of the event disappeared in the ledger.';
comment on column runledger.disappearances.sequence is 'Its place among the record''s events, from 1.';
comment on column runledger.disappearances.attempt is 'The record''s attempt at that time, from 1.';
comment on column runledger.disappearances.status is
  'Canonical status in which it was last seen, as it was understood then; null where the source''s word was unknown.';
comment on column runledger.disappearances.source_status is
  'The source''s own word for that status; null where only a time showed it.';
comment on column runledger.disappearances.status_reason is
  'Why it had that status: timeout, quota, stopped_by_user, waiting_for_person or waiting_for_approval; null where the source did not tell.';
comment on column runledger.disappearances.outcome is
  'How its attempt had ended by then: succeeded, failed or cancelled; disappeared where it was still open, so that nobody knows how it ended.';
comment on column runledger.disappearances.last_seen_at is
  'When the last request was sent that still saw it: it vanished after that. Null where that is not known.';
comment on column runledger.disappearances.proven_at is 'When the answer arrived that proved it gone: it vanished before that.';
comment on column runledger.disappearances.recorded_at is 'When the disappearance was appended to the ledger.';
comment on column runledger.disappearances.response_method is 'Method of the request whose answer is the proof; null where no single answer is.';
comment on column runledger.disappearances.response_path is 'Path of that request, without secrets.';
comment on column runledger.disappearances.response_status is 'HTTP status of that answer.';
comment on column runledger.disappearances.response_sent_at is 'When that request was sent.';
comment on column runledger.disappearances.response_received_at is 'When the whole answer had arrived.';
comment on column runledger.disappearances.response_id is 'The answer in responses.';
comment on column runledger.disappearances.sync_id is 'The sync that proved it.';
comment on column runledger.disappearances.has_reappeared is 'Whether the record came back after this disappearance.';
comment on column runledger.disappearances.reappeared_at is 'When it was first seen back; null while it is gone.';
comment on column runledger.disappearances.reappeared_earliest_at is 'Earliest possible time of its return; null while it is gone, or is unbounded.';
comment on column runledger.disappearances.reappeared_latest_at is 'Latest possible time of its return; null while it is gone.';
comment on column runledger.disappearances.reappeared_position is 'Position of the event reappeared; null while it is gone.';
comment on column runledger.disappearances.workflow_id is 'The source''s id of the workflow; null where the record has none.';
comment on column runledger.disappearances.workflow_name is 'The workflow''s name as last seen; null where the source showed none.';
comment on column runledger.disappearances.collection_id is 'Knowledge base or folder; null where the record belongs to none.';
comment on column runledger.disappearances.is_present is 'Whether the source shows the record now.';
comment on column runledger.disappearances.anomalies is 'What was odd about the disappearance: clock_skew, or nothing.';
