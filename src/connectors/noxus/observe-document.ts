import { z } from 'zod';
import type { ItemContext, ItemResult } from '../../model/connector.ts';
import type { Facts } from '../../model/facts.ts';
import type { Observation } from '../../model/observation.ts';
import { maybe, notAnObject, requiredStatus } from '../../observe/item-schema.ts';
import { observeItem } from '../../observe/observe-item.ts';
import { readError } from '../../observe/read-error.ts';
import { readId, requiredId } from '../../observe/read-id.ts';
import { readStatus } from '../../observe/read-status.ts';
import { MAX_STATUS_LENGTH, readText } from '../../observe/read-text.ts';
import { readTime } from '../../observe/read-time.ts';
import { type Kept, redactBody } from '../../observe/redact-body.ts';
import { fieldOf } from '../item-field.ts';
import { documentError } from './document-error.ts';
import { documentStatuses, FOLDER } from './document-statuses.ts';
import { collectWarningKinds } from './warning-kinds.ts';

/**
 * One document of a knowledge base (`context.parentId`), as its lists and the read by id show it. Only an item that is no object, or has no
 * usable id or status, is rejected; everything else that is missing or of the wrong type is as if it were not carried. A document does not
 * name its workspace: its knowledge base does.
 */
export function observeDocument(item: unknown, context: ItemContext): ItemResult {
  const status = fieldOf(item, 'status');
  if (typeof status === 'string' && status.toLowerCase() === FOLDER && readId(fieldOf(item, 'id')) !== null) {
    return { kind: 'ignored', reason: 'it is a folder, which holds documents and is none' };
  }
  return observeItem(item, context, Document, (document) => ({ observation: readDocument(document, item, context), accountId: null }));
}

/**
 * A document's times: queued when it was created, if what is shown is its first attempt. `updated_at` moves on any edit, so it reports no
 * status. What is settled when a document is created is not cleared by a null.
 */
function readDocument(document: Document, item: unknown, context: ItemContext): Observation {
  const created = readTime(document.created_at);
  const updated = readTime(document.updated_at);
  const runId = readRunId(document);
  const reading = readStatus(document.status, documentStatuses, context.statuses);
  return {
    recordId: document.id,
    reading,
    sourceStatus: readText(document.status, MAX_STATUS_LENGTH),
    ...(created.instant !== null && { createdAt: created.instant, queuedEvidence: created.instant }),
    ...(updated.instant !== null && { sourceUpdatedAt: updated.instant }),
    ...(runId !== undefined && { attemptKey: runId }),
    ...readError(document.error, reading, documentError),
    facts: readFacts(document, context, runId ?? null),
    body: redactBody(item, context.payloads, KEPT),
    anomalies: created.isBad || updated.isBad ? ['bad_time'] : [],
    response: context.response,
  };
}

/** The ingestion run that worked on it last: null before the first, undefined where the answer does not tell. */
function readRunId({ run_id }: Document): string | null | undefined {
  return run_id === null ? null : (readId(run_id) ?? undefined);
}

/** That an error was dismissed, or that the document should be ingested again, is no fact: it is what people noted about it. */
function readFacts(document: Document, { parentId }: ItemContext, runId: string | null): Partial<Facts> {
  const collectionId = readId(parentId);
  return {
    document_id: document.id,
    ...(collectionId !== null && { collection_id: collectionId }),
    // As with its key: a run that is not told is not undone.
    ...(runId !== null && { run_id: runId }),
    ...(document.warnings !== undefined && { warning_kinds: readWarningKinds(document.warnings) }),
  };
}

const MAX_VALUES = 10_000;
const MAX_DEPTH = 6;

/** @returns null where there are none, so that a list that is empty and one that is missing are the same */
function readWarningKinds(warnings: unknown): readonly string[] | null {
  const kinds = new Set<string>();
  collectWarningKinds(warnings, kinds, { valuesLeft: MAX_VALUES }, MAX_DEPTH);
  return kinds.size === 0 ? null : [...kinds].sort();
}

/** The fields that are used. Absent ones read as undefined; summaries and metadata are not even looked at. */
const Document = z.object(
  {
    id: requiredId,
    status: requiredStatus,
    created_at: maybe,
    updated_at: maybe,
    run_id: maybe,
    error: maybe,
    warnings: maybe,
  },
  notAnObject,
);
type Document = z.infer<typeof Document>;

/** Kept of the payload under `redacted`. A document's name, place and origin are content: they tell what it is about, or where it can be had. */
const KEPT: Kept = {
  id: 'value',
  run_id: 'value',
  file_id: 'value',
  status: 'value',
  created_at: 'value',
  updated_at: 'value',
  size: 'value',
  doc_type: 'value',
  source_type: 'value',
  content_type: 'value',
  has_conversion: 'value',
  dismissed: 'value',
  needs_reingestion: 'value',
  error: { code: 'value' },
};
