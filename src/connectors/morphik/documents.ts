import type { FeedList, StreamSource } from '../../model/connector.ts';
import { pathSegment } from '../path-segment.ts';
import { documentArray, recognitionOfDocumentArray } from './document-array.ts';
import { morphikDocument } from './document-statuses.ts';
import { listDocs, recognitionOfListDocs } from './list-docs.ts';
import { observeDocument, observeDocumentStatus } from './observe-document.ts';

/**
 * Morphik's stream `documents`: what became of each document that was ingested. How they are listed differs by the age of the server; what is read of
 * them does not.
 */
export const documents: readonly [StreamSource, ...StreamSource[]] = [
  inForm('list_docs', recognitionOfListDocs('bare'), listDocs('bare')),
  inForm('list_docs with dotted fields', recognitionOfListDocs('dotted'), listDocs('dotted')),
  inForm('bare array', recognitionOfDocumentArray, documentArray),
];

function inForm(generation: string, recognition: StreamSource['recognition'], list: FeedList): StreamSource {
  return {
    generation,
    recognition,
    kind: morphikDocument,
    feeds: [
      {
        name: `POST ${list.request.path}`,
        parents: null,
        lists: () => [list],
        showsAll: true,
        changedSince: null,
        observe: observeDocument,
      },
    ],
    byId: {
      // A 404 can be a failure of the server's database, too.
      absence: 'twice',
      // Never the document itself, which comes with its whole text.
      request: ({ recordId }) => ({ method: 'GET', path: `/documents/${pathSegment(recordId)}/status`, accept: [404] }),
      observe: observeDocumentStatus,
      otherwise: null,
    },
    inBulk: null,
    // Why a document failed stands in every answer that shows it.
    detail: null,
  };
}
