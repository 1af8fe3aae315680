import type { RecordKind } from '../../model/record-kind.ts';
import { means, statusTable } from '../../observe/read-status.ts';

/** Retried or ingested anew, a document keeps its id and is worked on by another ingestion run. */
export const noxusDocument: RecordKind = {
  name: 'noxus_document',
  reopensFrom: ['succeeded', 'failed'],
  isKeyed: true,
  finishTellsAttempts: false,
};

/** Without `folder`, which is a place for documents and none itself. */
export const documentStatuses = statusTable({
  uploaded: means('queued'),
  training: means('running'),
  trained: means('succeeded'),
  error: means('failed'),
});

export const FOLDER = 'folder';
