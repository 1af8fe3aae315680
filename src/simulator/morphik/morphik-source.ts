import type { Document } from '../document.ts';
import type { Run } from '../run.ts';
import type { SourceAnswer, SourceRequest } from '../source-server.ts';
import type { World } from '../world.ts';
import type { DocumentForm } from './document-form.ts';
import type { DocumentOrders } from './document-order.ts';
import type { Folders } from './folders.ts';
import type { RunForm } from './run-form.ts';
import type { RunLists } from './run-lists.ts';
import type { StoredDocument } from './stored-document.ts';

/**
 * How old a server is, by what it knows of lists of documents. `current`: `list_docs` with bare names of fields. `dotted_only`: `list_docs`, of
 * whose fields it drops the bare ones without a word. `bare_array`: no `list_docs`, and arrays of whole documents.
 */
export type MorphikServer = 'current' | 'dotted_only' | 'bare_array';

/** What the answers of a Morphik server are made from. What can change from one request to the next is a function. */
export interface MorphikSource {
  readonly world: World;
  readonly apiKey: string;
  readonly server: () => MorphikServer;
  readonly hasWorkflows: () => boolean;
  readonly keepsRunReads: boolean;
  readonly listDocsIsMissing: 404 | 405;
  readonly isVisible: (record: Run | Document) => boolean;
  readonly isDown: (request: SourceRequest) => boolean;
  readonly deletedWorkflows: ReadonlySet<string>;
  readonly stored: StoredDocument;
  readonly orders: DocumentOrders;
  readonly folders: Folders;
  readonly documentForm: DocumentForm;
  readonly runForm: RunForm;
  readonly runLists: RunLists;
}

/** @param id that of the path, decoded; empty where it has none */
export type MorphikHandler = (source: MorphikSource, request: SourceRequest, id: string) => SourceAnswer;
