import type { Transaction } from 'kysely';
import { pino, type Logger } from 'pino';
import type { Ledger } from '../db/open-ledger.ts';
import type { LedgerTables } from '../db/tables.ts';
import { inTransaction } from '../db/transaction.ts';
import { foldEvent } from '../diff/fold-event.ts';
import { RunledgerError } from '../model/errors.ts';
import type { EventDraft, RecordKey } from '../model/event.ts';
import { FACT_NAMES } from '../model/facts.ts';
import type { Instant } from '../model/instant.ts';
import type { KnownRecord, RecordState } from '../model/record.ts';
import { appendEvents } from '../record/append-events.ts';
import { clearActivity, clearDetails, deleteRecordSalt } from '../record/clear-details.ts';
import { findRedaction, type Redaction } from '../record/find-redaction.ts';
import { holdStream } from '../record/hold-stream.ts';
import { loadKnown } from '../record/load-known.ts';
import type { JsonKey } from '../record/rows.ts';
import { takeHead } from '../record/take-head.ts';
import { upsertRecords } from '../record/upsert-records.ts';

/** Keys named as the SQL columns, so that `--json` prints it as it is. */
export interface RedactResult extends JsonKey {
  readonly record_key: string;
  /** Whether it had been redacted before, so that nothing was appended. */
  readonly was_redacted: boolean;
  /** The event `redacted`, of now or then. */
  readonly position: bigint;
  readonly redacted_at: Instant;
  /** What was taken away now. */
  readonly cleared_error_count: number;
  readonly cleared_body_count: number;
  /** What stays: the record's events, that one included, … */
  readonly event_count: number;
  /** … and those columns of `records`, besides its key, that tell what the source said of it. */
  readonly kept_columns: readonly string[];
}

/**
 * Takes the error texts and the bodies of a record away, with the salts of their digests, and appends `redacted`: all of it in one transaction. Its events
 * stay, so the chain does; later error texts and bodies are not kept. A sync may run on the stream: its next batch knows.
 *
 * @throws RunledgerError no_record; of kind `ledger`
 */
export async function redactRecord(
  ledger: Ledger,
  { connection, stream, recordId }: RecordKey,
  { log = pino({ level: 'silent' }), signal }: { readonly log?: Logger; readonly signal?: AbortSignal } = {},
): Promise<RedactResult> {
  const key: JsonKey = { connection, stream, record_id: recordId };
  return await inTransaction(
    ledger,
    async (trx) => {
      await holdStream(trx, connection, stream);
      const known = (await loadKnown(trx, connection, stream, [recordId], null)).get(recordId)?.known;
      if (known === undefined) throw noRecord(ledger, key);
      const cleared = await clearDetails(trx, key);
      await deleteRecordSalt(trx, key);
      await clearActivity(trx, key);
      const before = await findRedaction(trx, key);
      const { position, recorded_at: redactedAt } = before ?? (await appendRedaction(trx, key, known));
      return {
        ...key,
        record_key: `${connection}/${stream}/${recordId}`,
        was_redacted: before !== null,
        position,
        redacted_at: redactedAt,
        cleared_error_count: cleared.error_count,
        cleared_body_count: cleared.body_count,
        event_count: known.record.sequence + (before === null ? 1 : 0),
        kept_columns: keptColumns(known.record),
      };
    },
    { log, signal },
  );
}

/** It happened when it is recorded, and nothing of the source evidences it: neither an answer nor a sync. */
async function appendRedaction(trx: Transaction<LedgerTables>, key: JsonKey, known: KnownRecord): Promise<Redaction> {
  const head = await takeHead(trx);
  const at = head.recordedAt;
  const sequence = known.record.sequence + 1;
  const draft: EventDraft = {
    eventType: 'redacted',
    attempt: known.record.attempt,
    fromStatus: null,
    toStatus: null,
    sourceStatus: null,
    statusReason: null,
    when: { at, reportedAt: null, earliestAt: at, latestAt: at },
    facts: {},
    anomalies: [],
  };
  const { placed } = await appendEvents(trx, head, [
    {
      ...key,
      sequence,
      attempt: draft.attempt,
      event_type: draft.eventType,
      from_status: null,
      to_status: null,
      source_status: null,
      status_reason: null,
      occurred_at: at,
      reported_at: null,
      earliest_at: at,
      latest_at: at,
      facts: draft.facts,
      anomalies: draft.anomalies,
      details_digest: null,
      response_id: null,
      sync_id: null,
    },
  ]);
  const [event] = placed;
  if (event === undefined) throw new TypeError('an event was appended, and is not there');
  const { state } = foldEvent(known, { ...draft, position: event.position, sequence });
  await upsertRecords(trx, [{ key, record: state.record }]);
  return event;
}

function keptColumns(record: RecordState): readonly string[] {
  const columns = {
    status: record.status,
    source_status: record.sourceStatus,
    status_reason: record.statusReason,
    attempt_key: record.attemptKey,
    // Without the key that was deleted it cannot be held against any text.
    error_digest: record.errorDigest,
    source_updated_at: record.sourceUpdatedAt,
    created_at: record.createdAt,
    started_at: record.startedAt,
    finished_at: record.finishedAt,
    ...Object.fromEntries(FACT_NAMES.map((name) => [name, record.facts[name]])),
  };
  return Object.entries(columns).flatMap(([column, value]) => (value === null ? [] : [column]));
}

function noRecord(ledger: Ledger, { connection, stream, record_id: recordId }: JsonKey): RunledgerError {
  return new RunledgerError('no_record', `there is no record ${connection}/${stream}/${recordId} in ${ledger.place}`, {
    hint: 'Ids are taken as the source writes them, to the letter. Nothing was changed.',
  });
}
