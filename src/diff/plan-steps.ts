import type { EventFacts } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';
import type { AttemptState, Entry, RecordState } from '../model/record.ts';
import { isTerminal, STATUS_RANK, type Status } from '../model/status.ts';
import type { Move } from './judge-status.ts';
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
export function planSteps(
  record: RecordState,
  attempt: AttemptState,
  move: Exclude<Move, { kind: 'deferred' }>,
  times: ProvenTimes,
): StepPlan {
  const { status } = move;
  if (move.kind === 'opened') return { steps: stepsTo(status, times), late: null, isAddition: true };
  const entersStatus = move.kind === 'entered' || move.kind === 'renamed';
  const isQueuedStep = isPassed('queued', times.queued) && attempt.started === null && attempt.finished === null;
  const isRunningStep = isPassed('running', times.running);
  const isOwn = move.kind === 'entered' && status !== null && isFirstEntry(status);
  const late: { -readonly [Name in keyof LateTimes]: LateTimes[Name] } = {};
  let isAddition = true;

  if (!isQueuedStep && !(isOwn && status === 'queued')) mend('attempt_queued_at', attempt.queued, times.queued);
  if (!isRunningStep && !(isOwn && status === 'running')) mend('attempt_started_at', attempt.started, times.running);
  if (!(isOwn && isTerminal(status))) mend('attempt_finished_at', attempt.finished, times.terminal);
  const steps = entersStatus
    ? stepsTo(status, {
        queued: isQueuedStep || (isOwn && status === 'queued') ? times.queued : null,
        running: isRunningStep || (isOwn && status === 'running') ? times.running : null,
        terminal: isOwn && isTerminal(status) ? times.terminal : null,
        hasRegression: false,
      })
    : null;
  return { steps, late: Object.keys(late).length === 0 ? null : late, isAddition };

  /** Whether a time shows that this status was passed on the way to the one shown, after everything that is known. */
  function isPassed(passed: 'queued' | 'running', time: Instant | null): boolean {
    const last = record.lastKnownStatus;
    if (move.kind !== 'entered' || time === null || status === null || STATUS_RANK[passed] >= STATUS_RANK[status]) return false;
    if (attempt[passed === 'queued' ? 'queued' : 'started'] !== null) return false;
    if (last !== null && STATUS_RANK[passed] <= STATUS_RANK[last]) return false;
    return record.status !== null || time > record.statusSince.latestAt;
  }

  function isFirstEntry(entered: Status): boolean {
    const last = record.lastKnownStatus;
    if (isTerminal(entered)) return last !== entered;
    const entry = entered === 'queued' ? attempt.queued : attempt.started;
    return entry === null && (last === null || STATUS_RANK[entered] > STATUS_RANK[last]);
  }

  function mend(name: keyof LateTimes, entry: Entry | null, time: Instant | null): void {
    if (time === null || (entry !== null && isExact(entry) && entry.at === time)) return;
    late[name] = time;
    if (entry !== null && isExact(entry)) isAddition = false;
  }
}

function timeOf(status: Status, times: ProvenTimes): Instant | null {
  if (status === 'queued') return times.queued;
  return status === 'running' ? times.running : times.terminal;
}
