import type { Status, StatusReason } from '../../src/model/status.ts';
import { DEFINITION_ID, FIRST_DEFINITION, FIRST_RUN, SECOND_RUN } from '../connectors/knowledge-stack/run-examples.ts';
import { EXECUTION, SUMMARY } from '../connectors/knowledge-stack/document-examples.ts';
import type { Documented } from './documented-server.ts';

/** A word of a source, what it means by its documents, and why where a word says so. null: nobody knows. */
export type Word = readonly [word: string | null, status: Status | null, reason?: StatusReason];

/** Every documented word of one kind of record, and a server that shows a record in each, whose id is the word. */
export interface Vocabulary extends Documented {
  readonly title: string;
  readonly words: readonly Word[];
}

const NEW: Word = ['a_word_of_tomorrow', null];
const CREATED_AT = '2026-04-01T10:00:00Z';
const ENDED_AT = '2026-04-01T10:05:00Z';
const WORKSPACE = '7f1b4d1e-0000-4000-8000-000000000001';

const NOXUS_RUNS: readonly Word[] = [
  ['queued', 'queued'],
  ['running', 'running'],
  ['awaiting_human_feedback', 'running', 'waiting_for_person'],
  ['completed', 'succeeded'],
  ['failed', 'failed'],
  ['stopped', 'cancelled'],
  NEW,
];
const NOXUS_DOCUMENTS: readonly Word[] = [
  ['uploaded', 'queued'],
  ['training', 'running'],
  ['error', 'failed'],
  ['trained', 'succeeded'],
  NEW,
];
const MORPHIK_RUNS: readonly Word[] = [['queued', 'queued'], ['running', 'running'], ['completed', 'succeeded'], ['failed', 'failed'], NEW];
const MORPHIK_DOCUMENTS: readonly Word[] = [
  ['processing', 'running'],
  ['queued', 'queued'],
  ['completed', 'succeeded'],
  ['failed', 'failed'],
  ['unknown', null],
  [null, null],
  NEW,
];
const FIRST_RUNS: readonly Word[] = [['PENDING', 'queued'], ['RUNNING', 'running'], ['COMPLETED', 'succeeded'], ['FAILED', 'failed'], NEW];
const SECOND_RUNS: readonly Word[] = [
  ['PENDING', 'queued'],
  ['NOT_STARTED', 'queued'],
  ['IN_PROGRESS', 'running'],
  ['COMPLETED', 'succeeded'],
  ['FAILED', 'failed'],
  NEW,
];
const FIRST_INGESTIONS: readonly Word[] = [
  ['pending', 'queued'],
  ['processing', 'running'],
  ['completed', 'succeeded'],
  ['failed', 'failed'],
  ['cancelled', 'cancelled'],
  NEW,
];
const SECOND_INGESTIONS: readonly Word[] = [...FIRST_INGESTIONS, ['quota_limit', 'failed', 'quota']];
const EXECUTIONS: readonly Word[] = [
  ['RUNNING', 'running'],
  ['CONTINUED_AS_NEW', 'running'],
  ['COMPLETED', 'succeeded'],
  ['FAILED', 'failed'],
  ['TIMED_OUT', 'failed', 'timeout'],
  ['CANCELED', 'cancelled'],
  ['CANCELLED', 'cancelled'],
  ['TERMINATED', 'cancelled'],
  NEW,
];

export const idOf = (word: string | null): string => word ?? 'without a status';

/** Whether a record of that word has ended, and so has a time of it. */
const hasEnded = ([, status]: Word): boolean => status === 'succeeded' || status === 'failed' || status === 'cancelled';

const envelope = (items: readonly unknown[]): unknown => ({ items, total: items.length, page: 1, size: 100, pages: 1 });
const byOffset = (items: readonly unknown[]): unknown => ({ items, total: items.length, limit: 100, offset: 0 });

function noxusRun([word]: Word): unknown {
  return { id: idOf(word), group_id: WORKSPACE, workflow_id: 'w', input: {}, node_ids: [], status: word, created_at: CREATED_AT };
}

function noxusDocumentsIn(place: string): unknown {
  const shown = NOXUS_DOCUMENTS.filter(([word]) => (word === 'a_word_of_tomorrow' ? 'training' : word) === place);
  const folders = place === 'uploaded' ? [{ id: 'folder', status: 'folder', created_at: CREATED_AT }] : [];
  return envelope([...folders, ...shown.map(([word]) => ({ id: idOf(word), status: word, created_at: CREATED_AT, run_id: null }))]);
}

function knowledgeStackRun(word: Word, example: object): unknown {
  const ended = hasEnded(word) ? ENDED_AT : null;
  return { ...example, id: idOf(word[0]), completed_at: ended, error: word[0] === 'FAILED' ? 'Timeout reading source document' : null };
}

function ingestion(word: Word): unknown {
  return { ...SUMMARY, workflow_id: idOf(word[0]), status: word[0], last_state_update_timestamp: hasEnded(word) ? ENDED_AT : null };
}

export const VOCABULARIES: readonly Vocabulary[] = [
  {
    ...{ title: 'runs of Noxus', connector: 'noxus', stream: 'runs', words: NOXUS_RUNS },
    answers: { 'GET /v1/runs': envelope(NOXUS_RUNS.map(noxusRun)), 'GET /v1/knowledge-bases': envelope([]) },
  },
  {
    ...{ title: 'documents of Noxus', connector: 'noxus', stream: 'documents', words: NOXUS_DOCUMENTS },
    answers: {
      'GET /v1/knowledge-bases': envelope([{ id: 'kb', group_id: WORKSPACE }]),
      ...Object.fromEntries(
        ['uploaded', 'training', 'error', 'trained'].map((place) => [
          `GET /v1/knowledge-bases/kb/documents/${place}`,
          noxusDocumentsIn(place),
        ]),
      ),
    },
  },
  {
    ...{ title: 'runs of Morphik', connector: 'morphik', stream: 'runs', words: MORPHIK_RUNS },
    answers: {
      'GET /workflows': [{ id: 'w', name: 'Contracts', owner_id: 'o', steps: [{ action_id: 'a', parameters: {} }] }],
      'GET /workflows/w/runs': MORPHIK_RUNS.map(([word]) => ({ id: idOf(word), workflow_id: 'w', document_id: 'd', status: word })),
    },
  },
  {
    ...{ title: 'documents of Morphik', connector: 'morphik', stream: 'documents', words: MORPHIK_DOCUMENTS },
    answers: {
      'POST /documents/list_docs': {
        documents: MORPHIK_DOCUMENTS.map(([word]) => ({
          external_id: idOf(word),
          system_metadata: {
            status: word,
            error: null,
            created_at: '2026-07-01 17:06:16.123456+00:00',
            updated_at: '2026-07-01T17:08:00+00:00',
            progress: null,
          },
        })),
        ...{ skip: 0, limit: 200, returned_count: MORPHIK_DOCUMENTS.length, total_count: MORPHIK_DOCUMENTS.length, has_more: false },
        ...{ next_skip: null, status_counts: {}, folder_counts: null },
      },
    },
  },
  {
    ...{ title: 'runs of Knowledge Stack, first generation', connector: 'knowledge_stack', stream: 'runs', words: FIRST_RUNS },
    answers: {
      'GET /v1/workflow-definitions': byOffset([FIRST_DEFINITION]),
      [`GET /v1/workflow-definitions/${DEFINITION_ID}/runs`]: byOffset(
        FIRST_RUNS.map((word) => knowledgeStackRun(word, { ...FIRST_RUN, status: word[0] })),
      ),
    },
  },
  {
    ...{ title: 'runs of Knowledge Stack, second generation', connector: 'knowledge_stack', stream: 'runs' },
    words: [...SECOND_RUNS, ['Stopped by user', 'cancelled', 'stopped_by_user']],
    answers: {
      'GET /v1/workflow-runs': byOffset([
        ...SECOND_RUNS.map((word) => knowledgeStackRun(word, { ...SECOND_RUN, execution_state: word[0] })),
        { ...SECOND_RUN, id: 'Stopped by user', execution_state: 'FAILED', error: 'Stopped by user' },
      ]),
    },
  },
  {
    ...{
      title: 'ingestions of Knowledge Stack, first generation',
      connector: 'knowledge_stack',
      stream: 'documents',
      words: FIRST_INGESTIONS,
    },
    answers: { 'GET /v1/workflows/document_versions': byOffset(FIRST_INGESTIONS.map(ingestion)) },
  },
  {
    ...{
      title: 'ingestions of Knowledge Stack, second generation',
      connector: 'knowledge_stack',
      stream: 'documents',
      words: SECOND_INGESTIONS,
    },
    answers: { 'GET /v1/system-jobs/document_versions': byOffset(SECOND_INGESTIONS.map(ingestion)) },
  },
  {
    ...{ title: 'executions of Knowledge Stack', connector: 'knowledge_stack', stream: 'documents', words: EXECUTIONS },
    tracked: EXECUTIONS.map(([word]) => idOf(word)),
    answers: {
      'GET /v1/system-jobs/document_versions': byOffset([]),
      ...Object.fromEntries(
        EXECUTIONS.map((word) => [
          `GET /v1/system-jobs/${idOf(word[0])}`,
          { ...EXECUTION, workflow_id: idOf(word[0]), temporal_status: word[0], close_time: hasEnded(word) ? ENDED_AT : null },
        ]),
      ),
    },
  },
];
