import type { FeedList, ListFeed, StreamSource } from '../../model/connector.ts';
import { pathSegment } from '../path-segment.ts';
import { observeRun } from './observe-run.ts';
import { readArray } from './read-array.ts';
import { morphikRun } from './run-statuses.ts';
import { idOf, workflows } from './workflows.ts';

const runsOfWorkflows: ListFeed = {
  name: 'GET /workflows/{id}/runs',
  parents: workflows,
  lists: (parentId) => [runsOfWorkflow(parentId)],
  showsAll: true,
  changedSince: null,
  observe: observeRun,
};

/**
 * Morphik's stream `runs`: the runs of every workflow. Servers from October 2025 on have no workflows any more.
 */
export const runs: StreamSource = {
  generation: 'workflows',
  recognition: null,
  kind: morphikRun,
  feeds: [runsOfWorkflows],
  byId: {
    // A 404 can be a failure of the server's database, too, and so can a list that is empty.
    absence: 'twice',
    request: ({ recordId }) => ({ method: 'GET', path: `/workflows/runs/${pathSegment(recordId)}`, accept: [404] }),
    observe: observeRun,
    otherwise: null,
  },
  inBulk: null,
  // Why a run failed stands in every answer that shows it.
  detail: null,
};

/** Whole, in no order. */
function runsOfWorkflow(workflowId: string | null): FeedList {
  if (workflowId === null) throw new Error('the runs of a workflow were asked for without naming one');
  return {
    request: { method: 'GET', path: `/workflows/${pathSegment(workflowId)}/runs` },
    pagination: { style: 'array' },
    parse: readArray,
    keyOf: idOf,
  };
}
