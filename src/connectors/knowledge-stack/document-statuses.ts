import type { RecordKind } from '../../model/record-kind.ts';
import { means, statusTable } from '../../observe/read-status.ts';

/** An ingestion that is run again keeps its id, however it had ended; when it was last asked for tells its attempts apart. */
export const knowledgeStackDocument: RecordKind = {
  name: 'knowledge_stack_document',
  reopensFrom: ['succeeded', 'failed', 'cancelled'],
  isKeyed: true,
  finishTellsAttempts: false,
};

/** What the source's database says. */
export const documentStatuses = statusTable({
  pending: means('queued'),
  processing: means('running'),
  completed: means('succeeded'),
  failed: means('failed'),
  cancelled: means('cancelled'),
  // Of the second generation.
  quota_limit: means('failed', 'quota'),
});

/** What the engine says that runs the ingestion (Temporal). Only two of its words are in the vendor's documents: the others are its own. */
export const engineStatuses = statusTable({
  RUNNING: means('running'),
  CONTINUED_AS_NEW: means('running'),
  COMPLETED: means('succeeded'),
  FAILED: means('failed'),
  TIMED_OUT: means('failed', 'timeout'),
  CANCELED: means('cancelled'),
  CANCELLED: means('cancelled'),
  TERMINATED: means('cancelled'),
});
