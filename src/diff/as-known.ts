import type { ClockReading } from '../model/clock-offset.ts';
import type { EventDraft } from '../model/event.ts';
import { later } from '../model/instant.ts';
import type { Observation } from '../model/observation.ts';
import type { AttemptState, FoldState, KnownRecord, LastSeen } from '../model/record.ts';
import { foldEvent } from './fold-event.ts';

/**
 * What is known of a record after an observation and the events that the diff made of it (none where it is unchanged), before they have a
 * place in the ledger: so that the next observation of the same record in one batch can be diffed. Positions in it are placeholders. Not
 * for `stale` and `deferred` observations: they show the record otherwise than it is known.
 *
 * @throws TypeError for a record that nothing is known of, and no event
 */
export function asKnown(known: KnownRecord | null, events: readonly EventDraft[], observation: Observation): KnownRecord {
  const { sentAt, receivedAt, serverDate } = observation.response;
  const after = foldDrafts(known, events, sentAt);
  const version = observation.sourceUpdatedAt ?? null;
  const knownVersion = known?.latestSourceUpdatedAt ?? null;
  return {
    ...after,
    lastSeen: showsAttempt(known, events, observation)
      ? widest(known?.lastSeen ?? null, { sentAt, receivedAt, serverDate, isEarlier: false })
      : (known?.lastSeen ?? null),
    // A lower one is only taken where the source's clock was set back: from then on it is the measure.
    latestSourceUpdatedAt: version ?? knownVersion,
  };
}

/** The same after an absence: what comes next comes after the answers that prove it. */
export function asKnownAbsent(known: KnownRecord, event: EventDraft, { sentAt, receivedAt, serverDate }: ClockReading): KnownRecord {
  return { ...known, ...foldDrafts(known, [event], null), lastSeen: { sentAt, receivedAt, serverDate, isEarlier: false } };
}

/**
 * Whether an observation shows the attempt that is known. One without a key, of a record that has one, may show the next attempt in the
 * same status: it must not move the lower bound of what comes next.
 */
function showsAttempt(known: KnownRecord | null, events: readonly EventDraft[], observation: Observation): boolean {
  const hasKey = known !== null && known.record.attemptKey !== null;
  return (
    !hasKey || (observation.attemptKey ?? null) !== null || events.some((event) => event.sourceStatus !== null || event.toStatus !== null)
  );
}

/** Answers of one sync cross: the bounds are the latest request and the latest arrival of all that saw it so. */
function widest(known: LastSeen | null, seen: LastSeen): LastSeen {
  if (known === null || known.isEarlier) return seen;
  const last = seen.sentAt > known.sentAt ? seen : known;
  return { ...last, receivedAt: later(known.receivedAt, seen.receivedAt) };
}

type Folded = Pick<KnownRecord, 'record' | 'attempt' | 'previousAttempt' | 'opening'>;

function foldDrafts(known: KnownRecord | null, events: readonly EventDraft[], sentAt: LastSeen['sentAt'] | null): Folded {
  let state: FoldState | null = known;
  let previousAttempt: AttemptState | null = known?.previousAttempt ?? null;
  let opening = known?.opening ?? null;
  for (const event of events) {
    const sequence: number = (state?.record.sequence ?? 0) + 1;
    const folded = foldEvent(state, { ...event, sequence, position: state?.record.lastPosition ?? 0n });
    if (event.eventType === 'reopened') {
      previousAttempt = folded.closed ?? state?.attempt ?? null;
      opening = { sequence, sentAt };
    }
    state = folded.state;
  }
  if (state === null) throw new TypeError('a record without an event is not known');
  return { record: state.record, attempt: state.attempt, previousAttempt, opening: state.attempt.outcome === null ? opening : null };
}
