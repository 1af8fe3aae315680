import { sql } from 'kysely';
import type { Ledger } from '../db/open-ledger.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';

export interface LedgerStatus {
  /** The `now` that it was asked for. */
  readonly at: Instant;
  /** Streams of connections in service, by connection and stream. */
  readonly streams: readonly StreamStatus[];
}

export interface StreamStatus {
  readonly connector: string;
  readonly connection: string;
  readonly stream: Stream;
  /** null where the stream was never read completely */
  readonly last_complete_sync_at: Instant | null;
  /** seconds from then to `now` */
  readonly lag_seconds: number | null;
  /** when the last scan began that saw every record */
  readonly last_full_scan_at: Instant | null;
  /** Whether the scan tried last is not proven: what vanished since `last_full_scan_at` may not be known. */
  readonly is_scan_incomplete: boolean;
  /** of the latest sync that is over and was not skipped; `unsupported`: the source has no such list, and nothing has failed */
  readonly last_status: string | null;
  readonly last_sync_at: Instant | null;
  readonly open_count: number;
  /** Open records in their status for longer than they should be. */
  readonly stuck_count: number;
  /** Records that a read by id or a proven scan did not find, without proof yet that they are gone. */
  readonly missing_count: number;
  /** Of those, the ones that a proven scan did not find, to be confirmed by reads by id. */
  readonly unconfirmed_absence_count: number;
  /** Why absences are not recorded until a person accepts them. */
  readonly absence_finding: string | null;
  /** Open records that the latest sync did not reach. */
  readonly unread_count: number;
  /** Events recorded in the 24 hours before `now` in which something was odd. */
  readonly anomaly_count: number;
  readonly consecutive_failure_count: number;
  readonly last_error: string | null;
  readonly rate_limited_until_at: Instant | null;
  /** By how much the source's clock is ahead of ours at least; negative: behind. */
  readonly clock_skew_seconds: number | null;
  readonly has_clock_skew: boolean;
}

/** How fresh each stream is, and what needs a look. */
export async function readStatus(ledger: Pick<Ledger, 'db'>, { now }: { readonly now: Instant }): Promise<LedgerStatus> {
  const { rows } = await sql<StreamStatus>`
    with open as (
      select
        connection,
        stream,
        count(*) filter (where is_stuck) as stuck_count
      from runledger.open_records
      group by connection, stream
    ), odd as (
      select connection, stream, count(*) as anomaly_count
      from runledger.anomalies
      where recorded_at > ${now}::timestamptz - interval '24 hours' and recorded_at <= ${now}::timestamptz
      group by connection, stream
    )
    select
      h.connector,
      h.connection,
      h.stream,
      h.last_complete_sync_at,
      extract(epoch from ${now}::timestamptz - h.last_complete_sync_at)::double precision as lag_seconds,
      h.last_full_scan_at,
      h.is_scan_incomplete,
      h.last_status,
      h.last_sync_at,
      h.open_count::double precision as open_count,
      coalesce(open.stuck_count, 0)::double precision as stuck_count,
      h.missing_count::double precision as missing_count,
      h.unconfirmed_absence_count::double precision as unconfirmed_absence_count,
      h.absence_finding,
      h.unread_count::double precision as unread_count,
      coalesce(odd.anomaly_count, 0)::double precision as anomaly_count,
      h.consecutive_failure_count::double precision as consecutive_failure_count,
      h.last_error,
      h.rate_limited_until_at,
      h.clock_skew_seconds,
      h.has_clock_skew
    from runledger.sync_health h
    left join open on open.connection = h.connection and open.stream = h.stream
    left join odd on odd.connection = h.connection and odd.stream = h.stream
    order by h.connection, h.stream`.execute(ledger.db);
  return { at: now, streams: rows };
}
