import type { Observation } from '../model/observation.ts';
import type { KnownRecord } from '../model/record.ts';
import type { SeenBounds } from './dated.ts';

/** For what an answer shows otherwise than it was: it changed since the record was last seen. */
export function sightingBounds({ lastSeen }: KnownRecord): SeenBounds {
  return { own: lastSeen === null ? null : { at: lastSeen.sentAt, clock: 'ours' }, sourceEarliest: null, sourceLatest: null };
}

/**
 * For a change of status. It came after the entry into the status before; after the record was last seen in that status, unless it was
 * gone in between, or the word had been there before it was understood; and before the source's version of it, if that moved.
 */
export function changeBounds(known: KnownRecord, observation: Observation): SeenBounds {
  const { record, lastSeen, latestSourceUpdatedAt } = known;
  const { statusSince } = record;
  const wasThere = record.status === null && record.sourceStatus === observation.sourceStatus;
  const isSeenInIt = record.isPresent && !wasThere;
  const version = observation.sourceUpdatedAt ?? null;
  const hasMoved = version !== null && (latestSourceUpdatedAt === null || version > latestSourceUpdatedAt);
  return {
    own: isSeenInIt && lastSeen !== null ? { at: lastSeen.sentAt, clock: 'ours' } : entryBound(known),
    sourceEarliest: statusSince.reportedAt,
    sourceLatest: hasMoved ? version : null,
  };
}

/** The earliest that the status before can have been entered, where it was seen and not reported. */
function entryBound({ record }: KnownRecord): SeenBounds['own'] {
  const { reportedAt, earliestAt } = record.statusSince;
  return reportedAt !== null || earliestAt === null ? null : { at: earliestAt, clock: 'either' };
}
