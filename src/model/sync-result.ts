import type { Stream } from './event.ts';
import type { Instant } from './instant.ts';

/**
 * Why a stream whose sync succeeded is not known to be read completely: a list or an open record could not be read to its end, open records were not
 * reached, some are in doubt, the full scan could not be proven, or none ever was.
 */
export type IncompleteReason = 'unsettled' | 'unread' | 'in_doubt' | 'scan_not_proven' | 'never_scanned';

export type SyncStreamStatus = 'succeeded' | 'failed' | 'unsupported' | 'rate_limited' | 'skipped' | 'interrupted';

/** What one sync did: keys named as the SQL columns, so that `--json` prints it as it is. */
export interface SyncResult {
  /** null in a dry run */
  readonly sync_id: bigint | null;
  readonly started_at: Instant;
  readonly finished_at: Instant;
  /** `interrupted`: a signal ended it after the batch in hand. `failed`: at least one stream failed. */
  readonly status: 'succeeded' | 'failed' | 'interrupted';
  readonly streams: readonly SyncStreamResult[];
  readonly head: LedgerHead;
}

export interface LedgerHead {
  readonly position: bigint;
  /** hex */
  readonly chain_hash: string;
}

export interface SyncStreamResult {
  readonly connection: string;
  readonly connector: string;
  readonly stream: Stream;
  readonly mode: 'incremental' | 'full';
  readonly status: SyncStreamStatus;
  readonly is_complete: boolean;
  /** Empty where it is complete, and where it did not succeed: then `error` says why. */
  readonly incomplete_because: readonly IncompleteReason[];
  /** Whether a full scan showed every record, so that what it did not show is gone. */
  readonly has_absence_proof: boolean;
  /** Whether the source's lists moved while they were read. */
  readonly has_drift: boolean;
  readonly request_count: number;
  readonly retry_count: number;
  readonly page_count: number;
  readonly observed_count: number;
  /** Records that this sync saw first. */
  readonly new_count: number;
  /** Known records that got an event. */
  readonly changed_count: number;
  /** Records that were shown to be gone. */
  readonly disappeared_count: number;
  readonly unchanged_count: number;
  readonly stale_count: number;
  readonly deferred_count: number;
  readonly ignored_count: number;
  readonly appended_count: number;
  readonly rejected_count: number;
  /** Open records that the budget did not reach. */
  readonly unread_count: number;
  /** Open records of the stream when it ended. */
  readonly open_count: number;
  /** By how much the source's clock is ahead of ours at least, negative where it is behind, 0 where they may be alike; null where it tells no time. */
  readonly clock_skew_seconds: number | null;
  readonly error: SyncStreamError | null;
}

export interface SyncStreamError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** An event that a dry run would append: what there is of it before it has a place in the ledger. */
export interface PlannedEvent {
  readonly connection: string;
  readonly stream: Stream;
  readonly record_id: string;
  readonly event_type: string;
  readonly attempt: number;
  readonly from_status: string | null;
  readonly to_status: string | null;
  readonly source_status: string | null;
  readonly occurred_at: Instant;
  readonly anomalies: readonly string[];
}

/** Told while a sync runs, for a progress display: always the whole state of one stream. */
export interface SyncProgress {
  readonly connection: string;
  readonly stream: Stream;
  readonly phase: 'listing' | 'reading open records' | 'confirming absences' | 'reading details' | 'done';
  readonly pages: number;
  /** null where the source does not tell */
  readonly pages_total: number | null;
  readonly observed: number;
  readonly appended: number;
  /** When the wait for a rate limit ends, while there is one. */
  readonly waiting_until: Instant | null;
}
