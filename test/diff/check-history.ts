import assert from 'node:assert/strict';
import { foldEvent } from '../../src/diff/fold-event.ts';
import { shifted } from '../../src/diff/dated.ts';
import { FACT_NAMES } from '../../src/model/facts.ts';
import type { EventDraft, FoldableEvent } from '../../src/model/event.ts';
import { addMicros } from '../../src/model/instant.ts';
import type { Observation } from '../../src/model/observation.ts';
import type { RecordKind } from '../../src/model/record-kind.ts';
import type { AttemptState, FoldState, KnownRecord } from '../../src/model/record.ts';
import { isTerminal } from '../../src/model/status.ts';
import type { Diff } from '../../src/diff/diff-observation.ts';
import type { Step } from './arbitrary-history.ts';
import { at } from './observe.ts';
import { digestOf, miss, newTrail, see, type Trail } from './trail.ts';

/** Takes a record through a history and holds every law against every step of it. Returns how many observations it took. */
export function checkHistory(kind: RecordKind, steps: readonly Step[]): number {
  const trail = newTrail(kind);
  const seen: Observation[] = [];
  let count = 0;
  for (const step of steps) {
    const before = trail.known;
    const length = trail.events.length;
    if (step.kind === 'miss') {
      const sent = at(step.sent);
      const event = miss(trail, { sentAt: sent, receivedAt: at(step.sent + 1) });
      if (event !== null) assert.equal(trail.known?.record.isPresent, false);
    } else if (step.kind === 'redact') {
      redact(trail);
    } else {
      const observation = step.kind === 'see' ? step.observation : repeated(seen, step.back, step.isLater);
      if (observation === null) continue;
      const isConfirmation = step.kind === 'see' && step.isConfirmation;
      const hasNewWords = step.kind === 'see' && step.hasNewWords;
      seen.push(observation);
      count += 1;
      const diff = see(trail, observation, isConfirmation, hasNewWords);
      if (hasNewWords) checkNewWords(before, observation, diff);
      checkDiff(trail, before, observation, { isConfirmation, hasNewWords }, diff);
      if (diff.kind === 'events' || diff.kind === 'unchanged') count += checkAgain(trail, observation, isConfirmation);
    }
    checkEvents(before, trail.events.slice(length));
    if (trail.known !== null) checkState(trail.known);
  }
  checkFold(trail);
  return count;
}

function repeated(seen: readonly Observation[], back: number, isLater: boolean): Observation | null {
  const observation = seen[seen.length - back];
  return observation === undefined ? null : isLater ? later(observation, 7) : observation;
}

function later(observation: Observation, seconds: number): Observation {
  const { response } = observation;
  const micros = BigInt(seconds) * 1_000_000n;
  return {
    ...observation,
    response: { ...response, sentAt: addMicros(response.sentAt, micros), receivedAt: addMicros(response.receivedAt, micros) },
  };
}

function checkDiff(
  trail: Trail,
  before: KnownRecord | null,
  observation: Observation,
  { isConfirmation, hasNewWords }: { readonly isConfirmation: boolean; readonly hasNewWords: boolean },
  diff: Diff,
): void {
  if (diff.kind !== 'events') {
    if (diff.kind !== 'unchanged') assert.equal(trail.known, before, 'what is stale or deferred is not applied');
    if (diff.kind === 'unchanged') checkSeen(trail, observation, isConfirmation);
    return;
  }
  checkSeen(trail, observation, isConfirmation);
  checkOrder(before, observation);
  if (before !== null) checkOpened(trail.kind, before, observation, trail);
  for (const event of diff.events) checkEvidence(before, observation, event);
  for (const event of diff.events)
    if (event.eventType === 'reopened') checkReopened(trail.kind, before, observation, isConfirmation || hasNewWords, event);
  if (before !== null && trail.known?.record.status === null) {
    assert.equal(trail.known.record.attempt, before.record.attempt, 'a word that nobody understands opens nothing');
    assert.equal(trail.known.record.isTerminal, before.record.isTerminal, 'a word that nobody understands closes and opens nothing');
    const { errorDigest, errorPosition } = before.record.isTerminal ? before.attempt : trail.known.attempt;
    const outcome = before.record.isPresent ? before.attempt.outcome : trail.known.attempt.outcome;
    assert.deepEqual(trail.known.attempt, { ...before.attempt, errorDigest, errorPosition, outcome }, 'it touches no attempt');
  }
}

/** A source that has changed its words has moved no record. */
function checkNewWords(before: KnownRecord | null, { reading, sourceStatus }: Observation, diff: Diff): void {
  if (before === null || diff.kind !== 'events' || reading.kind !== 'known' || reading.status !== before.record.status) return;
  if (diff.events.some((event) => event.eventType === 'reopened')) return;
  for (const event of diff.events) {
    assert.notEqual(event.eventType, 'status_changed', `${before.record.sourceStatus ?? ''} is now called ${sourceStatus ?? ''}`);
  }
}

/** Law 2: what is known is what was seen. */
function checkSeen({ known, kind }: Trail, observation: Observation, isConfirmation: boolean): void {
  assert.ok(known !== null);
  const isOfAttempt = !kind.isKeyed || observation.attemptKey !== undefined || isConfirmation;
  const { record } = known;
  const { reading } = observation;
  assert.equal(record.isPresent, true);
  assert.equal(record.sourceStatus, observation.sourceStatus);
  if (reading.kind === 'unknown') assert.equal(record.status, null);
  if (reading.kind === 'known') assert.equal(record.status, reading.status);
  if (reading.kind === 'known') assert.equal(record.statusReason, reading.reason);
  if (observation.createdAt !== undefined) assert.equal(record.createdAt, observation.createdAt);
  if (isOfAttempt && observation.startedAt !== undefined) assert.equal(record.startedAt, observation.startedAt);
  if (isOfAttempt && observation.finishedAt !== undefined) assert.equal(record.finishedAt, observation.finishedAt);
  const digest = record.isRedacted || !isOfAttempt ? undefined : digestOf(observation);
  if (digest !== undefined) assert.equal(record.errorDigest, digest);
  for (const name of FACT_NAMES) {
    const carried = observation.facts[name];
    if (carried !== undefined) assert.deepEqual(record.facts[name], Array.isArray(carried) ? [...new Set(carried)].sort() : carried, name);
  }
  if (kind.isKeyed && typeof observation.attemptKey === 'string' && record.status !== null) {
    assert.equal(record.attemptKey, observation.attemptKey);
    assert.equal(known.attempt.attemptKey, observation.attemptKey);
  }
}

/** Law 7: a stale observation never overwrites a newer one. */
function checkOrder(before: KnownRecord | null, observation: Observation): void {
  if (before === null) return;
  const { sentAt } = observation.response;
  const version = observation.sourceUpdatedAt ?? null;
  if (!before.record.isPresent)
    assert.ok(sentAt > before.record.lastLatestAt, 'what may be older than the proof of absence brings nothing back');
  if (version !== null && before.latestSourceUpdatedAt !== null) assert.ok(version >= before.latestSourceUpdatedAt);
  const isNewerVersion = version !== null && before.latestSourceUpdatedAt !== null && version > before.latestSourceUpdatedAt;
  if (!isNewerVersion && before.lastSeen !== null) assert.ok(sentAt >= before.lastSeen.sentAt);
}

/** Law 10, as far as one observation shows it. */
function checkEvidence(before: KnownRecord | null, observation: Observation, { eventType, when }: EventDraft): void {
  const { receivedAt, skewMicros } = observation.response;
  if (eventType === 'reclassified') {
    assert.deepEqual(when, before?.record.statusSince);
  } else if (when.reportedAt !== null) {
    const { queuedEvidence, runningEvidence, terminalEvidence } = observation;
    assert.ok([queuedEvidence, runningEvidence, terminalEvidence].includes(when.reportedAt), 'only evidence is reported');
  } else {
    assert.ok(when.latestAt <= shifted(receivedAt, skewMicros), 'nothing is seen after it arrived');
  }
}

function checkReopened(
  kind: RecordKind,
  before: KnownRecord | null,
  { attemptKey }: Observation,
  isConfirmation: boolean,
  { toStatus, facts, anomalies }: EventDraft,
): void {
  assert.ok(before !== null && toStatus !== null);
  const { record } = before;
  const last = record.lastKnownStatus;
  const isKeyed = kind.isKeyed && typeof attemptKey === 'string' && record.attemptKey !== null && record.attemptKey !== attemptKey;
  const mayReopen = last === null || !isTerminal(last) || kind.reopensFrom.some((status) => status === last);
  const isTerminalAgain = last !== null && isTerminal(last) && mayReopen;
  assert.ok(
    isKeyed || isTerminalAgain || isConfirmation,
    'nothing opens an attempt but a key, a terminal status after another, or a second look',
  );
  assert.equal(anomalies.includes('illegal_transition'), !mayReopen);
  if (isKeyed) assert.equal(facts.attempt_key, attemptKey);
}

/** What proves another attempt opens one, once its status is understood. */
function checkOpened(kind: RecordKind, before: KnownRecord, observation: Observation, { known }: Trail): void {
  const { record, attempt, previousAttempt } = before;
  const { attemptKey, finishedAt, reading } = observation;
  if (known === null || known.record.status === null) return;
  // Where every attempt has its own key, one that stands under that of the attempt before may yet get its own.
  const hasOwnKey = record.attemptKey !== null && (kind.finishTellsAttempts || record.attemptKey !== previousAttempt?.attemptKey);
  const isAnotherKey = kind.isKeyed && typeof attemptKey === 'string' && hasOwnKey && attemptKey !== record.attemptKey;
  const isReopening = record.isTerminal && kind.reopensFrom.some((status) => status === record.lastKnownStatus);
  const isLater =
    finishedAt != null && record.finishedAt !== null && attempt.finished?.at === record.finishedAt && finishedAt > record.finishedAt;
  const isFinishedAgain = kind.finishTellsAttempts && isReopening && isLater && isTerminal(known.record.status);
  const isOpenAgain = record.isTerminal && !isTerminal(known.record.status) && observation.sourceStatus !== record.sourceStatus;
  if (isAnotherKey || isFinishedAgain || isOpenAgain)
    assert.equal(known.record.attempt, record.attempt + 1, `it ran again: ${reading.kind}`);
}

/** Law 1: seeing the same thing again appends nothing. */
function checkAgain(trail: Trail, observation: Observation, isConfirmation: boolean): number {
  const copy: Trail = { ...trail, events: [...trail.events], attempts: new Map(trail.attempts) };
  for (const again of [observation, later(observation, 100)]) {
    for (const isConfirmed of new Set([isConfirmation, false])) {
      const { kind } = see(copy, again, isConfirmed);
      assert.ok(
        kind === 'unchanged' || kind === 'stale' || (kind === 'deferred' && isConfirmation && !isConfirmed),
        `seen again it is ${kind}`,
      );
    }
  }
  return 2;
}

function checkEvents(before: KnownRecord | null, events: readonly FoldableEvent[]): void {
  let attempt = before?.record.attempt ?? 1;
  let status = before?.record.status ?? null;
  for (const [index, event] of events.entries()) {
    const { when } = event;
    assert.equal(event.eventType === 'discovered', before === null && index === 0);
    attempt += event.eventType === 'reopened' ? 1 : 0;
    assert.equal(event.attempt, attempt, 'only reopened opens an attempt');
    assert.equal(when.at, when.reportedAt ?? when.latestAt);
    assert.ok(when.earliestAt === null || when.earliestAt <= when.latestAt, 'earliest is not after latest');
    if (when.reportedAt !== null) assert.deepEqual([when.earliestAt, when.latestAt], [when.reportedAt, when.reportedAt]);
    assert.deepEqual(event.anomalies, [...new Set(event.anomalies)].sort());
    for (const instant of [when.earliestAt, when.latestAt]) assert.match(instant ?? when.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    const setsStatus = ['discovered', 'status_changed', 'reopened', 'reclassified'].includes(event.eventType);
    if (setsStatus) {
      assert.equal(event.fromStatus, status);
      status = event.toStatus;
      assert.equal(event.anomalies.includes('unknown_status'), event.toStatus === null);
    } else {
      assert.deepEqual([event.fromStatus, event.toStatus, event.sourceStatus, event.statusReason], [null, null, null, null]);
    }
    if (event.eventType === 'amended') assert.ok(Object.keys(event.facts).length > 0, 'an amendment amends something');
    if (index > 0 && before !== null)
      assert.ok(!FACT_NAMES.some((name) => event.facts[name] !== undefined), 'facts come with the first event');
  }
  if (before !== null) checkOnlyChanges(before, events);
}

function checkOnlyChanges({ record }: KnownRecord, events: readonly FoldableEvent[]): void {
  const facts = events[0]?.facts ?? {};
  for (const name of FACT_NAMES) if (facts[name] !== undefined) assert.notDeepEqual(facts[name], record.facts[name]);
  if (facts.created_at !== undefined) assert.notEqual(facts.created_at, record.createdAt);
  if (facts.started_at !== undefined) assert.notEqual(facts.started_at, record.startedAt);
  if (facts.finished_at !== undefined) assert.notEqual(facts.finished_at, record.finishedAt);
  if (facts.source_updated_at !== undefined) assert.notEqual(facts.source_updated_at, record.sourceUpdatedAt);
}

function checkState({ record, attempt }: KnownRecord): void {
  assert.equal(record.attempt, attempt.attempt);
  assert.equal(record.attemptKey, attempt.attemptKey);
  assert.equal(record.isTerminal, record.lastKnownStatus !== null && isTerminal(record.lastKnownStatus));
  if (record.status !== null) assert.equal(record.status, record.lastKnownStatus);
  if (record.isTerminal) assert.equal(attempt.outcome, record.lastKnownStatus);
  else assert.equal(attempt.outcome, record.isPresent ? null : 'disappeared');
  assert.equal(attempt.finished !== null, record.isTerminal, 'finished is an entry into a terminal status');
  assert.equal(attempt.errorPosition === null, attempt.errorDigest === null);
  for (const entry of [attempt.queued, attempt.started, attempt.finished]) {
    if (entry?.earliestAt != null) assert.ok(entry.earliestAt <= entry.latestAt);
  }
}

/** Law 3: the events alone give record and attempts. */
function checkFold({ known, events, attempts }: Trail): void {
  let state: FoldState | null = null;
  const rows = new Map<number, AttemptState>();
  for (const event of events) {
    const folded = foldEvent(state, event);
    if (folded.closed !== null) rows.set(folded.closed.attempt, folded.closed);
    rows.set(folded.state.attempt.attempt, folded.state.attempt);
    state = folded.state;
  }
  assert.deepEqual(state?.record, known?.record);
  assert.deepEqual(state?.attempt, known?.attempt);
  assert.deepEqual(rows, attempts);
  for (const [number, row] of rows) if (number < rows.size) assert.notEqual(row.outcome, null, 'an attempt before the last is over');
}

function redact(trail: Trail): void {
  const { known } = trail;
  if (known === null) return;
  const draft: EventDraft = {
    eventType: 'redacted',
    attempt: known.record.attempt,
    fromStatus: null,
    toStatus: null,
    sourceStatus: null,
    statusReason: null,
    when: { at: at(500), reportedAt: null, earliestAt: at(500), latestAt: at(500) },
    facts: {},
    anomalies: [],
  };
  const event = { ...draft, sequence: trail.events.length + 1, position: BigInt(trail.events.length + 1) };
  trail.events.push(event);
  const { state } = foldEvent(known, event);
  trail.attempts.set(state.attempt.attempt, state.attempt);
  trail.known = { ...known, ...state };
}
