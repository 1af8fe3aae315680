import type { EventDraft } from '../model/event.ts';
import type { Observation } from '../model/observation.ts';
import type { RecordKind } from '../model/record-kind.ts';
import type { AttemptState, KnownRecord } from '../model/record.ts';
import { STATUS_RANK } from '../model/status.ts';
import { attemptKeyOf, isKeyless } from './attempt-key.ts';
import { changedFacts, type ChangedFacts } from './changed-facts.ts';
import { seenBetween, type SeenBounds } from './dated.ts';
import { diffFirstSight } from './diff-first-sight.ts';
import { draftSteps } from './draft-steps.ts';
import { finishDraft, newDraft, type Draft, type WritableFacts } from './draft.ts';
import { finishDrafts } from './finish-drafts.ts';
import { foldEvent } from './fold-event.ts';
import { isFlap } from './is-flap.ts';
import { judgeStatus, type Move } from './judge-status.ts';
import { orderOf } from './order-of.ts';
import { planSteps, type StepPlan } from './plan-steps.ts';
import { NO_TIMES, provenTimes, type ProvenTimes } from './proven-times.ts';

/**
 * What an observation means for what is known: events that bring the ledger up to it; `unchanged`; `stale`, it shows the record as it was before what is
 * known; or `deferred`, it cannot be decided and is not applied: the record must be read by id.
 */
export type Diff =
  | { readonly kind: 'events'; readonly events: readonly [EventDraft, ...EventDraft[]] }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'deferred'; readonly reason: string };

export interface DiffContext {
  readonly kind: RecordKind;
  /**
   * Hex of the keyed digest of the observation's error; null where it carries none; undefined where it does not tell, or where errors of this record are
   * compared no more.
   */
  readonly errorDigest: string | null | undefined;
  /** Whether this is the read by id that a deferral asked for. */
  readonly isConfirmation: boolean;
}

type Decided = Exclude<Move, { kind: 'deferred' }>;

const UNCHANGED: Diff = { kind: 'unchanged' };
const STALE: Diff = { kind: 'stale' };

/** Pure and total: every observation of a record gives an answer, whatever is known of it. */
export function diffObservation(known: KnownRecord | null, observation: Observation, context: DiffContext): Diff {
  if (known === null) return diffFirstSight(observation, context);
  const order = orderOf(known, observation);
  if (order === 'stale') return STALE;
  const move = judgeStatus(known, observation, context);
  if (move.kind === 'deferred') return move;

  const corrected = move.kind === 'corrected' ? draftCorrection(known, observation, move) : null;
  const attempt = corrected === null ? known.attempt : corrected.attempt;
  // Without its key, an answer may be about another attempt: its times and its error are then nobody's.
  const isOfAttempt = !isKeyless(context.kind, observation) || context.isConfirmation;
  const times = isOfAttempt ? timesOf(known, attempt, observation, move, context.kind) : NO_TIMES;
  const plan = planSteps(known.record, attempt, move, times);
  const changed = changedFacts(known.record, observation, isOfAttempt);
  const errorDigest = isOfAttempt ? changedError(known, move, context) : undefined;
  const learnedKey = learnedKeyOf(known, observation, move, context.kind);

  if (
    known.record.isPresent &&
    move.kind === 'kept' &&
    plan.late === null &&
    changed === null &&
    errorDigest === undefined &&
    learnedKey === null
  ) {
    return UNCHANGED;
  }
  if (order === 'undecided' && !isAddition(known, move, plan, changed, errorDigest)) {
    return { kind: 'deferred', reason: 'another answer about it was under way at the same time, and which is newer cannot be told' };
  }

  const drafts: Draft[] = [];
  const sighting = seenBetween(sightingBounds(known), observation.response);
  if (!known.record.isPresent) drafts.push(newDraft('reappeared', known.record.attempt, sighting));
  if (corrected !== null) drafts.push(corrected.draft);
  if (plan.late !== null) {
    const amended = newDraft('amended', known.record.attempt, sighting);
    Object.assign(amended.facts, plan.late);
    drafts.push(amended);
  }
  drafts.push(...draftMove(known, observation, move, plan, context));
  const [first = newDraft('amended', known.record.attempt, sighting), ...others] = drafts;
  if (changed === null && others.length === 0 && isFlap(known, first, observation, context)) first.facts.is_flap = true;
  const facts: WritableFacts = { ...changed?.facts, ...(learnedKey !== null && { attempt_key: learnedKey }) };
  const contents = { facts, errorDigest, knownVersion: known.record.sourceUpdatedAt, hasRegression: times.hasRegression };
  return { kind: 'events', events: finishDrafts([first, ...others], observation, contents) };
}

/** The events of another status, another word for it, or another attempt. */
function draftMove(known: KnownRecord, observation: Observation, move: Decided, plan: StepPlan, context: DiffContext): readonly Draft[] {
  if (plan.steps === null) return [];
  const { record } = known;
  const isOpened = move.kind === 'opened';
  const drafts = draftSteps(plan.steps, observation, {
    firstType: isOpened ? 'reopened' : 'status_changed',
    attempt: isOpened ? record.attempt + 1 : record.attempt,
    fromStatus: record.status,
    reason: move.reason,
    bounds: changeBounds(known, observation),
  });
  const [first] = drafts;
  const last = drafts[drafts.length - 1] ?? first;
  if (!move.isLegal) (isOpened ? first : last).anomalies.push('illegal_transition');
  if (isOpened) {
    const attemptKey = attemptKeyOf(context.kind, observation) ?? null;
    if (attemptKey !== record.attemptKey) first.facts.attempt_key = attemptKey;
    if (record.errorDigest !== null) first.facts.error_digest = null;
  }
  return drafts;
}

/** The same word read otherwise: nothing happened at the source, so it takes the evidence of the entry that it corrects. */
function draftCorrection(
  known: KnownRecord,
  observation: Observation,
  move: Decided,
): { readonly draft: Draft; readonly attempt: AttemptState } {
  const { record } = known;
  const draft = newDraft(
    'reclassified',
    record.attempt,
    { when: record.statusSince, isSkewed: false },
    {
      fromStatus: record.status,
      toStatus: move.status,
      sourceStatus: observation.sourceStatus,
      statusReason: move.reason,
    },
  );
  if (move.status === null) draft.anomalies.push('unknown_status');
  if (!move.isLegal) draft.anomalies.push('illegal_transition');
  const { attempt } = foldEvent(known, { ...finishDraft(draft), position: 0n, sequence: 0 }).state;
  return { draft, attempt };
}

/** An unknown word touches no attempt. */
function timesOf(known: KnownRecord, attempt: AttemptState, observation: Observation, move: Decided, kind: RecordKind): ProvenTimes {
  if (move.status === null) return NO_TIMES;
  const base =
    move.kind === 'opened'
      ? { known, attempt: null, previous: known.attempt, isLater: true }
      : { known, attempt, previous: known.previousAttempt, isLater: known.record.attempt > 1 };
  return provenTimes(observation, move.status, base, kind);
}

/** A new attempt starts without error: there, even the same one is told again. */
function changedError({ record }: KnownRecord, move: Decided, { errorDigest }: DiffContext): string | null | undefined {
  if (move.kind === 'opened') return errorDigest ?? undefined;
  return errorDigest === record.errorDigest ? undefined : errorDigest;
}

function learnedKeyOf({ record }: KnownRecord, observation: Observation, move: Decided, kind: RecordKind): string | null {
  if (record.attemptKey !== null || move.kind === 'opened') return null;
  return attemptKeyOf(kind, observation) ?? null;
}

/** What an observation may bring whose order nobody knows: going forward, and what was not known before. */
function isAddition(
  { record }: KnownRecord,
  { kind, status }: Decided,
  plan: StepPlan,
  changed: ChangedFacts | null,
  errorDigest: string | null | undefined,
): boolean {
  const isForward = kind === 'entered' && status !== null && record.status !== null && STATUS_RANK[status] > STATUS_RANK[record.status];
  if (kind !== 'kept' && !isForward) return false;
  return plan.isAddition && (changed?.isAddition ?? true) && (errorDigest === undefined || record.errorDigest === null);
}

/** For what changed since the record was last seen. */
function sightingBounds({ lastSeen }: KnownRecord): SeenBounds {
  return { own: lastSeen === null ? null : { at: lastSeen.sentAt, clock: 'ours' }, sourceEarliest: null, sourceLatest: null };
}

/**
 * For a change of status. It came after the entry into the status before; after the record was last seen in that status, unless it was gone in between, or
 * the word had been there before it was understood; and before the source's version of it, if that moved.
 */
function changeBounds(known: KnownRecord, observation: Observation): SeenBounds {
  const { record, lastSeen, latestSourceUpdatedAt } = known;
  const { statusSince } = record;
  const wasThere = record.status === null && record.sourceStatus === observation.sourceStatus;
  const since =
    statusSince.reportedAt === null && statusSince.earliestAt !== null ? { at: statusSince.earliestAt, clock: 'either' as const } : null;
  const version = observation.sourceUpdatedAt ?? null;
  return {
    own: record.isPresent && lastSeen !== null && !wasThere ? { at: lastSeen.sentAt, clock: 'ours' } : since,
    sourceEarliest: statusSince.reportedAt,
    sourceLatest: version !== null && (latestSourceUpdatedAt === null || version > latestSourceUpdatedAt) ? version : null,
  };
}
