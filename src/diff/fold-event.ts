import { SETS_STATUS, type EventFacts, type FoldableEvent, type Interval } from '../model/event.ts';
import { FACT_NAMES, NO_FACTS, type Facts } from '../model/facts.ts';
import type { Instant } from '../model/instant.ts';
import type { AttemptState, Entry, FoldState, RecordState } from '../model/record.ts';
import { isTerminal, type Status } from '../model/status.ts';
import { closeAsSuperseded, correctStatus, enterStatus, isFinished, newAttempt } from './fold-attempt.ts';

export interface Folded {
  readonly state: FoldState;
  /** The attempt before, where this event opened another and thereby closed it as `superseded`. */
  readonly closed: AttemptState | null;
}

/**
 * A record and its present attempt after one more event. The same for every source system; the events of a record folded from nothing, in
 * order, give its rows in `records` and `attempts`.
 *
 * @param state null before the first event, which must be `discovered`
 */
export function foldEvent(state: FoldState | null, event: FoldableEvent): Folded {
  if (state === null) return { state: foldInto(emptyState(event), event), closed: null };
  if (event.eventType !== 'reopened') return { state: foldInto(state, event), closed: null };
  const attemptKey = event.facts.attempt_key === undefined ? state.record.attemptKey : event.facts.attempt_key;
  const opened = { record: state.record, attempt: newAttempt(event.attempt, attemptKey, event.position) };
  return { state: foldInto(opened, event), closed: closeAsSuperseded(state.attempt) };
}

function foldInto({ record, attempt }: FoldState, event: FoldableEvent): FoldState {
  return {
    record: { ...foldStatus(record, event), ...foldFacts(record, event.facts), ...foldPlace(record, event) },
    attempt: foldFields(foldOutcome(attempt, record.status, event), record.status, event),
  };
}

function foldStatus(record: RecordState, event: FoldableEvent): RecordState {
  const { eventType, toStatus } = event;
  switch (eventType) {
    case 'discovered':
    case 'status_changed':
    case 'reopened':
    case 'reclassified': {
      // Two words that nobody understands may be two statuses: learnt later, each must have its own time.
      const isUnknown = eventType === 'status_changed' && toStatus === null;
      const isNewStatus = eventType === 'discovered' || eventType === 'reopened' || toStatus !== record.status || isUnknown;
      return {
        ...record,
        status: toStatus,
        sourceStatus: event.sourceStatus,
        statusReason: event.statusReason,
        isTerminal: toStatus === null ? record.isTerminal : isTerminal(toStatus),
        lastKnownStatus: toStatus ?? record.lastKnownStatus,
        attempt: event.attempt,
        statusSince: isNewStatus ? event.when : record.statusSince,
      };
    }
    case 'disappeared':
      return { ...record, isPresent: false };
    case 'reappeared':
      return { ...record, isPresent: true };
    case 'redacted':
      return { ...record, isRedacted: true };
    case 'amended':
      return record;
  }
}

function foldOutcome(attempt: AttemptState, from: Status | null, event: FoldableEvent): AttemptState {
  const { eventType, toStatus, when } = event;
  switch (eventType) {
    case 'discovered':
    case 'status_changed':
    case 'reopened':
      return toStatus === null ? attempt : enterStatus(attempt, toStatus, when);
    case 'reclassified':
      return toStatus === null ? attempt : correctStatus(attempt, from, toStatus, when);
    case 'disappeared':
      return attempt.outcome === null ? { ...attempt, outcome: 'disappeared' } : attempt;
    case 'reappeared':
      return attempt.outcome === 'disappeared' ? { ...attempt, outcome: null } : attempt;
    case 'amended':
    case 'redacted':
      return attempt;
  }
}

/** What an event sets of the record's own columns; absent is unchanged, null is cleared. */
function foldFacts(record: RecordState, facts: EventFacts): Partial<RecordState> {
  return {
    facts: mergedFacts(record.facts, facts),
    ...(facts.created_at !== undefined && { createdAt: facts.created_at }),
    ...(facts.started_at !== undefined && { startedAt: facts.started_at }),
    ...(facts.finished_at !== undefined && { finishedAt: facts.finished_at }),
    ...(facts.attempt_key !== undefined && { attemptKey: facts.attempt_key }),
    ...(facts.error_digest !== undefined && { errorDigest: facts.error_digest }),
    ...(facts.source_updated_at !== undefined && { sourceUpdatedAt: facts.source_updated_at }),
  };
}

function mergedFacts(known: Facts, facts: EventFacts): Facts {
  let merged: Facts | null = null;
  for (const name of FACT_NAMES) if (facts[name] !== undefined) merged = { ...(merged ?? known), [name]: facts[name] };
  return merged ?? known;
}

/** A redaction says nothing about the record: what was known of it last keeps its time. */
function foldPlace(record: RecordState, event: FoldableEvent): Pick<RecordState, 'sequence' | 'lastPosition' | 'lastLatestAt'> {
  const lastLatestAt = event.eventType === 'redacted' ? record.lastLatestAt : event.when.latestAt;
  return { sequence: event.sequence, lastPosition: event.position, lastLatestAt };
}

function foldFields(attempt: AttemptState, from: Status | null, event: FoldableEvent): AttemptState {
  const { facts } = event;
  return {
    ...foldError(attempt, from, event),
    ...(facts.attempt_key !== undefined && { attemptKey: facts.attempt_key }),
    ...(facts.attempt_queued_at !== undefined && { queued: reportedEntry(facts.attempt_queued_at) }),
    ...(facts.attempt_started_at !== undefined && { started: reportedEntry(facts.attempt_started_at) }),
    ...(facts.attempt_finished_at !== undefined && { finished: reportedEntry(facts.attempt_finished_at) }),
    isFlap: isFlapOf(attempt, facts),
  };
}

/**
 * An attempt keeps the error with which it ended: one that is cleared afterwards, or that comes or goes with a word that nobody
 * understands, changes the record only.
 */
function foldError(attempt: AttemptState, from: Status | null, { eventType, facts, position, toStatus }: FoldableEvent): AttemptState {
  const { error_digest: errorDigest } = facts;
  if (errorDigest === undefined) return attempt;
  const status = SETS_STATUS[eventType] ? toStatus : from;
  const isOver = isFinished(attempt.outcome) && (status === null || (errorDigest === null && !SETS_STATUS[eventType]));
  return isOver ? attempt : { ...attempt, errorDigest, errorPosition: errorDigest === null ? null : position };
}

/** An attempt that gets another key than the one it was opened under was none that only seemed to be. */
function isFlapOf({ isFlap, attemptKey }: AttemptState, facts: EventFacts): boolean {
  const hasNewKey = typeof facts.attempt_key === 'string' && attemptKey !== null && facts.attempt_key !== attemptKey;
  return facts.is_flap === true || (isFlap && !hasNewKey);
}

function reportedEntry(at: Instant): Entry {
  return { at, earliestAt: at, latestAt: at };
}

function emptyState(event: FoldableEvent): FoldState {
  const { when } = event;
  return { record: emptyRecord(event.attempt, when), attempt: newAttempt(event.attempt, null, event.position) };
}

function emptyRecord(attempt: number, when: Interval): RecordState {
  return {
    status: null,
    sourceStatus: null,
    statusReason: null,
    isTerminal: false,
    isPresent: true,
    lastKnownStatus: null,
    attempt,
    attemptKey: null,
    errorDigest: null,
    isRedacted: false,
    sourceUpdatedAt: null,
    sequence: 0,
    lastPosition: 0n,
    lastLatestAt: when.latestAt,
    createdAt: null,
    startedAt: null,
    finishedAt: null,
    statusSince: when,
    facts: NO_FACTS,
  };
}
