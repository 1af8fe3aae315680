import type { Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import { foldEvent } from '../diff/fold-event.ts';
import type { ResponseEvidence } from '../model/observation.ts';
import type { AttemptState, FoldState } from '../model/record.ts';
import { appendEvents, type UnplacedEvent } from '../record/append-events.ts';
import { eventDetails, type EventDetails } from '../record/event-details.ts';
import { insertDetails } from '../record/insert-details.ts';
import { insertRecordSalts } from '../record/insert-record-salts.ts';
import { insertResponses } from '../record/insert-responses.ts';
import { takeHead } from '../record/take-head.ts';
import { upsertAttempts } from '../record/upsert-attempts.ts';
import { upsertRecords } from '../record/upsert-records.ts';
import type { BatchTarget } from './batch.ts';
import type { PlannedDraft, RecordPlan } from './diff-batch.ts';

/** Appends the events of some records, with their evidence, and folds them into `records` and `attempts`. */
export async function appendPlan(trx: Transaction<LedgerTables>, target: BatchTarget, records: readonly RecordPlan[]): Promise<void> {
  const touched = records.filter((record) => record.events.length > 0);
  if (touched.length === 0) return;

  const responses = [...new Set(touched.flatMap((record) => record.events.map((event) => event.response)))];
  const responseIds = await insertResponses(trx, target.syncId, responses);
  const idOf = new Map<ResponseEvidence, bigint>(responses.map((response, index) => [response, responseIds[index] as bigint]));
  const details: (EventDetails | null)[] = [];
  const unplaced: UnplacedEvent[] = [];
  for (const record of touched) {
    record.events.forEach((event, index) => {
      const content = detailsOf(record, event);
      details.push(content);
      unplaced.push(unplacedEvent(target, record, event, index, content, idOf.get(event.response) ?? null));
    });
  }

  const head = await takeHead(trx);
  const { placed } = await appendEvents(trx, head, unplaced);
  const positions = placed.map((row) => row.position);
  await insertDetails(
    trx,
    details.flatMap((content, index) => (content === null ? [] : [{ position: positions[index] as bigint, details: content }])),
  );
  const salts = touched.flatMap((record) => (record.newSalt === null ? [] : [{ ...keyOf(target, record), salt: record.newSalt }]));
  await insertRecordSalts(trx, salts);

  let next = 0;
  const folded = touched.map((record) => {
    const key = keyOf(target, record);
    const first = next;
    next += record.events.length;
    return { key, ...foldPlan(record, positions.slice(first, next)) };
  });
  await upsertRecords(
    trx,
    folded.map(({ key, state }) => ({ key, record: state.record })),
  );
  await upsertAttempts(
    trx,
    folded.flatMap(({ key, attempts }) => attempts.map((attempt) => ({ key, attempt }))),
  );
}

/** The record after its events, in their places, and every attempt that they touched. */
function foldPlan(plan: RecordPlan, positions: readonly bigint[]): { state: FoldState; attempts: readonly AttemptState[] } {
  let state: FoldState | null = plan.before?.known ?? null;
  let sequence = state?.record.sequence ?? 0;
  const attempts = new Map<number, AttemptState>();
  plan.events.forEach(({ draft }, index) => {
    sequence += 1;
    const folded = foldEvent(state, { ...draft, position: positions[index] as bigint, sequence });
    state = folded.state;
    if (folded.closed !== null) attempts.set(folded.closed.attempt, folded.closed);
    attempts.set(state.attempt.attempt, state.attempt);
  });
  if (state === null) throw new TypeError('a record without events has no state');
  return { state, attempts: [...attempts.values()] };
}

function unplacedEvent(
  target: BatchTarget,
  record: RecordPlan,
  { draft }: PlannedDraft,
  index: number,
  content: EventDetails | null,
  responseId: bigint | null,
): UnplacedEvent {
  return {
    ...keyOf(target, record),
    sequence: (record.before?.known.record.sequence ?? 0) + index + 1,
    attempt: draft.attempt,
    event_type: draft.eventType,
    from_status: draft.fromStatus,
    to_status: draft.toStatus,
    source_status: draft.sourceStatus,
    status_reason: draft.statusReason,
    occurred_at: draft.when.at,
    reported_at: draft.when.reportedAt,
    earliest_at: draft.when.earliestAt,
    latest_at: draft.when.latestAt,
    facts: draft.facts,
    anomalies: draft.anomalies,
    details_digest: content?.digest.toString('hex') ?? null,
    response_id: responseId,
    sync_id: target.syncId,
  };
}

/** A redacted record keeps no content any more. */
function detailsOf(record: RecordPlan, { content }: PlannedDraft): EventDetails | null {
  if (content === null || record.before?.known.record.isRedacted === true) return null;
  return eventDetails(content.error ?? null, content.body);
}

function keyOf(target: BatchTarget, record: RecordPlan): Pick<UnplacedEvent, 'connection' | 'stream' | 'record_id'> {
  return { connection: target.connection, stream: target.stream, record_id: record.recordId };
}
