import { addMicros, type Instant } from '../../src/model/instant.ts';
import type { TrueEntry } from '../sync/system-truth.ts';
import type { StoredEvent } from './stored-rows.ts';

/** How an entry of a record into a status is known: by the source's own time of it, or by the answers before and after it. */
export type Claim = 'reported' | 'bounded';

export interface Match {
  /** By the number of the entry. */
  readonly claims: ReadonlyMap<number, Claim>;
  readonly disappearance: 'none' | 'claimed';
  /** Events that claim what another one has claimed already. */
  readonly duplicated: readonly StoredEvent[];
  /** Events that claim what never was, or not then. */
  readonly invented: readonly StoredEvent[];
}

/**
 * Holds the events of one record against its truth: each claims one entry, in order, and its interval holds the true moment. An interval by our clock holds it by
 * our clock, one by the source's by the source's: which it is, an event does not tell.
 *
 * @param skewMs by how much the source's clock was ahead of ours
 */
export function matchHistory(
  history: readonly StoredEvent[],
  truth: { readonly entries: readonly TrueEntry[]; readonly deletedAt: Instant | null },
  skewMs: number,
): Match {
  const claims = new Map<number, Claim>();
  const duplicated: StoredEvent[] = [];
  const invented: StoredEvent[] = [];
  const attempts = new Map<number, number>();
  let disappearance: Match['disappearance'] = 'none';
  let attemptKey: unknown = null;
  let next = 0;
  for (const event of history) {
    if ('attempt_key' in event.facts) attemptKey = event.facts['attempt_key'];
    // Nothing of this truth is illegal, unknown or out of order, and nothing ever comes back.
    if (event.anomalies.length > 0 || event.event_type === 'reappeared') invented.push(event);
    if (event.event_type === 'disappeared') {
      if (disappearance === 'claimed') duplicated.push(event);
      else if (truth.deletedAt === null || !holds(event, truth.deletedAt, skewMs)) invented.push(event);
      disappearance = 'claimed';
    }
    if (event.to_status === null) continue;
    const fits = (entry: TrueEntry): boolean => isOfAttempt(entry) && claimsEntry(event, entry, skewMs);
    const index = truth.entries.findIndex((entry, place) => place >= next && fits(entry));
    const entry = truth.entries[index];
    if (entry === undefined) {
      const isClaimed = truth.entries.some((candidate, place) => claims.has(place) && claimsEntry(event, candidate, skewMs));
      (isClaimed ? duplicated : invented).push(event);
      continue;
    }
    claims.set(index, event.reported_at === null ? 'bounded' : 'reported');
    if (entry.key !== null) attempts.set(event.attempt, entry.attempt);
    next = index + 1;

    function isOfAttempt(entry: TrueEntry): boolean {
      if (entry.key === null) return true;
      const known = attempts.get(event.attempt);
      return (
        entry.key === attemptKey && (known === undefined ? entry.attempt > Math.max(0, ...attempts.values()) : entry.attempt === known)
      );
    }
  }
  return { claims, disappearance, duplicated, invented };
}

/** Whether what an event says is true of an entry, whichever attempt either is of. */
export function claimsEntry(event: StoredEvent, entry: TrueEntry, skewMs: number): boolean {
  if (entry.status !== event.to_status) return false;
  if (event.source_status !== null && !entry.words.includes(event.source_status)) return false;
  return event.reported_at === null ? holds(event, entry.at, skewMs) : event.reported_at === entry.at;
}

function holds(event: StoredEvent, at: Instant, skewMs: number): boolean {
  return [at, ourClock(at, skewMs)].some(
    (moment) => (event.earliest_at === null || moment >= event.earliest_at) && moment <= event.latest_at,
  );
}

export function ourClock(at: Instant, skewMs: number): Instant {
  return addMicros(at, BigInt(-skewMs) * 1000n);
}
