import { morphik } from '../../../src/connectors/morphik/morphik.ts';

import { startMorphikSimulator } from '../../../src/simulator/morphik/start-morphik-simulator.ts';
import { TIMED_OUT } from '../../../src/simulator/morphik/words.ts';
import type { ConformingStream, ConformingSystem, Json } from './conforming-system.ts';

const runs: ConformingStream = {
  stream: 'runs',
  generation: 'workflows',
  statuses: [
    { word: 'queued', status: 'queued', isTerminal: false, state: 'queued' },
    { word: 'running', status: 'running', isTerminal: false, state: 'running' },
    { word: 'completed', status: 'succeeded', isTerminal: true, state: 'succeeded' },
    { word: 'failed', status: 'failed', isTerminal: true, state: 'failed' },
    {
      word: 'failed',
      beside: { error: TIMED_OUT },
      status: 'failed',
      reason: 'timeout',
      isTerminal: true,
      state: 'failed',
      isSimulated: false,
    },
  ],
  otherwise: null,
  recordIdOf: (object) => ('results_per_step' in object ? object['id'] : undefined),
  idOf: (id) => id,
  say: (object, word) => ({ ...object, status: word }),
  contents: ['results_per_step', 'final_output', 'system_metadata'],
  declares: { order: null, total: false, changedSince: false, inBulk: false, detail: null, absence: 'twice' },
};

const documents: Omit<ConformingStream, 'generation' | 'declares'> = {
  stream: 'documents',
  statuses: [
    { word: 'processing', status: 'running', isTerminal: false, state: 'running' },
    { word: 'queued', status: 'queued', isTerminal: false, state: 'queued', isSimulated: false },
    { word: 'completed', status: 'succeeded', isTerminal: true, reopens: true, state: 'succeeded' },
    { word: 'failed', status: 'failed', isTerminal: true, reopens: true, state: 'failed' },
    { word: null, status: null, isTerminal: false, state: 'running', isSimulated: false },
    // Read by id, it is how a document without a status is shown.
    { word: 'unknown', status: null, isTerminal: false, state: 'running', isSimulated: false, isReadById: false },
  ],
  otherwise: null,
  recordIdOf: (object) => object['external_id'] ?? (isStatusAnswer(object) ? object['document_id'] : undefined),
  idOf: (id) => id,
  say: (object, word) =>
    isStatusAnswer(object)
      ? { ...object, status: word ?? 'unknown' }
      : { ...object, system_metadata: { ...(object['system_metadata'] as Json), status: word } },
  contents: [
    'filename',
    'metadata',
    'additional_metadata',
    'storage_info',
    'chunk_ids',
    'folder_name',
    'folder_path',
    'end_user_id',
    'summary_storage_key',
    'system_metadata.content',
  ],
};

/** A run names the document that it works on, too. */
function isStatusAnswer(object: Json): boolean {
  return 'document_id' in object && 'status' in object && !('results_per_step' in object);
}

/** Workflows came and went while documents were listed in three ways, one after another. */
export const morphikSystems: readonly ConformingSystem[] = [
  {
    title: 'Morphik before October 2025',
    connector: morphik,
    start: (options) => startMorphikSimulator({ server: 'bare_array', hasWorkflows: true, ...options }),
    streams: [
      runs,
      {
        ...documents,
        generation: 'bare array',
        declares: { order: null, total: false, changedSince: false, inBulk: false, detail: null, absence: 'twice' },
      },
    ],
  },
  ...(
    [
      ['Morphik before June 2026', 'dotted_only', 'list_docs with dotted fields'],
      ['Morphik', 'current', 'list_docs'],
    ] as const
  ).map(([title, server, generation]): ConformingSystem => ({
    title,
    connector: morphik,
    start: (options) => startMorphikSimulator({ server, hasWorkflows: false, ...options }),
    streams: [
      {
        ...documents,
        generation,
        declares: { order: 'latest_change_first', total: true, changedSince: false, inBulk: false, detail: null, absence: 'twice' },
      },
    ],
  })),
];
