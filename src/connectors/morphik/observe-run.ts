import { z } from 'zod';
import type { ItemContext, ItemResult } from '../../model/connector.ts';
import type { Facts } from '../../model/facts.ts';
import type { Observation } from '../../model/observation.ts';
import { isTerminal } from '../../model/status.ts';
import { maybe, notAnObject, requiredStatus } from '../../observe/item-schema.ts';
import { observeItem } from '../../observe/observe-item.ts';
import { readError } from '../../observe/read-error.ts';
import { readId, requiredId } from '../../observe/read-id.ts';
import { readStatus } from '../../observe/read-status.ts';
import { MAX_STATUS_LENGTH, readText } from '../../observe/read-text.ts';
import { readTime } from '../../observe/read-time.ts';
import { type Kept, redactBody } from '../../observe/redact-body.ts';
import { DEFAULT_STATUS, runStatuses, TIME_LIMIT_SECONDS, withReason } from './run-statuses.ts';
import { readStepCounts } from './step-counts.ts';
import { whyFailed } from './why-failed.ts';

/**
 * One run of a workflow: listed or read by id, it is the same. Only an item that is no object, has no usable id, or a status that is no text, is
 * rejected; everything else that is missing or of the wrong type is as if it were not carried.
 */
export function observeRun(item: unknown, context: ItemContext): ItemResult {
  return observeItem(item, context, Run, (run) => ({ observation: readRun(run, item, context), accountId: readId(run.app_id) }));
}

/** A run's times: running since it started, terminal when it was completed. When it was queued, nothing tells. */
function readRun(run: Run, item: unknown, context: ItemContext): Observation {
  const started = readTime(run.started_at);
  const completed = readTime(run.completed_at);
  const reading = readReading(run, context);
  const status = reading.kind === 'known' ? reading.status : null;
  const isFinished = status !== null && isTerminal(status);
  const hasStarted = isFinished || status === 'running';
  return {
    recordId: run.id,
    reading,
    sourceStatus: run.status === null ? null : readText(run.status, MAX_STATUS_LENGTH),
    // A time that cannot be understood is not carried: it must not clear one that was.
    ...(run.started_at !== undefined &&
      !started.isBad && { startedAt: started.instant, ...(hasStarted && { runningEvidence: started.instant }) }),
    ...(run.completed_at !== undefined &&
      !completed.isBad && { finishedAt: completed.instant, ...(isFinished && { terminalEvidence: completed.instant }) }),
    ...readError(run.error, reading, whyFailed),
    facts: readFacts(run, isFinished),
    body: redactBody(item, context.payloads, KEPT),
    anomalies: started.isBad || completed.isBad ? ['bad_time'] : [],
    response: context.response,
  };
}

function readReading({ status, error }: Run, { statuses }: ItemContext): Observation['reading'] {
  return status === null ? { kind: 'unknown' } : withReason(readStatus(status, runStatuses, statuses), error);
}

/**
 * Whose run it is, is settled when it is created, so a null teaches nothing. The steps' results are saved when the run ends: until then an empty list
 * counts nothing.
 */
function readFacts(run: Run, isFinished: boolean): Partial<Facts> {
  const workflowId = readId(run.workflow_id);
  const documentId = readId(run.document_id);
  const userId = readId(run.user_id);
  return {
    ...(workflowId !== null && { workflow_id: workflowId }),
    ...(documentId !== null && { document_id: documentId }),
    ...(userId !== null && { triggered_by_user_id: userId }),
    ...(isFinished && readStepCounts(run.results_per_step)),
    time_limit_seconds: TIME_LIMIT_SECONDS,
  };
}

/** The fields that are used. Absent ones read as undefined; the final output is not even looked at. */
const Run = z.object(
  {
    id: requiredId,
    status: requiredStatus.nullable().default(DEFAULT_STATUS),
    workflow_id: maybe,
    document_id: maybe,
    user_id: maybe,
    app_id: maybe,
    started_at: maybe,
    completed_at: maybe,
    results_per_step: maybe,
    error: maybe,
  },
  notAnObject,
);
type Run = z.infer<typeof Run>;

/** Kept of the payload under `redacted`. What steps and the whole run gave out is the document's content. */
const KEPT: Kept = {
  id: 'value',
  workflow_id: 'value',
  document_id: 'value',
  user_id: 'value',
  app_id: 'value',
  status: 'value',
  started_at: 'value',
  completed_at: 'value',
};
