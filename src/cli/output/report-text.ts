import type { FailureGroup } from '../../publish/read-failures.ts';
import type { Report, ReportBy, ReportDay, ReportRow, ReportTotal } from '../../publish/read-report.ts';
import { UNKNOWN, formatCount, formatNumberOf, formatTime } from './format.ts';
import { measuresNotes, measuresTable } from './measures-table.ts';
import { printable } from './printable.ts';
import { drawTable } from './text-table.ts';
import { wrapLine } from './wrap-line.ts';

/** Runs and documents apart, because nothing is ever added up across them. */
export function reportText(report: Report, width: number | null): string {
  const span = `${formatTime(report.since)} to ${formatTime(report.until)}`;
  if (report.totals.length === 0) return `nothing finished from ${span}\n`;
  return report.totals.map((total) => sectionText(report, total, `${total.stream} that finished from ${span}`, width)).join('\n');
}

function sectionText(report: Report, total: ReportTotal, title: string, width: number | null): string {
  const own = <T extends Pick<ReportTotal, 'stream'>>(all: readonly T[]): readonly T[] =>
    all.filter(({ stream }) => stream === total.stream);
  const [rows, days, failures] = [own(report.rows), own(report.days), own(report.failures)];
  const notes = measuresNotes([...rows, ...days, total], total).map((note) => `${wrapLine(note, width)}\n`);
  return [
    wrapLine(title, width),
    rowsTable(rows, total, report.by, width),
    notes.join(''),
    days.length > 1 ? daysTable(days, report.timeZone, width) : '',
    failures.length > 0 ? failuresTable(failures, width) : '',
  ]
    .filter((part) => part !== '')
    .join('\n');
}

const NAMES: Record<ReportBy, (row: ReportRow) => string> = {
  workflow: (row) => row.workflow_name ?? row.workflow_id ?? UNKNOWN,
  collection: (row) => row.collection_id ?? UNKNOWN,
  connection: (row) => row.connection,
};

function rowsTable(rows: readonly ReportRow[], total: ReportTotal, by: ReportBy, width: number | null): string {
  const hasConnection = by !== 'connection' && new Set(rows.map(({ connection }) => connection)).size > 1;
  const names = (connection: string, name: string): readonly string[] => [...(hasConnection ? [connection] : []), name];
  return measuresTable(
    names('connection', by).map((title) => ({ title, isProse: true })),
    [
      ...rows.map((row) => ({ names: names(row.connection, NAMES[by](row)), measures: row })),
      ...(rows.length > 1 ? [{ names: names('', 'all'), measures: total }] : []),
    ],
    width,
  );
}

function daysTable(days: readonly ReportDay[], timeZone: string, width: number | null): string {
  return measuresTable(
    [{ title: `day (${timeZone})` }],
    days.map((day) => ({ names: [day.day], measures: day })),
    width,
  );
}

function failuresTable(failures: readonly FailureGroup[], width: number | null): string {
  const table = drawTable(
    [
      { title: 'failures', align: 'right' },
      { title: 'workflows', align: 'right' },
      { title: 'latest' },
      { title: 'what', isProse: true },
      { title: 'for example' },
    ],
    failures.map((failure) => [
      formatCount(failure.failed_count),
      formatCount(failure.workflow_count),
      formatTime(failure.last_failed_at),
      whatFailed(failure),
      failure.record_key,
    ]),
    width,
  );
  return table ?? failures.map((failure) => failureLines(failure, width)).join('\n');
}

function failureLines(failure: FailureGroup, width: number | null): string {
  const workflows = formatNumberOf(failure.workflow_count, 'workflow');
  return [
    `${formatNumberOf(failure.failed_count, 'failure')} in ${workflows}, the latest ${formatTime(failure.last_failed_at)}`,
    `  ${whatFailed(failure)}`,
    `  for example ${failure.record_key}`,
    '',
  ]
    .map((line) => wrapLine(printable(line), width))
    .join('\n');
}

function whatFailed({ error_signature: signature, warning_kinds: kinds, status_reason: reason }: FailureGroup): string {
  if (signature !== null) return signature.length > 200 ? `${signature.slice(0, 200)}…` : signature;
  const known = [...(kinds ?? []), ...(reason === null ? [] : [reason])];
  return known.length === 0 ? 'no reason given' : known.join(', ');
}
