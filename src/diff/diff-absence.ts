import type { ClockReading } from '../model/clock-offset.ts';
import type { EventDraft } from '../model/event.ts';
import type { KnownRecord } from '../model/record.ts';
import { finishDraft, newDraft } from './draft.ts';
import { ownBound } from './own-bound.ts';

/**
 * A record that is proven gone. It vanished after it was last seen.
 *
 * @param evidence of the requests that together prove it: when the first of them left, when the last answer had arrived, and the server's Date in it
 * @returns null where it was gone already, or where the proof began before the last answer that showed it: then it may be older than that
 * answer
 */
export function diffAbsence({ record, lastSeen }: KnownRecord, evidence: ClockReading): EventDraft | null {
  if (!record.isPresent) return null;
  const { sentAt, receivedAt } = evidence;
  if (lastSeen !== null && !lastSeen.isEarlier && sentAt < lastSeen.receivedAt) return null;
  const bound = lastSeen === null ? null : ownBound(lastSeen, evidence);
  const when = { at: receivedAt, reportedAt: null, earliestAt: bound?.at ?? null, latestAt: receivedAt };
  return finishDraft(newDraft('disappeared', record.attempt, { when, isSkewed: bound?.isSetBack ?? false }));
}
