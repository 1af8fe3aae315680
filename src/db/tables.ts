import type { ColumnType, Generated } from 'kysely';
import type { EventFacts, EventType } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';
import type { Outcome } from '../model/record.ts';
import type { Status, StatusReason } from '../model/status.ts';
import type { SyncResult, SyncStreamStatus } from '../model/sync-result.ts';
import type {
  CheckpointsTable,
  OfRecord,
  OfStream,
  ParentsTable,
  ScanSeenTable,
  SightingsTable,
  TrackedTable,
  WorkflowsTable,
} from './watch-tables.ts';

/**
 * The tables of the ledger as rows, by their full names: `db.selectFrom('runledger.events')`. As both drivers read them: timestamptz is an Instant, bigint a bigint, jsonb the parsed value, bytea bytes, numeric and date texts.
 */
export interface LedgerTables {
  readonly 'runledger.ledger_head': LedgerHeadTable;
  readonly 'runledger.connections': ConnectionsTable;
  readonly 'runledger.streams': StreamsTable;
  readonly 'runledger.syncs': SyncsTable;
  readonly 'runledger.sync_streams': SyncStreamsTable;
  readonly 'runledger.responses': ResponsesTable;
  readonly 'runledger.events': EventsTable;
  readonly 'runledger.details': DetailsTable;
  readonly 'runledger.record_salts': RecordSaltsTable;
  readonly 'runledger.records': RecordsTable;
  readonly 'runledger.attempts': AttemptsTable;
  readonly 'runledger.sightings': SightingsTable;
  readonly 'runledger.workflows': WorkflowsTable;
  readonly 'runledger.tracked': TrackedTable;
  readonly 'runledger.checkpoints': CheckpointsTable;
  readonly 'runledger.parents': ParentsTable;
  readonly 'runledger.scan_seen': ScanSeenTable;
  readonly 'runledger.rejections': RejectionsTable;
  readonly 'runledger.migrations': MigrationsTable;
}

/** A jsonb column, written as its JSON text: of an array the driver would otherwise make a Postgres array. */
type Jsonb<T> = ColumnType<T, string, string>;

export interface LedgerHeadTable {
  readonly only_row: Generated<boolean>;
  readonly position: bigint;
  readonly chain_hash: Uint8Array;
  readonly recorded_at: Instant;
  readonly ledger_id: Generated<string>;
}

export interface ConnectionsTable {
  readonly name: string;
  readonly connector: string;
  readonly base_url: string;
  readonly source_account_id: string | null;
  readonly label: string | null;
  readonly retired_at: Instant | null;
  readonly rate_limited_until_at: Instant | null;
  readonly stuck_after_seconds: bigint | null;
  readonly created_at: Generated<Instant>;
}

export interface StreamsTable extends OfStream {
  readonly generation: string | null;
  readonly generation_since_at: Instant | null;
  readonly list_order: 'newest_first' | 'oldest_first' | 'none' | null;
  readonly watermark: Instant | null;
  readonly source_ahead_least: bigint | null;
  readonly source_ahead_most: bigint | null;
  readonly last_complete_at: Instant | null;
  readonly last_full_scan_at: Instant | null;
  readonly last_scan_tried_at: Instant | null;
  readonly last_totals_agreed_at: Instant | null;
  readonly absence_finding: string | null;
  readonly first_read_at: Instant | null;
  readonly lease_holder: string | null;
  readonly lease_sync_id: bigint | null;
  readonly lease_until_at: Instant | null;
}

export interface SyncsTable {
  readonly sync_id: Generated<bigint>;
  readonly runledger_version: string;
  readonly host: string;
  readonly process_id: number;
  readonly config_digest: string;
  readonly status: 'running' | SyncResult['status'];
  readonly head_position: bigint | null;
  readonly error: string | null;
  readonly started_at: Instant;
  readonly finished_at: Instant | null;
}

export interface SyncStreamsTable extends OfStream {
  readonly sync_id: bigint;
  readonly mode: 'incremental' | 'full';
  readonly status: 'running' | SyncStreamStatus;
  readonly is_complete: Generated<boolean>;
  readonly has_absence_proof: Generated<boolean>;
  readonly has_drift: Generated<boolean>;
  readonly request_count: Generated<bigint>;
  readonly retry_count: Generated<bigint>;
  readonly page_count: Generated<bigint>;
  readonly observed_count: Generated<bigint>;
  readonly unchanged_count: Generated<bigint>;
  readonly stale_count: Generated<bigint>;
  readonly deferred_count: Generated<bigint>;
  readonly ignored_count: Generated<bigint>;
  readonly appended_count: Generated<bigint>;
  readonly rejected_count: Generated<bigint>;
  readonly unread_count: Generated<bigint>;
  readonly source_total_count: bigint | null;
  readonly distinct_count: bigint | null;
  readonly head_position: bigint | null;
  readonly clock_skew_seconds: number | null;
  readonly error: string | null;
  readonly started_at: Instant;
  readonly finished_at: Instant | null;
}

export interface ResponsesTable {
  readonly response_id: Generated<bigint>;
  readonly sync_id: bigint;
  readonly method: string;
  readonly path: string;
  readonly page: string | null;
  readonly status: number;
  readonly server_date: Instant | null;
  readonly request_id: string | null;
  readonly sent_at: Instant;
  readonly received_at: Instant;
}

export interface EventsTable extends OfRecord {
  readonly position: bigint;
  readonly sequence: number;
  readonly attempt: number;
  readonly event_type: EventType;
  readonly from_status: Status | null;
  readonly to_status: Status | null;
  readonly source_status: string | null;
  readonly status_reason: StatusReason | null;
  readonly occurred_at: Instant;
  readonly reported_at: Instant | null;
  readonly earliest_at: Instant | null;
  readonly latest_at: Instant;
  readonly recorded_at: Instant;
  readonly facts: Jsonb<EventFacts>;
  readonly anomalies: readonly string[];
  readonly details_digest: Uint8Array | null;
  readonly response_id: bigint | null;
  readonly sync_id: bigint | null;
  readonly chain_hash: Uint8Array;
}

export interface DetailsTable {
  readonly position: bigint;
  readonly salt: Uint8Array | null;
  readonly error: string | null;
  readonly body: Jsonb<unknown> | null;
}

export interface RecordSaltsTable extends OfRecord {
  readonly salt: Uint8Array;
}

export interface RecordsTable extends OfRecord {
  readonly status: Status | null;
  readonly source_status: string | null;
  readonly status_reason: StatusReason | null;
  readonly is_terminal: boolean;
  readonly is_present: boolean;
  readonly last_known_status: Status | null;
  readonly attempt: number;
  readonly attempt_key: string | null;
  readonly error_digest: Uint8Array | null;
  readonly is_redacted: boolean;
  readonly source_updated_at: Instant | null;
  readonly sequence: number;
  readonly last_position: bigint;
  readonly last_latest_at: Instant;
  readonly created_at: Instant | null;
  readonly started_at: Instant | null;
  readonly finished_at: Instant | null;
  readonly status_since_at: Instant;
  readonly status_since_reported_at: Instant | null;
  readonly status_since_earliest_at: Instant | null;
  readonly status_since_latest_at: Instant;
  readonly workflow_id: string | null;
  readonly workflow_type: string | null;
  readonly workflow_version_id: string | null;
  readonly definition_digest: string | null;
  readonly trigger_source: string | null;
  readonly triggered_by_user_id: string | null;
  readonly runner_type: string | null;
  readonly tags: readonly string[] | null;
  readonly collection_id: string | null;
  readonly document_id: string | null;
  readonly document_version_id: string | null;
  readonly run_id: string | null;
  readonly chunk_count: bigint | null;
  readonly step_count: bigint | null;
  readonly token_count: bigint | null;
  readonly engine_status: string | null;
  readonly errored_node_count: bigint | null;
  readonly warning_kinds: readonly string[] | null;
  readonly time_limit_seconds: bigint | null;
}

export interface AttemptsTable extends OfRecord {
  readonly attempt: number;
  readonly attempt_key: string | null;
  readonly queued_at: Instant | null;
  readonly queued_earliest_at: Instant | null;
  readonly queued_latest_at: Instant | null;
  readonly started_at: Instant | null;
  readonly started_earliest_at: Instant | null;
  readonly started_latest_at: Instant | null;
  readonly finished_at: Instant | null;
  readonly finished_earliest_at: Instant | null;
  readonly finished_latest_at: Instant | null;
  readonly outcome: Outcome | null;
  readonly error_digest: Uint8Array | null;
  readonly error_position: bigint | null;
  readonly is_flap: boolean;
  readonly opened_position: bigint;
}

export interface RejectionsTable extends OfStream {
  readonly digest: Uint8Array;
  readonly reason: string;
  readonly shape: Jsonb<Readonly<Record<string, string>>>;
  readonly length: bigint;
  readonly raw: string | null;
  readonly count: Generated<bigint>;
  readonly first_sync_id: bigint;
  readonly last_sync_id: bigint;
  readonly first_seen_at: Instant;
  readonly last_seen_at: Instant;
}

export interface MigrationsTable {
  readonly name: string;
  readonly timestamp: string;
}
