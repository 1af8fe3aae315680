import type { Instant } from '../../model/instant.ts';
import type { LedgerStatus, StreamStatus } from '../../publish/read-status.ts';
import { formatCount, formatSeconds, formatTime } from './format.ts';
import { printable } from './printable.ts';
import { skewText } from './skew-text.ts';
import { textTable } from './text-table.ts';

/** A line for each stream, and below the table what stands in the way of those that have trouble. */
export function statusText({ at, streams }: LedgerStatus, width: number | null): string {
  if (streams.length === 0) return 'no stream was synced yet; run: runledger sync\n';
  const table = textTable(
    [
      { title: 'stream' },
      // The lag says as much.
      { title: 'last complete sync', isOptional: true },
      { title: 'last full scan', isOptional: true },
      { title: 'lag', align: 'right' },
      { title: 'open', align: 'right' },
      { title: 'stuck', align: 'right' },
      { title: 'missing', align: 'right' },
      { title: 'unread', align: 'right' },
      { title: 'odd in 24 h', align: 'right' },
      { title: 'last sync' },
    ],
    streams.map((stream) => [
      `${stream.connection} ${stream.stream}`,
      timeOrNever(stream.last_complete_sync_at),
      timeOrNever(stream.last_full_scan_at),
      formatSeconds(stream.lag_seconds === null ? null : Math.max(0, stream.lag_seconds)),
      formatCount(stream.open_count),
      formatCount(stream.stuck_count),
      formatCount(stream.missing_count),
      formatCount(stream.unread_count),
      formatCount(stream.anomaly_count),
      stream.last_status ?? 'none',
    ]),
    width,
  );
  return `${table}${streams.flatMap(troubles).join('')}at ${formatTime(at)}\n`;
}

function timeOrNever(at: Instant | null): string {
  return at === null ? 'never' : formatTime(at);
}

function troubles(stream: StreamStatus): string[] {
  const name = `${stream.connection} ${stream.stream}`;
  const lines: string[] = [];
  if (stream.last_error !== null) {
    const times = stream.consecutive_failure_count > 1 ? ` (${formatCount(stream.consecutive_failure_count)} times without success)` : '';
    lines.push(`${printable(`${name}: ${stream.last_status ?? 'failed'}${times}: ${stream.last_error}`)}\n`);
  }
  if (stream.rate_limited_until_at !== null) {
    lines.push(`${printable(`${name}: the source asks to be left alone until ${formatTime(stream.rate_limited_until_at)}`)}\n`);
  }
  if (stream.is_scan_incomplete) {
    const since = stream.last_full_scan_at === null ? '' : ` since ${formatTime(stream.last_full_scan_at)}`;
    lines.push(`${printable(`${name}: the last full scan is not proven; what was deleted${since} may not be known`)}\n`);
  }
  const skew = skewText(stream.clock_skew_seconds);
  if (skew !== null) lines.push(`${printable(`${name}: ${skew}`)}\n`);
  if (stream.absence_finding !== null) lines.push(`${printable(`${name}: ${stream.absence_finding}`)}\n`);
  if (stream.unconfirmed_absence_count > 0) {
    const count = formatCount(stream.unconfirmed_absence_count);
    lines.push(`${printable(`${name}: ${count} not found by the last full scan, yet to be confirmed by id`)}\n`);
  }
  return lines;
}
