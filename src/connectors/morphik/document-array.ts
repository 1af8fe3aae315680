import type { FeedList, PageEnvelope, StreamSource } from '../../model/connector.ts';
import { SourceError } from '../../model/errors.ts';
import { fieldOf, keyOfField } from '../item-field.ts';
import { fieldsOf } from './list-docs.ts';
import { readArray } from './read-array.ts';

/**
 * `POST /documents` of servers before October 2025: in no order, without a total, and every row with the document's whole text, whatever fields are asked
 * for. Pages are small, or the texts of one would be more than an answer may hold.
 */
export const documentArray: FeedList = {
  request: { method: 'POST', path: '/documents', body: { fields: fieldsOf('dotted') } },
  pagination: { style: 'offset', offsetParameter: 'skip', limitParameter: 'limit', limit: 20 },
  parse: readDocumentArray,
  keyOf: keyOfField('external_id'),
};

/** Asked for no document, or it would be a whole one. */
export const recognitionOfDocumentArray: NonNullable<StreamSource['recognition']> = {
  request: { ...documentArray.request, body: { ...documentArray.request.body, skip: 0, limit: 0 } },
  isSpoken: (body) => Array.isArray(body),
  mayTakeOver: true,
};

/** @throws SourceError source_other_form where newer servers answer a page of list_docs; source_bad_shape for anything else that is no list */
function readDocumentArray(body: unknown): PageEnvelope {
  if (!Array.isArray(fieldOf(body, 'documents'))) return readArray(body);
  throw new SourceError('source_other_form', 'a page of documents, where a bare list was expected', {
    hint: 'The server was upgraded meanwhile: what it answers now is found out.',
  });
}
