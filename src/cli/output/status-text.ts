import type { LedgerStatus, StreamStatus } from '../../publish/read-status.ts';
import { formatCount, formatSeconds, formatTime } from './format.ts';
import { printable } from './printable.ts';
import { textTable } from './text-table.ts';

/** A line for each stream, and below the table what stands in the way of those that have trouble. */
export function statusText({ at, streams }: LedgerStatus, width: number | null): string {
  if (streams.length === 0) return 'no stream was synced yet; run: runledger sync\n';
  const table = textTable(
    [
      { title: 'stream' },
      // The lag says as much.
      { title: 'last complete sync', isOptional: true },
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
      stream.last_complete_sync_at === null ? 'never' : formatTime(stream.last_complete_sync_at),
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
  return lines;
}
