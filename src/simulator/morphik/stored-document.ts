import type { Instant } from '../../model/instant.ts';
import type { Document, DocumentState } from '../document.ts';
import { GENERAL_DOCUMENT_ERROR } from '../document-plan.ts';
import type { World } from '../world.ts';
import type { LateWrites } from './late-writes.ts';
import { MORPHIK_DOCUMENT_STATUS } from './words.ts';

/** What the row of a document can be without. */
export type Lackable = 'status' | 'created_at' | 'updated_at' | 'filename';

export interface StoredDocumentOptions {
  readonly world: World;
  readonly lateWrites: LateWrites;
  readonly lacks: (document: Document) => readonly Lackable[];
  readonly showsQueued: boolean;
  readonly keepsErrors: boolean;
}

/** What Morphik's database holds of a document now, whatever shows it. null: nothing. */
export interface StoredDocument {
  readonly status: (document: Document) => string | null;
  readonly filename: (document: Document) => string | null;
  readonly createdAt: (document: Document) => Instant | null;
  readonly updatedAt: (document: Document) => Instant | null;
  readonly error: (document: Document) => string | null;
  readonly progress: (document: Document) => Progress | null;
}

export interface Progress {
  readonly current_step: number;
  readonly total_steps: number;
  readonly step_name: string;
  readonly percentage: number;
}

export function createStoredDocument({ world, lateWrites, lacks, showsQueued, keepsErrors }: StoredDocumentOptions): StoredDocument {
  return {
    status(document) {
      if (lacks(document).includes('status')) return null;
      if (lateWrites.of(document)?.isShown === true) return 'processing';
      return showsQueued && document.state === 'queued' ? 'queued' : MORPHIK_DOCUMENT_STATUS[document.state];
    },
    filename: (document) => (lacks(document).includes('filename') ? null : document.name),
    createdAt: (document) => (lacks(document).includes('created_at') ? null : document.createdAt),
    updatedAt(document) {
      return lacks(document).includes('updated_at') ? null : (lateWrites.of(document)?.updatedAt ?? document.updatedAt);
    },
    error(document) {
      if (hasFailed(document.state)) return document.error ?? CANCELLED;
      return keepsErrors && document.transitions.some(({ state }) => state !== 'deleted' && hasFailed(state)) ? LEFT_OVER : null;
    },
    progress: (document) => progressOf(document, world.now),
  };
}

function hasFailed(state: DocumentState): boolean {
  return MORPHIK_DOCUMENT_STATUS[state] === 'failed';
}

const CANCELLED = 'The ingestion was cancelled';
/** The world forgets why an earlier attempt failed: what stays behind is the general words. */
const LEFT_OVER = GENERAL_DOCUMENT_ERROR;

/** It stays behind when the document is done, as far as it came. */
function progressOf(document: Document, now: Instant): Progress | null {
  if (document.state === 'succeeded') return progressAt(100);
  if (document.startedAt === null) return null;
  const elapsedMs = Date.parse(document.finishedAt ?? now) - Date.parse(document.startedAt);
  return progressAt(Math.floor(99 * (1 - Math.exp(-elapsedMs / USUAL_MS))));
}

function progressAt(percentage: number): Progress {
  const index = Math.min(STEPS.length - 1, Math.floor((percentage * STEPS.length) / 100));
  return { current_step: index + 1, total_steps: STEPS.length, step_name: STEPS[index] ?? '', percentage };
}

const USUAL_MS = 60_000;
const STEPS = ['Preparing file', 'Parsing file', 'Extracting metadata', 'Splitting into chunks', 'Generating embeddings', 'Storing'];
