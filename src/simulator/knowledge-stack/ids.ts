import { derivedUuid } from '../derived-uuid.ts';

/** `prefixed`: `ingest-doc:` and an id, so that it has to be encoded in a path. `plain`: the id alone. */
export type WorkflowIdForm = 'prefixed' | 'plain';

const PREFIX = 'ingest-doc:';

/** The id of the ingestion of a document of the world, which is what Knowledge Stack tells its ingestions apart by. */
export function workflowIdOf(documentId: string, form: WorkflowIdForm = 'prefixed'): string {
  return form === 'prefixed' ? PREFIX + documentId : documentId;
}

/** The id in the world of the document that is ingested under this id, in either form. */
export function documentIdOf(workflowId: string): string {
  return workflowId.startsWith(PREFIX) ? workflowId.slice(PREFIX.length) : workflowId;
}

/** What the source calls the document itself. */
export function sourceDocumentIdOf(documentId: string): string {
  return derivedUuid(`document of ${documentId}`);
}

export function documentVersionIdOf(documentId: string): string {
  return derivedUuid(`version of ${documentId}`);
}

/** Temporal's id of one attempt. */
export function temporalRunIdOf(documentId: string, attempt: number): string {
  return derivedUuid(`attempt ${attempt} at ${documentId}`);
}

/** The place in the tree of paths that everything has beside its own id. */
export function pathPartIdOf(id: string): string {
  return derivedUuid(`path part of ${id}`);
}
