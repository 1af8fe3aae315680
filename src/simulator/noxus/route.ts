import type { SourceAnswer, SourceRequest } from '../source-server.ts';
import type { Workflow } from '../workflow.ts';
import type { World } from '../world.ts';
import { NOT_ALLOWED, NOT_FOUND, pageOf, UNAUTHORIZED, unprocessable } from './answers.ts';
import {
  knowledgeBase,
  knowledgeBaseDocument,
  knowledgeBaseDocuments,
  knowledgeBaseRuns,
  knowledgeBases,
} from './knowledge-base-routes.ts';
import type { NoxusHandler, NoxusSource } from './noxus-source.ts';
import { presentRun } from './noxus-source.ts';
import { sliceable } from './ordered-list.ts';
import { noxusWorkflowType } from './words.ts';

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
  readonly answer: NoxusHandler;
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
  { pattern: /^\/v1\/knowledge-bases\/([^/]+)\/documents\/([^/]+)$/, answer: knowledgeBaseDocuments },
  { pattern: /^\/v1\/knowledge-bases\/([^/]+)\/document\/([^/]+)$/, answer: knowledgeBaseDocument },
];

function singleRun({ world, form, isServedById }: NoxusSource, _query: URLSearchParams, id: string): SourceAnswer {
  const run = presentRun(world, id);
  return run === null || !isServedById(run) ? NOT_FOUND : { status: 200, body: form.singleRun(run) };
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

function workflowById(world: World, id: string): Workflow | undefined {
  return world.workflows.find((workflow) => workflow.id === id);
}

function decoded(part = ''): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
