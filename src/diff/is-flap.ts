import type { Instant } from '../model/instant.ts';
import type { Observation } from '../model/observation.ts';
import type { RecordKind } from '../model/record-kind.ts';
import type { AttemptState, Entry, KnownRecord, RecordState } from '../model/record.ts';
import { attemptKeyOf } from './attempt-key.ts';
import type { ChangedFacts } from './changed-facts.ts';
import type { Draft } from './draft.ts';
import { isExact } from './proven-times.ts';

/**
 * Whether closing this attempt shows that it never was one: it was open in the answer that opened it and in no later one, and now
 * everything is as it was before. Some sources write a finished record back to open for a moment.
 *
 * @param changed facts that come with the closing
 * @param context.errorDigest of the observation, undefined where it carries none
 */
export function isFlap(
  known: KnownRecord,
  closing: Draft,
  changed: ChangedFacts | null,
  observation: Observation,
  context: { readonly kind: RecordKind; readonly errorDigest: string | null | undefined },
): boolean {
  const { record, lastSeen, opening, previousAttempt } = known;
  if (opening?.sentAt == null || previousAttempt === null || lastSeen === null) return false;
  const key = attemptKeyOf(context.kind, observation) ?? record.attemptKey;
  return (
    record.attempt > 1 &&
    record.sequence === opening.sequence &&
    lastSeen.sentAt === opening.sentAt &&
    closing.eventType === 'status_changed' &&
    closing.when.reportedAt === null &&
    closing.status.toStatus !== null &&
    closing.status.toStatus === previousAttempt.outcome &&
    isRestored(record, changed, observation, previousAttempt) &&
    (key === null || key === previousAttempt.attemptKey) &&
    (context.errorDigest === undefined || context.errorDigest === previousAttempt.errorDigest)
  );
}

/**
 * Whether nothing is otherwise than before the attempt was opened. Start and finish may have been cleared while it was open, if they are back
 * as the attempt before reported them; where they are not, something did change. A source that carries no such time has none to give back: an entry that is exact is
 * then one between two moments that were the same.
 */
function isRestored(
  { startedAt, finishedAt }: RecordState,
  changed: ChangedFacts | null,
  observation: Observation,
  before: AttemptState,
): boolean {
  const { started_at: newStart, finished_at: newFinish, ...others } = changed?.facts ?? {};
  return (
    Object.keys(others).length === 0 &&
    (observation.startedAt === undefined || isTimeRestored(startedAt, newStart, before.started)) &&
    (observation.finishedAt === undefined || isTimeRestored(finishedAt, newFinish, before.finished))
  );
}

function isTimeRestored(known: Instant | null, changed: Instant | null | undefined, before: Entry | null): boolean {
  if (before === null || !isExact(before)) return changed === undefined;
  return (changed === undefined ? known : changed) === before.at;
}
