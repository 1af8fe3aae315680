import type { FeedList, ListFeed, Parents, StreamSource } from '../../model/connector.ts';
import { readCount } from '../../observe/read-count.ts';
import { fieldOf } from '../item-field.ts';
import { pathSegment } from '../path-segment.ts';
import { noxusDocument } from './document-statuses.ts';
import { idOf, knowledgeBases } from './knowledge-bases.ts';
import { observeDocument } from './observe-document.ts';
import { PAGES, readEnvelope } from './page-envelope.ts';

/** In the order of the lifecycle: a document that moves on while they are read is met again, and never missed between two of them. */
const LISTED_STATUSES = ['uploaded', 'training', 'error', 'trained'] as const;

type ListedStatus = (typeof LISTED_STATUSES)[number];

const COUNTERS = ['total_documents', 'training_documents', 'trained_documents', 'error_documents', 'uploaded_documents'] as const;

const documentsOfKnowledgeBases: ListFeed = {
  name: 'GET /v1/knowledge-bases/{id}/documents/{status}',
  parents: { ...knowledgeBases, versionOf: versionOfKnowledgeBase },
  lists: (parentId) => {
    if (parentId === null) throw new Error('the documents of a knowledge base were asked for without naming one');
    return LISTED_STATUSES.map((status) => documentsIn(parentId, status));
  },
  showsAll: true,
  changedSince: null,
  observe: observeDocument,
};

/** Noxus's stream `documents`: what became of each document that a knowledge base was given. */
export const documents: StreamSource = {
  generation: 'v1',
  recognition: null,
  kind: noxusDocument,
  feeds: [documentsOfKnowledgeBases],
  byId: {
    absence: 'at_once',
    request: ({ recordId, collectionId }) =>
      collectionId === null ? null : { method: 'GET', path: `${pathOf(collectionId)}/document/${pathSegment(recordId)}`, accept: [404] },
    observe: observeDocument,
    otherwise: null,
  },
  inBulk: null,
  // Why a document failed stands in every answer that shows it.
  detail: null,
};

/**
 * Only `trained` is settled: a document in `error` has ended as well, but few stand there, and they are the ones that people try again. A document
 * keeps the time of its creation, by which the lists may be ordered, wherever it goes.
 *
 * Two names for the page's size: the vendor's SDK sends `page_size`, its other lists know `size`, and which of them counts here is not
 * documented. An unknown parameter is ignored.
 */
function documentsIn(knowledgeBaseId: string, status: ListedStatus): FeedList {
  return {
    request: { method: 'GET', path: `${pathOf(knowledgeBaseId)}/documents/${status}` },
    pagination: { ...PAGES, alsoSizeParameter: 'page_size' },
    parse: readEnvelope,
    keyOf: idOf,
    isSettled: status === 'trained',
    isJoinedAnywhere: true,
  };
}

function pathOf(knowledgeBaseId: string): string {
  return `/v1/knowledge-bases/${pathSegment(knowledgeBaseId)}`;
}

/**
 * How many documents stand in each status, and when the knowledge base changed last. Without a single counter it tells nothing: what moves
 * `updated_at` is not documented, and standing still alone it would keep the list of trained documents from being read for a day.
 */
function versionOfKnowledgeBase(item: unknown): ReturnType<Parents['versionOf']> {
  const counts = COUNTERS.map((name) => readCount(fieldOf(item, name)));
  if (counts.every((count) => count === null)) return null;
  const updatedAt = fieldOf(item, 'updated_at');
  return JSON.stringify([...counts, typeof updatedAt === 'string' ? updatedAt : null]);
}
