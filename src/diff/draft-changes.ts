import type { EventDraft } from '../model/event.ts';
import type { Observation } from '../model/observation.ts';
import type { KnownRecord } from '../model/record.ts';
import { attemptKeyOf } from './attempt-key.ts';
import { changeBounds, sightingBounds } from './change-bounds.ts';
import type { Comparison } from './compare.ts';
import { seenBetween } from './dated.ts';
import type { DiffContext } from './diff-observation.ts';
import { draftSteps } from './draft-steps.ts';
import { newDraft, type Draft } from './draft.ts';
import { finishDrafts } from './finish-drafts.ts';
import { isFlap } from './is-flap.ts';

/**
 * The events that bring the ledger up to an observation: that the record is back, how its status was misread, late times of its attempt,
 * what it entered since; and where nothing of that happened, an amendment.
 */
export function draftChanges(
  known: KnownRecord,
  observation: Observation,
  comparison: Comparison,
  context: DiffContext,
): readonly [EventDraft, ...EventDraft[]] {
  const { record } = known;
  const { changed, correction, plan, errorDigest, learnedKey, hasRegression } = comparison;
  const sighting = seenBetween(sightingBounds(known, observation), observation.response);
  const drafts: Draft[] = [];
  if (!record.isPresent) drafts.push(newDraft('reappeared', record.attempt, sighting));
  if (correction !== null) drafts.push(correction.draft);
  if (plan.late !== null) {
    const amended = newDraft('amended', record.attempt, sighting);
    Object.assign(amended.facts, plan.late);
    drafts.push(amended);
  }
  drafts.push(...draftMove(known, observation, comparison, context));

  const [first = newDraft('amended', record.attempt, sighting), ...others] = drafts;
  if (others.length === 0 && isFlap(known, first, changed, observation, context)) first.facts.is_flap = true;
  const facts = { ...changed?.facts, ...(learnedKey !== null && { attempt_key: learnedKey }) };
  return finishDrafts([first, ...others], observation, { facts, errorDigest, knownVersion: record.sourceUpdatedAt, hasRegression });
}

/**
 * The events of another status, another word for it, or another attempt. What the attempt before had, a new one has not: its key and its
 * error.
 */
function draftMove(known: KnownRecord, observation: Observation, { move, plan }: Comparison, context: DiffContext): readonly Draft[] {
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
