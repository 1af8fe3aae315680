import { z } from 'zod';
import type { ItemContext, ItemResult } from '../../model/connector.ts';
import type { Facts } from '../../model/facts.ts';
import type { Observation } from '../../model/observation.ts';
import { maybe, notAnObject, requiredStatus } from '../../observe/item-schema.ts';
import { observeItem } from '../../observe/observe-item.ts';
import { readId, requiredId } from '../../observe/read-id.ts';
import { readStatus } from '../../observe/read-status.ts';
import { MAX_STATUS_LENGTH, readText } from '../../observe/read-text.ts';
import { readTime } from '../../observe/read-time.ts';
import { type Kept, redactBody, UUIDS } from '../../observe/redact-body.ts';
import { readRunFailures } from './run-failures.ts';
import { runStatuses } from './run-statuses.ts';

/** Which answer the run stands in, which decides what it may tell. */
export type RunForm = 'listed' | 'listed_by_knowledge_base' | 'read' | 'read_in_detail';

/**
 * One run, as any of the endpoints shows it. Only an item that is no object, or has no usable id or status, is rejected; everything else that
 * is missing or of the wrong type is as if it were not carried.
 */
export function observeRun(item: unknown, context: ItemContext, form: RunForm): ItemResult {
  return observeItem(item, context, Run, (run) => ({ observation: readRun(run, item, context, form), accountId: readId(run.group_id) }));
}

/** A run's times: queued when it was created; terminal when it finished. When it began to run, no endpoint tells. */
function readRun(run: Run, item: unknown, context: ItemContext, form: RunForm): Observation {
  const created = readTime(run.created_at);
  const finished = readTime(run.finished_at);
  const workflow = readWorkflow(run);
  return {
    recordId: run.id,
    reading: readStatus(run.status, runStatuses, context.statuses),
    sourceStatus: readText(run.status, MAX_STATUS_LENGTH),
    // A time that cannot be understood is not carried: it must not clear one that was.
    ...(run.created_at !== undefined && !created.isBad && { createdAt: created.instant, queuedEvidence: created.instant }),
    ...(run.finished_at !== undefined && !finished.isBad && { finishedAt: finished.instant, terminalEvidence: finished.instant }),
    facts: readFacts(run, context, form),
    ...(typeof run.progress === 'number' && { progressPercent: run.progress }),
    ...(workflow !== null && { workflow }),
    body: redactBody(item, context.payloads, KEPT),
    anomalies: created.isBad || finished.isBad ? ['bad_time'] : [],
    response: context.response,
  };
}

/**
 * What these tell of a run is settled when it is created, so a null teaches nothing and is left out: otherwise one endpoint's null would undo
 * what another told, and every sync would amend the run twice.
 *
 * Of the embedded workflow only its type is the run's: name, tags, counters, definition and hash are the workflow's as it is now, and as facts
 * of its runs they would change thousands of finished ones with one edit. The definition that a knowledge base's run carries is not hashed:
 * no other endpoint shows it, and it costs a megabyte of hashing a run at every poll.
 */
function readFacts(run: Run, context: ItemContext, form: RunForm): Partial<Facts> {
  const workflowId = readId(run.workflow_id);
  const workflowType = readText(run.workflow?.type, MAX_WORD_LENGTH);
  const source = readText(run.source, MAX_WORD_LENGTH);
  const trigger = source !== null && TRIGGER.test(source) ? source : null;
  const collectionId = form === 'listed_by_knowledge_base' ? readId(context.parentId) : null;
  const versionId = form === 'read' || form === 'read_in_detail' ? readId(run.workflow_version_id) : null;
  return {
    ...(workflowId !== null && { workflow_id: workflowId }),
    ...(workflowType !== null && { workflow_type: workflowType }),
    ...(trigger !== null && { trigger_source: trigger }),
    ...(collectionId !== null && { collection_id: collectionId }),
    ...(versionId !== null && { workflow_version_id: versionId }),
    ...(form === 'read_in_detail' && readRunFailures(run.progress_details?.per_node_progress)),
  };
}

function readWorkflow({ workflow, workflow_id }: Run): NonNullable<Observation['workflow']> | null {
  const id = readId(workflow?.id) ?? readId(workflow_id);
  if (!workflow || id === null) return null;
  return { id, name: readText(workflow.name), type: readText(workflow.type, MAX_WORD_LENGTH) };
}

const MAX_WORD_LENGTH = 200;

/** A word for where a run came from. Facts are hashed and stay for ever, so a text or an address with a signature in it must not get there. */
const TRIGGER = /^[\w .:<>-]{1,64}$/;

const embedded = <T extends z.ZodRawShape>(shape: T) => z.object(shape).nullish().catch(null);

/** The fields that are used. Absent ones read as undefined; blobs such as `input` and `definitions` are not even looked at. */
const Run = z.object(
  {
    id: requiredId,
    status: requiredStatus,
    group_id: maybe,
    workflow_id: maybe,
    workflow_version_id: maybe,
    created_at: maybe,
    finished_at: maybe,
    progress: maybe,
    source: maybe,
    workflow: embedded({ id: maybe, name: maybe, type: maybe }),
    progress_details: embedded({ per_node_progress: maybe }),
  },
  notAnObject,
);
type Run = z.infer<typeof Run>;

/** Kept of the payload under `redacted`: identifiers, times, statuses and names. Names of persons are not. */
const KEPT: Kept = {
  id: 'value',
  group_id: 'value',
  workflow_id: 'value',
  workflow_version_id: 'value',
  single_node_id: 'value',
  status: 'value',
  progress: 'value',
  created_at: 'value',
  finished_at: 'value',
  workflow: {
    id: 'value',
    group_id: 'value',
    name: 'value',
    type: 'value',
    workflow_hash: 'value',
    created_at: 'value',
    last_updated_at: 'value',
    deleted_at: 'value',
    meta: { tags: 'values' },
  },
  progress_details: {
    per_node_progress: { [UUIDS]: { status: 'value' } },
  },
};
