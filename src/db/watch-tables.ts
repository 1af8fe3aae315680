import type { Generated } from 'kysely';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';

/* What is kept for the reading of sources: overwritten, no evidence, and no part of the fold. */

export interface OfStream {
  readonly connection: string;
  readonly stream: Stream;
}

export interface OfRecord extends OfStream {
  readonly record_id: string;
}

export interface SightingsTable extends OfRecord {
  readonly first_seen_at: Instant;
  readonly last_sent_at: Instant;
  readonly last_received_at: Instant;
  readonly last_server_date: Instant | null;
  readonly sync_id: bigint | null;
  readonly last_tried_at: Instant;
  readonly missing_since_at: Instant | null;
  readonly unseen_first_at: Instant | null;
  readonly unseen_last_at: Instant | null;
  readonly next_read_at: Instant | null;
  readonly next_read_reason: 'confirm' | 'detail' | 'absence' | null;
  readonly is_listed: Generated<boolean>;
  readonly was_listed: Generated<boolean>;
  readonly is_answered: Generated<boolean>;
  readonly progress_percent: number | null;
  readonly last_activity: string | null;
  readonly source_updated_at: Instant | null;
}

export interface WorkflowsTable {
  readonly connection: string;
  readonly workflow_id: string;
  readonly name: string | null;
  readonly type: string | null;
  readonly seen_at: Instant;
}

export interface TrackedTable extends OfRecord {
  readonly tracked_at: Generated<Instant>;
  readonly last_read_at: Instant | null;
  readonly last_result: string | null;
}

export interface CheckpointsTable extends OfStream {
  readonly scan_id: Generated<bigint>;
  readonly sync_id: bigint;
  readonly row_count: Generated<bigint>;
  readonly page_size: bigint | null;
  readonly source_total_count: bigint | null;
  readonly doubted_from_row: bigint | null;
  readonly front_ids: readonly string[] | null;
  readonly seen_count: Generated<bigint>;
  readonly started_at: Instant;
  readonly source_started_at: Instant | null;
}

export interface ParentsTable extends OfStream {
  readonly parent_id: string;
  readonly version: string | null;
  readonly first_seen_at: Instant;
  readonly last_seen_at: Instant;
  readonly gone_since_at: Instant | null;
}

export interface ScanSeenTable {
  readonly scan_id: bigint;
  readonly record_hash: Uint8Array;
}
