import type { Instant } from '../model/instant.ts';
import type { Observation, ResponseEvidence } from '../model/observation.ts';
import type { RecordKind } from '../model/record-kind.ts';
import type { AttemptState, Entry, KnownRecord } from '../model/record.ts';
import { isTerminal, STATUS_RANK, type Status } from '../model/status.ts';
import { attemptKeyOf } from './attempt-key.ts';
import { shifted } from './dated.ts';
import { ownBound } from './own-bound.ts';

/** The times of an observation that prove when the attempt it shows entered a status. */
export interface ProvenTimes {
  readonly queued: Instant | null;
  readonly running: Instant | null;
  readonly terminal: Instant | null;
  /** A time was refused because it lies before that of an earlier status. */
  readonly hasRegression: boolean;
}

export const NO_TIMES: ProvenTimes = { queued: null, running: null, terminal: null, hasRegression: false };

/** The attempt that an observation shows, as far as it is known before that observation. */
export interface AttemptBase {
  readonly known: KnownRecord | null;
  /** null: it is a new one */
  readonly attempt: AttemptState | null;
  /** The one before. */
  readonly previous: AttemptState | null;
  /** Whether it is an attempt after the first. */
  readonly isLater: boolean;
}

/**
 * Weighs an observation's times; under a word that nobody understands (null) only the queue time, which belongs to no later status. A time
 * is no evidence if it belongs to a status later than the one shown, to the attempt before, to the record and not to this attempt, if it
 * stood there already before the status was entered (a placeholder), or if it contradicts the order of the lifecycle.
 *
 * A time is weighed once, when it comes: evidence is one of the reported times, and one that is known already is not weighed again.
 * Otherwise a time that was refused could be accepted when the same answer comes back, against what that very answer had changed.
 */
export function provenTimes(observation: Observation, status: Status | null, base: AttemptBase, kind: RecordKind): ProvenTimes {
  const { attempt, known } = base;
  const lowest = lowestOf(known, observation.response);
  const rank = status === null ? 0 : STATUS_RANK[status];
  const queued = isOwnQueueTime(observation, status, base, kind) ? (observation.queuedEvidence ?? null) : null;
  const running = rank >= 1 && isOwnStart(observation, base) ? (observation.runningEvidence ?? null) : null;
  const terminal = rank === 2 && isOwnFinish(observation, status, base) ? (observation.terminalEvidence ?? null) : null;
  if (queued === null && running === null && terminal === null) return NO_TIMES;

  // Later statuses first give way to earlier ones; what remains then refutes only where it is itself reported.
  const begun = queued ?? lowest(attempt?.queued ?? null);
  const isEarlyStart = running !== null && begun !== null && running < begun;
  const start = isEarlyStart ? null : running;
  const left = start ?? lowest(attempt?.started ?? null) ?? begun;
  const isEarlyFinish = terminal !== null && left !== null && terminal < left;
  const finish = isEarlyFinish ? null : terminal;
  const finished = finish ?? exactly(attempt?.finished ?? null);
  const isLateStart = start !== null && finished !== null && start > finished;
  const ran = (isLateStart ? null : start) ?? exactly(attempt?.started ?? null) ?? finished;
  const isLateQueue = queued !== null && ran !== null && queued > ran;
  return {
    queued: isLateQueue ? null : queued,
    running: isLateStart ? null : start,
    terminal: finish,
    hasRegression: isEarlyStart || isEarlyFinish || isLateStart || isLateQueue,
  };
}

/** Whether an entry is a reported time and not an interval. */
export function isExact(entry: Entry): boolean {
  return entry.earliestAt === entry.at && entry.latestAt === entry.at;
}

/**
 * When the record was created is when its first attempt was queued. A record that can reopen may be seen in a later one first: its queue
 * time is then unknown, and not months long. It is in its first where it is queued and has no key yet, because nothing worked on it so far. A
 * queue time that is itself the attempt's key is always its own.
 */
function isOwnQueueTime(observation: Observation, status: Status | null, base: AttemptBase, kind: RecordKind): boolean {
  const { known, attempt, previous, isLater } = base;
  const time = observation.queuedEvidence ?? null;
  if (time === null) return false;
  const key = attemptKeyOf(kind, observation);
  const isKey = key === time;
  if (!isKey && time !== observation.createdAt) return false;
  const isNews =
    known === null ||
    attempt === null ||
    known.record.status === null ||
    time !== (isKey ? known.record.attemptKey : known.record.createdAt);
  const wasElsewhere = known !== null && known.record.status === null && known.record.sourceStatus !== observation.sourceStatus;
  // Queued after it had run, under a word that was learnt only later, it is queued for another attempt, whoever has not noticed.
  const hasRun = known !== null && known.record.lastKnownStatus !== null && known.record.lastKnownStatus !== 'queued';
  const mayBeLater = isLater || (kind.reopensFrom.length > 0 && (status !== 'queued' || key !== null || wasElsewhere || hasRun));
  return isNews && (isKey || !mayBeLater) && isAfter(time, lastOf(previous, lowestOf(known, observation.response)));
}

/** A start that the record showed while it was queued, or that is just its creation, is a placeholder. */
function isOwnStart(observation: Observation, { known, previous, isLater }: AttemptBase): boolean {
  const time = observation.runningEvidence ?? null;
  if (time === null || time !== observation.startedAt) return false;
  const createdAt = observation.createdAt ?? known?.record.createdAt ?? null;
  if (time === createdAt && (isLater || known?.record.lastKnownStatus === 'queued')) return false;
  if (known !== null && time === known.record.startedAt && !isNewsDespite(time, known)) return false;
  return isAfter(time, lastOf(previous, lowestOf(known, observation.response)));
}

/** A finish that was shown before counts only where the record was still open then: some sources write it a moment before the status. */
function isOwnFinish(observation: Observation, status: Status | null, base: AttemptBase): boolean {
  const { known, attempt, previous, isLater } = base;
  const lowest = lowestOf(known, observation.response);
  const time = observation.terminalEvidence ?? null;
  if (time === null || time !== observation.finishedAt) return false;
  if (isLater && time === (observation.createdAt ?? known?.record.createdAt ?? null)) return false;
  if (known !== null && time === known.record.finishedAt) {
    const { status: before } = known.record;
    const wasOpen = attempt !== null && before !== null && !isTerminal(before);
    if (!wasOpen && !isNewsDespite(time, known)) return false;
  }
  const former = attempt?.outcome != null && attempt.outcome !== status ? lowest(attempt.finished) : null;
  return isAfter(time, lastOf(previous, lowest)) && (former === null || time >= former);
}

/** A time that stood there already may still be news if it came together with a word that nobody understood. */
function isNewsDespite(time: Instant, { record }: KnownRecord): boolean {
  if (record.status !== null) return false;
  return record.lastKnownStatus === null || record.statusSince.earliestAt === null || time >= record.statusSince.earliestAt;
}

function isAfter(time: Instant, floor: Instant | null): boolean {
  return floor === null || time > floor;
}

/** When an attempt was over at the earliest, or as late as it is known to have lasted. */
function lastOf(attempt: AttemptState | null, lowest: Lowest): Instant | null {
  if (attempt === null) return null;
  return lowest(attempt.finished) ?? lowest(attempt.started) ?? lowest(attempt.queued);
}

function exactly(entry: Entry | null): Instant | null {
  return entry !== null && isExact(entry) ? entry.at : null;
}

/** The earliest that an entry can have been by the source's clock; null where nobody can tell. */
type Lowest = (entry: Entry | null) => Instant | null;

/** An entry that cannot have been before the record was last seen is by a clock of ours that was set back since: it bounds nothing. */
function lowestOf(known: KnownRecord | null, response: ResponseEvidence): Lowest {
  const lastSeen = known?.lastSeen ?? null;
  const bound = lastSeen === null ? null : ownBound(lastSeen, response);
  return (entry) => {
    if (entry === null || entry.earliestAt === null) return null;
    if (isExact(entry)) return entry.at;
    const lowest = shifted(entry.earliestAt, -response.skewMicros);
    const isSetBack = bound !== null && (bound.at === null || lowest > bound.at);
    return isSetBack ? null : lowest;
  };
}
