import { RunledgerError } from '../../model/errors.ts';
import type { Instant } from '../../model/instant.ts';
import type { Document } from '../document.ts';
import type { Run } from '../run.ts';
import type { ServerHooks, SourceRequest, SourceServer } from '../source-server.ts';
import { startSourceServer } from '../source-server.ts';
import type { World } from '../world.ts';
import { accountOf } from './account.ts';
import { createDocumentForm } from './document-form.ts';
import { createDocumentOrders } from './document-order.ts';
import type { MorphikFolder } from './folders.ts';
import { createFolders } from './folders.ts';
import { createLateWrites } from './late-writes.ts';
import type { MorphikServer, MorphikSource } from './morphik-source.ts';
import { answerMorphik } from './route.ts';
import { createRunForm } from './run-form.ts';
import { createRunLists } from './run-lists.ts';
import type { Lackable } from './stored-document.ts';
import { createStoredDocument } from './stored-document.ts';
import type { DocumentTimeFormat } from './times.ts';

export interface MorphikSimulatorOptions extends ServerHooks {
  readonly world: World;
  /** The only key that is let in. */
  readonly apiKey: string;
  /** The server's clock; the world's if left out. */
  readonly now?: () => Instant;
  /** The app that the key is bound to; one of the world's seed if left out. */
  readonly appId?: string;
  /** How old the server is; a function where it is upgraded meanwhile. `current` if left out. */
  readonly server?: MorphikServer | (() => MorphikServer);
  /** What a server without `list_docs` answers to it: 405 where it takes that for the id of a document. 404 if left out. */
  readonly listDocsIsMissing?: 404 | 405;
  /** Whether there is anything below `/workflows`; a function where it is removed meanwhile. True if left out. */
  readonly hasWorkflows?: boolean | (() => boolean);
  /** Whether `/workflows/runs/{run_id}` is there without the rest; false if left out. */
  readonly keepsRunReads?: boolean;
  /** What the key may not see is in no list or count, and not found by its id. It sees everything if left out. */
  readonly isVisible?: (record: Run | Document) => boolean;
  /** Whether the server's database fails, of which its answers say nothing; false if left out. */
  readonly databaseDown?: boolean | ((request: SourceRequest) => boolean);
  /** `mixed` if left out. */
  readonly documentTimes?: DocumentTimeFormat;
  /** What the stored row of a document does not have; nothing if left out. */
  readonly lacks?: (document: Document) => readonly Lackable[];
  /** Whether a document that waits for a worker is `queued` and not `processing`; false if left out. */
  readonly showsQueued?: boolean;
  /** Whether an error stays in `system_metadata` when the document is worked on again, and when that succeeds; true if left out. */
  readonly keepsErrors?: boolean;
}

export interface MorphikSimulator extends SourceServer {
  readonly appId: string;
  /** Its runs are listed no more, and still read by their ids. @throws RunledgerError bad_argument for one that is not there */
  deleteWorkflow(id: string): void;
  /**
   * Puts a document into another folder, or in none: an edit, after which the document moves only by hand.
   *
   * @throws RunledgerError bad_argument for one that is not there
   */
  moveToFolder(documentId: string, folder: MorphikFolder | null): void;
  /**
   * Sets a completed document back to `processing` from now until that moment, as progress that is written late does. The world knows nothing of it.
   *
   * @throws RunledgerError bad_argument for a document that is not there or not completed, and for a moment that is not to come
   */
  lateProgressWrite(documentId: string, until: Instant): void;
}

/** A Morphik server over a world, on a free port of 127.0.0.1. Each answer shows one moment of the world. */
export async function startMorphikSimulator(options: MorphikSimulatorOptions): Promise<MorphikSimulator> {
  const { world, server = 'current', hasWorkflows = true, databaseDown = false } = options;
  const derived = accountOf(world);
  const account = { ...derived, appId: options.appId ?? derived.appId };
  const folders = createFolders(world);
  const lateWrites = createLateWrites(world);
  const deletedWorkflows = new Set<string>();
  const stored = createStoredDocument({
    world,
    lateWrites,
    lacks: options.lacks ?? (() => []),
    showsQueued: options.showsQueued ?? false,
    keepsErrors: options.keepsErrors ?? true,
  });
  const source: MorphikSource = {
    world,
    apiKey: options.apiKey,
    server: () => (typeof server === 'function' ? server() : server),
    hasWorkflows: () => (typeof hasWorkflows === 'function' ? hasWorkflows() : hasWorkflows),
    keepsRunReads: options.keepsRunReads ?? false,
    listDocsIsMissing: options.listDocsIsMissing ?? 404,
    isVisible: options.isVisible ?? (() => true),
    isDown: (request) => (typeof databaseDown === 'function' ? databaseDown(request) : databaseDown),
    deletedWorkflows,
    stored,
    orders: createDocumentOrders(world, stored),
    folders,
    documentForm: createDocumentForm({ account, stored, folders, timeFormat: options.documentTimes ?? 'mixed' }),
    runForm: createRunForm(world, account),
    runLists: createRunLists(world),
  };
  const listening = await startSourceServer({
    ...options,
    now: options.now ?? (() => world.now),
    answer: (request) => answerMorphik(source, request),
  });
  return {
    ...listening,
    appId: account.appId,
    deleteWorkflow(id) {
      const isThere = world.workflows.some((workflow) => workflow.id === id) && !deletedWorkflows.has(id);
      if (!isThere) throw new RunledgerError('bad_argument', `The server has no workflow ${id}.`);
      deletedWorkflows.add(id);
    },
    moveToFolder: folders.move,
    lateProgressWrite: lateWrites.add,
  };
}
