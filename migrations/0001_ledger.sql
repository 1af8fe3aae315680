-- The ledger: what happened, how we know it, and what was looked at.

create table runledger.ledger_head (
  only_row boolean primary key default true check (only_row),
  position bigint not null,
  chain_hash bytea not null check (octet_length(chain_hash) = 32),
  recorded_at timestamptz not null,
  ledger_id uuid not null default gen_random_uuid()
);
insert into runledger.ledger_head (position, chain_hash, recorded_at)
values (0, sha256('runledger genesis'::bytea), now());

create table runledger.connections (
  name text collate "C" primary key,
  connector text collate "C" not null,
  base_url text not null,
  source_account_id text collate "C",
  label text,
  retired_at timestamptz,
  rate_limited_until_at timestamptz,
  stuck_after_seconds bigint check (stuck_after_seconds > 0),
  created_at timestamptz not null default now()
);

create table runledger.streams (
  connection text collate "C" not null references runledger.connections (name),
  stream text collate "C" not null check (stream in ('runs', 'documents')),
  -- In which of its forms the source answers; and since when, where it had answered in another before.
  generation text,
  generation_since_at timestamptz,
  list_order text check (list_order in ('newest_first', 'oldest_first', 'none')),
  watermark timestamptz,
  -- By how many microseconds the source's clock was ahead of ours when the watermark was read, no less and no more.
  source_ahead_least bigint,
  source_ahead_most bigint,
  last_complete_at timestamptz,
  -- When the last scan began that saw every record; when the last one was begun at all; when totals last agreed that nothing had vanished.
  last_full_scan_at timestamptz,
  last_scan_tried_at timestamptz,
  last_totals_agreed_at timestamptz,
  -- What keeps absences from being recorded until a person accepts them: too many would vanish at once.
  absence_finding text,
  first_read_at timestamptz,
  lease_holder text,
  lease_sync_id bigint,
  lease_until_at timestamptz,
  primary key (connection, stream)
);

create table runledger.syncs (
  sync_id bigint generated always as identity primary key,
  runledger_version text not null,
  host text not null,
  process_id integer not null,
  config_digest text not null,
  status text not null check (status in ('running', 'succeeded', 'failed', 'interrupted')),
  head_position bigint,
  error text,
  started_at timestamptz not null,
  finished_at timestamptz
);

create table runledger.sync_streams (
  sync_id bigint not null references runledger.syncs (sync_id),
  connection text collate "C" not null,
  stream text collate "C" not null,
  mode text not null check (mode in ('incremental', 'full')),
  status text not null check (status in ('running', 'succeeded', 'failed', 'unsupported', 'rate_limited', 'skipped', 'interrupted')),
  is_complete boolean not null default false,
  has_absence_proof boolean not null default false,
  has_drift boolean not null default false,
  request_count bigint not null default 0,
  retry_count bigint not null default 0,
  page_count bigint not null default 0,
  observed_count bigint not null default 0,
  unchanged_count bigint not null default 0,
  stale_count bigint not null default 0,
  deferred_count bigint not null default 0,
  ignored_count bigint not null default 0,
  appended_count bigint not null default 0,
  rejected_count bigint not null default 0,
  unread_count bigint not null default 0,
  source_total_count bigint,
  distinct_count bigint,
  head_position bigint,
  clock_skew_seconds double precision,
  error text,
  started_at timestamptz not null,
  finished_at timestamptz,
  primary key (sync_id, connection, stream),
  foreign key (connection, stream) references runledger.streams (connection, stream)
);
create index sync_streams_by_stream on runledger.sync_streams (connection, stream, sync_id desc);

create table runledger.responses (
  response_id bigint generated always as identity primary key,
  sync_id bigint not null references runledger.syncs (sync_id),
  method text not null,
  path text not null,
  page text,
  status integer not null,
  server_date timestamptz,
  request_id text,
  sent_at timestamptz not null,
  received_at timestamptz not null
);

create table runledger.events (
  position bigint primary key,
  connection text collate "C" not null,
  stream text collate "C" not null,
  record_id text collate "C" not null check (octet_length(record_id) between 1 and 512),
  sequence integer not null check (sequence >= 1),
  attempt integer not null check (attempt >= 1),
  event_type text collate "C" not null check (event_type in
    ('discovered', 'status_changed', 'reopened', 'amended', 'reclassified', 'disappeared', 'reappeared', 'redacted')),
  from_status text collate "C" check (from_status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  to_status text collate "C" check (to_status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  source_status text collate "C",
  status_reason text collate "C" check (status_reason in
    ('timeout', 'quota', 'stopped_by_user', 'waiting_for_person', 'waiting_for_approval')),
  occurred_at timestamptz not null,
  reported_at timestamptz,
  earliest_at timestamptz,
  latest_at timestamptz not null,
  recorded_at timestamptz not null,
  facts jsonb not null,
  anomalies text[] not null,
  details_digest bytea,
  response_id bigint,
  sync_id bigint,
  chain_hash bytea not null check (octet_length(chain_hash) = 32),
  unique (connection, stream, record_id, sequence),
  check (earliest_at is null or earliest_at <= latest_at),
  check (occurred_at = coalesce(reported_at, latest_at)),
  check (event_type in ('discovered', 'status_changed', 'reopened', 'reclassified')
    or (from_status is null and to_status is null and source_status is null and status_reason is null))
);
-- Times of transition in the order of BI's questions, and the recent tail of a big ledger: small because appended in order.
create index events_by_recorded_at on runledger.events using brin (recorded_at);

create function runledger.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'runledger.events is append-only: % refused', tg_op
    using errcode = 'restrict_violation',
          hint = 'Events are evidence. To take error texts and bodies of a record away, run: runledger redact <record>';
end
$$;
create trigger events_refuse_change before update or delete on runledger.events
  for each row execute function runledger.refuse_change();
create trigger events_refuse_truncate before truncate on runledger.events
  for each statement execute function runledger.refuse_change();
alter table runledger.events enable always trigger events_refuse_change;
alter table runledger.events enable always trigger events_refuse_truncate;

create table runledger.details (
  position bigint primary key references runledger.events (position),
  salt bytea,
  error text,
  body jsonb
);

create table runledger.record_salts (
  connection text collate "C" not null,
  stream text collate "C" not null,
  record_id text collate "C" not null,
  salt bytea not null,
  primary key (connection, stream, record_id)
);

create table runledger.records (
  connection text collate "C" not null,
  stream text collate "C" not null,
  record_id text collate "C" not null,
  status text collate "C",
  source_status text collate "C",
  status_reason text collate "C",
  is_terminal boolean not null,
  is_present boolean not null,
  last_known_status text collate "C",
  attempt integer not null,
  attempt_key text collate "C",
  error_digest bytea,
  is_redacted boolean not null,
  source_updated_at timestamptz,
  sequence integer not null,
  last_position bigint not null,
  last_latest_at timestamptz not null,
  created_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  status_since_at timestamptz not null,
  status_since_reported_at timestamptz,
  status_since_earliest_at timestamptz,
  status_since_latest_at timestamptz not null,
  workflow_id text collate "C",
  workflow_type text collate "C",
  workflow_version_id text collate "C",
  definition_digest text collate "C",
  trigger_source text collate "C",
  triggered_by_user_id text collate "C",
  runner_type text collate "C",
  tags text[],
  collection_id text collate "C",
  document_id text collate "C",
  document_version_id text collate "C",
  run_id text collate "C",
  chunk_count bigint,
  step_count bigint,
  token_count bigint,
  engine_status text collate "C",
  errored_node_count bigint,
  warning_kinds text[],
  time_limit_seconds bigint,
  primary key (connection, stream, record_id)
);
create index records_open on runledger.records (connection, stream, record_id) where is_present and not is_terminal;
create index records_by_record_id on runledger.records (record_id);

create table runledger.attempts (
  connection text collate "C" not null,
  stream text collate "C" not null,
  record_id text collate "C" not null,
  attempt integer not null,
  attempt_key text collate "C",
  queued_at timestamptz,
  queued_earliest_at timestamptz,
  queued_latest_at timestamptz,
  started_at timestamptz,
  started_earliest_at timestamptz,
  started_latest_at timestamptz,
  finished_at timestamptz,
  finished_earliest_at timestamptz,
  finished_latest_at timestamptz,
  outcome text collate "C" check (outcome in ('succeeded', 'failed', 'cancelled', 'disappeared', 'superseded')),
  error_digest bytea,
  error_position bigint,
  is_flap boolean not null,
  opened_position bigint not null,
  primary key (connection, stream, record_id, attempt)
);
create index attempts_by_finish on runledger.attempts (finished_at) where finished_at is not null;

-- While a record is open or missing, is to be read again, or was never in the list that shows all. Outside the fold: overwritten, never evidence.
-- No index on what every sync overwrites, so that it is overwritten in its page; nor a second one that begins like the key, which a planner without
-- statistics takes for as good.
create table runledger.sightings (
  connection text collate "C" not null,
  stream text collate "C" not null,
  record_id text collate "C" not null,
  first_seen_at timestamptz not null,
  last_sent_at timestamptz not null,
  last_received_at timestamptz not null,
  -- The server's Date in the answer to that request, and the sync that asked; null: an earlier one, which of them is not known.
  last_server_date timestamptz,
  sync_id bigint,
  -- The last request that asked for it, whatever it answered: the open set is read longest unasked first.
  last_tried_at timestamptz not null,
  missing_since_at timestamptz,
  -- The first and the last full scan that did not see it, since it was seen.
  unseen_first_at timestamptz,
  unseen_last_at timestamptz,
  next_read_at timestamptz,
  next_read_reason text check (next_read_reason in ('confirm', 'detail', 'absence')),
  -- Whether a list that shows all records ever showed it, and whether a read by id ever did: where neither did, their silence proves nothing.
  is_listed boolean not null default false,
  -- Whether that was ever so: it is not any more where a read by id found what a scan had not seen.
  was_listed boolean not null default false,
  is_answered boolean not null default false,
  progress_percent double precision,
  last_activity text,
  source_updated_at timestamptz,
  primary key (connection, stream, record_id)
) with (fillfactor = 70);
create index sightings_to_read on runledger.sightings (connection, stream, next_read_at) where next_read_at is not null;

create table runledger.workflows (
  connection text collate "C" not null,
  workflow_id text collate "C" not null,
  name text,
  type text,
  seen_at timestamptz not null,
  primary key (connection, workflow_id)
);

create table runledger.tracked (
  connection text collate "C" not null,
  stream text collate "C" not null,
  record_id text collate "C" not null check (octet_length(record_id) between 1 and 512),
  tracked_at timestamptz not null default now(),
  last_read_at timestamptz,
  last_result text,
  primary key (connection, stream, record_id)
);

-- How far a scan came. A first scan goes on from here after a crash.
create table runledger.checkpoints (
  scan_id bigint generated always as identity primary key,
  connection text collate "C" not null,
  stream text collate "C" not null,
  sync_id bigint not null references runledger.syncs (sync_id),
  -- Rows of the list, from its beginning, that are all recorded; its page size and total then.
  row_count bigint not null default 0,
  page_size bigint,
  source_total_count bigint,
  -- From which row on pages were read several at a time, and the list's first page then: whether it stood still meanwhile is yet to be shown.
  doubted_from_row bigint,
  front_ids text[],
  seen_count bigint not null default 0,
  started_at timestamptz not null,
  -- The source's clock at its first answer.
  source_started_at timestamptz,
  foreign key (connection, stream) references runledger.streams (connection, stream)
);
create index checkpoints_by_stream on runledger.checkpoints (connection, stream);

-- Whose lists a stream is cut into: knowledge bases, workflows. Overwritten, never evidence.
create table runledger.parents (
  connection text collate "C" not null,
  stream text collate "C" not null,
  parent_id text collate "C" not null check (octet_length(parent_id) between 1 and 512),
  -- As it was when all its lists had been read to their ends; null while they have not.
  version text,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  gone_since_at timestamptz,
  primary key (connection, stream, parent_id),
  foreign key (connection, stream) references runledger.streams (connection, stream)
);

-- Logged, because to kill the process of an embedded ledger is to crash its database: unlogged, it would be empty, and the scan to be made again.
create table runledger.scan_seen (
  scan_id bigint not null,
  record_hash bytea not null,
  primary key (scan_id, record_hash)
);

create table runledger.rejections (
  connection text collate "C" not null,
  stream text collate "C" not null,
  digest bytea not null,
  reason text not null,
  shape jsonb not null,
  length bigint not null,
  raw text,
  count bigint not null default 1,
  first_sync_id bigint not null references runledger.syncs (sync_id),
  last_sync_id bigint not null references runledger.syncs (sync_id),
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  primary key (connection, stream, digest, reason)
);

-- What a sync did is told once it ends, and then stands.
create function runledger.refuse_finished_change() returns trigger language plpgsql as $$
begin
  raise exception 'runledger.%: a finished sync is never changed', tg_table_name
    using errcode = 'restrict_violation';
end
$$;
create trigger syncs_refuse_change before update on runledger.syncs
  for each row when (old.status <> 'running') execute function runledger.refuse_finished_change();
create trigger sync_streams_refuse_change before update on runledger.sync_streams
  for each row when (old.status <> 'running') execute function runledger.refuse_finished_change();

comment on table runledger.ledger_head is 'The end of the ledger: the last position, its hash, and when it was recorded. Its lock is what gives positions without a gap.';
comment on table runledger.connections is 'A configured account at a source system; the name is its permanent key.';
comment on table runledger.streams is 'One kind of record of a connection: what is known of its list, how far it was read, and who reads it now.';
comment on table runledger.syncs is 'A sync: written when it begins, finished once, then immutable.';
comment on table runledger.sync_streams is 'What a sync did to one stream: written when it begins, finished once, then immutable.';
comment on table runledger.responses is 'An answer of a source that evidences events.';
comment on table runledger.events is 'What happened to records: append-only, chained by hash, positions 1, 2, … without a gap in commit order.';
comment on table runledger.details is 'Error text and payload of an event: what redaction can take away. The event keeps a salted digest.';
comment on table runledger.record_salts is 'The key under which the error texts of a record are compared; it goes with redaction.';
comment on table runledger.records is 'The present state of each record: a fold of its events.';
comment on table runledger.attempts is 'Each attempt of each record: a fold of its events.';
comment on table runledger.sightings is 'Open records, and those to be read again: when last seen and asked for. Overwritten, never evidence.';
comment on table runledger.workflows is 'Names and types of workflows as last seen.';
comment on table runledger.tracked is 'Ids that a user asked to follow, for records that no list shows.';
comment on table runledger.checkpoints is 'How far a scan of a list came, so that it can go on after a crash.';
comment on table runledger.parents is 'Knowledge bases and workflows whose lists were read: their counters then, so that lists that cannot have changed are left alone.';
comment on table runledger.scan_seen is 'Which records a scan has seen, by hash.';
comment on table runledger.rejections is 'Items that could not be understood: why, of which form, how often. Their text only under payloads: full.';
