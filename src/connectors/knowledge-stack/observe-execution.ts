import { z } from 'zod';
import type { ItemContext, ItemResult } from '../../model/connector.ts';
import type { Observation } from '../../model/observation.ts';
import { STATUS_RANK } from '../../model/status.ts';
import { maybe, notAnObject, requiredStatus } from '../../observe/item-schema.ts';
import { observeItem } from '../../observe/observe-item.ts';
import { requiredId } from '../../observe/read-id.ts';
import { readStatus } from '../../observe/read-status.ts';
import { MAX_STATUS_LENGTH, readText } from '../../observe/read-text.ts';
import { readTime } from '../../observe/read-time.ts';
import { type Kept, redactBody } from '../../observe/redact-body.ts';
import { engineStatuses } from './document-statuses.ts';
import { readEngineFacts } from './engine-facts.ts';
import { statusFrom } from './status-field.ts';

/**
 * An ingestion as the engine alone shows it, in words of its own: for one of which the source's database tells nothing. It does not tell when the
 * attempt was asked for, so not which one it is.
 */
export function observeExecution(body: unknown, context: ItemContext): ItemResult {
  return observeItem(body, context, Execution, (execution) => ({ observation: readExecution(execution, body, context), accountId: null }));
}

/** An execution that is closed and goes on as another has a close time, and is not over. */
function readExecution(execution: Execution, body: unknown, context: ItemContext): Observation {
  const started = readTime(execution.start_time);
  const closed = readTime(execution.close_time);
  const reading = readStatus(execution.status, engineStatuses, context.statuses);
  const isFinished = reading.kind === 'known' && STATUS_RANK[reading.status] === 2;
  return {
    recordId: execution.workflow_id,
    reading,
    sourceStatus: readText(execution.status, MAX_STATUS_LENGTH),
    hasForeignWord: true,
    ...(started.instant !== null && { startedAt: started.instant, runningEvidence: started.instant }),
    ...(isFinished && closed.instant !== null && { finishedAt: closed.instant, terminalEvidence: closed.instant }),
    facts: readEngineFacts(execution),
    body: redactBody(body, context.payloads, KEPT),
    anomalies: started.isBad || closed.isBad ? ['bad_time'] : [],
    response: context.response,
  };
}

/** The fields that are used. Absent ones read as undefined. */
const Execution = z.preprocess(
  statusFrom('temporal_status', 'execution_status'),
  z.object(
    {
      workflow_id: requiredId,
      status: requiredStatus,
      temporal_status: maybe,
      execution_status: maybe,
      start_time: maybe,
      close_time: maybe,
      workflow_type: maybe,
      run_id: maybe,
    },
    notAnObject,
  ),
);
type Execution = z.infer<typeof Execution>;

/** Kept of the payload under `redacted`. */
const KEPT: Kept = {
  workflow_id: 'value',
  temporal_status: 'value',
  execution_status: 'value',
  start_time: 'value',
  close_time: 'value',
  workflow_type: 'value',
  task_queue: 'value',
  run_id: 'value',
};
