import type { SourceAnswer, SourceRequest } from '../source-server.ts';
import { notFound, refuse } from './answers.ts';
import { allDefinitions, singleDefinition } from './definition-routes.ts';
import { allIngestions, cancelIngestion, ingestionByWorkflow, rerunIngestion, singleIngestion } from './ingestion-routes.ts';
import type { Asked, KnowledgeStackHandler, KnowledgeStackSource } from './knowledge-stack-source.ts';
import { allRuns, definitionRuns, deleteRun, runCallback, singleRun, trash } from './run-routes.ts';

/** Answers a request by the state of this moment. */
export function answerKnowledgeStack(source: KnowledgeStackSource, request: SourceRequest): SourceAnswer {
  const { generation } = source.settings;
  const asked: Asked = { source, request, generation: typeof generation === 'function' ? generation() : generation, id: '' };
  if (request.headers['authorization'] !== `Bearer ${source.apiKey}`) return refuse(asked, 401, 'unauthorized', 'Not authenticated');
  for (const { pattern, isSpoken, methods } of ROUTES) {
    const match = pattern.exec(request.path);
    if (match === null || !isSpoken(asked)) continue;
    const answer = methods[request.method];
    if (answer !== undefined) return answer({ ...asked, id: decoded(match[1]) });
    const notAllowed = refuse(asked, 405, 'error', 'Method not allowed');
    return { ...notAllowed, headers: { ...notAllowed.headers, allow: Object.keys(methods).join(', ') } };
  }
  return notFound(asked);
}

interface Route {
  readonly pattern: RegExp;
  readonly isSpoken: (asked: Asked) => boolean;
  readonly methods: Readonly<Record<string, KnowledgeStackHandler>>;
}

const always = (): boolean => true;
const isSecond = ({ generation }: Asked): boolean => generation === 2;
const hasOldPaths = ({ generation, source }: Asked): boolean => generation !== 2 || source.settings.keepsOldPaths;

/** The first that fits is taken: what has a name of its own stands before what any id fits. */
const ROUTES: readonly Route[] = [
  { pattern: /^\/v1\/workflow-definitions$/, isSpoken: always, methods: { GET: allDefinitions } },
  { pattern: /^\/v1\/workflow-definitions\/([^/]+)$/, isSpoken: always, methods: { GET: singleDefinition } },
  { pattern: /^\/v1\/workflow-definitions\/([^/]+)\/runs$/, isSpoken: always, methods: { GET: definitionRuns } },
  { pattern: /^\/v1\/workflow-runs$/, isSpoken: isSecond, methods: { GET: allRuns } },
  { pattern: /^\/v1\/workflow-runs\/([^/]+)$/, isSpoken: always, methods: { GET: singleRun, DELETE: deleteRun } },
  { pattern: /^\/v1\/workflow-runs\/([^/]+)\/callback$/, isSpoken: always, methods: { POST: runCallback } },
  { pattern: /^\/v1\/trash$/, isSpoken: isSecond, methods: { GET: trash } },
  { pattern: /^\/v1\/workflows\/document_versions$/, isSpoken: hasOldPaths, methods: { GET: allIngestions } },
  {
    pattern: /^\/v1\/workflows\/document_versions\/([^/]+)$/,
    isSpoken: hasOldPaths,
    methods: { GET: singleIngestion, POST: rerunIngestion },
  },
  { pattern: /^\/v1\/workflows\/([^/]+)$/, isSpoken: hasOldPaths, methods: { GET: ingestionByWorkflow, DELETE: cancelIngestion } },
  { pattern: /^\/v1\/system-jobs\/document_versions$/, isSpoken: isSecond, methods: { GET: allIngestions } },
  { pattern: /^\/v1\/system-jobs\/document_versions\/([^/]+)$/, isSpoken: isSecond, methods: { GET: singleIngestion } },
  { pattern: /^\/v1\/system-jobs\/([^/]+)$/, isSpoken: isSecond, methods: { GET: ingestionByWorkflow } },
];

function decoded(part = ''): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
