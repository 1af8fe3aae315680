import { asKnown, asKnownAbsent } from '../../src/diff/as-known.ts';
import { diffAbsence } from '../../src/diff/diff-absence.ts';
import { diffObservation, type Diff } from '../../src/diff/diff-observation.ts';
import { foldEvent } from '../../src/diff/fold-event.ts';
import type { ClockReading } from '../../src/model/clock-offset.ts';
import type { EventDraft, FoldableEvent } from '../../src/model/event.ts';
import type { Observation } from '../../src/model/observation.ts';
import type { RecordKind } from '../../src/model/record-kind.ts';
import type { AttemptState, FoldState, KnownRecord } from '../../src/model/record.ts';

/** The ledger of one record: what was observed of it, and what became of that. */
export interface Trail {
  readonly kind: RecordKind;
  known: KnownRecord | null;
  readonly events: FoldableEvent[];
  /** By number, as the rows of `attempts`. */
  readonly attempts: Map<number, AttemptState>;
}

export function newTrail(kind: RecordKind): Trail {
  return { kind, known: null, events: [], attempts: new Map() };
}

/** The digest that the caller of the diff computes of an error's text. */
export function digestOf({ error }: Observation): string | null | undefined {
  return error == null ? error : `digest of ${error}`;
}

/** @param hasNewWords whether the source has changed its words since */
export function see(trail: Trail, observation: Observation, isConfirmation = false, hasNewWords = false): Diff {
  const errorDigest = trail.known?.record.isRedacted === true ? undefined : digestOf(observation);
  const diff = diffObservation(trail.known, observation, { kind: trail.kind, errorDigest, isConfirmation, hasNewWords });
  if (diff.kind === 'events') append(trail, diff.events, (known) => asKnown(known, diff.events, observation));
  if (diff.kind === 'unchanged') trail.known = asKnown(trail.known, [], observation);
  return diff;
}

/** The read by id that a deferral asks for. */
export function confirm(trail: Trail, observation: Observation): Diff {
  return see(trail, observation, true);
}

export function miss(trail: Trail, evidence: Omit<ClockReading, 'serverDate'> & Partial<ClockReading>): EventDraft | null {
  const { known } = trail;
  if (known === null) return null;
  const proof = { serverDate: null, ...evidence };
  const event = diffAbsence(known, proof);
  if (event !== null) append(trail, [event], () => asKnownAbsent(known, event, proof));
  return event;
}

/** Folds the events again, in their places, as the ledger does when it records them. */
function append(trail: Trail, drafts: readonly EventDraft[], after: (known: KnownRecord | null) => KnownRecord): void {
  let state: FoldState | null = trail.known;
  const known = after(trail.known);
  for (const draft of drafts) {
    const sequence = trail.events.length + 1;
    const event = { ...draft, sequence, position: BigInt(sequence) };
    trail.events.push(event);
    const folded = foldEvent(state, event);
    if (folded.closed !== null) trail.attempts.set(folded.closed.attempt, folded.closed);
    trail.attempts.set(folded.state.attempt.attempt, folded.state.attempt);
    state = folded.state;
  }
  trail.known = { ...known, ...state };
}

/** `discovered queued`, `status_changed running`, …: what happened, for a glance. */
export function story(trail: Trail): readonly string[] {
  return trail.events.map((event) => [event.eventType, event.toStatus ?? event.sourceStatus].filter((part) => part !== null).join(' '));
}
