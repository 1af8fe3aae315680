import type { Instant } from '../../model/instant.ts';
import { addMicros, later } from '../../model/instant.ts';
import type { Run, Transition } from '../run.ts';
import { isFinished } from '../run.ts';
import type { KnowledgeStackSource } from './knowledge-stack-source.ts';
import type { ApprovalState } from './words.ts';
import { EXECUTION_STATE, RUN_STATUS, STOPPED } from './words.ts';

/** What a run shows of its life: what the forms are filled with, and what lists are sorted and cut by. */
export interface RunView {
  /** of the generation, in its words */
  readonly status: string;
  readonly startedAt: Instant | null;
  readonly completedAt: Instant | null;
  readonly error: string | null;
  readonly updatedAt: Instant;
  readonly approvalState: ApprovalState;
}

/** Generation 1 knows of no second attempt and no approval, and always shows a start. */
export function firstGenerationView({ settings }: KnowledgeStackSource, run: Run): RunView {
  const placeholder = settings.queuedStart === 'created_at' ? run.createdAt : addMicros(run.createdAt, A_MOMENT_MICROS);
  return {
    status: RUN_STATUS[run.state],
    startedAt: run.startedAt ?? placeholder,
    completedAt: run.finishedAt,
    error: errorOf(run, run.state),
    updatedAt: lastChangeOf(run),
    approvalState: 'not_required',
  };
}

const A_MOMENT_MICROS = 250n;

export function secondGenerationView(source: KnowledgeStackSource, run: Run): RunView {
  const { settings, world, approvals } = source;
  const readyAt = addMicros(run.createdAt, BigInt(Math.round(settings.uploadsMs * 1000)));
  const isNew = run.state === 'queued' && run.attempt === 1;
  const isUploading = isNew && world.now < readyAt;
  const approvedAt = approvals.get(run.id) ?? null;
  // No time is shown of becoming ready but this.
  const changedAt = isNew && !isUploading ? later(lastChangeOf(run), readyAt) : lastChangeOf(run);
  const keeps = run.attempt === 1 ? {} : settings.retryKeeps;
  const lastEnd = run.finishedAt === null ? run.transitions.findLast(isEnd) : undefined;
  const startedAt = keeps.start === true ? (run.transitions.find(({ state }) => state === 'running')?.at ?? null) : run.startedAt;
  return {
    status: isUploading ? 'PENDING' : EXECUTION_STATE[run.state],
    startedAt: run.state === 'queued' ? null : startedAt,
    completedAt: run.finishedAt ?? (keeps.finish === true ? (lastEnd?.at ?? null) : null),
    error: errorOf(run, keeps.error === true && lastEnd !== undefined ? lastEnd.state : run.state),
    updatedAt: approvedAt === null ? changedAt : later(changedAt, approvedAt),
    approvalState: !settings.needsApproval(run) ? 'not_required' : approvedAt === null ? 'pending' : 'approved',
  };
}

/** When a run last changed by itself, of which a deletion is not shown. */
export function lastChangeOf(run: Run): Instant {
  return run.transitions.findLast(({ state }) => state !== 'deleted')?.at ?? run.createdAt;
}

function isEnd({ state }: Transition): boolean {
  return state !== 'deleted' && isFinished(state);
}

/** @param state that whose error is asked for: the run's own, or that of its last end */
function errorOf(run: Run, state: Transition['state']): string | null {
  if (state === 'stopped') return STOPPED;
  return state === 'failed' ? (run.lastFailure?.error ?? null) : null;
}
