import { z } from 'zod';
import type { ApiRequest, FeedList, PageEnvelope, StreamSource } from '../../model/connector.ts';
import { SourceError } from '../../model/errors.ts';
import { maybe } from '../../observe/item-schema.ts';
import { readCount } from '../../observe/read-count.ts';
import { badShape } from '../bad-shape.ts';
import { fieldOf, keyOfField } from '../item-field.ts';
import { TITLE } from './read-array.ts';

/** `bare`: as servers from June 2026 on know the names, without reading the whole document. `dotted`: as every server with this list knows them. */
export type FieldNames = 'bare' | 'dotted';

/**
 * `POST /documents/list_docs`, latest update first: a document that is worked on again comes to the front. The counts are asked for because they alone
 * tell an empty list from a database that failed.
 */
export function listDocs(names: FieldNames): FeedList {
  return {
    request: requestOf(names),
    pagination: { style: 'offset', offsetParameter: 'skip', limitParameter: 'limit', limit: 200 },
    parse: names === 'bare' ? readBareListDocs : readListDocs,
    keyOf: keyOfField('external_id'),
    sortedBy: 'updated',
  };
}

/** A server that does not know the bare names drops them without a word, and all that stands in `system_metadata` with them; without a row nothing tells. */
export function recognitionOfListDocs(names: FieldNames): NonNullable<StreamSource['recognition']> {
  const request = requestOf(names);
  return {
    request: { ...request, body: { ...request.body, skip: 0, limit: 1 } },
    isSpoken: (body) => {
      const rows = rowsOf(body);
      if (rows === null || names === 'dotted') return rows !== null;
      return rows.length === 0 ? null : rows.every(hasState);
    },
    // Servers that know the bare names know the dotted ones too.
    mayTakeOver: names === 'bare',
  };
}

/** @returns null where the answer is no page of this list, or that of a database that failed */
function rowsOf(body: unknown): readonly unknown[] | null {
  try {
    return readListDocs(body).items;
  } catch (error) {
    if (error instanceof SourceError) return null;
    throw error;
  }
}

const COLUMNS = ['external_id', 'content_type', 'folder_id', 'app_id'] as const;
const STATE = ['status', 'error', 'created_at', 'updated_at', 'progress'] as const;

/** What a document's row is asked to hold: never its text, nor its name, nor the ids of its chunks, of which there can be thousands. */
export function fieldsOf(names: FieldNames): readonly string[] {
  return [...COLUMNS, ...STATE.map((name) => (names === 'bare' ? name : `system_metadata.${name}`))];
}

function requestOf(names: FieldNames): ApiRequest {
  return {
    method: 'POST',
    path: '/documents/list_docs',
    body: {
      sort_by: 'updated_at',
      sort_direction: 'desc',
      return_documents: true,
      include_total_count: true,
      include_status_counts: true,
      fields: fieldsOf(names),
    },
  };
}

/** @throws SourceError source_other_form, and as `readListDocs` does */
function readBareListDocs(body: unknown): PageEnvelope {
  const page = readListDocs(body);
  if (page.items.length === 0 || page.items.some(hasState)) return page;
  throw new SourceError('source_other_form', 'no row has the system_metadata that was asked for', {
    hint: 'Servers older than June 2026 do not know the fields by these names: they are asked for by the older ones.',
  });
}

/**
 * `{ documents, skip, limit, total_count, status_counts, … }`.
 *
 * @throws SourceError source_bad_shape; source_unavailable where the server's database failed and the answer is an empty list all the same
 */
function readListDocs(body: unknown): PageEnvelope {
  const answer = Answer.safeParse(body);
  if (!answer.success) throw badShape(TITLE, 'a page, an object with a list "documents"', body);
  const { documents: items, skip, limit, total_count: total, status_counts: statuses } = answer.data;
  if (items.length === 0 && (total ?? null) === null && (statuses ?? null) === null) {
    throw new SourceError('source_unavailable', 'an empty list without the counts that were asked for: its database failed', {
      hint: 'Morphik answers 200 to that. Its log tells why; a single document whose updated_at is no time is enough.',
    });
  }
  return { items, total: readCount(total), position: readCount(skip), size: readCount(limit) };
}

function hasState(row: unknown): boolean {
  const state = fieldOf(row, 'system_metadata');
  return typeof state === 'object' && state !== null;
}

const Answer = z.object({ documents: z.array(z.unknown()), skip: maybe, limit: maybe, total_count: maybe, status_counts: maybe });
