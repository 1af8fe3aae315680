import type { EventFacts } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';
import type { AttemptState, Entry, RecordState } from '../model/record.ts';
import { isTerminal, STATUS_RANK, type OpenStatus, type Status } from '../model/status.ts';
import type { Decided } from './judge-status.ts';
import { isExact, type ProvenTimes } from './proven-times.ts';

/** One status that was entered: at a reported time, or seen (null). */
export interface Step {
  readonly status: Status | null;
  readonly reportedAt: Instant | null;
}

export type Steps = readonly [Step, ...Step[]];

export type LateTimes = Pick<EventFacts, 'attempt_queued_at' | 'attempt_started_at' | 'attempt_finished_at'>;

export interface StepPlan {
  /** In order; only the last may be seen. null where no status was entered. */
  readonly steps: Steps | null;
  /** Times of statuses that the attempt had entered before: late, or other than they were. */
  readonly late: LateTimes | null;
  /** Whether the late times only fill in what was not reported before. */
  readonly isAddition: boolean;
}

/** Every status that an attempt's times evidence, up to the one shown. */
export function stepsTo(status: Status | null, times: ProvenTimes): Steps {
  const shown: Step = { status, reportedAt: status === null ? null : timeOf(status, times) };
  const started: Steps =
    times.running === null || status === 'running' ? [shown] : [{ status: 'running', reportedAt: times.running }, shown];
  return times.queued === null || status === 'queued' ? started : [{ status: 'queued', reportedAt: times.queued }, ...started];
}

/** The same for an attempt that is known: what it has entered before is not entered again, its times are mended. */
export function planSteps(record: RecordState, attempt: AttemptState, move: Decided, times: ProvenTimes): StepPlan {
  const { kind, status } = move;
  if (kind === 'opened') return { steps: stepsTo(status, times), late: null, isAddition: true };
  const isQueued = isEntered('queued', attempt.queued ?? attempt.started ?? attempt.finished, times.queued, record, move);
  const isStarted = isEntered('running', attempt.started, times.running, record, move);
  const isFinished = kind === 'entered' && status !== null && isTerminal(status) && status !== record.lastKnownStatus;
  const queued = mended(attempt.queued, isQueued ? null : times.queued);
  const started = mended(attempt.started, isStarted ? null : times.running);
  const finished = mended(attempt.finished, isFinished ? null : times.terminal);
  const entered = {
    queued: isQueued ? times.queued : null,
    running: isStarted ? times.running : null,
    terminal: isFinished ? times.terminal : null,
    hasRegression: times.hasRegression,
  };
  const isLate = queued !== null || started !== null || finished !== null;
  return {
    steps: kind === 'entered' || kind === 'renamed' ? stepsTo(status, entered) : null,
    late: isLate
      ? {
          ...(queued !== null && { attempt_queued_at: queued }),
          ...(started !== null && { attempt_started_at: started }),
          ...(finished !== null && { attempt_finished_at: finished }),
        }
      : null,
    isAddition: !(
      (queued !== null && isReported(attempt.queued)) ||
      (started !== null && isReported(attempt.started)) ||
      (finished !== null && isReported(attempt.finished))
    ),
  };
}

/**
 * Whether a time shows that an open status was entered since, as the one shown or on the way to it. Not if the attempt had been in it, or
 * past it, before; nor if it was left before a word came that nobody understood: an event for it would come after one of later.
 *
 * @param entry what is known of its entry
 */
function isEntered(
  entered: OpenStatus,
  entry: Entry | null,
  time: Instant | null,
  record: RecordState,
  { kind, status }: Decided,
): boolean {
  const last = record.lastKnownStatus;
  if (kind !== 'entered' || status === null || time === null || entry !== null) return false;
  if (last !== null && STATUS_RANK[entered] <= STATUS_RANK[last]) return false;
  return entered === status || record.status !== null || time > record.statusSince.latestAt;
}

/** The time, where it is not the entry's already. */
function mended(entry: Entry | null, time: Instant | null): Instant | null {
  return isReported(entry) && entry?.at === time ? null : time;
}

function isReported(entry: Entry | null): boolean {
  return entry !== null && isExact(entry);
}

function timeOf(status: Status, times: ProvenTimes): Instant | null {
  if (status === 'queued') return times.queued;
  return status === 'running' ? times.running : times.terminal;
}
