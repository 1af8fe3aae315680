import { z } from 'zod';
import type { ItemContext, ItemResult } from '../../model/connector.ts';
import type { Facts } from '../../model/facts.ts';
import type { Observation } from '../../model/observation.ts';
import { STATUS_RANK } from '../../model/status.ts';
import { maybe, notAnObject, requiredStatus } from '../../observe/item-schema.ts';
import { observeItem } from '../../observe/observe-item.ts';
import { readCount } from '../../observe/read-count.ts';
import { readId, requiredId } from '../../observe/read-id.ts';
import { MAX_STATUS_LENGTH, readText } from '../../observe/read-text.ts';
import { readTime } from '../../observe/read-time.ts';
import { type Kept, redactBody } from '../../observe/redact-body.ts';
import { readReason } from './read-reason.ts';
import { readWord } from './read-word.ts';
import { readRunStatus } from './run-statuses.ts';
import { statusFrom } from './status-field.ts';

/**
 * One run, of either generation, listed or read by id. Only an item that is no object, or has no usable id or status, is rejected; everything else
 * that is missing or of the wrong type is as if it were not carried.
 */
export function observeRun(item: unknown, context: ItemContext): ItemResult {
  return observeItem(item, context, Run, (run) => ({ observation: readRun(run, item, context), accountId: readId(run.tenant_id) }));
}

/** The same where no list of definitions is read: the name of its workflow is then the one that it was begun under. */
export function observeRunWithWorkflow(item: unknown, context: ItemContext): ItemResult {
  return observeItem(item, context, Run, (run) => ({
    observation: { ...readRun(run, item, context), ...readWorkflow(run) },
    accountId: readId(run.tenant_id),
  }));
}

/** A run's times: queued when it was created, running since it started, terminal when it was completed. `updated_at` moves on any change. */
function readRun(run: Run, item: unknown, context: ItemContext): Observation {
  const created = readTime(run.created_at);
  const started = readTime(run.started_at);
  const completed = readTime(run.completed_at);
  const updated = readTime(run.updated_at);
  const reading = readRunStatus(run, context.statuses);
  const stage = stageOf(reading);
  // The first generation fills in a start while the run waits: one that is its creation is none.
  const isStart = stage !== null && stage >= 1 && (isOfSecond(run) || started.instant !== created.instant);
  const key = readAttemptKey(run, started, stage);
  return {
    recordId: run.id,
    reading,
    sourceStatus: readText(run.status, MAX_STATUS_LENGTH),
    // A time that cannot be understood is not carried: it must not clear one that was.
    ...(created.instant !== null && { createdAt: created.instant, queuedEvidence: created.instant }),
    ...(run.started_at !== undefined &&
      !started.isBad && { startedAt: started.instant, ...(isStart && { runningEvidence: started.instant }) }),
    ...(run.completed_at !== undefined &&
      !completed.isBad && { finishedAt: completed.instant, ...(stage === 2 && { terminalEvidence: completed.instant }) }),
    ...(updated.instant !== null && { sourceUpdatedAt: updated.instant }),
    ...(key !== undefined && { attemptKey: key }),
    ...readReason(run.error, reading),
    facts: readFacts(run),
    body: redactBody(item, context.payloads, KEPT),
    anomalies: [created, started, completed, updated].some(({ isBad }) => isBad) ? ['bad_time'] : [],
    response: context.response,
  };
}

/** How far the run is: queued, running, over; null under a word that nobody understands. */
function stageOf(reading: Observation['reading']): 0 | 1 | 2 | null {
  // Whether it failed or was stopped is all that an undecided word leaves open.
  if (reading.kind === 'undecided') return 2;
  return reading.kind === 'known' ? STATUS_RANK[reading.status] : null;
}

function isOfSecond({ execution_state }: Run): boolean {
  return execution_state !== undefined && execution_state !== null;
}

/**
 * In the second generation, when it started: another start is another attempt. While it is queued it has none, whatever stands in the field: that may
 * be left over. Undefined where the answer does not tell.
 */
function readAttemptKey(run: Run, started: ReturnType<typeof readTime>, stage: 0 | 1 | 2 | null): string | null | undefined {
  if (!isOfSecond(run)) return undefined;
  if (stage === 0) return null;
  return run.started_at === undefined || started.isBad ? undefined : started.instant;
}

/**
 * What these tell of a run is settled when it is created or begun, so a null teaches nothing. The snapshot of the definition is taken when the run
 * begins: of the definition as it is now, nothing here is a fact.
 */
function readFacts(run: Run): Partial<Facts> {
  const workflowId = readId(run.workflow_definition_id);
  const userId = readId(run.user_id) ?? readId(run.triggered_by?.user_id);
  const runnerType = readWord(run.runner_type);
  const seconds = readCount(run.run_snapshot?.max_run_duration_seconds);
  return {
    ...(workflowId !== null && { workflow_id: workflowId }),
    ...(userId !== null && { triggered_by_user_id: userId }),
    ...(runnerType !== null && { runner_type: runnerType }),
    ...(seconds !== null && { time_limit_seconds: seconds }),
  };
}

/** The snapshot is of when the run was created: what an older run shows is an older name. */
function readWorkflow(run: Run): Pick<Observation, 'workflow'> {
  const id = readId(run.workflow_definition_id);
  const name = readText(run.run_snapshot?.workflow_name);
  const { instant: namedAt } = readTime(run.created_at);
  return id === null || name === null ? {} : { workflow: { id, name, type: null, ...(namedAt !== null && { namedAt }) } };
}

const embedded = <T extends z.ZodRawShape>(shape: T) => z.object(shape).nullish().catch(null);

/** The fields that are used. Absent ones read as undefined; inputs and outputs are not even looked at. */
const Run = z.preprocess(
  statusFrom('execution_state', 'status'),
  z.object(
    {
      id: requiredId,
      status: requiredStatus,
      execution_state: maybe,
      approval_state: maybe,
      tenant_id: maybe,
      workflow_definition_id: maybe,
      user_id: maybe,
      triggered_by: embedded({ user_id: maybe }),
      runner_type: maybe,
      run_snapshot: embedded({ workflow_name: maybe, max_run_duration_seconds: maybe }),
      created_at: maybe,
      started_at: maybe,
      completed_at: maybe,
      updated_at: maybe,
      error: maybe,
    },
    notAnObject,
  ),
);
type Run = z.infer<typeof Run>;

/** Kept of the payload under `redacted`. The snapshot holds paths and what people wrote; who triggered a run is kept by id and not by name. */
const KEPT: Kept = {
  id: 'value',
  part_type: 'value',
  path_part_id: 'value',
  parent_path_part_id: 'value',
  tenant_id: 'value',
  name: 'value',
  workflow_definition_id: 'value',
  user_id: 'value',
  triggered_by: { user_id: 'value' },
  owner: { user_id: 'value' },
  runner_type: 'value',
  status: 'value',
  execution_state: 'value',
  approval_state: 'value',
  auto_start: 'value',
  run_thread_id: 'value',
  created_at: 'value',
  started_at: 'value',
  completed_at: 'value',
  updated_at: 'value',
};
