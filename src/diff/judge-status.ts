import { addMicros } from '../model/instant.ts';
import type { Observation } from '../model/observation.ts';
import type { RecordKind } from '../model/record-kind.ts';
import type { AttemptState, KnownRecord } from '../model/record.ts';
import { isTerminal, STATUS_RANK, type Status, type StatusReason } from '../model/status.ts';
import { attemptKeyOf, ownKeyOf } from './attempt-key.ts';
import { isExact } from './proven-times.ts';

export interface JudgeContext {
  readonly kind: RecordKind;
  readonly isConfirmation: boolean;
  readonly hasNewWords?: boolean;
}

/** What an observation says about the status of a known record. */
export type Move =
  | {
      /**
       * `kept`: the same status, word and reason. `renamed`: another word or reason for the same status. `corrected`: the same word, read
       * otherwise than before. `entered`: another status of the same attempt. `opened`: another attempt.
       */
      readonly kind: 'kept' | 'renamed' | 'corrected' | 'entered' | 'opened';
      readonly status: Status | null;
      readonly reason: StatusReason | null;
      /** Whether this kind of record can do so. */
      readonly isLegal: boolean;
    }
  | { readonly kind: 'deferred'; readonly reason: string };

export type Decided = Exclude<Move, { kind: 'deferred' }>;

/** Judges against the last status that was known: a word that nobody understands in between neither closes nor opens an attempt. */
export function judgeStatus(known: KnownRecord, observation: Observation, context: JudgeContext): Move {
  const { record } = known;
  const { kind, isConfirmation } = context;
  const isSameWord = observation.sourceStatus === record.sourceStatus;
  const key = attemptKeyOf(kind, observation);
  const isAnotherKey =
    (typeof key === 'string' && ownKeyOf(known, kind) !== null && key !== record.attemptKey) ||
    isStartedAgain(known, observation, context, key);
  const read = readOf(known, observation, context, isSameWord && !isAnotherKey);
  if (read.kind === 'deferred') return read;
  const { status, reason } = read;
  const move = (kind: 'kept' | 'renamed' | 'corrected' | 'entered' | 'opened', isLegal = true): Move => ({ kind, status, reason, isLegal });

  // Another vocabulary than the record's: only what it means is compared, and a word of it that nobody understands tells nothing.
  if (observation.hasForeignWord === true && !isAnotherKey && (status === null || status === record.status)) {
    return { kind: 'kept', status: record.status, reason: record.statusReason, isLegal: true };
  }
  if (status === null) {
    if (!isSameWord) return move('entered');
    return move(record.status === null ? 'kept' : 'corrected');
  }
  const last = record.lastKnownStatus;
  if (isAnotherKey) return move('opened', last === null || canLeave(kind, last));
  if (isFinishedAgain(known, observation, kind, status)) return move('opened');
  if (status === record.status) {
    if (isSameWord && reason === record.statusReason) return move('kept');
    return move(
      context.hasNewWords === true || (isTerminal(status) && (isSameWord || isSameEnd(known, kind, key))) ? 'corrected' : 'renamed',
    );
  }
  // A word learnt only now may itself have ended or reopened what another word had finished: then it is a transition, and no correction.
  const isCorrection = record.status !== null || last === null || last === status || !isTerminal(last);
  if (isSameWord && isCorrection) return move('corrected', record.status !== null || isForward(last, status));
  if (last === null || last === status) return move('entered');
  if (!isTerminal(last)) return move('entered', isForward(last, status));
  if (isTerminal(status)) return canLeave(kind, last) ? move('opened') : move('entered', false);
  if (!isConfirmation) return deferred('it was finished and is shown open again');
  return move('opened', canLeave(kind, last));
}

type Read =
  | { readonly kind: 'read'; readonly status: Status | null; readonly reason: StatusReason | null }
  | { readonly kind: 'deferred'; readonly reason: string };

function readOf(known: KnownRecord, observation: Observation, context: JudgeContext, isSameWordAndKey: boolean): Read {
  const { record } = known;
  const { reading } = observation;
  switch (reading.kind) {
    case 'known':
      return { kind: 'read', status: reading.status, reason: reading.reason };
    case 'unknown':
      return { kind: 'read', status: null, reason: null };
    case 'undecided': {
      const isAgain = record.status !== null && isFinishedAgain(known, observation, context.kind, record.status);
      if (isSameWordAndKey && (!isAgain || context.isConfirmation)) {
        return { kind: 'read', status: record.status, reason: record.statusReason };
      }
      return context.isConfirmation
        ? { kind: 'read', status: null, reason: null }
        : deferred('what its status means depends on an error text that this answer does not carry');
    }
  }
}

/**
 * Where a source did not tell attempts apart before it changed its words, an attempt has no key yet, and a start that has moved on, and is the key now, is that of another.
 */
function isStartedAgain(known: KnownRecord, observation: Observation, context: JudgeContext, key: string | null | undefined): boolean {
  const { record } = known;
  if (context.hasNewWords !== true || typeof key !== 'string' || ownKeyOf(known, context.kind) !== null) return false;
  return (
    key === observation.startedAt &&
    key === observation.runningEvidence &&
    isReported(known.attempt.started) &&
    isLaterStart(key, record, context.kind)
  );
}

function isReported(entry: AttemptState['started']): boolean {
  return entry !== null && isExact(entry);
}

/** By more than other digits of the same moment, and after the attempt before was over. */
function isLaterStart(key: string, { startedAt, finishedAt, lastKnownStatus: last }: KnownRecord['record'], kind: RecordKind): boolean {
  if (startedAt === null || last === null || !canLeave(kind, last)) return false;
  return key > addMicros(startedAt, 1_000_000n) && (!isTerminal(last) || finishedAt === null || key > finishedAt);
}

/** Whether another word for the same end is one for this very end, and not for that of another attempt. */
function isSameEnd({ record }: KnownRecord, kind: RecordKind, key: string | null | undefined): boolean {
  const { lastKnownStatus: last, attemptKey } = record;
  return (last !== null && !canLeave(kind, last)) || (typeof key === 'string' && key === attemptKey);
}

/** A finish of this attempt that moved later while the record stayed finished: it ran again in between. */
function isFinishedAgain({ record, attempt }: KnownRecord, { finishedAt }: Observation, kind: RecordKind, status: Status): boolean {
  const last = record.lastKnownStatus;
  if (!kind.finishTellsAttempts || finishedAt == null || record.finishedAt === null || finishedAt <= record.finishedAt) return false;
  if (last === null || !isTerminal(last) || !isTerminal(status) || !canLeave(kind, last)) return false;
  return attempt.finished?.at === record.finishedAt;
}

function canLeave(kind: RecordKind, status: Status): boolean {
  return !isTerminal(status) || kind.reopensFrom.includes(status);
}

function isForward(from: Status | null, to: Status): boolean {
  return from === null || STATUS_RANK[to] >= STATUS_RANK[from];
}

function deferred(reason: string): { readonly kind: 'deferred'; readonly reason: string } {
  return { kind: 'deferred', reason };
}
