import type { Observation } from '../model/observation.ts';
import type { KnownRecord } from '../model/record.ts';
import type { SeenBounds } from './dated.ts';
import { olderBound, ownBound } from './own-bound.ts';

/** For what an answer shows otherwise than it was: it changed since the record was last seen. */
export function sightingBounds({ lastSeen }: KnownRecord, { response }: Observation): SeenBounds {
  const bound = lastSeen === null ? null : ownBound(lastSeen, response);
  return {
    own: bound?.at == null ? null : { at: bound.at, clock: 'ours' },
    sourceEarliest: null,
    sourceLatest: null,
    isSetBack: bound?.isSetBack ?? false,
  };
}

/**
 * For a change of status. It came after the entry into the status before; after the record was last seen in that status, unless it was
 * gone in between, or the word had been there before it was understood; and before the source's version of it, if that moved.
 */
export function changeBounds(known: KnownRecord, observation: Observation): SeenBounds {
  const { record, lastSeen, latestSourceUpdatedAt } = known;
  const wasThere = record.status === null && record.sourceStatus === observation.sourceStatus;
  const isSeenInIt = record.isPresent && !wasThere;
  const version = observation.sourceUpdatedAt ?? null;
  const hasMoved = version !== null && (latestSourceUpdatedAt === null || version > latestSourceUpdatedAt);
  return {
    ...(isSeenInIt && lastSeen !== null ? sightingBounds(known, observation) : entryBounds(known, observation)),
    sourceEarliest: record.statusSince.reportedAt,
    sourceLatest: hasMoved ? version : null,
  };
}

/** From the earliest that the status before can have been entered, where it was seen and not reported. */
function entryBounds({ record, lastSeen }: KnownRecord, { response }: Observation): SeenBounds {
  const { reportedAt, earliestAt } = record.statusSince;
  const none = { own: null, sourceEarliest: null, sourceLatest: null, isSetBack: false };
  if (reportedAt !== null || earliestAt === null) return none;
  if (lastSeen === null) return { ...none, own: { at: earliestAt, clock: 'either' } };
  const { at, isSetBack } = olderBound(earliestAt, lastSeen, response);
  return { ...none, own: at === null ? null : { at, clock: 'either' }, isSetBack };
}
