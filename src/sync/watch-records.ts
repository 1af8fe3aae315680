import type { Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Observation } from '../model/observation.ts';
import type { LastSeen } from '../model/record.ts';
import { clearReads } from '../record/clear-reads.ts';
import { deleteSightings, requestReads, upsertSightings, type ReadRequest, type Sighting } from '../record/write-sightings.ts';
import type { Batch, BatchTarget } from './batch.ts';
import type { BatchPlan, RecordPlan } from './diff-batch.ts';

/**
 * Keeps the watch list true after a batch: open records were seen now, finished ones are watched no more, and what could not be decided, or is to
 * be looked at more closely, is asked for again. A finished record that did not change is not touched.
 */
export async function watchRecords(
  trx: Transaction<LedgerTables>,
  target: BatchTarget,
  plan: BatchPlan,
  purpose: Batch['purpose'],
): Promise<void> {
  const seen: Sighting[] = [];
  const finished: RecordPlan[] = [];
  const reads: ReadRequest[] = [];
  for (const record of plan.records) {
    const { after } = record;
    const isOpen = after !== null && after.record.isPresent && !after.record.isTerminal;
    if (record.seen !== null && isOpen) seen.push(sightingOf(target, record.recordId, record.seen, after.lastSeen ?? record.seen.response));
    if (record.seen !== null && !isOpen && record.before !== null && wasWatched(record)) finished.push(record);
    const reason = record.deferred !== null ? 'confirm' : isDetailDue(target, record, purpose) ? 'detail' : null;
    const bounds = after?.lastSeen ?? record.deferred?.response ?? null;
    if (reason !== null && bounds !== null) {
      reads.push({
        ...keyOf(target, record.recordId),
        sent_at: bounds.sentAt,
        received_at: bounds.receivedAt,
        next_read_at: bounds.receivedAt,
        next_read_reason: reason,
      });
    }
  }
  await upsertSightings(trx, seen);
  await deleteSightings(
    trx,
    finished.map((record) => keyOf(target, record.recordId)),
  );
  if (purpose === 'detail') {
    const answered = plan.records.map((record) => record.recordId);
    await clearReads(trx, target.connection, target.stream, answered);
  }
  await requestReads(trx, reads);
}

/** A finished record has a sighting only if it was open before, or is to be read again. */
function wasWatched({ before }: RecordPlan): boolean {
  const record = before?.known.record;
  return (
    record !== undefined &&
    (!record.isTerminal || !record.isPresent || before?.nextReadReason === 'confirm' || before?.missingSinceAt !== null)
  );
}

function isDetailDue(target: BatchTarget, { after, events }: RecordPlan, purpose: Batch['purpose']): boolean {
  // A confirmation may have taken the place of a detail that was still to be read.
  const isDue = events.length > 0 || purpose === 'confirm';
  return purpose !== 'detail' && isDue && after !== null && after.record.isPresent && target.isDetailWanted(after.record);
}

/** @param bounds when it was last seen as it is known: an answer that does not tell of which attempt it is moves them not */
function sightingOf(target: BatchTarget, recordId: string, observation: Observation, bounds: LastSeen): Sighting {
  return {
    ...keyOf(target, recordId),
    sent_at: bounds.sentAt,
    received_at: bounds.receivedAt,
    next_read_at: null,
    next_read_reason: null,
    progress_percent: observation.progressPercent ?? null,
    last_activity: observation.lastActivity ?? null,
    source_updated_at: observation.sourceUpdatedAt ?? null,
  };
}

function keyOf(target: BatchTarget, recordId: string): Pick<Sighting, 'connection' | 'stream' | 'record_id'> {
  return { connection: target.connection, stream: target.stream, record_id: recordId };
}
