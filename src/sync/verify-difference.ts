import type { RecordState, AttemptState } from '../model/record.ts';
import { ATTEMPT_COLUMNS, attemptToJson, RECORD_COLUMNS, recordToJson, type JsonKey } from '../record/rows.ts';
import type { MergedRecord } from './verify-merge.ts';

/** How a row of `records` or `attempts` differs from what the events of its record say. */
export type RowDifference = { readonly attempt: number | null } & (
  | { readonly kind: 'missing' }
  | { readonly kind: 'surplus' }
  /** In its first column that does. */
  | { readonly kind: 'changed'; readonly column: string; readonly found: string | null; readonly expected: string | null }
);

/** @returns at most one for the row in `records`, and one for each row in `attempts` */
export function rowDifferences({ key, folded, recordRow, attemptRows }: MergedRecord): readonly RowDifference[] {
  const differences = [recordDifference(key, folded?.record ?? null, recordRow)];
  const rows = new Map(attemptRows.map((row) => [row.attempt, row]));
  for (const attempt of new Set([...(folded?.attempts.keys() ?? []), ...rows.keys()])) {
    differences.push(attemptDifference(key, attempt, folded?.attempts.get(attempt) ?? null, rows.get(attempt) ?? null));
  }
  return differences.filter((difference) => difference !== null);
}

function recordDifference(key: JsonKey, record: RecordState | null, row: object | null): RowDifference | null {
  if (record === null) return row === null ? null : { attempt: null, kind: 'surplus' };
  if (row === null) return { attempt: null, kind: 'missing' };
  return changedColumn(null, RECORD_COLUMNS, recordToJson(key, record), row);
}

function attemptDifference(key: JsonKey, attempt: number, state: AttemptState | null, row: object | null): RowDifference | null {
  if (state === null) return row === null ? null : { attempt, kind: 'surplus' };
  if (row === null) return { attempt, kind: 'missing' };
  return changedColumn(attempt, ATTEMPT_COLUMNS, attemptToJson(key, state), row);
}

function changedColumn(
  attempt: number | null,
  columns: Readonly<Record<string, string>>,
  folded: Readonly<Record<string, unknown>>,
  row: object,
): RowDifference | null {
  const stored = row as Readonly<Record<string, unknown>>;
  for (const column of Object.keys(columns)) {
    const [found, expected] = [asText(stored[column]), asText(folded[column])];
    if (found !== expected) return { attempt, kind: 'changed', column, found, expected };
  }
  return null;
}

/** In one form, however a value comes: bytes are hex in a fold, bigints numbers. */
function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'bigint') return value.toString();
  return JSON.stringify(value);
}
