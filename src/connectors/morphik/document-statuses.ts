import type { RecordKind } from '../../model/record-kind.ts';
import { means, statusTable } from '../../observe/read-status.ts';

/** Updated, queued again or tried again by a worker, a document keeps its id, and nothing tells its attempts apart. */
export const morphikDocument: RecordKind = {
  name: 'morphik_document',
  reopensFrom: ['succeeded', 'failed'],
  isKeyed: false,
  finishTellsAttempts: false,
};

/** `processing` is waiting for a worker, too. */
export const documentStatuses = statusTable({
  processing: means('running'),
  queued: means('queued'),
  completed: means('succeeded'),
  failed: means('failed'),
});

/** The word by which a read by id says that a document has no status: the lists show a null there. */
export const NO_STATUS = 'unknown';
