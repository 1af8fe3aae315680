import { microsOf } from '../../model/instant.ts';
import type { IncompleteReason, PlannedEvent, SyncResult, SyncStreamResult, SyncStreamStatus } from '../../model/sync-result.ts';
import { formatCount, formatExactTime, formatNumberOf, formatSeconds } from './format.ts';
import { printable } from './printable.ts';
import { skewText } from './skew-text.ts';

/**
 * What a sync did: a line for each stream, a total, and the ledger's head in full, because a log that keeps position and hash outside the
 * database is what later proves that nothing before them was altered.
 */
export function syncText(result: SyncResult, { isDryRun }: { readonly isDryRun: boolean }): string {
  const sum = (count: (stream: SyncStreamResult) => number): number => result.streams.reduce((total, stream) => total + count(stream), 0);
  const seconds = Number(microsOf(result.finished_at) - microsOf(result.started_at)) / 1e6;
  const events = eventsText(
    sum((stream) => stream.appended_count),
    isDryRun,
  );
  const observed = sum((stream) => stream.observed_count);
  const requests = sum((stream) => stream.request_count);
  return [
    ...result.streams.flatMap(streamLines),
    `total: ${events} from ${formatNumberOf(observed, 'observation')}, ${formatNumberOf(requests, 'request')} in ${formatSeconds(seconds)}`,
    `ledger head: position ${result.head.position}, hash ${result.head.chain_hash}`,
    '',
  ].join('\n');
}

function eventsText(appended: number, isDryRun: boolean): string {
  if (appended === 0) return isDryRun ? 'nothing would be appended' : 'nothing to append';
  return `${formatNumberOf(appended, 'event')} ${isDryRun ? 'would be appended' : 'appended'}`;
}

/** `noxus/runs/0b5e… discovered, queued (source: queued), 2025-11-03T12:00:05Z` */
export function plannedEventText(event: PlannedEvent): string {
  const status =
    event.to_status === null ? [] : [event.from_status === null ? event.to_status : `${event.from_status} to ${event.to_status}`];
  const word = event.source_status === null ? '' : ` (source: ${event.source_status})`;
  const anomalies = event.anomalies.length === 0 ? '' : `, anomalies: ${event.anomalies.join(', ')}`;
  const what = [event.event_type, ...status].join(', ');
  return `${printable(`${event.connection}/${event.stream}/${event.record_id} ${what}${word}, ${formatExactTime(event.occurred_at)}${anomalies}`)}\n`;
}

const ENDS: Record<SyncStreamStatus, string> = {
  succeeded: '',
  failed: 'failed',
  unsupported: 'not offered by this source',
  rate_limited: 'ended by the rate limit of the source',
  skipped: 'skipped',
  interrupted: 'interrupted',
};

function streamLines(stream: SyncStreamResult): string[] {
  const name = `${stream.connection} ${stream.stream}`;
  const skew = skewText(stream.clock_skew_seconds);
  const skewLines = skew === null ? [] : [`  clocks: ${skew}`];
  if (stream.status === 'succeeded') return [`${name}: ${counts(stream)}`, ...incompleteLines(stream), ...skewLines];
  const reason = stream.error === null || stream.status === 'interrupted' ? '' : `: ${printable(stream.error.message)}`;
  return [
    `${name}: ${ENDS[stream.status]}${reason}`,
    ...(stream.error?.hint === undefined || stream.error.hint === null || stream.status === 'interrupted'
      ? []
      : [`  hint: ${printable(stream.error.hint)}`]),
    ...(stream.observed_count > 0 ? [`  landed before that: ${counts(stream)}`] : []),
    ...skewLines,
  ];
}

/** Why a stream is not fresh although nothing failed, each reason with what becomes of it. */
const REASONS: Record<IncompleteReason, (stream: SyncStreamResult) => string> = {
  unsettled: () => 'a list moved faster than it could be read, or an open record could not be understood; the next sync tries again',
  unread: ({ unread_count: unread }) =>
    `${formatNumberOf(unread, 'open record')} not reached; the next sync reads those first, and open_reads is how many it may read one by one`,
  in_doubt: () => 'two answers about a record contradict each other; the next sync reads it again',
  scan_not_proven: ({ has_drift: hasDrift }) =>
    `the full scan is not proven to have seen every record${hasDrift ? ', because the list moved while it was read' : ''}; so no absence was looked for`,
  never_scanned: () => 'no full scan has seen every record yet; one is tried again before long, or at once with --full',
};

function incompleteLines(stream: SyncStreamResult): string[] {
  return stream.incomplete_because.map((reason) => `  not complete: ${REASONS[reason](stream)}`);
}

/** Never a bare zero: `nothing new; 4,313 unchanged, 2 still open` tells a quiet source from one that was not read. */
function counts(stream: SyncStreamResult): string {
  if (stream.observed_count === 0 && stream.open_count === 0 && stream.disappeared_count === 0)
    return `no record at the source (${formatNumberOf(stream.request_count, 'request')})`;
  const changes = [
    count(stream.new_count, 'new'),
    count(stream.changed_count, 'changed'),
    count(stream.disappeared_count, 'disappeared'),
  ].filter((part) => part !== null);
  const rest = [
    `${formatCount(stream.unchanged_count)} unchanged`,
    `${formatCount(stream.open_count)} still open`,
    count(stream.deferred_count, 'to be read again'),
    count(stream.stale_count, 'older than what is known'),
    stream.status === 'succeeded' ? null : count(stream.unread_count, 'open ones not reached'),
    count(stream.rejected_count, 'not understood (see runledger.rejections)'),
  ].filter((part) => part !== null);
  const events = stream.appended_count === 0 ? '' : `; ${formatNumberOf(stream.appended_count, 'event')}`;
  return changes.length === 0 ? `nothing new; ${rest.join(', ')}${events}` : `${[...changes, ...rest].join(', ')}${events}`;
}

function count(value: number, what: string): string | null {
  return value === 0 ? null : `${formatCount(value)} ${what}`;
}
