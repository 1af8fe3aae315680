import type { SourceAnswer, SourceRequest } from '../source-server.ts';
import { BAD_TOKEN, NO_HEADER, NO_SUCH_PATH, notAllowed } from './answers.ts';
import { deleteDocument, document, documents, documentStatus, listOfDocuments } from './document-routes.ts';
import type { MorphikHandler, MorphikSource } from './morphik-source.ts';
import { deleteWorkflowRun, workflow, workflowRun, workflowRuns, workflows } from './workflow-routes.ts';

/** Answers a request by the state of this moment. A path that is not there is not found, before anybody asks for a key. */
export function answerMorphik(source: MorphikSource, request: SourceRequest): SourceAnswer {
  const route = ROUTES.find(({ pattern, isThere }) => isThere(source) && pattern.test(request.path));
  if (route === undefined) return NO_SUCH_PATH;
  const answer = route.methods[request.method];
  if (answer === undefined) return notAllowed(Object.keys(route.methods));
  const authorization = request.headers['authorization'];
  if (authorization === undefined) return NO_HEADER;
  if (authorization !== `Bearer ${source.apiKey}`) return BAD_TOKEN;
  return answer(source, request, decoded(route.pattern.exec(request.path)?.[1]));
}

interface Route {
  readonly pattern: RegExp;
  readonly isThere: (source: MorphikSource) => boolean;
  readonly methods: Readonly<Record<string, MorphikHandler>>;
}

const always = (): boolean => true;
const withWorkflows = (source: MorphikSource): boolean => source.hasWorkflows();
const withRuns = (source: MorphikSource): boolean => source.hasWorkflows() || source.keepsRunReads;

/** The first that fits counts. */
const ROUTES: readonly Route[] = [
  { pattern: /^\/workflows$/, isThere: withWorkflows, methods: { GET: workflows } },
  { pattern: /^\/workflows\/runs\/([^/]+)$/, isThere: withRuns, methods: { GET: workflowRun, DELETE: deleteWorkflowRun } },
  { pattern: /^\/workflows\/([^/]+)$/, isThere: withWorkflows, methods: { GET: workflow } },
  { pattern: /^\/workflows\/([^/]+)\/runs$/, isThere: withWorkflows, methods: { GET: workflowRuns } },
  { pattern: /^\/documents$/, isThere: always, methods: { POST: documents } },
  { pattern: /^\/documents\/list_docs$/, isThere: always, methods: { POST: listOfDocuments } },
  { pattern: /^\/documents\/([^/]+)$/, isThere: always, methods: { GET: document, DELETE: deleteDocument } },
  { pattern: /^\/documents\/([^/]+)\/status$/, isThere: always, methods: { GET: documentStatus } },
];

function decoded(part = ''): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
