import type { FeedList, ListFeed, Parents, StreamSource } from '../../model/connector.ts';
import type { Instant } from '../../model/instant.ts';
import { fieldOf } from '../item-field.ts';
import { pathSegment } from '../path-segment.ts';
import { definitions, DEFINITIONS, idOf, isOfSecondGeneration } from './definitions.ts';
import { observeRun, observeRunWithWorkflow } from './observe-run.ts';
import { BY_OFFSET, BY_OFFSET_OR_PAGE, itemsOf, readEnvelope, readEnvelopeWithout } from './page-envelope.ts';
import { firstKnowledgeStackRun, secondKnowledgeStackRun } from './run-statuses.ts';

const RUNS = '/v1/workflow-runs';

const allRuns: ListFeed = {
  name: `GET ${RUNS}`,
  parents: null,
  lists: () => [runsBy({ sort_dir: 'DESC' })],
  showsAll: true,
  // Nothing sorts by the last change: in a window, rows are read as they were created.
  changedSince: (from, until) => runsBy({ sort_dir: 'ASC', ...windowOf(from, until) }),
  observe: observeRunWithWorkflow,
};

/**
 * Knowledge Stack's stream `runs`: every run of the tenant that the key's user may see. Between the two generations there were servers with the runs of
 * the second and no list of all of them.
 */
export const runs: readonly [StreamSource, ...StreamSource[]] = [
  {
    ...readById(observeRunWithWorkflow),
    generation: '2',
    recognition: { request: { method: 'GET', path: RUNS, query: { limit: 1 } }, isSpoken: isListOfSecond, mayTakeOver: true },
    kind: secondKnowledgeStackRun,
    feeds: [allRuns],
  },
  {
    ...readById(observeRun),
    generation: '2-by-definition',
    recognition: {
      request: { method: 'GET', path: DEFINITIONS, query: { limit: 1 } },
      isSpoken: hasDefinitionsOfSecond,
      mayTakeOver: false,
    },
    kind: secondKnowledgeStackRun,
    feeds: [runsOf(definitions(readEnvelope))],
  },
  {
    ...readById(observeRun),
    generation: '1',
    recognition: { request: { method: 'GET', path: DEFINITIONS, query: { limit: 1 } }, isSpoken: hasDefinitionsOfFirst, mayTakeOver: true },
    kind: firstKnowledgeStackRun,
    feeds: [runsOf(definitions(readEnvelopeWithout(isOfSecondGeneration, 'workflow definitions')))],
  },
];

function readById(observe: ListFeed['observe']): Pick<StreamSource, 'byId' | 'inBulk' | 'detail'> {
  return {
    byId: {
      absence: 'at_once',
      request: ({ recordId }) => ({ method: 'GET', path: `${RUNS}/${pathSegment(recordId)}`, accept: [404] }),
      observe,
      otherwise: null,
    },
    inBulk: null,
    // Why a run failed stands in every answer that shows it.
    detail: null,
  };
}

function runsBy(query: Readonly<Record<string, string>>): FeedList {
  return {
    request: { method: 'GET', path: RUNS, query: { sort_by: 'CREATED_AT', ...query } },
    pagination: BY_OFFSET,
    parse: readEnvelopeWithout(isOfFirst, 'runs'),
    keyOf: idOf,
  };
}

/** From the first bound on, and before the second. */
function windowOf(from: Instant, until: Instant | null): Readonly<Record<string, string>> {
  return { updated_after: from, ...(until !== null && { updated_before: until }) };
}

function runsOf(parents: Parents): ListFeed {
  return {
    name: `GET ${DEFINITIONS}/{id}/runs`,
    parents,
    lists: (definitionId) => [runsOfDefinition(definitionId)],
    showsAll: true,
    changedSince: null,
    observe: observeRun,
  };
}

/** In an order that nothing documents. */
function runsOfDefinition(definitionId: string | null): FeedList {
  if (definitionId === null) throw new Error('the runs of a workflow definition were asked for without naming one');
  return {
    request: { method: 'GET', path: `${DEFINITIONS}/${pathSegment(definitionId)}/runs` },
    pagination: BY_OFFSET_OR_PAGE,
    parse: readEnvelope,
    keyOf: idOf,
  };
}

/** What the list's own reading would refuse must not be recognised, or the one would send for the other for ever. */
function isListOfSecond(body: unknown): boolean {
  return itemsOf(body)?.some(isOfFirst) === false;
}

function hasDefinitionsOfSecond(body: unknown): boolean {
  return itemsOf(body)?.some(isOfSecondGeneration) === true;
}

function hasDefinitionsOfFirst(body: unknown): boolean | null {
  const definitions = itemsOf(body);
  if (definitions?.length === 0) return null;
  return definitions?.some(isOfSecondGeneration) === false;
}

function isOfFirst(run: unknown): boolean {
  return fieldOf(run, 'status') !== undefined && fieldOf(run, 'execution_state') === undefined;
}
