import { derivedUuid } from '../derived-uuid.ts';
import type { Document } from '../document.ts';
import { hashText } from '../random.ts';
import type { Collection } from '../workflow.ts';
import { NOXUS_DOCUMENT_STATUS } from './words.ts';

/** A document in the fields of a knowledge base's documents. Its times always have their zone, whatever those of runs have. */
export function documentForm(document: Document): object {
  return {
    ...common(document.id, document.name, document.collection),
    status: NOXUS_DOCUMENT_STATUS[document.state],
    summary: document.chunkCount === 0 ? null : `What ${document.name} is about, at some length.`,
    short_summary: document.chunkCount === 0 ? null : `About ${document.name}.`,
    doc_type: 'document',
    content_type: 'application/pdf',
    has_conversion: document.state === 'succeeded',
    error: document.error === null ? null : { message: document.error, code: 'ingestion_failed' },
    created_at: document.createdAt,
    updated_at: document.updatedAt,
    size: 10_000 + (hashText(document.id) % 1_000_000),
    file_id: derivedUuid(`file of ${document.id}`),
    run_id: document.runId,
    dismissed: document.isDismissed,
  };
}

/** A folder stands among documents, with no ingestion of its own. */
export function folderForm({ id, name, collection }: Folder): object {
  return {
    ...common(id, name, collection),
    status: 'folder',
    summary: null,
    short_summary: null,
    doc_type: 'folder',
    content_type: null,
    has_conversion: false,
    error: null,
    created_at: collection.createdAt,
    updated_at: collection.createdAt,
    size: 0,
    file_id: null,
    run_id: null,
    dismissed: false,
  };
}

export interface Folder {
  readonly id: string;
  readonly name: string;
  readonly collection: Collection;
}

/** As many folders as asked for, the same ones each time. */
export function foldersOf(collection: Collection, count: number): readonly Folder[] {
  return Array.from({ length: count }, (_, index) => ({
    id: derivedUuid(`${collection.id} folder ${index + 1}`),
    name: `Folder ${index + 1}`,
    collection,
  }));
}

function common(id: string, name: string, collection: Collection): object {
  return {
    id,
    name,
    prefix: '/',
    uri: `kb://${collection.id}/${encodeURIComponent(name)}`,
    source_type: 'file',
    source_external_id: null,
    source_metadata: {},
    doc_metadata: {},
    warnings: [],
    needs_reingestion: false,
  };
}
