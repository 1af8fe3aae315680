import type { Run } from '../run.ts';
import { isFinished } from '../run.ts';
import type { SourceAnswer, SourceRequest } from '../source-server.ts';
import type { Workflow } from '../workflow.ts';
import type { World } from '../world.ts';
import { NOT_ALLOWED, NOT_FOUND, pageOf, UNAUTHORIZED, unprocessable } from './answers.ts';
import type { NoxusForm } from './noxus-form.ts';
import type { RunLists } from './run-lists.ts';
import { NOXUS_STATUS, noxusWorkflowType } from './words.ts';

export interface NoxusSource {
  readonly world: World;
  readonly form: NoxusForm;
  readonly lists: RunLists;
  readonly apiKey: string;
  readonly hidesFinishedKnowledgeBaseRuns: boolean;
  readonly hasDetail: boolean;
}

/** Answers a request by the state of this moment. */
export function answerNoxus(source: NoxusSource, request: SourceRequest): SourceAnswer {
  if (request.headers['x-api-key'] !== source.apiKey) return UNAUTHORIZED;
  for (const { pattern, answer } of ROUTES) {
    const match = pattern.exec(request.path);
    if (match === null) continue;
    return request.method === 'GET' ? answer(source, request.query, decoded(match[1]), decoded(match[2])) : NOT_ALLOWED;
  }
  return NOT_FOUND;
}

interface Route {
  readonly pattern: RegExp;
  readonly answer: (source: NoxusSource, query: URLSearchParams, id: string, secondId: string) => SourceAnswer;
}

const ROUTES: readonly Route[] = [
  { pattern: /^\/v1\/runs$/, answer: ({ lists, form }, query) => pageOf(query, lists.all(), form.listedRun) },
  { pattern: /^\/v1\/runs\/([^/]+)$/, answer: singleRun },
  { pattern: /^\/v1\/workflows$/, answer: workflows },
  { pattern: /^\/v1\/workflows\/([^/]+)\/runs$/, answer: workflowRuns },
  { pattern: /^\/v1\/workflows\/([^/]+)\/runs\/([^/]+)$/, answer: workflowRun },
  { pattern: /^\/v1\/knowledge-bases$/, answer: knowledgeBases },
  { pattern: /^\/v1\/knowledge-bases\/([^/]+)$/, answer: knowledgeBase },
  { pattern: /^\/v1\/knowledge-bases\/([^/]+)\/runs$/, answer: knowledgeBaseRuns },
];

function singleRun({ world, form }: NoxusSource, _query: URLSearchParams, id: string): SourceAnswer {
  const run = presentRun(world, id);
  return run === null ? NOT_FOUND : { status: 200, body: form.singleRun(run) };
}

function workflows({ world, form }: NoxusSource, query: URLSearchParams): SourceAnswer {
  const type = query.get('type');
  if (type !== null && type !== 'flow' && type !== 'agent_flow') {
    return unprocessable([{ loc: ['query', 'type'], msg: 'type must be flow or agent_flow', type: 'enum' }]);
  }
  const listed = type === null ? world.workflows : world.workflows.filter((workflow) => noxusWorkflowType(workflow) === type);
  return pageOf(query, sliceable(listed), form.workflow);
}

function workflowRuns({ world, form, lists }: NoxusSource, query: URLSearchParams, workflowId: string): SourceAnswer {
  if (workflowById(world, workflowId) === undefined) return NOT_FOUND;
  return pageOf(query, lists.ofWorkflow(workflowId), form.workflowRun);
}

function workflowRun({ world, form, hasDetail }: NoxusSource, _query: URLSearchParams, workflowId: string, runId: string): SourceAnswer {
  const run = presentRun(world, runId);
  if (!hasDetail || run?.workflow.id !== workflowId) return NOT_FOUND;
  return { status: 200, body: form.workflowRun(run) };
}

function knowledgeBases({ world, form }: NoxusSource, query: URLSearchParams): SourceAnswer {
  return pageOf(query, sliceable(world.collections), form.knowledgeBase);
}

function knowledgeBase({ world, form }: NoxusSource, _query: URLSearchParams, id: string): SourceAnswer {
  const collection = world.collections.find((candidate) => candidate.id === id);
  return collection === undefined ? NOT_FOUND : { status: 200, body: form.knowledgeBase(collection) };
}

/** Without `status` and `run_ids`, a source that calls these "running jobs" may show open runs only; asked for by either, all are there. */
function knowledgeBaseRuns(source: NoxusSource, query: URLSearchParams, id: string): SourceAnswer {
  const { world, form, lists } = source;
  const workflow = world.workflows.find((candidate) => candidate.collection?.id === id);
  if (workflow === undefined) return NOT_FOUND;
  const status = query.get('status');
  if (status !== null && !FILTERS.includes(status)) {
    return unprocessable([{ loc: ['query', 'status'], msg: `status must be one of ${FILTERS.join(', ')}`, type: 'enum' }]);
  }
  const wanted = query.get('run_ids')?.split(',');
  const hidesFinished = source.hidesFinishedKnowledgeBaseRuns && status === null && wanted === undefined;
  const list = lists.ofWorkflow(workflow.id);
  const candidates = wanted === undefined ? list.slice(0, list.length) : wanted.flatMap((runId) => presentRun(world, runId) ?? []);
  const runs = candidates.filter(
    (run) =>
      run.workflow === workflow && (status === null || NOXUS_STATUS[run.state] === status) && !(hidesFinished && isFinished(run.state)),
  );
  return { status: 200, body: [...new Set(runs)].map(form.knowledgeBaseRun) };
}

/** `awaiting_human_feedback` is a status that runs have and that the filter does not take. */
const FILTERS = ['queued', 'running', 'failed', 'completed', 'stopped'];

function presentRun(world: World, id: string): Run | null {
  const run = world.run(id);
  return run?.deletedAt === null ? run : null;
}

function workflowById(world: World, id: string): Workflow | undefined {
  return world.workflows.find((workflow) => workflow.id === id);
}

function sliceable<T>(items: readonly T[]): { readonly length: number; slice(offset: number, limit: number): readonly T[] } {
  return { length: items.length, slice: (offset, limit) => items.slice(offset, offset + limit) };
}

function decoded(part = ''): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
