import { microsOf, parseInstant, type Instant } from '../../src/model/instant.ts';
import type { Stream } from '../../src/model/event.ts';
import type { EventRow } from '../../src/record/canonical-event.ts';

/** A row of `runledger.state_as_of`, as far as it follows from the events of a record and the readings of its stream. */
export interface PlainState {
  readonly record_key: string;
  readonly status: string | null;
  readonly source_status: string | null;
  readonly status_reason: string | null;
  readonly attempt: number | null;
  readonly is_present: boolean | null;
  readonly entered_at: Instant | null;
  readonly entered_earliest_at: Instant | null;
  readonly entered_latest_at: Instant | null;
  readonly is_certain: boolean;
  readonly next_event_type: string | null;
  readonly next_status: string | null;
  readonly next_at: Instant | null;
  readonly next_earliest_at: Instant | null;
  readonly next_latest_at: Instant | null;
  readonly read_until_at: Instant | null;
}

export interface Reading {
  readonly connection: string;
  readonly stream: Stream;
  readonly isComplete: boolean;
  readonly headPosition: bigint;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
}

export interface Question {
  readonly validAt: Instant;
  readonly knownAt: Instant | null;
  readonly knownPosition: bigint | null;
}

/** A claim of a status, or a change of presence. */
interface Entry {
  readonly sequence: number;
  readonly eventType: string;
  readonly attempt: number;
  status: string | null;
  word: string | null;
  reason: string | null;
  at: Instant;
  earliest: Instant | null;
  latest: Instant;
  isReported: boolean;
}

/** The same as the SQL function, event by event. */
export function plainStateAsOf(events: readonly EventRow[], readings: readonly Reading[], question: Question): readonly PlainState[] {
  const { knownAt, knownPosition } = question;
  const known = events.filter(
    (event) => (knownPosition === null || event.position <= knownPosition) && (knownAt === null || event.recorded_at <= knownAt),
  );
  const states: PlainState[] = [];
  for (const [key, history] of Map.groupBy(known, (event) => `${event.connection}/${event.stream}/${event.record_id}`)) {
    const state = stateOf(key, history, readUntil(history[0] as EventRow, readings, question), question.validAt);
    if (state !== null) states.push(state);
  }
  return states.sort((a, b) => (a.record_key < b.record_key ? -1 : 1));
}

function readUntil({ connection, stream }: EventRow, readings: readonly Reading[], { knownAt, knownPosition }: Question): Instant | null {
  let until: Instant | null = null;
  for (const reading of readings) {
    if (reading.connection !== connection || reading.stream !== stream || !reading.isComplete) continue;
    if (knownPosition !== null && reading.headPosition >= knownPosition) continue;
    if (knownAt !== null && reading.finishedAt > knownAt) continue;
    if (until === null || reading.startedAt > until) until = reading.startedAt;
  }
  return until;
}

function stateOf(key: string, history: readonly EventRow[], until: Instant | null, validAt: Instant): PlainState | null {
  const claims = claimsOf(history);
  amend(claims, history);
  const stays = claims.filter((claim, index) => isStart(claim, claims[index - 1]));
  const index = stays.findLastIndex((stay) => stay.at <= validAt);
  const stay = stays[index];
  if (stay === undefined && !wasThere(history[0] as EventRow, validAt)) return null;
  const nextStay = stays[index + 1];
  const presences = history.filter((event) => event.event_type === 'disappeared' || event.event_type === 'reappeared');
  const presence = presences.findLast((event) => event.occurred_at <= validAt);
  const nextPresence = presences.find((event) => event.occurred_at > validAt);
  const isPresenceNext = nextPresence !== undefined && (nextStay === undefined || nextPresence.sequence < nextStay.sequence);
  const next = isPresenceNext
    ? {
        type: nextPresence.event_type,
        status: null,
        at: nextPresence.occurred_at,
        earliest: nextPresence.earliest_at,
        latest: nextPresence.latest_at,
      }
    : nextStay === undefined
      ? null
      : { type: nextStay.eventType, status: nextStay.status, at: nextStay.at, earliest: nextStay.earliest, latest: nextStay.latest };
  const word =
    stay === undefined
      ? null
      : (claims.findLast(
          (claim) =>
            claim.sequence > stay.sequence &&
            (nextStay === undefined || claim.sequence < nextStay.sequence) &&
            claim === claims.findLast((other) => !stays.includes(other) && other.at <= validAt),
        ) ?? stay);
  return {
    record_key: key,
    status: stay?.status ?? null,
    source_status: word?.word ?? null,
    status_reason: word?.reason ?? null,
    attempt: stay?.attempt ?? null,
    is_present: stay === undefined ? null : presence?.event_type !== 'disappeared',
    entered_at: stay?.at ?? null,
    entered_earliest_at: stay?.earliest ?? null,
    entered_latest_at: stay?.latest ?? null,
    is_certain:
      stay !== undefined &&
      (next === null
        ? until !== null && validAt <= until
        : next.earliest !== null && validAt < next.earliest && (isPresenceNext || isBounded(stay, nextStay as Entry))),
    next_event_type: next?.type ?? null,
    next_status: next?.status ?? null,
    next_at: next?.at ?? null,
    next_earliest_at: next?.earliest ?? null,
    next_latest_at: next?.latest ?? null,
    read_until_at: until,
  };
}

/** Claims of a status, each with what it was understood to say at last. */
function claimsOf(history: readonly EventRow[]): Entry[] {
  const claims: Entry[] = [];
  for (const event of history) {
    const { event_type: eventType, sequence, attempt, to_status: status, source_status: word, status_reason: reason } = event;
    if (eventType === 'reclassified') {
      const last = claims.at(-1);
      if (last !== undefined) Object.assign(last, { status, word, reason });
    } else if (eventType === 'discovered' || eventType === 'status_changed' || eventType === 'reopened') {
      claims.push({
        ...{ sequence, eventType, attempt, status, word, reason },
        at: event.occurred_at,
        earliest: event.earliest_at,
        latest: event.latest_at,
        isReported: event.reported_at !== null,
      });
    }
  }
  return claims;
}

/** Times that the source told later: the last word on the first entry to queued, to running, and on the last to an end, in each attempt. */
function amend(claims: readonly Entry[], history: readonly EventRow[]): void {
  const targets = new Map<Entry, Instant>();
  for (const { event_type: type, facts, attempt, sequence } of history) {
    if (type !== 'amended') continue;
    const own = claims.filter((claim) => claim.attempt === attempt);
    const starts = own.filter((claim, index) => index === 0 || claim.status !== own[index - 1]?.status);
    const told = [
      [facts.attempt_queued_at, starts.find(({ status }) => status === 'queued')],
      [facts.attempt_started_at, starts.find(({ status }) => status === 'running')],
      [facts.attempt_finished_at, starts.findLast(({ status }) => status !== null && status !== 'queued' && status !== 'running')],
    ] as const;
    for (const [at, target] of told) if (at !== undefined && target !== undefined && sequence > target.sequence) targets.set(target, at);
  }
  for (const [claim, at] of targets) Object.assign(claim, { at, earliest: at, latest: at, isReported: true });
}

function isStart(claim: Entry, before: Entry | undefined): boolean {
  return before === undefined || claim.status !== before.status || claim.attempt !== before.attempt;
}

/** What the source dated is certain up to there only if it is the step that follows. */
function isBounded(stay: Entry, next: Entry): boolean {
  if (!next.isReported) return true;
  if (stay.attempt !== next.attempt) return false;
  const isEnd = next.status !== null && next.status !== 'queued' && next.status !== 'running';
  return (stay.status === 'queued' && next.status === 'running') || (stay.status === 'running' && isEnd);
}

function wasThere({ facts, earliest_at: earliest }: EventRow, validAt: Instant): boolean {
  const since = (facts.created_at ?? null) === null ? earliest : parseInstant(facts.created_at ?? '');
  return since !== null && microsOf(since) <= microsOf(validAt);
}
