import type { StatusReading } from '../../model/observation.ts';
import type { RecordKind } from '../../model/record-kind.ts';
import { isTerminal, type Status } from '../../model/status.ts';
import { means, readStatus, statusTable } from '../../observe/read-status.ts';

/** A finished run of the first generation stays finished: its server takes no second outcome. */
export const firstKnowledgeStackRun: RecordKind = {
  name: 'knowledge_stack_run_1',
  reopensFrom: [],
  isKeyed: false,
  finishTellsAttempts: false,
};

/**
 * One of the second can be retried or resumed under its id once it has failed or was stopped. What that does to its times is not documented: either a
 * start or a finish that moved tells of another attempt.
 */
export const secondKnowledgeStackRun: RecordKind = {
  name: 'knowledge_stack_run_2',
  reopensFrom: ['failed', 'cancelled'],
  isKeyed: true,
  finishTellsAttempts: true,
};

/**
 * The words of both generations, which contradict each other nowhere. PENDING waits behind another run in the first and for uploads in the second:
 * either way nothing works on the run yet.
 */
const runStatuses = statusTable({
  PENDING: means('queued'),
  NOT_STARTED: means('queued'),
  RUNNING: means('running'),
  IN_PROGRESS: means('running'),
  COMPLETED: means('succeeded'),
  // Its error tells whether it failed or somebody stopped it.
  FAILED: { kind: 'undecided' },
});

interface ShownStatus {
  readonly status: string;
  readonly error?: unknown;
  readonly approval_state?: unknown;
}

/**
 * What a run's word means, with what stands beside it. Why a run failed stands in no words that anybody documents but these: not even that it took too
 * long.
 */
export function readRunStatus({ status, error, approval_state }: ShownStatus, overrides: Readonly<Record<string, Status>>): StatusReading {
  const reading = readStatus(status, runStatuses, overrides);
  if (reading.kind === 'undecided') return error === undefined ? reading : error === STOPPED ? STOPPED_BY_USER : FAILED;
  // A finished run may be approved later, and is as finished as before.
  if (reading.kind !== 'known' || isTerminal(reading.status) || approval_state !== 'pending') return reading;
  return { ...reading, reason: 'waiting_for_approval' };
}

const STOPPED = 'Stopped by user';
const STOPPED_BY_USER = means('cancelled', 'stopped_by_user');
const FAILED = means('failed');
