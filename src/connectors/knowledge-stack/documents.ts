import type { ApiRequest, FeedList, ReadTarget, StreamSource } from '../../model/connector.ts';
import { keyOfField } from '../item-field.ts';
import { pathSegment } from '../path-segment.ts';
import { knowledgeStackDocument } from './document-statuses.ts';
import { isEngineAtWork } from './engine-facts.ts';
import { observeDocument } from './observe-document.ts';
import { observeExecution } from './observe-execution.ts';
import { BY_OFFSET_OR_PAGE, itemsOf, readEnvelope } from './page-envelope.ts';

/**
 * Knowledge Stack's stream `documents`: the ingestion of each document version. The endpoints moved in July 2026, and answer as before.
 */
export const documents: readonly [StreamSource, ...StreamSource[]] = [below('system-jobs'), below('workflows')];

function below(generation: 'system-jobs' | 'workflows'): StreamSource {
  const root = `/v1/${generation}`;
  const path = `${root}/document_versions`;
  // The detail is a live call to the engine.
  const detailOf = ({ recordId }: ReadTarget): ApiRequest => ({
    method: 'GET',
    path: `${path}/${pathSegment(recordId)}`,
    accept: [404],
  });
  return {
    generation,
    // Servers that have both answer the same at both.
    recognition: { request: { method: 'GET', path, query: { limit: 1 } }, isSpoken: (body) => itemsOf(body) !== null, mayTakeOver: true },
    kind: knowledgeStackDocument,
    feeds: [
      {
        name: `GET ${path}`,
        parents: null,
        lists: () => [listAt(path)],
        showsAll: true,
        changedSince: null,
        observe: observeDocument,
      },
    ],
    byId: {
      // The engine forgets after a while what the database still has.
      absence: 'unlisted',
      request: detailOf,
      observe: observeDocument,
      otherwise: {
        request: ({ recordId }) => ({ method: 'GET', path: `${root}/${pathSegment(recordId)}`, accept: [404] }),
        observe: observeExecution,
      },
    },
    inBulk: null,
    detail: {
      isShownById: true,
      // Only of what is in flight, by either word: each read is a live call.
      isWanted: ({ isPresent, isTerminal, facts }) => isPresent && (!isTerminal || isEngineAtWork(facts.engine_status)),
      request: detailOf,
      observe: observeDocument,
    },
  };
}

/** In no documented order, and without a filter. */
function listAt(path: string): FeedList {
  return {
    request: { method: 'GET', path },
    pagination: BY_OFFSET_OR_PAGE,
    parse: readEnvelope,
    keyOf: keyOfField('workflow_id'),
  };
}
