import type { Observation } from '../model/observation.ts';
import type { RecordKind } from '../model/record-kind.ts';
import type { KnownRecord } from '../model/record.ts';
import { attemptKeyOf } from './attempt-key.ts';
import type { Draft } from './draft.ts';

/**
 * Whether closing this attempt shows that it never was one: it was open in the answer that opened it and in no later one, and now
 * everything is as it was before. Some sources write a finished record back to open for a moment.
 *
 * @param errorDigest of the observation, undefined where it carries none
 */
export function isFlap(
  known: KnownRecord,
  closing: Draft,
  observation: Observation,
  context: { readonly kind: RecordKind; readonly errorDigest: string | null | undefined },
): boolean {
  const { record, lastSeen, opening, previousAttempt } = known;
  if (opening?.sentAt == null || previousAttempt === null || lastSeen === null) return false;
  const key = attemptKeyOf(context.kind, observation) ?? record.attemptKey;
  return (
    record.attempt > 1 &&
    record.sequence === opening.sequence &&
    lastSeen.sentAt <= opening.sentAt &&
    closing.eventType === 'status_changed' &&
    closing.when.reportedAt === null &&
    closing.status.toStatus !== null &&
    closing.status.toStatus === previousAttempt.outcome &&
    (key === null || key === previousAttempt.attemptKey) &&
    (context.errorDigest === undefined || context.errorDigest === previousAttempt.errorDigest)
  );
}
