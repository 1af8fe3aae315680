import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Stream } from '../model/event.ts';
import type { ClockOffset } from '../model/clock-offset.ts';
import type { Instant } from '../model/instant.ts';
import type { SyncStreamStatus } from '../model/sync-result.ts';
import type { ListOrder } from './stream-lease.ts';

export interface StreamEnd {
  readonly connection: string;
  readonly stream: Stream;
  readonly syncId: bigint;
  readonly status: SyncStreamStatus;
  readonly isComplete: boolean;
  readonly hasDrift: boolean;
  readonly counts: {
    readonly requests: number;
    readonly retries: number;
    readonly pages: number;
    readonly observed: number;
    readonly unchanged: number;
    readonly stale: number;
    readonly deferred: number;
    readonly ignored: number;
    readonly appended: number;
    readonly rejected: number;
    readonly unread: number;
  };
  readonly sourceTotal: number | null;
  /** Records that the list that shows all showed in a full scan, each once; null where there was none. */
  readonly distinctCount: number | null;
  readonly mode: 'incremental' | 'full';
  readonly hasAbsenceProof: boolean;
  readonly clockSkewSeconds: number | null;
  readonly error: string | null;
  readonly finishedAt: Instant;
  /** What the lists have shown to be true from now on; null leaves what is known. */
  readonly listOrder: ListOrder | null;
  readonly watermark: Instant | null;
  /** Of the source's clock and ours, as they stood when the watermark was read. */
  readonly clock: ClockOffset | null;
  /** When the source first answered this stream's list. */
  readonly firstReadAt: Instant | null;
  /** When the scan began that saw every record; null where none did. */
  readonly fullScanAt: Instant | null;
  readonly totalsAgreedAt: Instant | null;
  /** null: absences are recorded; undefined leaves what is known. */
  readonly absenceFinding: string | null | undefined;
}

/** Writes what a sync did on a stream, moves the stream on as far as that proves, and gives the stream back. */
export async function finishStream(trx: Transaction<LedgerTables>, end: StreamEnd): Promise<void> {
  const { connection, stream, counts } = end;
  const syncId = end.syncId.toString();
  await sql`
    update runledger.sync_streams set
      mode = ${end.mode}, status = ${end.status}, is_complete = ${end.isComplete}, has_drift = ${end.hasDrift},
      has_absence_proof = has_absence_proof or ${end.hasAbsenceProof}, distinct_count = ${end.distinctCount},
      request_count = ${counts.requests}, retry_count = ${counts.retries}, page_count = ${counts.pages},
      observed_count = ${counts.observed}, unchanged_count = ${counts.unchanged}, stale_count = ${counts.stale},
      deferred_count = ${counts.deferred}, ignored_count = ${counts.ignored}, appended_count = ${counts.appended},
      rejected_count = ${counts.rejected}, unread_count = ${counts.unread},
      source_total_count = ${end.sourceTotal}, clock_skew_seconds = ${end.clockSkewSeconds},
      head_position = (select position from runledger.ledger_head),
      error = ${end.error}, finished_at = ${end.finishedAt}::timestamptz
    where sync_id = ${syncId}::bigint and connection = ${connection} and stream = ${stream} and status = 'running'`.execute(trx);
  await sql`
    update runledger.streams set
      list_order = coalesce(${end.listOrder}, list_order),
      watermark = coalesce(${end.watermark}::timestamptz, watermark),
      source_ahead_least = case when ${end.watermark}::timestamptz is null then source_ahead_least else ${end.clock?.leastMicros.toString() ?? null}::bigint end,
      source_ahead_most = case when ${end.watermark}::timestamptz is null then source_ahead_most else ${end.clock?.mostMicros.toString() ?? null}::bigint end,
      first_read_at = coalesce(first_read_at, ${end.firstReadAt}::timestamptz),
      last_complete_at = case when ${end.isComplete} then ${end.finishedAt}::timestamptz else last_complete_at end,
      last_full_scan_at = coalesce(${end.fullScanAt}::timestamptz, last_full_scan_at),
      last_totals_agreed_at = coalesce(${end.totalsAgreedAt}::timestamptz, last_totals_agreed_at),
      absence_finding = case when ${end.absenceFinding === undefined} then absence_finding else ${end.absenceFinding ?? null} end,
      lease_holder = null, lease_sync_id = null, lease_until_at = null
    where connection = ${connection} and stream = ${stream} and lease_sync_id = ${syncId}::bigint`.execute(trx);
}
