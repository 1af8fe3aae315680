import type { Observation } from '../model/observation.ts';
import { attemptKeyOf, isKeyless } from './attempt-key.ts';
import { changedFacts } from './changed-facts.ts';
import type { Diff, DiffContext } from './diff-observation.ts';
import { draftSteps } from './draft-steps.ts';
import { finishDrafts } from './finish-drafts.ts';
import { stepsTo } from './plan-steps.ts';
import { provenTimes } from './proven-times.ts';

/** A record that the ledger does not know: discovered, with every status that its times evidence. */
export function diffFirstSight(observation: Observation, context: DiffContext): Diff {
  const { reading } = observation;
  const { kind, isConfirmation } = context;
  if (reading.kind === 'undecided' && !isConfirmation) {
    return { kind: 'deferred', reason: 'what its status means depends on an error text that this answer does not carry' };
  }
  if (isKeyless(kind, observation) && !isConfirmation) {
    return { kind: 'deferred', reason: 'it is new, and this answer does not tell which attempt it shows' };
  }
  const status = reading.kind === 'known' ? reading.status : null;
  const times = provenTimes(observation, status, { known: null, attempt: null, previous: null, isLater: false }, kind);
  const drafts = draftSteps(stepsTo(status, times), observation, {
    firstType: 'discovered',
    attempt: 1,
    fromStatus: null,
    reason: reading.kind === 'known' ? reading.reason : null,
    bounds: {
      own: null,
      sourceEarliest: observation.createdAt ?? null,
      sourceLatest: observation.sourceUpdatedAt ?? null,
      isSetBack: false,
    },
  });
  const attemptKey = attemptKeyOf(kind, observation) ?? null;
  const events = finishDrafts(drafts, observation, {
    facts: { ...changedFacts(null, observation, true)?.facts, ...(attemptKey !== null && { attempt_key: attemptKey }) },
    errorDigest: context.errorDigest ?? undefined,
    knownVersion: null,
    hasRegression: times.hasRegression,
  });
  return { kind: 'events', events };
}
