import type { Instant } from '../../src/model/instant.ts';
import type { Status } from '../../src/model/status.ts';
import type { Document, DocumentState } from '../../src/simulator/document.ts';
import { documentIdOf, workflowIdOf } from '../../src/simulator/knowledge-stack/ids.ts';
import { EXECUTION_STATE, pipelineStatus, RUN_STATUS } from '../../src/simulator/knowledge-stack/words.ts';
import { MORPHIK_DOCUMENT_STATUS, MORPHIK_STATUS } from '../../src/simulator/morphik/words.ts';
import { NOXUS_DOCUMENT_STATUS, NOXUS_STATUS } from '../../src/simulator/noxus/words.ts';
import { isFinished, STATUS_OF_STATE, type Run, type RunState } from '../../src/simulator/run.ts';

/** A stay of a record in truth, in the words in which its source shows it. */
export interface TrueEntry {
  readonly status: Status;
  /** One of these: of a failure the world forgets whether it was one of a quota. */
  readonly words: readonly string[];
  readonly attempt: number;
  /** What tells the attempt from others at the source; null where it has none, or none yet. */
  readonly key: string | null;
  readonly at: Instant;
}

/** What the source says of a record now, as far as the ledger has columns for it. */
export interface ShownRecord {
  readonly status: Status;
  readonly source_status: string;
  readonly attempt_key?: string | null;
  readonly created_at?: Instant | null;
  readonly started_at?: Instant | null;
  readonly finished_at?: Instant | null;
}

/** How one source system shows the records of its world. */
export interface SystemTruth {
  readonly runEntries: (run: Run) => readonly TrueEntry[];
  readonly documentEntries: (document: Document) => readonly TrueEntry[];
  readonly shownRun: (run: Run) => ShownRecord;
  readonly shownDocument: (document: Document) => ShownRecord;
  /** The record that the ledger has of a document, and back. */
  readonly documentRecordId: (documentId: string) => string;
  readonly documentOfRecord: (recordId: string) => string;
}

type Words<State extends string> = Readonly<Record<State, string>>;

const sameId = (id: string): string => id;

export const noxusTruth: SystemTruth = {
  runEntries: (run) => runEntries(run, NOXUS_STATUS),
  documentEntries: (document) => documentEntries(document, (state) => [NOXUS_DOCUMENT_STATUS[state]], 'run'),
  shownRun: (run) => ({ ...statusOf(run, NOXUS_STATUS), created_at: run.createdAt, finished_at: run.finishedAt }),
  shownDocument: (document) => ({
    status: document.state,
    source_status: NOXUS_DOCUMENT_STATUS[document.state],
    attempt_key: document.runId,
    created_at: document.createdAt,
  }),
  documentRecordId: sameId,
  documentOfRecord: sameId,
};

/** Morphik has no word for a stop, and none for a document that waits. */
export const morphikTruth: SystemTruth = {
  runEntries: (run) => runEntries(run, MORPHIK_STATUS, morphikStatus),
  documentEntries: (document) => documentEntries(document, (state) => [MORPHIK_DOCUMENT_STATUS[state]], 'none', morphikDocumentStatus),
  shownRun: (run) => ({
    status: morphikStatus(run.state),
    source_status: MORPHIK_STATUS[run.state],
    started_at: run.startedAt,
    finished_at: run.finishedAt,
  }),
  shownDocument: (document) => ({
    status: morphikDocumentStatus(document.state),
    source_status: MORPHIK_DOCUMENT_STATUS[document.state],
    attempt_key: null,
    created_at: document.createdAt,
  }),
  documentRecordId: sameId,
  documentOfRecord: sameId,
};

function morphikStatus(state: RunState): Status {
  return state === 'stopped' ? 'failed' : STATUS_OF_STATE[state];
}

function morphikDocumentStatus(state: DocumentState): Status {
  return state === 'queued' ? 'running' : state === 'cancelled' ? 'failed' : state;
}

export function knowledgeStackTruth(generation: 1 | 2): SystemTruth {
  const words = generation === 1 ? RUN_STATUS : EXECUTION_STATE;
  const wordOf = (document: Document): string => pipelineStatus(document, generation);
  return {
    runEntries: (run) => runEntries(run, words),
    documentEntries: (document) => withQueue(documentEntries(document, (state) => pipelineWords(document, state, generation), 'asked')),
    shownRun: (run) => ({
      ...statusOf(run, words),
      created_at: run.createdAt,
      // What the first generation fills in while a run waits is no start.
      ...((generation === 2 || run.state !== 'queued') && { started_at: run.state === 'queued' ? null : startOf(run, generation) }),
      finished_at: isFinished(run.state) ? run.finishedAt : null,
      ...(generation === 2 && { attempt_key: run.state === 'queued' ? null : startOf(run, generation) }),
    }),
    shownDocument: (document) => ({
      status: document.state,
      source_status: wordOf(document),
      attempt_key: document.attemptAt,
      created_at: document.createdAt,
      finished_at: document.finishedAt,
    }),
    documentRecordId: (id) => workflowIdOf(id),
    documentOfRecord: documentIdOf,
  };
}

function pipelineWords(document: Document, state: DocumentState, generation: 1 | 2): readonly string[] {
  return [...new Set([false, true].map((isOverQuota) => pipelineStatus({ ...document, state, isOverQuota }, generation)))];
}

/** An attempt is queued when it is asked for, also where it is worked on at once. */
function withQueue(entries: readonly TrueEntry[]): readonly TrueEntry[] {
  return entries.flatMap((entry, index) =>
    entry.attempt === (entries[index - 1]?.attempt ?? 0) || entry.status === 'queued'
      ? [entry]
      : [{ ...entry, status: 'queued' as const, words: ['pending'] }, entry],
  );
}

/** Stopped before it began, a run of the first generation has its placeholder for ever. */
function startOf(run: Run, generation: 1 | 2): Instant | null {
  return run.startedAt ?? (generation === 1 ? run.createdAt : null);
}

function statusOf(run: Run, words: Words<RunState>): Pick<ShownRecord, 'status' | 'source_status'> {
  return { status: STATUS_OF_STATE[run.state], source_status: words[run.state] };
}

/** Waiting for a person is a stay of its own only where the source has a word for it. */
function runEntries(
  run: Run,
  words: Words<RunState>,
  statusOfState = (state: RunState): Status => STATUS_OF_STATE[state],
): readonly TrueEntry[] {
  return merged(
    run.transitions.flatMap(({ state, attempt, at }) =>
      state === 'deleted' ? [] : [{ status: statusOfState(state), words: [words[state]], attempt, key: null, at }],
    ),
  );
}

/** @param keyedBy what tells attempts apart: the run that works on it, the moment at which it was asked for, or nothing */
function documentEntries(
  document: Document,
  wordsOf: (state: DocumentState) => readonly string[],
  keyedBy: 'run' | 'asked' | 'none',
  statusOfState = (state: DocumentState): Status => state,
): readonly TrueEntry[] {
  const askedAt = new Map<number, Instant>();
  return merged(
    document.transitions.flatMap(({ state, attempt, runId, at }) => {
      if (state === 'deleted') return [];
      if (!askedAt.has(attempt)) askedAt.set(attempt, at);
      const key = { run: runId, asked: askedAt.get(attempt) ?? null, none: null }[keyedBy];
      return [{ status: statusOfState(state), words: wordsOf(state), attempt, key, at }];
    }),
  );
}

/** What is shown as before is no entry, except into another attempt. */
function merged(entries: readonly TrueEntry[]): readonly TrueEntry[] {
  return entries.filter((entry, index) => {
    const before = entries[index - 1];
    return before === undefined || before.words.join() !== entry.words.join() || before.attempt !== entry.attempt;
  });
}
