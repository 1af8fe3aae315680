import type { StatusReading } from '../../model/observation.ts';
import type { RecordKind } from '../../model/record-kind.ts';
import { means, statusTable } from '../../observe/read-status.ts';

/** A finished run stays finished: starting the workflow again makes a run with another id. */
export const morphikRun: RecordKind = { name: 'morphik_run', reopensFrom: [], isKeyed: false, finishTellsAttempts: false };

export const runStatuses = statusTable({
  queued: means('queued'),
  running: means('running'),
  completed: means('succeeded'),
  failed: means('failed'),
});

/** What the server takes a run for whose status is left out. */
export const DEFAULT_STATUS = 'queued';

/** Seconds after which the server itself gives a run up. No answer tells it. */
export const TIME_LIMIT_SECONDS = 300;

/** A run that the server gave up is told from others that failed by its error alone. */
export function withReason(reading: StatusReading, error: unknown): StatusReading {
  const isFailed = reading.kind === 'known' && reading.status === 'failed';
  return isFailed && error === `Workflow execution timed out after ${TIME_LIMIT_SECONDS} seconds` ? TIMED_OUT : reading;
}

const TIMED_OUT = means('failed', 'timeout');
