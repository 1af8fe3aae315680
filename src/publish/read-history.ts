import { sql, type Transaction } from 'kysely';
import type { Ledger } from '../db/open-ledger.ts';
import type { LedgerTables } from '../db/tables.ts';
import type { Anomaly, EventFacts, EventType, RecordKey, Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';
import type { Outcome } from '../model/record.ts';
import type { Status, StatusReason } from '../model/status.ts';

/** All that the ledger knows of a record. Durations in seconds. */
export interface RecordHistory {
  readonly record: HistoryRecord;
  /** by attempt */
  readonly attempts: readonly HistoryAttempt[];
  /** in the order in which they were recorded */
  readonly events: readonly HistoryEvent[];
}

export interface HistoryRecord {
  readonly connector: string;
  readonly connection: string;
  readonly stream: Stream;
  readonly record_key: string;
  readonly record_id: string;
  readonly status: Status | null;
  readonly source_status: string | null;
  readonly status_reason: StatusReason | null;
  readonly is_terminal: boolean;
  readonly is_present: boolean;
  readonly is_redacted: boolean;
  readonly attempt: number;
  readonly workflow_id: string | null;
  readonly workflow_name: string | null;
  readonly collection_id: string | null;
  readonly error: string | null;
  readonly created_at: Instant | null;
  readonly status_since_at: Instant;
  readonly status_since_earliest_at: Instant | null;
  readonly status_since_latest_at: Instant;
  readonly confirmed_at: Instant;
  readonly is_stale: boolean;
  readonly missing_since_at: Instant | null;
}

export interface HistoryAttempt {
  readonly attempt: number;
  readonly attempt_key: string | null;
  readonly queued_at: Instant | null;
  readonly queued_earliest_at: Instant | null;
  readonly queued_latest_at: Instant | null;
  readonly started_at: Instant | null;
  readonly started_earliest_at: Instant | null;
  readonly started_latest_at: Instant | null;
  readonly finished_at: Instant | null;
  readonly finished_earliest_at: Instant | null;
  readonly finished_latest_at: Instant | null;
  readonly outcome: Outcome | null;
  readonly error: string | null;
  readonly is_flap: boolean;
  readonly queue_low_seconds: number | null;
  readonly queue_seconds: number | null;
  readonly queue_high_seconds: number | null;
  readonly run_low_seconds: number | null;
  readonly run_seconds: number | null;
  readonly run_high_seconds: number | null;
  readonly total_low_seconds: number | null;
  readonly total_seconds: number | null;
  readonly total_high_seconds: number | null;
}

/** An event with its evidence: the answer of the source system, and the sync that read it. */
export interface HistoryEvent {
  readonly position: bigint;
  readonly sequence: number;
  readonly attempt: number;
  readonly event_type: EventType;
  readonly from_status: Status | null;
  readonly to_status: Status | null;
  readonly source_status: string | null;
  readonly status_reason: StatusReason | null;
  readonly occurred_at: Instant;
  readonly reported_at: Instant | null;
  readonly earliest_at: Instant | null;
  readonly latest_at: Instant;
  readonly recorded_at: Instant;
  readonly facts: EventFacts;
  readonly anomalies: readonly Anomaly[];
  readonly sync_id: bigint | null;
  readonly sync_started_at: Instant | null;
  readonly runledger_version: string | null;
  /** null where no answer is behind the event, as behind `redacted` */
  readonly response_id: bigint | null;
  readonly response_method: string | null;
  readonly response_path: string | null;
  readonly response_page: string | null;
  readonly response_status: number | null;
  readonly response_request_id: string | null;
  readonly response_server_date: Instant | null;
  readonly response_sent_at: Instant | null;
  readonly response_received_at: Instant | null;
}

/** @returns null where the ledger has no such record */
export async function readHistory(ledger: Pick<Ledger, 'db'>, key: RecordKey): Promise<RecordHistory | null> {
  return ledger.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      const record = await readRecord(trx, key);
      if (record === null) return null;
      return { record, attempts: await readAttempts(trx, key), events: await readEvents(trx, key) };
    });
}

async function readRecord(trx: Transaction<LedgerTables>, { connection, stream, recordId }: RecordKey): Promise<HistoryRecord | null> {
  const { rows } = await sql<HistoryRecord>`
    select
      connector, connection, stream, record_key, record_id, status, source_status, status_reason, is_terminal, is_present, is_redacted, attempt,
      workflow_id, workflow_name, collection_id, error, created_at, status_since_at, status_since_earliest_at, status_since_latest_at,
      confirmed_at, is_stale, missing_since_at
    from runledger.all_records
    where connection = ${connection} and stream = ${stream} and record_id = ${recordId}`.execute(trx);
  return rows[0] ?? null;
}

async function readAttempts(
  trx: Transaction<LedgerTables>,
  { connection, stream, recordId }: RecordKey,
): Promise<readonly HistoryAttempt[]> {
  const { rows } = await sql<HistoryAttempt>`
    select
      attempt, attempt_key,
      queued_at, queued_earliest_at, queued_latest_at,
      started_at, started_earliest_at, started_latest_at,
      finished_at, finished_earliest_at, finished_latest_at,
      outcome, error, is_flap,
      queue_low_seconds, queue_seconds, queue_high_seconds,
      run_low_seconds, run_seconds, run_high_seconds,
      total_low_seconds, total_seconds, total_high_seconds
    from runledger.all_attempts
    where connection = ${connection} and stream = ${stream} and record_id = ${recordId}
    order by attempt`.execute(trx);
  return rows;
}

async function readEvents(trx: Transaction<LedgerTables>, { connection, stream, recordId }: RecordKey): Promise<readonly HistoryEvent[]> {
  const { rows } = await sql<HistoryEvent>`
    select
      position, sequence, attempt, event_type, from_status, to_status, source_status, status_reason,
      occurred_at, reported_at, earliest_at, latest_at, recorded_at, facts, anomalies,
      sync_id, sync_started_at, runledger_version,
      response_id, response_method, response_path, response_page, response_status, response_request_id,
      response_server_date, response_sent_at, response_received_at
    from runledger.event_evidence
    where connection = ${connection} and stream = ${stream} and record_id = ${recordId}
    order by sequence`.execute(trx);
  return rows;
}
