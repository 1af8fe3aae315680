import type { Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { ClockReading } from '../model/clock-offset.ts';
import type { Observation } from '../model/observation.ts';
import type { KnownRecord, LastSeen } from '../model/record.ts';
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
  batch: Pick<Batch, 'purpose' | 'shownBy'>,
): Promise<void> {
  const { purpose } = batch;
  const seen: Sighting[] = [];
  const finished: RecordPlan[] = [];
  const reads: ReadRequest[] = [];
  for (const record of plan.records) {
    const { after } = record;
    const isOpen = after !== null && after.record.isPresent && !after.record.isTerminal;
    const shown = shownEver(record, batch.shownBy);
    const isShown = batch.shownBy === 'id' && target.isDetailShownById;
    const hasDetailDue = !isShown && isDetailDue(target, record, purpose, isOpen && record.seen !== null);
    let isDetailPending = false;
    if (record.seen !== null && (isOpen || isToKeep(record, shown))) {
      isDetailPending = !isOpen && record.before?.nextReadReason === 'detail' && purpose !== 'detail' && !isShown;
      seen.push({ ...sightingOf(target, record.recordId, record.seen, after), ...shown });
    } else if (record.seen !== null && shown.is_listed && wasWatched(record)) {
      finished.push(record);
    }
    const reason = record.deferred !== null ? 'confirm' : hasDetailDue || isDetailPending ? 'detail' : null;
    const answer = (record.deferred ?? record.seen)?.response ?? after?.lastSeen ?? null;
    if (reason !== null && answer !== null) {
      reads.push({
        ...keyOf(target, record.recordId),
        ...boundsOf(target, answer, after?.lastSeen ?? null),
        next_read_at: answer.receivedAt,
        next_read_reason: reason,
        ...shown,
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

type Shown = Pick<Sighting, 'is_listed' | 'is_answered'>;

/** What ever showed the record, this batch included. Of records that are not watched nothing is kept: all of them were in the list that shows all. */
function shownEver({ before }: RecordPlan, shownBy: Batch['shownBy']): Shown {
  if (isUnlisted(before, shownBy)) return { is_listed: false, is_answered: true };
  return {
    is_listed: (before?.isListed ?? false) || shownBy === 'all',
    is_answered: (before?.isAnswered ?? false) || shownBy === 'id',
  };
}

/** A record that a full scan did not see and a read by id found: a source may keep old records without listing them. */
function isUnlisted(before: RecordPlan['before'], shownBy: Batch['shownBy']): boolean {
  return before?.nextReadReason === 'absence' && shownBy === 'id';
}

/**
 * Whether a finished record keeps its sighting: the list that shows all never showed it, so that its silence there will prove nothing. Written only where that
 * changes, or what is noted in it.
 */
function isToKeep({ before, events }: RecordPlan, shown: Shown): boolean {
  if (before !== null && before.isListed && shown.is_listed) return false;
  if (shown.is_listed) return before?.nextReadReason === 'detail';
  return (
    before === null ||
    events.length > 0 ||
    before.missingSinceAt !== null ||
    before.nextReadReason === 'absence' ||
    before.isAnswered !== shown.is_answered
  );
}

/** A finished record that was in the list that shows all has a sighting only if it was open before, or is to be read again. */
function wasWatched({ before }: RecordPlan): boolean {
  if (before?.isWatched !== true) return false;
  const { record } = before.known;
  return (
    !before.isListed || !record.isTerminal || !record.isPresent || before.nextReadReason !== 'detail' || before.missingSinceAt !== null
  );
}

/** @param isSeenOpen what it shows can move while it is open: it is looked at again whenever it is seen */
function isDetailDue(target: BatchTarget, { before, after, events }: RecordPlan, purpose: Batch['purpose'], isSeenOpen: boolean): boolean {
  // A confirmation, or a doubt whether it is there, may have taken the place of a detail that was still to be read.
  const isDue = isSeenOpen || events.length > 0 || purpose === 'confirm' || before?.nextReadReason === 'absence';
  return purpose !== 'detail' && isDue && after !== null && after.record.isPresent && target.isDetailWanted(after.record);
}

/** When it was last seen is as it is known: an answer that does not tell of which attempt it is moves it not. */
function sightingOf(
  target: BatchTarget,
  recordId: string,
  observation: Observation,
  known: KnownRecord | null,
): Omit<Sighting, keyof Shown> {
  return {
    ...keyOf(target, recordId),
    ...boundsOf(target, observation.response, known?.lastSeen ?? null),
    next_read_at: null,
    next_read_reason: null,
    progress_percent: observation.progressPercent ?? null,
    last_activity: known?.record.isRedacted === true ? null : (observation.lastActivity ?? null),
    source_updated_at: observation.sourceUpdatedAt ?? null,
  };
}

type Bounds = Pick<Sighting, 'sent_at' | 'received_at' | 'server_date' | 'sync_id'>;

function boundsOf({ syncId }: BatchTarget, answer: ClockReading, lastSeen: LastSeen | null): Bounds {
  const { sentAt, receivedAt, serverDate } = lastSeen ?? answer;
  return {
    sent_at: sentAt,
    received_at: receivedAt,
    server_date: serverDate,
    sync_id: lastSeen?.isEarlier === true ? null : syncId.toString(),
  };
}

function keyOf(target: BatchTarget, recordId: string): Pick<Sighting, 'connection' | 'stream' | 'record_id'> {
  return { connection: target.connection, stream: target.stream, record_id: recordId };
}
