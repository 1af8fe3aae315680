import { noxus } from '../../../src/connectors/noxus/noxus.ts';
import { startNoxusSimulator } from '../../../src/simulator/noxus/start-noxus-simulator.ts';
import type { ConformingStream, ConformingSystem } from './conforming-system.ts';

const runs: ConformingStream = {
  stream: 'runs',
  generation: 'v1',
  statuses: [
    { word: 'queued', status: 'queued', isTerminal: false, state: 'queued' },
    { word: 'running', status: 'running', isTerminal: false, state: 'running' },
    { word: 'awaiting_human_feedback', status: 'running', reason: 'waiting_for_person', isTerminal: false, state: 'waiting' },
    { word: 'completed', status: 'succeeded', isTerminal: true, state: 'succeeded' },
    { word: 'failed', status: 'failed', isTerminal: true, state: 'failed' },
    { word: 'stopped', status: 'cancelled', isTerminal: true, state: 'stopped' },
  ],
  otherwise: null,
  recordIdOf: (object) => ('workflow_id' in object && 'status' in object ? object['id'] : undefined),
  idOf: (id) => id,
  say: (object, word) => ({ ...object, status: word }),
  contents: [
    'input',
    'output',
    'definitions',
    'workflow_definition',
    'meta',
    'workflow.definition',
    'workflow.description',
    'workflow.author_name',
    'progress_details.run_logs',
    'progress_details.subflow_executions',
  ],
  declares: { order: 'newest_first', total: true, changedSince: false, inBulk: true, detail: 'of_its_own', absence: 'at_once' },
};

/** Folders stand among documents and are none: they have no word of their own here. */
const documents: ConformingStream = {
  stream: 'documents',
  generation: 'v1',
  statuses: [
    { word: 'uploaded', status: 'queued', isTerminal: false, state: 'queued' },
    { word: 'training', status: 'running', isTerminal: false, state: 'running' },
    { word: 'trained', status: 'succeeded', isTerminal: true, reopens: true, state: 'succeeded' },
    { word: 'error', status: 'failed', isTerminal: true, reopens: true, state: 'failed' },
  ],
  otherwise: null,
  recordIdOf: (object) => ('doc_type' in object && object['doc_type'] !== 'folder' ? object['id'] : undefined),
  idOf: (id) => id,
  say: (object, word) => ({ ...object, status: word }),
  contents: ['name', 'prefix', 'uri', 'summary', 'short_summary', 'source_external_id', 'source_metadata', 'doc_metadata'],
  declares: { order: null, total: true, changedSince: false, inBulk: false, detail: null, absence: 'at_once' },
};

export const noxusSystems: readonly ConformingSystem[] = [
  {
    title: 'Noxus',
    connector: noxus,
    start: (options) =>
      startNoxusSimulator({
        order: 'newest_first',
        definitionBytes: 200,
        foldersPerKnowledgeBase: 1,
        showsFoldersEverywhere: true,
        ...options,
      }),
    streams: [runs, documents],
  },
];
