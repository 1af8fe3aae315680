import type { Document } from '../document.ts';
import { isFinished } from '../run.ts';
import type { SourceAnswer } from '../source-server.ts';
import type { Collection } from '../workflow.ts';
import type { World } from '../world.ts';
import { NOT_FOUND, pageOf, unprocessable } from './answers.ts';
import type { Folder } from './document-form.ts';
import { documentForm, folderForm, foldersOf } from './document-form.ts';
import type { NoxusHandler, NoxusSource } from './noxus-source.ts';
import { presentRun } from './noxus-source.ts';
import type { Sliceable } from './ordered-list.ts';
import { sliceable } from './ordered-list.ts';
import { NOXUS_DOCUMENT_STATUS, NOXUS_STATUS } from './words.ts';

export const knowledgeBases: NoxusHandler = ({ world, form }, query) => {
  return pageOf(query, sliceable(world.collections.filter(({ deletedAt }) => deletedAt === null)), form.knowledgeBase);
};

export const knowledgeBase: NoxusHandler = ({ world, form }, _query, id) => {
  const collection = presentCollection(world, id);
  return collection === null ? NOT_FOUND : { status: 200, body: form.knowledgeBase(collection) };
};

/** Without `status` and `run_ids`, a source that calls these "running jobs" may show open runs only; asked for by either, all are there. */
export const knowledgeBaseRuns: NoxusHandler = (source, query, id) => {
  const { world, form, lists } = source;
  const workflow = world.workflows.find((candidate) => candidate.collection?.id === id);
  if (workflow === undefined || presentCollection(world, id) === null) return NOT_FOUND;
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
};

/** `awaiting_human_feedback` is a status that runs have and that the filter does not take. */
const FILTERS = ['queued', 'running', 'failed', 'completed', 'stopped'];

export const knowledgeBaseDocuments: NoxusHandler = (source, query, id, status) => {
  const collection = presentCollection(source.world, id);
  if (collection === null) return NOT_FOUND;
  const folders = foldersOf(collection, source.foldersPerKnowledgeBase);
  if (status === 'folder') return documentPage(source, query, sliceable(folders));
  if (!DOCUMENT_STATUSES.has(status)) {
    const known = [...DOCUMENT_STATUSES, 'folder'].join(', ');
    return unprocessable([{ loc: ['path', 'status'], msg: `status must be one of ${known}`, type: 'enum' }]);
  }
  const documents = source.documentLists.of(id, status);
  return documentPage(source, query, source.showsFoldersEverywhere ? joined<Folder | Document>(folders, documents) : documents);
};

const DOCUMENT_STATUSES: ReadonlySet<string> = new Set(Object.values(NOXUS_DOCUMENT_STATUS));

export const knowledgeBaseDocument: NoxusHandler = ({ world, foldersPerKnowledgeBase }, _query, id, documentId) => {
  const collection = presentCollection(world, id);
  if (collection === null) return NOT_FOUND;
  const document = world.document(documentId);
  if (document?.deletedAt === null && document.collection === collection) return { status: 200, body: documentForm(document) };
  const folder = foldersOf(collection, foldersPerKnowledgeBase).find((candidate) => candidate.id === documentId);
  return folder === undefined ? NOT_FOUND : { status: 200, body: folderForm(folder) };
};

function documentPage(source: NoxusSource, query: URLSearchParams, entries: Sliceable<Folder | Document>): SourceAnswer {
  return pageOf(query, entries, (entry) => ('state' in entry ? documentForm(entry) : folderForm(entry)), source.documentSizeParameter);
}

/** Items before a list, as one list. */
function joined<T>(head: readonly T[], rest: Sliceable<T>): Sliceable<T> {
  return {
    length: head.length + rest.length,
    slice(offset, limit) {
      const first = head.slice(offset, offset + limit);
      return [...first, ...rest.slice(Math.max(0, offset - head.length), limit - first.length)];
    },
  };
}

function presentCollection(world: World, id: string): Collection | null {
  return world.collections.find((collection) => collection.id === id && collection.deletedAt === null) ?? null;
}
