import type { Document } from '../document.ts';
import type { MorphikAccount } from './account.ts';
import type { Folders } from './folders.ts';
import type { StoredDocument } from './stored-document.ts';
import type { DocumentTimeFormat } from './times.ts';
import { documentTime } from './times.ts';

/** Stands in the text of every whole document, and in nothing else, so that it shows where a text has come to. */
export const TEXT_OF_A_DOCUMENT = 'Here stands what nobody but its reader is to see';

export interface DocumentFormOptions {
  readonly account: MorphikAccount;
  readonly stored: StoredDocument;
  readonly folders: Folders;
  readonly timeFormat: DocumentTimeFormat;
}

/** A document in the fields of each answer. */
export interface DocumentForm {
  /** with its whole text */
  readonly whole: (document: Document) => WholeDocument;
  readonly status: (document: Document) => object;
}

export interface WholeDocument extends Readonly<Record<string, unknown>> {
  readonly external_id: string;
  /** A key that has nothing to hold is not there. */
  readonly system_metadata: Readonly<Record<string, unknown>>;
}

export function createDocumentForm({ account, stored, folders, timeFormat }: DocumentFormOptions): DocumentForm {
  function created(document: Document): string | null {
    const at = stored.createdAt(document);
    return at === null ? null : documentTime(at, timeFormat, `creation of ${document.id}`);
  }

  function updated(document: Document): string | null {
    const at = stored.updatedAt(document);
    return at === null ? null : documentTime(at, timeFormat, `update of ${document.id}`);
  }

  return {
    whole(document) {
      const folder = folders.of(document);
      return {
        external_id: document.id,
        content_type: 'application/pdf',
        filename: stored.filename(document),
        metadata: {},
        metadata_types: {},
        storage_info: { bucket: 'documents', key: `${account.appId}/${document.id}` },
        system_metadata: withoutNulls({
          status: stored.status(document),
          error: stored.error(document),
          created_at: created(document),
          updated_at: updated(document),
          progress: stored.progress(document),
          page_count: document.chunkCount === 0 ? null : document.chunkCount,
          content: `${TEXT_OF_A_DOCUMENT}: number ${document.number}.`,
        }),
        additional_metadata: {},
        chunk_ids: Array.from({ length: document.chunkCount }, (_, index) => `${document.id}-${index}`),
        summary_storage_key: null,
        summary_version: null,
        summary_bucket: null,
        summary_updated_at: null,
        folder_name: folder?.path.split('/').at(-1) ?? null,
        folder_path: folder?.path ?? null,
        folder_id: folder?.id ?? null,
        end_user_id: null,
        app_id: account.appId,
      };
    },
    status(document) {
      const status = stored.status(document) ?? 'unknown';
      const progress = stored.progress(document);
      return {
        document_id: document.id,
        status,
        filename: stored.filename(document),
        created_at: created(document),
        updated_at: updated(document),
        ...(status === 'processing' && progress !== null && { progress }),
        ...(status === 'failed' && { error: stored.error(document) ?? 'Unknown error' }),
      };
    },
  };
}

function withoutNulls(keys: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== null));
}
