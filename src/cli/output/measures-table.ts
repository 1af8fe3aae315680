import type { ReportMeasures } from '../../publish/read-report.ts';
import { UNKNOWN, formatCount, formatNumberOf, formatSeconds, formatShare } from './format.ts';
import type { Column } from './text-table.ts';
import { drawTable, textTable } from './text-table.ts';

export interface MeasuresRow {
  /** One for each of the columns that name the row. */
  readonly names: readonly string[];
  readonly measures: ReportMeasures;
}

/** Of fewer times than this the 95th percentile is hardly more than the longest, and must not look like a percentile. */
const FEWEST_FOR_P95 = 5;

interface MeasureColumn extends Column {
  readonly cell: (measures: ReportMeasures) => string;
}

const OUTCOMES: readonly MeasureColumn[] = [
  { title: 'finished', align: 'right', cell: (row) => formatCount(row.finished_count) },
  { title: 'failed', align: 'right', cell: (row) => formatCount(row.failed_count) },
  { title: 'cancelled', align: 'right', cell: (row) => formatCount(row.cancelled_count) },
  { title: 'failure rate', align: 'right', cell: (row) => formatShare(row.failure_rate) },
];

/** Outcomes and durations beside each other, or one below the other where the terminal is too narrow for both. */
export function measuresTable(naming: readonly Column[], rows: readonly MeasuresRow[], width: number | null): string {
  const durations = durationColumns(rows);
  const parts = (measures: readonly MeasureColumn[]): [Column[], string[][]] => [
    [...naming, ...measures],
    rows.map((row) => [...row.names, ...measures.map(({ cell }) => cell(row.measures))]),
  ];
  const beside = drawTable(...parts([...OUTCOMES, ...durations]), width);
  return beside ?? `${textTable(...parts(OUTCOMES), width)}\n${textTable(...parts(durations), width)}`;
}

/** Of how many attempts the times are known, as lines: a percentile over a third of them is not one over all, and must not look so. */
export function measuresNotes(rows: readonly ReportMeasures[], total: ReportMeasures): readonly string[] {
  const { finished_count: finished, run_bounded_count: run, total_bounded_count: whole } = total;
  const notes: string[] = [];
  if (run < finished || whole < finished) {
    notes.push(
      `known: the run time of ${formatCount(run)}, the total time of ${formatCount(whole)} of ${formatNumberOf(finished, 'attempt')}`,
    );
  }
  if (rows.some((row) => isTooFew(row.run_bounded_count) || isTooFew(row.total_bounded_count))) {
    notes.push(`a p95 is shown where at least ${FEWEST_FOR_P95} times are known`);
  }
  return notes;
}

/** How many attempts were timed is told where it is not all that finished. */
function durationColumns(rows: readonly MeasuresRow[]): readonly MeasureColumn[] {
  const isPartial = (count: (measures: ReportMeasures) => number): boolean =>
    rows.some(({ measures }) => count(measures) < measures.finished_count);
  return [
    ...(isPartial((row) => row.run_bounded_count) ? [RUN_TIMED] : []),
    { title: 'run p50', align: 'right', cell: (row) => formatSeconds(row.run_p50_seconds) },
    { title: 'run p95', align: 'right', cell: (row) => p95Text(row.run_p95_seconds, row.run_bounded_count) },
    ...(isPartial((row) => row.total_bounded_count) ? [TOTAL_TIMED] : []),
    { title: 'total p50', align: 'right', cell: (row) => formatSeconds(row.total_p50_seconds) },
    { title: 'total p95', align: 'right', cell: (row) => p95Text(row.total_p95_seconds, row.total_bounded_count) },
  ];
}

const RUN_TIMED: MeasureColumn = { title: 'run timed', align: 'right', cell: (row) => formatCount(row.run_bounded_count) };
const TOTAL_TIMED: MeasureColumn = { title: 'total timed', align: 'right', cell: (row) => formatCount(row.total_bounded_count) };

function p95Text(seconds: number | null, count: number): string {
  return count < FEWEST_FOR_P95 ? UNKNOWN : formatSeconds(seconds);
}

function isTooFew(count: number): boolean {
  return count > 0 && count < FEWEST_FOR_P95;
}
