import type { Document } from '../document.ts';
import type { SourceRequest } from '../source-server.ts';
import { NO_SUCH_PATH, notAllowed, notFound } from './answers.ts';
import { emptyListDocs, listDocs } from './list-docs.ts';
import { readArrayRequest, readListRequest } from './list-request.ts';
import type { MorphikHandler, MorphikSource } from './morphik-source.ts';

/** `POST /documents/list_docs`, which older servers do not have. */
export const listOfDocuments: MorphikHandler = (source, request) => {
  if (source.server() === 'bare_array') return source.listDocsIsMissing === 405 ? notAllowed(['GET', 'DELETE']) : NO_SUCH_PATH;
  const read = readListRequest(request.body);
  if (!read.ok) return read.answer;
  return source.isDown(request) ? emptyListDocs(read.request) : listDocs(source, read.request);
};

/** `POST /documents`: the same, and on older servers a bare array of whole documents. */
export const documents: MorphikHandler = (source, request) => {
  if (source.server() !== 'bare_array') return listOfDocuments(source, request, '');
  const read = readArrayRequest(request.body);
  if (!read.ok) return read.answer;
  const { skip, limit } = read.request;
  const listed = source.isDown(request) ? [] : source.orders.unsorted().filter(source.isVisible);
  return { status: 200, body: listed.slice(skip, skip + limit).map(source.documentForm.whole) };
};

export const document: MorphikHandler = (source, request, id) => {
  const found = documentById(source, request, id);
  return found === null ? notFound('Document') : { status: 200, body: source.documentForm.whole(found) };
};

export const documentStatus: MorphikHandler = (source, request, id) => {
  const found = documentById(source, request, id);
  return found === null ? notFound('Document') : { status: 200, body: source.documentForm.status(found) };
};

/** Really deletes it, out of the world too. */
export const deleteDocument: MorphikHandler = (source, request, id) => {
  if (documentById(source, request, id) === null) return notFound('Document');
  source.world.deleteDocument(id);
  return { status: 200, body: { status: 'success', message: `Document ${id} deleted successfully` } };
};

function documentById(source: MorphikSource, request: SourceRequest, id: string): Document | null {
  const found = source.world.document(id);
  return found?.deletedAt === null && source.isVisible(found) && !source.isDown(request) ? found : null;
}
