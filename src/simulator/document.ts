import type { Instant } from '../model/instant.ts';
import type { Status } from '../model/status.ts';
import type { Collection } from './workflow.ts';

/** Where the ingestion of a document can be; the source systems each have their own words for these. */
export type DocumentState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** One piece of the truth: what became of a document at which moment, to the microsecond. */
export interface DocumentTransition {
  readonly recordId: string;
  readonly state: DocumentState | 'deleted';
  /** The canonical status; null where the document was deleted. */
  readonly status: Status | null;
  /** The attempt that it belongs to, from 1. */
  readonly attempt: number;
  /** Of the ingestion run from then on. */
  readonly runId: string | null;
  readonly at: Instant;
}

/** A document as it is now. It is the same object all along, and moves with the world. */
export interface Document {
  readonly id: string;
  /** 1, 2, … in order of creation */
  readonly number: number;
  readonly collection: Collection;
  readonly name: string;
  readonly createdAt: Instant;
  /** Of its latest change of any kind, edits that change no state too. */
  readonly updatedAt: Instant;
  /** The source answers for it no more from then on; its state stays what it was. */
  readonly deletedAt: Instant | null;
  readonly state: DocumentState;
  /** 1, 2, …: how often it was taken up from a finished state, and one. */
  readonly attempt: number;
  /** Of the ingestion run of the present attempt; null before the first has begun. */
  readonly runId: string | null;
  /** When the present attempt was asked for: the creation, then each retry. */
  readonly attemptAt: Instant;
  /** When the present attempt came to run; null before. */
  readonly startedAt: Instant | null;
  /** When the present attempt ended; null while it is open. */
  readonly finishedAt: Instant | null;
  /** Set while it is failed. */
  readonly error: string | null;
  /** Whether it is failed because a quota was used up, which some sources show by a word of its own. */
  readonly isOverQuota: boolean;
  /** Whether somebody put its failure aside. It changes no state. */
  readonly isDismissed: boolean;
  /** Of the last success; 0 before the first. */
  readonly chunkCount: number;
  /** In order of time, the creation first, a deletion last. */
  readonly transitions: readonly DocumentTransition[];
}

/** Where the document was at a moment; null before it was created. */
export function documentAt(document: Document, at: Instant): DocumentTransition | null {
  return document.transitions.findLast((transition) => transition.at <= at) ?? null;
}

/** Whether it is done with, well or not. */
export function isIngested(state: DocumentState): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}
