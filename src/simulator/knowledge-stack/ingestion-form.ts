import type { Instant } from '../../model/instant.ts';
import { microsOf } from '../../model/instant.ts';
import type { Document, DocumentTransition } from '../document.ts';
import { documentVersionIdOf, sourceDocumentIdOf, temporalRunIdOf, workflowIdOf } from './ids.ts';
import type { Asked, KnowledgeStackSource } from './knowledge-stack-source.ts';
import type { TemporalState } from './settings.ts';
import { pipelineStatus, TEMPORAL_STATUS } from './words.ts';

/** An ingestion as the database has it, which is what the list shows. */
export function ingestionSummary({ source, generation }: Asked, document: Document): object {
  const { settings, world } = source;
  return {
    workflow_id: workflowIdOf(document.id, settings.workflowIdForm),
    document_id: sourceDocumentIdOf(document.id),
    document_version_id: documentVersionIdOf(document.id),
    status: pipelineStatus(document, generation),
    last_activity: lastActivity(document, world.now),
    error: document.error,
    last_run_timestamp: document.attemptAt,
    last_state_update_timestamp: lastStateUpdate(source, document),
    created_at: document.createdAt,
  };
}

/** The same, and what Temporal says of the present attempt. */
export function ingestionDetail(asked: Asked, document: Document): object {
  return {
    ...ingestionSummary(asked, document),
    ...liveStatus(asked.source, document),
    chunks_processed: chunksProcessed(document, asked.source.world.now),
  };
}

/** What Temporal says of an ingestion by its id, and no more. */
export function ingestionStatus({ source }: Asked, document: Document): object {
  return { workflow_id: workflowIdOf(document.id, source.settings.workflowIdForm), ...liveStatus(source, document) };
}

/** Whether Temporal has forgotten it, of which the document knows nothing. */
export function isForgotten({ settings, world }: KnowledgeStackSource, document: Document): boolean {
  const { closeTime } = temporalOf(settings, document);
  return closeTime !== null && Number(microsOf(world.now) - microsOf(closeTime)) / 1000 >= settings.temporalRetentionMs;
}

function liveStatus({ settings }: KnowledgeStackSource, document: Document): object {
  const { status, closeTime } = temporalOf(settings, document);
  const times = { start_time: document.attemptAt, close_time: closeTime };
  if (settings.temporalStatusName === 'execution_status') return { execution_status: status, ...times };
  return {
    temporal_status: status,
    ...(settings.temporalStatusName === 'both' && { execution_status: status }),
    ...times,
    workflow_type: 'DocumentIngestionWorkflow',
    task_queue: 'ingestion',
    run_id: temporalRunIdOf(document.id, document.attempt),
  };
}

function temporalOf(settings: KnowledgeStackSource['settings'], document: Document): TemporalState {
  return settings.temporalOf(document) ?? { status: TEMPORAL_STATUS[document.state], closeTime: document.finishedAt };
}

/** null before it has ever changed */
function lastStateUpdate({ settings }: KnowledgeStackSource, document: Document): Instant | null {
  const { transitions } = document;
  return transitions.findLast((transition, index) => isStateUpdate(transition, transitions[index - 1]))?.at ?? null;

  function isStateUpdate({ state, attempt }: DocumentTransition, before: DocumentTransition | undefined): boolean {
    if (before === undefined || state === 'deleted') return false;
    return settings.rerunMovesStateUpdate || state !== 'queued' || attempt === before.attempt;
  }
}

/** When it last changed its state or was asked for again. */
export function lastIngestionChange({ transitions, createdAt }: Document): Instant {
  return transitions.at(-1)?.at ?? createdAt;
}

/** It goes on while nothing else of the ingestion changes. */
function lastActivity(document: Document, now: Instant): string | null {
  if (document.state === 'queued') return null;
  const step = Math.floor(secondsSince(document.startedAt ?? document.attemptAt, document.finishedAt ?? now) / SECONDS_AN_ACTIVITY);
  return ACTIVITIES[step % ACTIVITIES.length] ?? null;
}

const ACTIVITIES = ['convert_document', 'partition_pages', 'enrich_sections', 'embed_chunks', 'index_chunks'];
const SECONDS_AN_ACTIVITY = 10;

/** Grows while it is under way. */
function chunksProcessed(document: Document, now: Instant): number | null {
  if (document.startedAt === null) return null;
  if (document.state === 'succeeded') return document.chunkCount;
  return Math.floor(secondsSince(document.startedAt, document.finishedAt ?? now) / SECONDS_A_CHUNK);
}

const SECONDS_A_CHUNK = 5;

function secondsSince(earlier: Instant, later: Instant): number {
  return Number(microsOf(later) - microsOf(earlier)) / 1_000_000;
}
