create or replace view runledger.event_evidence as
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
  e.from_status,
  e.to_status,
  e.source_status,
  e.status_reason,
  e.occurred_at,
  e.reported_at,
  e.earliest_at,
  e.latest_at,
  e.recorded_at,
  e.facts,
  e.anomalies,
  e.sync_id,
  y.started_at as sync_started_at,
  y.runledger_version,
  e.response_id,
  p.method as response_method,
  p.path as response_path,
  p.page as response_page,
  p.status as response_status,
  p.request_id as response_request_id,
  p.server_date as response_server_date,
  p.sent_at as response_sent_at,
  p.received_at as response_received_at,
  e.details_digest,
  e.chain_hash,
  y.host as sync_host,
  z.mode as sync_mode,
  z.status as sync_status
from runledger.events e
left join runledger.connections c on c.name = e.connection
left join runledger.syncs y on y.sync_id = e.sync_id
left join runledger.sync_streams z on z.sync_id = e.sync_id and z.connection = e.connection and z.stream = e.stream
left join runledger.responses p on p.response_id = e.response_id;

comment on view runledger.event_evidence is
  'An event with the answer of the source system that evidences it, and the sync that read it.';
comment on column runledger.event_evidence.connector is 'Code for the source system: noxus, morphik or knowledge_stack.';
comment on column runledger.event_evidence.connection is 'The configured account at the source system, by its permanent name.';
comment on column runledger.event_evidence.stream is 'runs or documents. Nothing is to be aggregated across streams.';
comment on column runledger.event_evidence.record_key is 'connection/stream/record_id: names the record in the whole ledger.';
comment on column runledger.event_evidence.record_id is 'The source''s own id of the record.';
comment on column runledger.event_evidence.position is 'The event''s place in the ledger: 1, 2, … without a gap.';
comment on column runledger.event_evidence.sequence is 'Its place among the record''s events, from 1.';
comment on column runledger.event_evidence.attempt is 'The attempt that the event belongs to, from 1.';
comment on column runledger.event_evidence.event_type is
  'discovered, status_changed, reopened, amended, reclassified, disappeared, reappeared or redacted.';
comment on column runledger.event_evidence.from_status is 'Canonical status before; null where none was known, and for events that set no status.';
comment on column runledger.event_evidence.to_status is
  'Canonical status after; null where the source''s word is unknown, and for events that set no status.';
comment on column runledger.event_evidence.source_status is
  'The source''s own word; null where only a time shows the status, and for events that set none.';
comment on column runledger.event_evidence.status_reason is
  'Why: timeout, quota, stopped_by_user, waiting_for_person or waiting_for_approval; null where the source does not tell.';
comment on column runledger.event_evidence.occurred_at is 'When it happened, as well as is known: reported_at, else latest_at.';
comment on column runledger.event_evidence.reported_at is 'The source''s own time of this change; null where it reported none.';
comment on column runledger.event_evidence.earliest_at is
  'Earliest possible time of it; null is unbounded. Equal to latest_at where the source reported the time.';
comment on column runledger.event_evidence.latest_at is 'Latest possible time of it.';
comment on column runledger.event_evidence.recorded_at is 'When it was appended to the ledger.';
comment on column runledger.event_evidence.facts is 'The fields of the record that the event set.';
comment on column runledger.event_evidence.anomalies is
  'What was odd: illegal_transition, unknown_status, time_regression, bad_time, clock_skew, status_conflict.';
comment on column runledger.event_evidence.sync_id is 'The sync that appended the event; null for redacted.';
comment on column runledger.event_evidence.sync_started_at is 'When that sync began.';
comment on column runledger.event_evidence.runledger_version is 'The release of runledger that made that sync.';
comment on column runledger.event_evidence.response_id is 'The answer that evidences the event; null for redacted.';
comment on column runledger.event_evidence.response_method is 'Method of the request.';
comment on column runledger.event_evidence.response_path is 'Path of the request, without secrets.';
comment on column runledger.event_evidence.response_page is 'Which page of a list it was; null for a read by id.';
comment on column runledger.event_evidence.response_status is 'HTTP status of the answer.';
comment on column runledger.event_evidence.response_request_id is 'The source''s own id of the request, where it sent one.';
comment on column runledger.event_evidence.response_server_date is 'The server''s clock, from its Date header.';
comment on column runledger.event_evidence.response_sent_at is 'When the request was sent.';
comment on column runledger.event_evidence.response_received_at is 'When the whole answer had arrived.';
comment on column runledger.event_evidence.details_digest is
  'Salted sha-256 of the error text and the body that came with the event; null where there was neither. It stays after redaction, and tells nothing without its salt.';
comment on column runledger.event_evidence.chain_hash is 'sha-256 over the hash of the event before and every other column of events.';
comment on column runledger.event_evidence.sync_host is 'The machine on which that sync ran.';
comment on column runledger.event_evidence.sync_mode is 'Whether that sync read the stream in full or only what is new: incremental or full.';
comment on column runledger.event_evidence.sync_status is 'How that sync ended on the stream; running while it has not.';
