import type { FeedList, ListFeed, ReadTarget, StreamSource } from '../../model/connector.ts';
import { pathSegment } from '../path-segment.ts';
import { idOf, knowledgeBases } from './knowledge-bases.ts';
import { observeRun } from './observe-run.ts';
import { PAGES, readArray, readEnvelope } from './page-envelope.ts';
import { noxusRun } from './run-statuses.ts';

/** UUIDs with their encoded commas in a URL of less than 2,000 characters, which every proxy lets through. */
const MAX_BULK_IDS = 48;
const BULK_ID = /^[\w-]{1,36}$/;

const allRuns: ListFeed = {
  name: 'GET /v1/runs',
  parents: null,
  lists: () => [{ request: { method: 'GET', path: '/v1/runs' }, pagination: PAGES, parse: readEnvelope, keyOf: idOf }],
  showsAll: true,
  changedSince: null,
  observe: (item, context) => observeRun(item, context, 'listed'),
};

/**
 * The runs of a knowledge base, called its running jobs: whether finished ones stay in it is not documented, nor whether all of them are in
 * `/v1/runs` too. So it finds runs and tells whose they are, and its silence proves nothing.
 */
const knowledgeBaseRuns: ListFeed = {
  name: 'GET /v1/knowledge-bases/{id}/runs',
  // A run that only they showed is looked for by its id before it is believed to be gone with its knowledge base.
  parents: { ...knowledgeBases, versionOf: () => null },
  lists: (parentId) => [runsOfKnowledgeBase(parentId)],
  showsAll: false,
  changedSince: null,
  observe: (item, context) => observeRun(item, context, 'listed_by_knowledge_base'),
};

/** Noxus's stream `runs`: three ways to see a run, and a fourth to learn why it failed. */
export const runs: StreamSource = {
  generation: 'v1',
  recognition: null,
  kind: noxusRun,
  // The narrower feed first: a run is then discovered with its knowledge base, and not amended by it a moment later.
  feeds: [knowledgeBaseRuns, allRuns],
  byId: {
    absence: 'at_once',
    request: ({ recordId }) => ({ method: 'GET', path: `/v1/runs/${pathSegment(recordId)}`, accept: [404] }),
    observe: (body, context) => observeRun(body, context, 'read'),
    otherwise: null,
  },
  inBulk: {
    max: MAX_BULK_IDS,
    parentOf: (target) => (BULK_ID.test(target.recordId) ? target.collectionId : null),
    request: (knowledgeBaseId, runIds) => ({
      method: 'GET',
      path: knowledgeBaseRunsPath(knowledgeBaseId),
      query: { run_ids: runIds.join(',') },
      accept: [404],
    }),
    // What it does not show is read by id, so an answer of another form costs requests and hides nothing.
    items: (body) => (Array.isArray(body) ? (body as readonly unknown[]) : []),
    observe: (item, context) => observeRun(item, context, 'listed_by_knowledge_base'),
  },
  detail: {
    isShownById: false,
    // Both null: a read that found no nodes to count still sets warning_kinds, and is not repeated for ever.
    isWanted: ({ status, isPresent, facts }) =>
      status === 'failed' && isPresent && facts.workflow_id !== null && facts.errored_node_count === null && facts.warning_kinds === null,
    // Not every server has this endpoint: that it is missing is an answer too.
    request: (target) => ({ method: 'GET', path: detailPath(target), accept: [404, 405] }),
    observe: (body, context) => observeRun(body, context, 'read_in_detail'),
  },
};

function runsOfKnowledgeBase(parentId: string | null): FeedList {
  if (parentId === null) throw new Error('the runs of a knowledge base were asked for without naming one');
  return { request: { method: 'GET', path: knowledgeBaseRunsPath(parentId) }, pagination: { style: 'array' }, parse: readArray };
}

function knowledgeBaseRunsPath(knowledgeBaseId: string): string {
  return `/v1/knowledge-bases/${pathSegment(knowledgeBaseId)}/runs`;
}

function detailPath({ recordId, workflowId }: ReadTarget): string {
  if (workflowId === null) throw new Error('a run was to be read in detail whose workflow is unknown');
  return `/v1/workflows/${pathSegment(workflowId)}/runs/${pathSegment(recordId)}`;
}
