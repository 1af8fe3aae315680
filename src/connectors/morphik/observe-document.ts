import { z } from 'zod';
import type { ItemContext, ItemResult } from '../../model/connector.ts';
import type { Facts } from '../../model/facts.ts';
import type { Observation } from '../../model/observation.ts';
import { maybe, notAnObject } from '../../observe/item-schema.ts';
import { observeItem } from '../../observe/observe-item.ts';
import { readError } from '../../observe/read-error.ts';
import { readId, requiredId } from '../../observe/read-id.ts';
import { readStatus } from '../../observe/read-status.ts';
import { MAX_STATUS_LENGTH, readText } from '../../observe/read-text.ts';
import { readTime } from '../../observe/read-time.ts';
import { type Kept, redactBody } from '../../observe/redact-body.ts';
import { readProgress } from './document-progress.ts';
import { documentStatuses, NO_STATUS } from './document-statuses.ts';
import { withoutText } from './document-text.ts';
import { whyFailed } from './why-failed.ts';

/**
 * One document, as the lists of every server show it. Only an item that is no object, or has no usable id, is rejected; everything else that is
 * missing or of the wrong type is as if it were not carried.
 */
export function observeDocument(item: unknown, context: ItemContext): ItemResult {
  const row = withoutText(item);
  return observeItem(row, context, Row, ({ external_id, app_id, folder_id, system_metadata }) => ({
    observation: readDocument(
      external_id,
      system_metadata ?? {},
      readFolder(folder_id),
      redactBody(row, context.payloads, KEPT_OF_ROW),
      context,
    ),
    accountId: readId(app_id),
  }));
}

/** The same document, as the read of its status by id shows it. */
export function observeDocumentStatus(body: unknown, context: ItemContext): ItemResult {
  return observeItem(body, context, StatusAnswer, ({ document_id, status, ...others }) => {
    const state = { ...others, status: status === NO_STATUS ? null : status };
    return {
      observation: readDocument(document_id, state, {}, redactBody(body, context.payloads, KEPT_OF_STATUS), context),
      accountId: null,
    };
  });
}

/**
 * A document's times report no status. It is created as `processing`, but only its first attempt, and which one is shown nothing tells. `updated_at`
 * moves on any edit, so it bounds.
 */
function readDocument(id: string, state: State, folder: Partial<Facts>, body: Observation['body'], context: ItemContext): Observation {
  const created = readTime(state.created_at);
  const updated = readTime(state.updated_at);
  const word = typeof state.status === 'string' && state.status !== '' ? state.status : null;
  const reading = word === null ? UNKNOWN : readStatus(word, documentStatuses, context.statuses);
  return {
    recordId: id,
    reading,
    sourceStatus: readText(word, MAX_STATUS_LENGTH),
    ...(created.instant !== null && { createdAt: created.instant }),
    ...(updated.instant !== null && { sourceUpdatedAt: updated.instant }),
    ...readError(state.error, reading, whyFailed),
    facts: { document_id: id, ...folder },
    ...readProgress(state.progress),
    body,
    anomalies: created.isBad || updated.isBad ? ['bad_time'] : [],
    response: context.response,
  };
}

const UNKNOWN = { kind: 'unknown' } as const;

/**
 * The folder by its id alone. Its path is a name that people choose and change: as a fact it would tell what the documents are about, and renaming
 * one folder would amend all that is in it.
 */
function readFolder(folderId: unknown): Partial<Facts> {
  const id = readId(folderId);
  return id !== null || folderId === null ? { collection_id: id } : {};
}

/** The fields that are used of what the server notes about a document. Absent ones read as undefined. */
const stateFields = { status: maybe, error: maybe, created_at: maybe, updated_at: maybe, progress: maybe };
const State = z.object(stateFields);
type State = z.infer<typeof State>;

const Row = z.object(
  { external_id: requiredId, app_id: maybe, folder_id: maybe, system_metadata: State.nullish().catch(null) },
  notAnObject,
);
const StatusAnswer = z.object({ document_id: requiredId, ...stateFields }, notAnObject);

/** Kept of the payload under `redacted`. A document's name, its folder's and its progress in words are content: they tell what it is about. */
const KEPT_OF_ROW: Kept = {
  external_id: 'value',
  app_id: 'value',
  folder_id: 'value',
  content_type: 'value',
  system_metadata: { status: 'value', created_at: 'value', updated_at: 'value' },
};
const KEPT_OF_STATUS: Kept = { document_id: 'value', status: 'value', created_at: 'value', updated_at: 'value' };
