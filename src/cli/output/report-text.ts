import type { Stream } from '../../model/event.ts';
import type { FailureGroup } from '../../publish/read-failures.ts';
import type { Report, ReportBy, ReportMeasures, ReportRow } from '../../publish/read-report.ts';
import { UNKNOWN, formatCount, formatSeconds, formatShare, formatTime } from './format.ts';
import type { Column } from './text-table.ts';
import { textTable } from './text-table.ts';

/** Runs and documents apart, because nothing is ever added up across them. */
export function reportText(report: Report, width: number | null): string {
  const span = `${formatTime(report.since)} to ${formatTime(report.until)}`;
  if (report.totals.length === 0) return `nothing finished from ${span}\n`;
  const sections = report.totals.map((total) =>
    [
      `${total.stream} that finished from ${span}`,
      rowsTable(report, total.stream, total, width),
      durationsNote(total),
      report.days.filter(({ stream }) => stream === total.stream).length > 1 ? daysTable(report, total.stream, width) : '',
      failuresTable(report, total.stream, width),
    ]
      .filter((part) => part !== '')
      .join('\n'),
  );
  return sections.join('\n');
}

const MEASURES: readonly (Column & { readonly cell: (measures: ReportMeasures) => string })[] = [
  { title: 'finished', align: 'right', cell: (row) => formatCount(row.finished_count) },
  { title: 'failed', align: 'right', cell: (row) => formatCount(row.failed_count) },
  { title: 'cancelled', align: 'right', cell: (row) => formatCount(row.cancelled_count) },
  { title: 'failure rate', align: 'right', cell: (row) => formatShare(row.failure_rate) },
  { title: 'run p50', align: 'right', cell: (row) => formatSeconds(row.run_p50_seconds) },
  { title: 'run p95', align: 'right', cell: (row) => formatSeconds(row.run_p95_seconds) },
  { title: 'total p50', align: 'right', cell: (row) => formatSeconds(row.total_p50_seconds) },
  { title: 'total p95', align: 'right', cell: (row) => formatSeconds(row.total_p95_seconds) },
];

const cells = (measures: ReportMeasures): string[] => MEASURES.map(({ cell }) => cell(measures));

const NAMES: Record<ReportBy, (row: ReportRow) => string> = {
  workflow: (row) => row.workflow_name ?? row.workflow_id ?? UNKNOWN,
  collection: (row) => row.collection_id ?? UNKNOWN,
  connection: (row) => row.connection,
};

function rowsTable({ rows, by }: Report, stream: Stream, total: ReportMeasures, width: number | null): string {
  const own = rows.filter((row) => row.stream === stream);
  const hasConnection = by !== 'connection' && new Set(own.map(({ connection }) => connection)).size > 1;
  const names = (row: ReportRow): string[] => [...(hasConnection ? [row.connection] : []), NAMES[by](row)];
  return textTable(
    [...(hasConnection ? [{ title: 'connection' }] : []), { title: by }, ...MEASURES],
    [
      ...own.map((row) => [...names(row), ...cells(row)]),
      ...(own.length > 1 ? [[...(hasConnection ? [''] : []), 'all', ...cells(total)]] : []),
    ],
    width,
  );
}

/** A percentile over a third of the attempts is not one over all of them, and must not look so. */
function durationsNote({ run_bounded_share: run, total_bounded_share: total }: ReportMeasures): string {
  if (run === 1 && total === 1) return '';
  return `known: the run time of ${formatShare(run)}, the total of ${formatShare(total)} of them\n`;
}

function daysTable({ days, timeZone }: Report, stream: Stream, width: number | null): string {
  return textTable(
    [{ title: `day (${timeZone})` }, ...MEASURES],
    days.filter((day) => day.stream === stream).map((day) => [day.day, ...cells(day)]),
    width,
  );
}

function failuresTable({ failures }: Report, stream: Stream, width: number | null): string {
  const own = failures.filter((failure) => failure.stream === stream);
  if (own.length === 0) return '';
  return textTable(
    [
      { title: 'failures', align: 'right' },
      { title: 'workflows', align: 'right' },
      { title: 'latest' },
      { title: 'what' },
      { title: 'for example' },
    ],
    own.map((failure) => [
      formatCount(failure.failed_count),
      formatCount(failure.workflow_count),
      formatTime(failure.last_failed_at),
      whatFailed(failure),
      failure.record_key,
    ]),
    width,
  );
}

function whatFailed({ error_signature: signature, warning_kinds: kinds, status_reason: reason }: FailureGroup): string {
  if (signature !== null) return signature.length > 200 ? `${signature.slice(0, 200)}…` : signature;
  const known = [...(kinds ?? []), ...(reason === null ? [] : [reason])];
  return known.length === 0 ? 'no reason given' : known.join(', ');
}
