import type { Instant } from '../model/instant.ts';
import type { Status } from '../model/status.ts';
import type { Workflow } from './workflow.ts';

/** Where a run of the world can be. `waiting` is for a person; the source systems each have their own words for these. */
export type RunState = 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'stopped';

export const STATUS_OF_STATE: Record<RunState, Status> = {
  queued: 'queued',
  running: 'running',
  waiting: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  stopped: 'cancelled',
};

/** One piece of the truth: what became of a record at which moment, to the microsecond. */
export interface Transition {
  readonly recordId: string;
  readonly state: RunState | 'deleted';
  /** The canonical status; null where the record was deleted. */
  readonly status: Status | null;
  /** The attempt that it belongs to, from 1. */
  readonly attempt: number;
  readonly at: Instant;
}

/** A run as it is now. It is the same object all along, and moves with the world. */
export interface Run {
  readonly id: string;
  /** 1, 2, … in order of creation */
  readonly number: number;
  readonly workflow: Workflow;
  readonly trigger: Trigger;
  readonly createdAt: Instant;
  /** 1, 2, …: how often it was taken up again under its id, and one. */
  readonly attempt: number;
  /** When the present attempt was asked for: the creation, then each time that it was taken up again. */
  readonly attemptAt: Instant;
  /** Of the first start of the present attempt; of an earlier one where that was resumed. */
  readonly startedAt: Instant | null;
  /** When the present attempt ended; null while it is open. */
  readonly finishedAt: Instant | null;
  /** The source answers for it no more from then on; its state stays what it was. */
  readonly deletedAt: Instant | null;
  readonly state: RunState;
  /** Set while it is failed. */
  readonly failure: Failure | null;
  /** Of the latest attempt that failed, whatever became of the run since; null before the first. */
  readonly lastFailure: Failure | null;
  /** In order of time, the creation first, a deletion last. */
  readonly transitions: readonly Transition[];
}

export type Trigger = 'person' | 'schedule' | 'program';

export interface Failure {
  readonly error: string;
  /** how many of the workflow's steps went wrong */
  readonly failedSteps: number;
  readonly warnings: readonly Warning[];
}

export type Warning = 'timeout' | 'fallback' | 'no_results' | 'bad_value' | 'outside_service' | 'unreadable_file' | 'duplicate';

/** Where the run was at a moment; null before it was created. */
export function stateAt(run: Run, at: Instant): RunState | 'deleted' | null {
  return run.transitions.findLast((transition) => transition.at <= at)?.state ?? null;
}

export function isFinished(state: RunState): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'stopped';
}

/** How far it came, 0 to 100, by the time its workflow usually takes. It never goes back, and 100 is only for a success. */
export function progressPercent(run: Run, now: Instant): number {
  if (run.state === 'succeeded') return 100;
  if (run.startedAt === null) return 0;
  const elapsedMs = Date.parse(run.finishedAt ?? now) - Date.parse(run.startedAt);
  return Math.floor(99 * (1 - Math.exp(-elapsedMs / run.workflow.usualMs)));
}
