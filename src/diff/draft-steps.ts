import type { EventType } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';
import type { Observation } from '../model/observation.ts';
import type { Status, StatusReason } from '../model/status.ts';
import { reportedAt, seenBetween, type SeenBounds } from './dated.ts';
import { newDraft, type Draft } from './draft.ts';
import type { Step, Steps } from './plan-steps.ts';

export interface StepsContext {
  /** The type of the first event; those after it are `status_changed`. */
  readonly firstType: EventType;
  readonly attempt: number;
  readonly fromStatus: Status | null;
  readonly reason: StatusReason | null;
  /** Of the last step, where nothing reports it. */
  readonly bounds: SeenBounds;
}

/** One event a step. Only the last, the status that is shown, has the source's word: the others are known by their times alone. */
export function draftSteps(steps: Steps, observation: Observation, context: StepsContext): [Draft, ...Draft[]] {
  const [first, ...others] = steps;
  return [
    draftStep(first, null, others.length === 0, observation, context),
    ...others.map((step, index) => draftStep(step, steps[index] ?? first, index === others.length - 1, observation, context)),
  ];
}

function draftStep(step: Step, before: Step | null, isLast: boolean, observation: Observation, context: StepsContext): Draft {
  const { response } = observation;
  const bounds = { ...context.bounds, sourceEarliest: latest(before?.reportedAt ?? null, context.bounds.sourceEarliest) };
  const dated = step.reportedAt === null ? seenBetween(bounds, response) : reportedAt(step.reportedAt, response);
  const draft = newDraft(before === null ? context.firstType : 'status_changed', context.attempt, dated, {
    fromStatus: before === null ? context.fromStatus : before.status,
    toStatus: step.status,
    sourceStatus: isLast ? observation.sourceStatus : null,
    statusReason: isLast ? context.reason : null,
  });
  if (step.status === null) draft.anomalies.push('unknown_status');
  return draft;
}

function latest(a: Instant | null, b: Instant | null): Instant | null {
  if (a === null || b === null) return a ?? b;
  return a >= b ? a : b;
}
