import type { Observation } from '../model/observation.ts';
import type { AttemptState, KnownRecord } from '../model/record.ts';
import { STATUS_RANK } from '../model/status.ts';
import { attemptKeyOf, isKeyless, ownKeyOf } from './attempt-key.ts';
import { changedFacts, type ChangedFacts } from './changed-facts.ts';
import type { DiffContext } from './diff-observation.ts';
import { draftCorrection, type Correction } from './draft-correction.ts';
import type { Decided } from './judge-status.ts';
import { planSteps, type StepPlan } from './plan-steps.ts';
import { NO_TIMES, provenTimes, type ProvenTimes } from './proven-times.ts';

/** All that an observation carries otherwise than it is known. */
export interface Comparison {
  readonly move: Decided;
  /** Where the move is a correction. */
  readonly correction: Correction | null;
  readonly plan: StepPlan;
  /** null: none */
  readonly changed: ChangedFacts | null;
  /** undefined: as it is known, or not told */
  readonly errorDigest: string | null | undefined;
  /** The attempt's key, where none of its own was known. */
  readonly learnedKey: string | null;
  readonly hasRegression: boolean;
}

export function compare(known: KnownRecord, observation: Observation, move: Decided, context: DiffContext): Comparison {
  const { record } = known;
  const correction = move.kind === 'corrected' ? draftCorrection(known, observation, move) : null;
  const attempt = correction === null ? known.attempt : correction.attempt;
  // Without its key, an answer may be about another attempt: its times and its error are then nobody's.
  const isOfAttempt = !isKeyless(context.kind, observation) || context.isConfirmation;
  const times = isOfAttempt ? timesOf(known, attempt, observation, move, context) : NO_TIMES;
  return {
    move,
    correction,
    plan: planSteps(record, attempt, move, times),
    changed: changedFacts(record, observation, isOfAttempt),
    errorDigest: isOfAttempt ? changedError(known, move, context) : undefined,
    learnedKey: learnedKey(known, observation, move, context),
    hasRegression: times.hasRegression,
  };
}

export function isUnchanged({ record }: KnownRecord, { move, plan, changed, errorDigest, learnedKey }: Comparison): boolean {
  if (!record.isPresent || move.kind !== 'kept') return false;
  return plan.late === null && changed === null && errorDigest === undefined && learnedKey === null;
}

/** Whether it only goes forward, and tells what was not known before: that is true whichever of two answers is the newer. */
export function isAddition({ record }: KnownRecord, { move, plan, changed, errorDigest }: Comparison): boolean {
  const { kind, status } = move;
  const isForward = kind === 'entered' && status !== null && record.status !== null && STATUS_RANK[status] > STATUS_RANK[record.status];
  if (kind !== 'kept' && !isForward) return false;
  return plan.isAddition && (changed?.isAddition ?? true) && (errorDigest === undefined || record.errorDigest === null);
}

/** An unknown word touches no attempt. */
function timesOf(known: KnownRecord, attempt: AttemptState, observation: Observation, move: Decided, context: DiffContext): ProvenTimes {
  if (move.status === null) return NO_TIMES;
  const base =
    move.kind === 'opened'
      ? { known, attempt: null, previous: known.attempt, isLater: true }
      : { known, attempt, previous: known.previousAttempt, isLater: known.record.attempt > 1 };
  return provenTimes(observation, move.status, base, context.kind);
}

/** Under a word that nobody understands it waits: it may be that of the next attempt. */
function learnedKey(known: KnownRecord, observation: Observation, move: Decided, { kind }: DiffContext): string | null {
  if (ownKeyOf(known, kind) !== null || move.kind === 'opened' || move.status === null) return null;
  const key = attemptKeyOf(kind, observation) ?? null;
  return key === known.record.attemptKey ? null : key;
}

/** A new attempt starts without error: there, even the same one is told again. */
function changedError({ record }: KnownRecord, move: Decided, { errorDigest }: DiffContext): string | null | undefined {
  if (move.kind === 'opened') return errorDigest ?? undefined;
  return errorDigest === record.errorDigest ? undefined : errorDigest;
}
