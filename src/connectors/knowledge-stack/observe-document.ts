import { z } from 'zod';
import type { ItemContext, ItemResult } from '../../model/connector.ts';
import type { Facts } from '../../model/facts.ts';
import { type Instant, later } from '../../model/instant.ts';
import type { Observation } from '../../model/observation.ts';
import { isTerminal } from '../../model/status.ts';
import { maybe, notAnObject, requiredStatus } from '../../observe/item-schema.ts';
import { observeItem } from '../../observe/observe-item.ts';
import { readActivity } from '../../observe/read-activity.ts';
import { readCount } from '../../observe/read-count.ts';
import { readId, requiredId } from '../../observe/read-id.ts';
import { readStatus } from '../../observe/read-status.ts';
import { MAX_STATUS_LENGTH, readText } from '../../observe/read-text.ts';
import { readTime } from '../../observe/read-time.ts';
import { type Kept, redactBody } from '../../observe/redact-body.ts';
import { documentStatuses } from './document-statuses.ts';
import { isConflict, readEngineFacts } from './engine-facts.ts';
import { readReason } from './read-reason.ts';

/**
 * One ingestion of a document version, as the list shows it, or the detail, which has all of the list's fields and the engine's. Only an item that is
 * no object, or has no usable id or status, is rejected; everything else that is missing or of the wrong type is as if it were not carried. It does
 * not name its tenant.
 */
export function observeDocument(item: unknown, context: ItemContext): ItemResult {
  return observeItem(item, context, Ingestion, (ingestion) => ({ observation: readDocument(ingestion, item, context), accountId: null }));
}

function readDocument(ingestion: Ingestion, item: unknown, context: ItemContext): Observation {
  const created = readTime(ingestion.created_at);
  const asked = readTime(ingestion.last_run_timestamp);
  const moved = readTime(ingestion.last_state_update_timestamp);
  const reading = readStatus(ingestion.status, documentStatuses, context.statuses);
  const engine = readEngineFacts(ingestion);
  const activity = readActivity(ingestion.last_activity);
  const latest = latestOf(asked.instant, moved.instant);
  return {
    recordId: ingestion.workflow_id,
    reading,
    sourceStatus: readText(ingestion.status, MAX_STATUS_LENGTH),
    ...(created.instant !== null && { createdAt: created.instant }),
    ...readAttempt(asked, moved, reading),
    ...(latest !== null && { sourceUpdatedAt: latest }),
    ...readReason(ingestion.error, reading),
    facts: { ...readFacts(ingestion, reading), ...engine },
    ...(activity !== null && { lastActivity: activity }),
    body: redactBody(item, context.payloads, KEPT),
    anomalies: [
      ...([created, asked, moved].some(({ isBad }) => isBad) ? (['bad_time'] as const) : []),
      ...(isConflict(reading, engine.engine_status ?? null) ? (['status_conflict'] as const) : []),
    ],
    response: context.response,
  };
}

/**
 * The attempt is the one that was asked for last, queued at that moment. When its state moved last is when it ended, if it has; while it is
 * processed it is only a bound: whether activity moves it too is not documented, and a start that drifts with every poll would be worse than a
 * bounded one.
 *
 * A finished state that moved last before the attempt was asked for is the one of the attempt before, shown still: of the new one nothing is told
 * yet, or it would end like the other before it began.
 */
function readAttempt(asked: Time, moved: Time, reading: Observation['reading']): Partial<Observation> {
  const isFinished = reading.kind === 'known' && isTerminal(reading.status);
  if (isFinished && asked.instant !== null && moved.instant !== null && moved.instant < asked.instant) return {};
  return {
    ...(asked.instant !== null && { attemptKey: asked.instant, queuedEvidence: asked.instant }),
    ...(isFinished && moved.instant !== null && { finishedAt: moved.instant, terminalEvidence: moved.instant }),
    ...(reading.kind === 'known' && !isFinished && { finishedAt: null }),
  };
}

type Time = ReturnType<typeof readTime>;

/** A state may have moved last before the ingestion was asked for again: either moment makes another version. */
function latestOf(asked: Instant | null, moved: Instant | null): Instant | null {
  return asked === null || moved === null ? (asked ?? moved) : later(asked, moved);
}

/** How many chunks there are is a fact once it is done; until then the count is progress, and would amend the document at every poll. */
function readFacts(ingestion: Ingestion, reading: Observation['reading']): Partial<Facts> {
  const documentId = readId(ingestion.document_id);
  const versionId = readId(ingestion.document_version_id);
  const isFinished = reading.kind === 'known' && isTerminal(reading.status);
  return {
    ...(documentId !== null && { document_id: documentId }),
    ...(versionId !== null && { document_version_id: versionId }),
    ...(ingestion.chunks_processed !== undefined &&
      reading.kind === 'known' && { chunk_count: isFinished ? readCount(ingestion.chunks_processed) : null }),
  };
}

/** The fields that are used. Absent ones read as undefined. */
const Ingestion = z.object(
  {
    workflow_id: requiredId,
    status: requiredStatus,
    document_id: maybe,
    document_version_id: maybe,
    last_activity: maybe,
    error: maybe,
    last_run_timestamp: maybe,
    last_state_update_timestamp: maybe,
    created_at: maybe,
    temporal_status: maybe,
    execution_status: maybe,
    workflow_type: maybe,
    run_id: maybe,
    chunks_processed: maybe,
  },
  notAnObject,
);
type Ingestion = z.infer<typeof Ingestion>;

/**
 * Kept of the payload under `redacted`; the engine's own times too, which are those of its work and not of the status that the database shows. Activity
 * is a free text.
 */
const KEPT: Kept = {
  workflow_id: 'value',
  document_id: 'value',
  document_version_id: 'value',
  status: 'value',
  last_run_timestamp: 'value',
  last_state_update_timestamp: 'value',
  created_at: 'value',
  temporal_status: 'value',
  execution_status: 'value',
  start_time: 'value',
  close_time: 'value',
  workflow_type: 'value',
  task_queue: 'value',
  run_id: 'value',
  chunks_processed: 'value',
};
