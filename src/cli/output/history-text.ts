import type { Instant } from '../../model/instant.ts';
import { addMicros } from '../../model/instant.ts';
import type { ExplainedEvent } from '../../publish/explain-history.ts';
import type { HistoryAttempt, HistoryEvent, HistoryRecord, RecordHistory } from '../../publish/read-history.ts';
import { explainLines } from './explain-text.ts';
import { UNKNOWN, formatExactTime, formatSeconds, formatTime } from './format.ts';
import { printable } from './printable.ts';
import { textTable } from './text-table.ts';
import { wrapLine } from './wrap-line.ts';

const LONGEST_ERROR = 1_000;

/** A record, its attempts, and its events, each with when it happened as far as that is known, and how we know; at length where they come explained. */
export function historyText({ record, attempts, events }: RecordHistory, width: number | null): string {
  const shown = (line: string): string => wrapLine(printable(line), width);
  return [...recordLines(record).map(shown), '', attemptsTable(attempts, width), ...events.flatMap(eventLines).map(shown), ''].join('\n');
}

function recordLines(record: HistoryRecord): string[] {
  const workflow = record.workflow_name ?? record.workflow_id;
  const reason = record.status_reason === null ? '' : `, ${record.status_reason}`;
  const lines = [
    `${record.record_key}${workflow === null ? '' : `, ${workflow}`}`,
    `${record.status ?? 'unknown status'} (source: ${record.source_status ?? UNKNOWN}${reason}) since ${sinceText(record)}`,
    `confirmed ${formatExactTime(record.confirmed_at)}${record.is_stale ? ', which is too long ago to rely on' : ''}`,
  ];
  if (!record.is_present) lines.push('gone from the source');
  if (record.missing_since_at !== null)
    lines.push(`missing at the source since ${formatExactTime(record.missing_since_at)}, not yet proven gone`);
  if (record.is_redacted) lines.push('redacted: error text and bodies were taken away');
  if (record.error !== null) lines.push(`error: ${shortened(record.error)}`);
  return lines;
}

function sinceText({ status_since_earliest_at: earliest, status_since_latest_at: latest }: HistoryRecord): string {
  if (earliest === null) return `${formatExactTime(latest)} or before`;
  return earliest === latest ? formatExactTime(latest) : `some time between ${formatExactTime(earliest)} and ${formatExactTime(latest)}`;
}

function attemptsTable(attempts: readonly HistoryAttempt[], width: number | null): string {
  return textTable(
    ['attempt', 'queued', 'started', 'finished', 'outcome', 'queue', 'run', 'total'].map((title) => ({ title })),
    attempts.map((attempt) => [
      `${attempt.attempt}${attempt.is_flap ? ' (flap)' : ''}`,
      entry(attempt.queued_at, attempt.queued_earliest_at),
      entry(attempt.started_at, attempt.started_earliest_at),
      entry(attempt.finished_at, attempt.finished_earliest_at),
      attempt.outcome ?? 'open',
      duration(attempt.queue_low_seconds, attempt.queue_high_seconds),
      duration(attempt.run_low_seconds, attempt.run_high_seconds),
      duration(attempt.total_low_seconds, attempt.total_high_seconds),
    ]),
    width,
  );
}

function eventLines(event: HistoryEvent | ExplainedEvent): string[] {
  const status =
    event.to_status === null ? '' : ` ${event.from_status === null ? event.to_status : `${event.from_status} to ${event.to_status}`}`;
  const word =
    event.source_status === null
      ? ''
      : ` (source: ${event.source_status}${event.status_reason === null ? '' : `, ${event.status_reason}`})`;
  return [
    `${event.sequence}. ${event.event_type}${status}${word}, attempt ${event.attempt}, position ${event.position}`,
    `   when: ${when(event)}`,
    ...('chain_hash' in event ? explainLines(event) : evidenceLines(event)),
    ...(event.anomalies.length === 0 ? [] : [`   odd: ${event.anomalies.join(', ')}`]),
  ];
}

function evidenceLines(event: HistoryEvent): string[] {
  const facts = Object.entries(event.facts).map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [`   evidence: ${evidence(event)}`, ...(facts.length === 0 ? [] : [`   set: ${facts.join(', ')}`])];
}

function evidence(event: HistoryEvent): string {
  const sync = event.sync_id === null ? 'no sync' : `sync ${event.sync_id} of runledger ${event.runledger_version ?? UNKNOWN}`;
  const recorded = `recorded ${formatExactTime(event.recorded_at)} by ${sync}`;
  if (event.response_id === null) return `no answer of the source; ${recorded}`;
  const page = event.response_page === null ? '' : ` (page ${event.response_page})`;
  const requestId = event.response_request_id === null ? '' : `, request id ${event.response_request_id}`;
  const sent = `sent ${formatExactTime(event.response_sent_at)}, received ${formatExactTime(event.response_received_at)}`;
  return `${event.response_method ?? UNKNOWN} ${event.response_path ?? UNKNOWN}${page}: ${event.response_status ?? UNKNOWN}${requestId}; ${sent}; ${recorded}`;
}

function when({ event_type: type, reported_at: reported, earliest_at: earliest, latest_at: latest }: HistoryEvent): string {
  if (type === 'redacted') return formatExactTime(latest);
  if (reported !== null) return `${formatExactTime(reported)}, reported by the source`;
  return earliest === null
    ? `not later than ${formatExactTime(latest)}`
    : `between ${formatExactTime(earliest)} and ${formatExactTime(latest)}`;
}

/** In a table there is room for one end, to the second: the later one, rounded up, because by then it had happened. */
function entry(at: Instant | null, earliest: Instant | null): string {
  if (at === null) return UNKNOWN;
  return earliest === at ? formatTime(at) : `by ${formatTime(addMicros(at, 999_999n))}`;
}

function duration(low: number | null, high: number | null): string {
  if (low === null && high === null) return UNKNOWN;
  if (high === null) return `over ${formatSeconds(low)}`;
  const [least, most] = [formatSeconds(low), formatSeconds(high)];
  return least === most ? least : `${least} to ${most}`;
}

function shortened(text: string): string {
  return text.length <= LONGEST_ERROR ? text : `${text.slice(0, LONGEST_ERROR)}… (${text.length} characters)`;
}
