import type { ReadTarget } from '../model/connector.ts';
import type { ResponseEvidence } from '../model/observation.ts';
import type { Batch, BatchResult } from './batch.ts';

/** Where the sync of a stream puts what it saw and asks what it must still read: the ledger, or, in a dry run, only the memory of it. */
export interface Recorder {
  record(batch: Batch): Promise<BatchResult>;
  /** Open records not asked for in this sync, longest unasked first. */
  openUnread(limit: number): Promise<readonly ReadTarget[]>;
  countOpen(): Promise<{ readonly open: number; readonly unread: number }>;
  /** Records to be read again by id for a reason. */
  requestedReads(reason: 'confirm' | 'detail', limit: number): Promise<readonly ReadTarget[]>;
  /** Ids that a user follows and no answer has shown yet. */
  trackedUnseen(limit: number): Promise<readonly ReadTarget[]>;
  /** The source does not know this record: no read of it is asked for any more, and who tracks it is told. */
  missing(recordId: string, response: ResponseEvidence): Promise<void>;
  /** These were asked for, and no answer showed them. */
  tried(recordIds: readonly string[]): Promise<void>;
  /** These reads have been answered, or never will be. */
  clearReads(recordIds: readonly string[]): Promise<void>;
}
