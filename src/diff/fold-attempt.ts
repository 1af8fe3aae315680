import type { Interval } from '../model/event.ts';
import type { AttemptState, Entry, Outcome } from '../model/record.ts';
import { isTerminal, type Status, type TerminalStatus } from '../model/status.ts';

export function newAttempt(attempt: number, attemptKey: string | null, openedPosition: bigint): AttemptState {
  return {
    attempt,
    attemptKey,
    queued: null,
    started: null,
    finished: null,
    outcome: null,
    errorDigest: null,
    errorPosition: null,
    isFlap: false,
    openedPosition,
  };
}

/**
 * The attempt after it entered a status: the first entry to queued and to running counts, the last to a terminal one. Entering again what
 * is already its outcome, after a word that nobody understood, moves nothing. A queue entry after it had started is no first one.
 */
export function enterStatus(attempt: AttemptState, status: Status, when: Interval): AttemptState {
  if (isTerminal(status)) {
    return attempt.outcome === status ? attempt : { ...attempt, finished: entryOf(when), outcome: status };
  }
  const open = isFinished(attempt.outcome) ? { ...attempt, finished: null, outcome: null } : attempt;
  if (status === 'running') return { ...open, started: open.started ?? entryOf(when) };
  return open.started === null ? { ...open, queued: open.queued ?? entryOf(when) } : open;
}

/**
 * The attempt after the entry into its present status turned out to be one into another status: that entry moves there, with its evidence.
 * Entries that the source itself reported stay: they never rested on the word.
 *
 * @param from the status as it was read before, null where it was not understood
 */
export function correctStatus(attempt: AttemptState, from: Status | null, to: Status, when: Interval): AttemptState {
  if (isTerminal(to)) {
    const finished = isFinished(attempt.outcome) ? attempt.finished : null;
    return { ...withoutEntry(attempt, from, when), finished: finished ?? entryOf(when), outcome: to };
  }
  return enterStatus(withoutEntry(attempt, from, when), to, when);
}

export function closeAsSuperseded(attempt: AttemptState): AttemptState | null {
  return attempt.outcome === null ? { ...attempt, outcome: 'superseded' } : null;
}

function withoutEntry(attempt: AttemptState, status: Status | null, when: Interval): AttemptState {
  if (when.reportedAt !== null) return attempt;
  if (status === 'queued' && isEntry(attempt.queued, when)) return { ...attempt, queued: null };
  if (status === 'running' && isEntry(attempt.started, when)) return { ...attempt, started: null };
  return attempt;
}

function isEntry(entry: Entry | null, when: Interval): boolean {
  return entry !== null && entry.at === when.at && entry.earliestAt === when.earliestAt && entry.latestAt === when.latestAt;
}

/** Whether it came to an end of its own, other than by vanishing or being superseded. */
export function isFinished(outcome: Outcome | null): outcome is TerminalStatus {
  return outcome === 'succeeded' || outcome === 'failed' || outcome === 'cancelled';
}

function entryOf({ at, earliestAt, latestAt }: Interval): Entry {
  return { at, earliestAt, latestAt };
}
