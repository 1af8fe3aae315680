create or replace view runledger.anomalies as
select
  c.connector,
  e.connection,
  e.stream,
  e.connection || '/' || e.stream || '/' || e.record_id as record_key,
  e.record_id,
  e.position,
  e.sequence,
  e.attempt,
  e.event_type,
  e.anomalies,
  e.from_status,
  e.to_status,
  e.source_status,
  e.status_reason,
  e.occurred_at,
  e.reported_at,
  e.earliest_at,
  e.latest_at,
  e.recorded_at,
  r.workflow_id,
  w.name as workflow_name,
  r.collection_id,
  r.status,
  r.is_present
from runledger.events e
left join runledger.records r on r.connection = e.connection and r.stream = e.stream and r.record_id = e.record_id
left join runledger.connections c on c.name = e.connection
left join runledger.workflows w on w.connection = r.connection and w.workflow_id = r.workflow_id
where cardinality(e.anomalies) > 0;

comment on view runledger.anomalies is
  'An event in which something was odd, with its record. It was kept and flagged, not dropped.';
comment on column runledger.anomalies.connector is 'Code for the source system: noxus, morphik or knowledge_stack.';
comment on column runledger.anomalies.connection is 'The configured account at the source system, by its permanent name.';
comment on column runledger.anomalies.stream is 'runs or documents. Nothing is to be aggregated across streams.';
comment on column runledger.anomalies.record_key is 'connection/stream/record_id: names the record in the whole ledger.';
comment on column runledger.anomalies.record_id is 'The source''s own id of the record.';
comment on column runledger.anomalies.position is 'The event''s place in the ledger: 1, 2, … without a gap.';
comment on column runledger.anomalies.sequence is 'Its place among the record''s events, from 1.';
comment on column runledger.anomalies.attempt is 'The attempt that the event belongs to, from 1.';
comment on column runledger.anomalies.event_type is
  'discovered, status_changed, reopened, amended, reclassified, disappeared, reappeared or redacted.';
comment on column runledger.anomalies.anomalies is
  'What was odd: illegal_transition, unknown_status, time_regression, bad_time, clock_skew, status_conflict.';
comment on column runledger.anomalies.from_status is 'Canonical status before; null where none was known, and for events that set no status.';
comment on column runledger.anomalies.to_status is
  'Canonical status after; null where the source''s word is unknown, and for events that set no status.';
comment on column runledger.anomalies.source_status is
  'The source''s own word; null where only a time shows the status, and for events that set none.';
comment on column runledger.anomalies.status_reason is
  'Why: timeout, quota, stopped_by_user, waiting_for_person or waiting_for_approval; null where the source does not tell.';
comment on column runledger.anomalies.occurred_at is 'When it happened, as well as is known: reported_at, else latest_at.';
comment on column runledger.anomalies.reported_at is 'The source''s own time of this change; null where it reported none.';
comment on column runledger.anomalies.earliest_at is
  'Earliest possible time of it; null is unbounded. Equal to latest_at where the source reported the time.';
comment on column runledger.anomalies.latest_at is 'Latest possible time of it.';
comment on column runledger.anomalies.recorded_at is 'When it was appended to the ledger.';
comment on column runledger.anomalies.workflow_id is 'The source''s id of the workflow; null where the record has none.';
comment on column runledger.anomalies.workflow_name is 'The workflow''s name as last seen; null where the source showed none.';
comment on column runledger.anomalies.collection_id is 'Knowledge base or folder; null where the record belongs to none.';
comment on column runledger.anomalies.status is 'The record''s canonical status now.';
comment on column runledger.anomalies.is_present is 'Whether the source still shows the record; false after a proven disappearance.';
