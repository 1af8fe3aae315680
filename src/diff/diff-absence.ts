import type { EventDraft } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';
import type { KnownRecord } from '../model/record.ts';
import { finishDraft, newDraft } from './draft.ts';

/** The requests that together prove an absence: when the first of them left, and when the last answer had arrived. */
export interface AbsenceEvidence {
  readonly sentAt: Instant;
  readonly receivedAt: Instant;
}

/**
 * A record that is proven gone. It vanished after it was last seen.
 *
 * @returns null where it was gone already, or where the proof began before the last answer that showed it: then it may be older than that
 * answer
 */
export function diffAbsence({ record, lastSeen }: KnownRecord, { sentAt, receivedAt }: AbsenceEvidence): EventDraft | null {
  if (!record.isPresent) return null;
  if (lastSeen !== null && sentAt < lastSeen.receivedAt) return null;
  const when = { at: receivedAt, reportedAt: null, earliestAt: lastSeen?.sentAt ?? null, latestAt: receivedAt };
  return finishDraft(newDraft('disappeared', record.attempt, { when, isSkewed: false }));
}
