import type { Document } from '../document.ts';
import { isIngested } from '../document.ts';
import type { SourceAnswer } from '../source-server.ts';
import { notFound, refuse } from './answers.ts';
import { ingestionDetail, ingestionStatus, ingestionSummary, isForgotten, lastIngestionChange } from './ingestion-form.ts';
import type { Asked, KnowledgeStackHandler } from './knowledge-stack-source.ts';
import { foundDocument, listedDocuments } from './knowledge-stack-source.ts';
import { listPage } from './list-page.ts';
import { inOrder } from './row-order.ts';

export const allIngestions: KnowledgeStackHandler = (asked) => {
  const { source } = asked;
  return listPage(
    asked,
    () => inOrder(listedDocuments(source), source.settings.documentOrder, lastIngestionChange),
    (document) => ingestionSummary(asked, document),
  );
};

export const singleIngestion: KnowledgeStackHandler = (asked) => readLive(asked, ingestionDetail);
export const ingestionByWorkflow: KnowledgeStackHandler = (asked) => readLive(asked, ingestionStatus);

function readLive(asked: Asked, form: (asked: Asked, document: Document) => object): SourceAnswer {
  const document = foundDocument(asked.source, asked.id);
  return document === null || isForgotten(asked.source, document) ? notFound(asked) : { status: 200, body: form(asked, document) };
}

// What is answered to these two is documented by name only, and so there is nothing in it.

/** Another attempt under the same id. */
export const rerunIngestion: KnowledgeStackHandler = (asked) => {
  const document = foundDocument(asked.source, asked.id);
  if (document === null) return notFound(asked);
  if (!isIngested(document.state)) return refuse(asked, 409, 'conflict', 'The ingestion is under way');
  asked.source.world.retryDocument(document.id, { state: 'queued' });
  return { status: 200, body: {} };
};

/** Of what has ended already, it cancels nothing and says nothing. */
export const cancelIngestion: KnowledgeStackHandler = (asked) => {
  const document = foundDocument(asked.source, asked.id);
  if (document === null || isForgotten(asked.source, document)) return notFound(asked);
  if (!isIngested(document.state)) asked.source.world.moveDocument(document.id, 'cancelled');
  return { status: 200, body: {} };
};
