import type { AsOf, AsOfCount, AsOfRecord } from '../../publish/read-as-of.ts';
import { formatCount, formatExactTime, formatNumberOf, formatTime, UNKNOWN } from './format.ts';
import { textTable } from './text-table.ts';
import { wrapLine } from './wrap-line.ts';

/** How many records were in which status. */
export function asOfCountsText(found: AsOf<AsOfCount>, width: number | null): string {
  if (found.rows.length === 0) return lines([heading(found), NOTHING], width);
  const table = textTable(
    [
      { title: 'connection' },
      { title: 'stream' },
      { title: 'status' },
      { title: 'records', align: 'right' },
      { title: 'certain', align: 'right' },
    ],
    found.rows.map((row) => [row.connection, row.stream, statusText(row), formatCount(row.record_count), formatCount(row.certain_count)]),
    width,
  );
  const isUncertain = found.rows.some((row) => row.certain_count < row.record_count);
  return `${lines([heading(found), ''], width)}${table}${isUncertain ? lines(['', UNCERTAIN], width) : ''}`;
}

/** Every record, in a line of its own. */
export function asOfListText(found: AsOf<AsOfRecord>, width: number | null): string {
  if (found.rows.length === 0) return lines([heading(found), NOTHING], width);
  const table = textTable(
    ['record', 'status', 'since', 'certain', 'next', 'by'].map((title) => ({ title, isOptional: title === 'next' || title === 'by' })),
    found.rows.map((row) => [
      row.record_key,
      `${statusText(row)}${row.source_status === null || row.source_status === row.status ? '' : ` (${row.source_status})`}`,
      formatTime(row.entered_at),
      row.is_certain ? 'yes' : 'no',
      row.next_status ?? row.next_event_type ?? UNKNOWN,
      formatTime(row.next_latest_at),
    ]),
    width,
  );
  return `${lines([heading(found), ''], width)}${table}${formatNumberOf(found.rows.length, 'record')}\n`;
}

const NOTHING = 'no record was there';
const UNCERTAIN =
  'Not certain: it changed between two readings and that moment may be one of them, a step may have gone unseen, or the stream was not read completely since.';

function heading({ valid_at: at, known_at: knownAt, known_position: position }: AsOf<unknown>): string {
  const known = knownAt === null ? '' : `recorded by ${formatExactTime(knownAt)}, `;
  return `as of ${formatExactTime(at)}, by what was known: ${known}up to position ${formatCount(position)}`;
}

/** What is gone had a status, and keeps it: it says how it ended. */
function statusText({ status, is_present: isPresent }: Pick<AsOfRecord, 'status' | 'is_present'>): string {
  return `${status ?? 'unknown'}${isPresent === false ? ', gone' : ''}`;
}

function lines(texts: readonly string[], width: number | null): string {
  return texts.map((text) => `${wrapLine(text, width)}\n`).join('');
}
