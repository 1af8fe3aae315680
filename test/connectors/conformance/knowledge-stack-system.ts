import { knowledgeStack } from '../../../src/connectors/knowledge-stack/knowledge-stack.ts';
import { workflowIdOf } from '../../../src/simulator/knowledge-stack/ids.ts';
import type { Generation } from '../../../src/simulator/knowledge-stack/settings.ts';
import { startKnowledgeStackSimulator } from '../../../src/simulator/knowledge-stack/start-knowledge-stack-simulator.ts';
import { STOPPED } from '../../../src/simulator/knowledge-stack/words.ts';
import type { ConformingStream, ConformingSystem, DocumentedStatus, Json } from './conforming-system.ts';

const stopped = { word: 'FAILED', beside: { error: STOPPED }, status: 'cancelled', reason: 'stopped_by_user', isTerminal: true } as const;

const firstRunStatuses: readonly DocumentedStatus[] = [
  { word: 'PENDING', status: 'queued', isTerminal: false, state: 'queued' },
  { word: 'RUNNING', status: 'running', isTerminal: false, state: 'running' },
  { word: 'COMPLETED', status: 'succeeded', isTerminal: true, state: 'succeeded' },
  { word: 'FAILED', status: 'failed', isTerminal: true, state: 'failed' },
  { ...stopped, state: 'stopped' },
];

const secondRunStatuses: readonly DocumentedStatus[] = [
  { word: 'PENDING', status: 'queued', isTerminal: false, state: 'queued', isSimulated: false },
  { word: 'NOT_STARTED', status: 'queued', isTerminal: false, state: 'queued' },
  { word: 'IN_PROGRESS', status: 'running', isTerminal: false, state: 'running' },
  {
    word: 'IN_PROGRESS',
    beside: { approval_state: 'pending' },
    status: 'running',
    reason: 'waiting_for_approval',
    isTerminal: false,
    state: 'waiting',
    isSimulated: false,
  },
  { word: 'COMPLETED', status: 'succeeded', isTerminal: true, state: 'succeeded' },
  { word: 'FAILED', status: 'failed', isTerminal: true, reopens: true, state: 'failed' },
  { ...stopped, reopens: true, state: 'stopped' },
];

const runs: Omit<ConformingStream, 'generation' | 'statuses' | 'declares'> = {
  stream: 'runs',
  otherwise: null,
  // Definitions show their last run, by less than this.
  recordIdOf: (object) => ('workflow_definition_id' in object && 'completed_at' in object ? object['id'] : undefined),
  idOf: (id) => id,
  say: (object, word) => ({ ...object, ['execution_state' in object ? 'execution_state' : 'status']: word }),
  contents: [
    'materialized_path',
    'auto_start_user_message',
    'triggered_by.first_name',
    'triggered_by.last_name',
    'owner.first_name',
    'owner.last_name',
    'inputs',
    'outputs',
    'discussions',
    'excluded_common_files',
    'run_snapshot.user_message',
    'run_snapshot.instruction',
    'run_snapshot.inputs',
    'run_snapshot.sources',
    'run_snapshot.instructions',
    'run_snapshot.outputs',
    'run_snapshot.template',
  ],
};

const firstDocumentStatuses: readonly DocumentedStatus[] = [
  { word: 'pending', status: 'queued', isTerminal: false, state: 'queued' },
  { word: 'processing', status: 'running', isTerminal: false, state: 'running' },
  { word: 'completed', status: 'succeeded', isTerminal: true, reopens: true, state: 'succeeded' },
  { word: 'failed', status: 'failed', isTerminal: true, reopens: true, state: 'failed' },
  { word: 'cancelled', status: 'cancelled', isTerminal: true, reopens: true, state: 'cancelled' },
];

const secondDocumentStatuses: readonly DocumentedStatus[] = [
  ...firstDocumentStatuses,
  { word: 'quota_limit', status: 'failed', reason: 'quota', isTerminal: true, reopens: true, state: 'over_quota' },
];

/** What the engine says, in its own words. */
const engineStatuses: readonly DocumentedStatus[] = [
  { word: 'RUNNING', status: 'running', isTerminal: false, state: 'running' },
  { word: 'CONTINUED_AS_NEW', status: 'running', isTerminal: false, state: 'running' },
  { word: 'COMPLETED', status: 'succeeded', isTerminal: true, reopens: true, state: 'succeeded' },
  { word: 'FAILED', status: 'failed', isTerminal: true, reopens: true, state: 'failed' },
  { word: 'TIMED_OUT', status: 'failed', reason: 'timeout', isTerminal: true, reopens: true, state: 'failed' },
  { word: 'CANCELED', status: 'cancelled', isTerminal: true, reopens: true, state: 'cancelled' },
  { word: 'CANCELLED', status: 'cancelled', isTerminal: true, reopens: true, state: 'cancelled' },
  { word: 'TERMINATED', status: 'cancelled', isTerminal: true, reopens: true, state: 'cancelled' },
];

const documents: Omit<ConformingStream, 'generation' | 'statuses'> = {
  stream: 'documents',
  otherwise: {
    statuses: engineStatuses,
    say: (object, word) => (isSummary(object) ? object : { ...object, temporal_status: word }),
  },
  recordIdOf: (object) => (isSummary(object) || 'start_time' in object ? object['workflow_id'] : undefined),
  idOf: (id) => workflowIdOf(id),
  say: (object, word) => (isSummary(object) ? { ...object, status: word } : object),
  contents: ['asset_s3_url', 'fast_plaintext_url', 'materialized_path', 'name', 'last_activity'],
  declares: { order: null, total: true, changedSince: false, inBulk: false, detail: 'shown_by_id', absence: 'unlisted' },
};

/** The engine alone does not tell whose ingestion it is. */
function isSummary(object: Json): boolean {
  return 'document_version_id' in object;
}

const GENERATIONS: readonly (readonly [title: string, server: Generation, ...streams: ConformingStream[]])[] = [
  [
    'Knowledge Stack of the first generation',
    1,
    {
      ...runs,
      generation: '1',
      statuses: firstRunStatuses,
      declares: { order: null, total: true, changedSince: false, inBulk: false, detail: null, absence: 'at_once' },
    },
    { ...documents, generation: 'workflows', statuses: firstDocumentStatuses },
  ],
  [
    'Knowledge Stack between its generations',
    '2-by-definition',
    {
      ...runs,
      generation: '2-by-definition',
      statuses: secondRunStatuses,
      declares: { order: null, total: true, changedSince: false, inBulk: false, detail: null, absence: 'at_once' },
    },
    { ...documents, generation: 'workflows', statuses: secondDocumentStatuses },
  ],
  [
    'Knowledge Stack',
    2,
    {
      ...runs,
      generation: '2',
      statuses: secondRunStatuses,
      declares: { order: 'newest_first', total: true, changedSince: true, inBulk: false, detail: null, absence: 'at_once' },
    },
    { ...documents, generation: 'system-jobs', statuses: secondDocumentStatuses },
  ],
];

export const knowledgeStackSystems: readonly ConformingSystem[] = GENERATIONS.map(([title, generation, ...streams]) => ({
  title,
  connector: knowledgeStack,
  start: (options) => startKnowledgeStackSimulator({ generation, ...options }),
  streams,
}));
