import type { Stream } from '../model/event.ts';
import { FACT_NAMES, FACT_TYPES, type Facts } from '../model/facts.ts';
import type { Instant } from '../model/instant.ts';
import type { AttemptState, Entry, Outcome, RecordState } from '../model/record.ts';
import type { Status, StatusReason } from '../model/status.ts';

/** Columns of `runledger.records` but its key, without the facts. */
export const RECORD_COLUMNS = {
  status: 'text',
  source_status: 'text',
  status_reason: 'text',
  is_terminal: 'boolean',
  is_present: 'boolean',
  last_known_status: 'text',
  attempt: 'integer',
  attempt_key: 'text',
  error_digest: 'bytea',
  is_redacted: 'boolean',
  source_updated_at: 'timestamptz',
  sequence: 'integer',
  last_position: 'bigint',
  last_latest_at: 'timestamptz',
  created_at: 'timestamptz',
  started_at: 'timestamptz',
  finished_at: 'timestamptz',
  status_since_at: 'timestamptz',
  status_since_reported_at: 'timestamptz',
  status_since_earliest_at: 'timestamptz',
  status_since_latest_at: 'timestamptz',
  ...FACT_TYPES,
} as const;

/** Columns of `runledger.attempts` but its key. */
export const ATTEMPT_COLUMNS = {
  attempt_key: 'text',
  queued_at: 'timestamptz',
  queued_earliest_at: 'timestamptz',
  queued_latest_at: 'timestamptz',
  started_at: 'timestamptz',
  started_earliest_at: 'timestamptz',
  started_latest_at: 'timestamptz',
  finished_at: 'timestamptz',
  finished_earliest_at: 'timestamptz',
  finished_latest_at: 'timestamptz',
  outcome: 'text',
  error_digest: 'bytea',
  error_position: 'bigint',
  is_flap: 'boolean',
  opened_position: 'bigint',
} as const;

type ColumnValue = {
  text: string | null;
  'text[]': readonly string[] | null;
  boolean: boolean;
  integer: number;
  bigint: bigint | null;
  bytea: Uint8Array | null;
  timestamptz: Instant | null;
};

type RowOf<Columns extends Record<string, keyof ColumnValue>> = { readonly [C in keyof Columns]: ColumnValue[Columns[C]] };

/** As the drivers read them: int8 as bigint, timestamptz as Instant. */
export type RecordRow = RowOf<typeof RECORD_COLUMNS>;
export type AttemptRow = RowOf<typeof ATTEMPT_COLUMNS> & { readonly attempt: number };

export function recordFromRow(row: RecordRow): RecordState {
  return {
    status: row.status as Status | null,
    sourceStatus: row.source_status,
    statusReason: row.status_reason as StatusReason | null,
    isTerminal: row.is_terminal,
    isPresent: row.is_present,
    lastKnownStatus: row.last_known_status as Status | null,
    attempt: row.attempt,
    attemptKey: row.attempt_key,
    errorDigest: hex(row.error_digest),
    isRedacted: row.is_redacted,
    sourceUpdatedAt: row.source_updated_at,
    sequence: row.sequence,
    lastPosition: present(row.last_position),
    lastLatestAt: present(row.last_latest_at),
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    statusSince: {
      at: present(row.status_since_at),
      reportedAt: row.status_since_reported_at,
      earliestAt: row.status_since_earliest_at,
      latestAt: present(row.status_since_latest_at),
    },
    facts: factsFromRow(row),
  };
}

export function attemptFromRow(row: AttemptRow): AttemptState {
  return {
    attempt: row.attempt,
    attemptKey: row.attempt_key,
    queued: entry(row.queued_at, row.queued_earliest_at, row.queued_latest_at),
    started: entry(row.started_at, row.started_earliest_at, row.started_latest_at),
    finished: entry(row.finished_at, row.finished_earliest_at, row.finished_latest_at),
    outcome: row.outcome as Outcome | null,
    errorDigest: hex(row.error_digest),
    errorPosition: row.error_position,
    isFlap: row.is_flap,
    openedPosition: present(row.opened_position),
  };
}

export interface JsonKey {
  readonly connection: string;
  readonly stream: Stream;
  readonly record_id: string;
}

/** The row as JSON for `json_to_recordset`: bigints as texts, bytea as hex. */
export function recordToJson(key: JsonKey, record: RecordState): Record<string, unknown> {
  return {
    ...key,
    status: record.status,
    source_status: record.sourceStatus,
    status_reason: record.statusReason,
    is_terminal: record.isTerminal,
    is_present: record.isPresent,
    last_known_status: record.lastKnownStatus,
    attempt: record.attempt,
    attempt_key: record.attemptKey,
    error_digest: record.errorDigest,
    is_redacted: record.isRedacted,
    source_updated_at: record.sourceUpdatedAt,
    sequence: record.sequence,
    last_position: record.lastPosition.toString(),
    last_latest_at: record.lastLatestAt,
    created_at: record.createdAt,
    started_at: record.startedAt,
    finished_at: record.finishedAt,
    status_since_at: record.statusSince.at,
    status_since_reported_at: record.statusSince.reportedAt,
    status_since_earliest_at: record.statusSince.earliestAt,
    status_since_latest_at: record.statusSince.latestAt,
    ...record.facts,
  };
}

/** The row as JSON for `json_to_recordset`: bigints as texts, bytea as hex. */
export function attemptToJson(key: JsonKey, attempt: AttemptState): Record<string, unknown> {
  return {
    ...key,
    attempt: attempt.attempt,
    attempt_key: attempt.attemptKey,
    queued_at: attempt.queued?.at ?? null,
    queued_earliest_at: attempt.queued?.earliestAt ?? null,
    queued_latest_at: attempt.queued?.latestAt ?? null,
    started_at: attempt.started?.at ?? null,
    started_earliest_at: attempt.started?.earliestAt ?? null,
    started_latest_at: attempt.started?.latestAt ?? null,
    finished_at: attempt.finished?.at ?? null,
    finished_earliest_at: attempt.finished?.earliestAt ?? null,
    finished_latest_at: attempt.finished?.latestAt ?? null,
    outcome: attempt.outcome,
    error_digest: attempt.errorDigest,
    error_position: attempt.errorPosition?.toString() ?? null,
    is_flap: attempt.isFlap,
    opened_position: attempt.openedPosition.toString(),
  };
}

function factsFromRow(row: RecordRow): Facts {
  const facts: Record<string, unknown> = {};
  for (const name of FACT_NAMES) {
    const value = row[name];
    facts[name] = typeof value === 'bigint' ? Number(value) : value;
  }
  return facts as unknown as Facts;
}

function entry(at: Instant | null, earliestAt: Instant | null, latestAt: Instant | null): Entry | null {
  return at === null || latestAt === null ? null : { at, earliestAt, latestAt };
}

function hex(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('hex');
}

/** For columns that are `not null`. */
function present<T>(value: T | null): T {
  if (value === null) throw new TypeError('a column that is not null was null');
  return value;
}
