import assert from 'node:assert/strict';
import type { EventDraft, Interval } from '../../src/model/event.ts';
import type { Instant } from '../../src/model/instant.ts';
import type { Entry, LastSeen } from '../../src/model/record.ts';
import { isTerminal, type Status } from '../../src/model/status.ts';
import { KINDS, type KindName } from './kinds.ts';
import { at, observe } from './observe.ts';
import { seededRandom, type Random } from './random.ts';
import { miss, newTrail, see, type Trail } from './trail.ts';
import { isHidden, liveRecord, stayAt, type Stay, type TrueRecord } from './true-record.ts';
import { BY_ID, readingsOf, showRecord, sourceOf, type Answer, type Feed, type Source } from './true-source.ts';

interface Poll extends Answer {
  readonly feed: Feed;
  readonly isConfirmation: boolean;
}

/** One record's true life, what is recorded of it, and what was held against the truth so far. */
interface Watch {
  readonly record: TrueRecord;
  readonly source: Source;
  readonly trail: Trail;
  readonly random: Random;
  isReleased: boolean;
  /** Seconds that our clock is ahead of the truth, and all that it was. */
  ourAhead: number;
  readonly everAhead: Set<number>;
  /** The stay that the last applied answer showed. */
  stay: number;
  /** The last of them whose word was understood: what a word means that is learnt later may have begun after it. */
  understood: number;
  /** The true attempt that the recorded one was last seen to be. */
  attempt: number;
  /** By recorded attempt: which true ones were seen while it was the present one. */
  readonly seenAttempts: Map<number, { readonly first: number; readonly last: number }>;
  /** The answer behind the last event. */
  evidence: LastSeen | null;
  observations: number;
  readonly tell: (line: string) => void;
}

/**
 * Lives a record's life, polls its source with requests of any latency that cross each other and come back in any order, and holds every
 * event against the truth. At last the source rests. Returns how many observations it took.
 */
export function checkAgainstTruth(kind: KindName, seed: number, tell: (line: string) => void = () => undefined): number {
  const random = seededRandom(seed);
  const record = liveRecord(kind, random);
  const source = sourceOf(kind, record, random);
  const watch: Watch = {
    record,
    source,
    trail: newTrail(KINDS[kind]),
    random,
    isReleased: false,
    ourAhead: 0,
    everAhead: new Set([0]),
    stay: -1,
    understood: -1,
    attempt: 0,
    seenAttempts: new Map(),
    evidence: null,
    observations: 0,
    tell,
  };
  for (const stay of record.stays) tell(`truly ${JSON.stringify(stay)}`);
  tell(JSON.stringify({ ...record, stays: undefined, source }));
  const end = pollAtRandom(watch);
  pollAtRest(watch, end);
  checkAttempts(watch);
  return watch.observations;
}

function pollAtRandom(watch: Watch): number {
  const { random, record, source } = watch;
  const lastStay = record.stays[record.stays.length - 1] as Stay;
  const span = lastStay.from - record.createdAt + 20;
  const queue: Poll[] = Array.from({ length: 1 + random.integer(12) }, () =>
    pollFrom(record.createdAt - 5 + Math.floor(random.next() * span * 4) / 4, random.pick(source.feeds), false, watch),
  );
  const releaseAt = record.createdAt + random.next() * span;
  let now = 0;
  while (queue.length > 0) {
    // Mostly in the order of arrival; an answer can also wait while others are recorded.
    queue.sort((a, b) => a.received - b.received);
    const poll = queue.splice(random.chance(0.15) ? random.integer(Math.min(3, queue.length)) : 0, 1)[0] as Poll;
    now = Math.max(now, poll.received);
    watch.isReleased ||= now >= releaseAt;
    if (take(watch, poll)) queue.push(pollFrom(now + random.pick([0, 0.25, 3]), BY_ID, true, watch));
    if (queue.every(({ sent }) => sent >= now) && random.chance(0.5)) beginSync(watch);
  }
  return Math.max(now, lastStay.from);
}

/** Where clocks are compared, answers are as quick as it takes to tell them apart. */
function pollFrom(sent: number, feed: Feed, isConfirmation: boolean, { random, source }: Watch): Poll {
  const latency = (): number => random.pick(source.hasDate ? [0, 0, 0.1, 0.25] : [0, 0, 0.25, 1, 8]) * Math.ceil(random.next() * 4);
  const shown = sent + latency();
  return { sent, shown, received: shown + latency(), feed, isConfirmation };
}

/** The source rests: reads by id, one after the other, find it as it is, and a deferral is settled by one more. */
function pollAtRest(watch: Watch, end: number): void {
  const { record, trail, source } = watch;
  const hiddenUntil = Math.max(0, ...record.hidden.map(({ to }) => to));
  let now = Math.max(end, hiddenUntil) + 100;
  watch.isReleased = true;
  if (take(watch, { sent: now, shown: now + 1, received: now + 2, feed: BY_ID, isConfirmation: false })) {
    now += 10;
    assert.ok(!take(watch, { sent: now, shown: now + 1, received: now + 2, feed: BY_ID, isConfirmation: true }), 'a second look decides');
  }
  const { known } = trail;
  const truth = record.stays[record.stays.length - 1] as Stay;
  assert.ok(known !== null);
  const { status, sourceStatus, statusReason, isPresent, attemptKey, errorDigest } = known.record;
  assert.deepEqual(
    { status, sourceStatus, statusReason, isPresent },
    { status: truth.status, sourceStatus: truth.word, statusReason: truth.reason, isPresent: true },
  );
  if (KINDS[source.kind].isKeyed && truth.key !== null) assert.equal(attemptKey, keyText(source, truth));
  if (source.kind !== 'noxus run') assert.equal(errorDigest, truth.error === null ? null : `digest of ${truth.error}`);
}

function keyText(source: Source, { key }: Stay): string | null {
  return typeof key === 'number' ? at(key + source.ahead) : key;
}

/** Returns whether the answer could not be decided, so that the record must be read again. */
function take(watch: Watch, poll: Poll): boolean {
  const { record, source, trail } = watch;
  const stay = stayAt(record, poll.shown);
  if (stay === -1) return false;
  const before = trail.events.length;
  const { known } = trail;
  if (isHidden(record, poll.shown)) {
    const { sentAt, receivedAt, serverDate } = observe('unknown', readingsOf(source, poll, watch.ourAhead)).response;
    const event = miss(trail, { sentAt, receivedAt, serverDate });
    if (event !== null) {
      checkHidden(watch, event, 'from');
      watch.evidence = { sentAt, receivedAt, serverDate, isEarlier: false };
    }
    return false;
  }
  watch.observations += 1;
  const observation = showRecord(source, record, poll.feed, poll, watch);
  const diff = see(trail, observation, poll.isConfirmation);
  watch.tell(`${JSON.stringify(poll)} ${observation.sourceStatus ?? ''} is ${diff.kind}`);
  for (const event of trail.events.slice(before)) watch.tell(`  ${told(event)} ${JSON.stringify(event.facts)} ${event.anomalies.join()}`);
  if (diff.kind === 'stale' || diff.kind === 'deferred') return diff.kind === 'deferred';

  let last = known === null || known.record.status !== null ? watch.stay : watch.understood;
  for (const event of trail.events.slice(before)) {
    if (event.eventType === 'reappeared') checkHidden(watch, event, 'to');
    if (event.eventType === 'reclassified') checkCorrection(watch, event, stay);
    if (event.eventType === 'discovered' || event.eventType === 'status_changed' || event.eventType === 'reopened') {
      last = checkEntry(watch, event, last, stay);
      watch.stay = Math.max(watch.stay, last);
    }
  }
  noteAttempt(watch, stay);
  const isSighting = trail.known !== null && trail.known.lastSeen !== known?.lastSeen;
  if (trail.events.length > before && isSighting) {
    const { sentAt, receivedAt, serverDate } = observation.response;
    watch.evidence = { sentAt, receivedAt, serverDate, isEarlier: false };
  }
  // An answer without a key, or without the error that decides, may look unchanged when it is not.
  if (observation.reading.kind !== 'undecided' && poll.feed.hasKey) watch.stay = Math.max(watch.stay, stay);
  if (trail.known?.record.status != null) {
    watch.understood = watch.stay;
    // A queue without a key, of a record that has one, does not yet count as the next attempt.
    const isOdd = observation.attemptKey === null && trail.known.record.attemptKey !== null;
    if (!isOdd) watch.attempt = record.stays[watch.stay]?.attempt ?? 0;
  }
  return false;
}

/**
 * The ledger keeps sightings of open records only: of others it remembers, from one sync to the next, no more than their events and the
 * answer behind the last one. Between two syncs our clock may be set, either way and by any time that the
 * source's can show: without one, or by less than a Date and the latency of an answer leave open, nobody could tell.
 */
function beginSync(watch: Watch): void {
  const { trail, evidence, random, source } = watch;
  const { known } = trail;
  if (known !== null) {
    const isWatched = known.record.isPresent && !known.record.isTerminal;
    const lastSeen = isWatched ? known.lastSeen : evidence;
    trail.known = {
      ...known,
      lastSeen: lastSeen === null ? null : { ...lastSeen, isEarlier: true },
      latestSourceUpdatedAt: isWatched ? known.latestSourceUpdatedAt : known.record.sourceUpdatedAt,
    };
  }
  if (!source.hasDate || !random.chance(0.3)) return;
  watch.ourAhead = random.pick([-3_600, -30, -12, 0, 15, 40, 3_600]);
  watch.everAhead.add(watch.ourAhead);
  watch.tell(`our clock is ahead by ${watch.ourAhead} s`);
}

/**
 * Some attempts cannot be told apart by anybody: one that resumed under the same key, with the start of the one before; and, at first
 * sight, one that is queued again from the first.
 */
function noteAttempt({ record, trail, seenAttempts }: Watch, index: number): void {
  const { stays } = record;
  const shown = stays[index] as Stay;
  const isFirstQueued = trail.known?.record.attempt === 1 && shown.status === 'queued' && shown.key === null;
  const alike = isFirstQueued
    ? stays[0]
    : stays.find((stay) => stay.attempt === shown.attempt || (shown.key !== null && stay.key === shown.key));
  const recorded = trail.known?.record.attempt ?? 0;
  const seen = seenAttempts.get(recorded) ?? { first: alike?.attempt ?? 0, last: shown.attempt };
  seenAttempts.set(recorded, { first: seen.first, last: Math.max(seen.last, shown.attempt) });
}

/** Every status that an event claims was truly entered, within the interval, after all that was seen before. Returns into which stay. */
function checkEntry(watch: Watch, event: EventDraft, last: number, shown: number): number {
  const { record } = watch;
  const { stays } = record;
  const first = event.toStatus === null ? last : last + 1;
  const entered = stays.findIndex((stay, index) => {
    const before = stays[index - 1];
    const isStatus = event.toStatus === null ? stay.word === event.sourceStatus : means(stay, event.toStatus);
    const isEntry = before === undefined || before.status !== stay.status || before.attempt !== stay.attempt;
    const isAgain = event.eventType !== 'reopened' || stay.attempt > watch.attempt;
    const isThen = isAt(watch, event.when, stay.from) && (event.when.reportedAt === null || isEntry);
    return index >= first && index <= shown && isStatus && isAgain && isThen;
  });
  assert.ok(entered !== -1, `nothing of what it shows is true: ${told(event)}`);
  return entered;
}

/** Without its error's text, FAILED is not yet known to be a stop. */
function means(stay: Stay, status: Status): boolean {
  return stay.status === status || (stay.word === 'FAILED' && stay.status === 'cancelled' && status === 'failed');
}

/** A correction takes the evidence of the entry that it corrects, by our clock of then: the word was entered then, whatever it was taken for. */
function checkCorrection(watch: Watch, event: EventDraft, shown: number): void {
  const isTrue = watch.record.stays.some(
    (stay, index) => index <= shown && stay.word === event.sourceStatus && isAt(watch, event.when, stay.from, watch.everAhead),
  );
  assert.ok(isTrue, `the word was not entered then: ${told(event)}`);
}

function checkHidden(watch: Watch, event: EventDraft, end: 'from' | 'to'): void {
  assert.ok(
    watch.record.hidden.some((span) => isAt(watch, event.when, span[end])),
    `it did not vanish or come back then: ${told(event)}`,
  );
}

/** Law 10, by our clock as it stands now, or as it stood once, or by the source's. */
function isAt({ source, ourAhead }: Watch, when: Interval, moment: number, ever: Iterable<number> = [ourAhead]): boolean {
  if (when.reportedAt !== null) return when.reportedAt === at(moment + source.ahead);
  return [...ever, source.ahead].some((ahead) => isWithin(when, at(moment + ahead)));
}

function isWithin(
  { earliestAt, latestAt }: { readonly earliestAt: Instant | null; readonly latestAt: Instant },
  instant: Instant,
): boolean {
  return (earliestAt === null || earliestAt <= instant) && instant <= latestAt;
}

/**
 * Every entry of every attempt is one of the true attempts that were seen as this one; there are no more attempts than there truly were.
 */
function checkAttempts({ record, source, trail, seenAttempts, everAhead }: Watch): void {
  const { stays } = record;
  for (const attempt of trail.attempts.values()) {
    const { first, last } = seenAttempts.get(attempt.attempt) ?? { first: 0, last: -1 };
    const isTrue = (entry: Entry | null, isStatus: (stay: Stay) => boolean): boolean =>
      entry === null ||
      stays.some((stay) => {
        const isThen = [...everAhead, source.ahead].some((ahead) => isWithin(entry, at(stay.from + ahead)));
        return isStatus(stay) && isThen && stay.attempt >= first && stay.attempt <= last;
      });
    assert.ok(
      isTrue(attempt.queued, (stay) => stay.status === 'queued'),
      'it was not queued then',
    );
    assert.ok(
      isTrue(attempt.started, (stay) => stay.status === 'running'),
      'it did not start then',
    );
    assert.ok(
      isTrue(attempt.finished, (stay) => isTerminal(stay.status)),
      'it did not finish then',
    );
  }
  assert.ok(trail.attempts.size <= Math.max(...stays.map((stay) => stay.attempt)), 'an attempt was invented');
  checkReported({ record, source, trail });
}

/** Law 9: what the source reports at last of the attempt it shows is in the ledger. */
function checkReported({ record, source, trail }: Pick<Watch, 'record' | 'source' | 'trail'>): void {
  const truth = record.stays[record.stays.length - 1] as Stay;
  const attempt = trail.known?.attempt;
  if (source.newWords.length > 0 || source.kind === 'noxus document' || source.kind === 'morphik document') return;
  if (isTerminal(truth.status) && truth.finishedAt !== null) assert.equal(attempt?.finished?.at, at(truth.finishedAt + source.ahead));
}

function told({ eventType, toStatus, sourceStatus, when }: EventDraft): string {
  const how = when.reportedAt === null ? 'seen' : 'reported';
  return `${eventType} ${toStatus ?? 'unknown'} (${sourceStatus ?? 'no word'}), ${how} ${when.earliestAt ?? 'ever'} to ${when.latestAt}`;
}
