import type { ReadTarget } from '../model/connector.ts';
import type { Instant } from '../model/instant.ts';
import type { ResponseEvidence } from '../model/observation.ts';
import type { AbsentCount, ProvenScan } from '../record/absences.ts';
import type { AbsentTarget } from '../record/select-absent.ts';
import type { KnownParent } from '../record/parents.ts';
import type { OpenScan } from '../record/scans.ts';
import type { WorkflowRow } from '../record/upsert-workflows.ts';
import type { Batch, BatchResult } from './batch.ts';
import type { Absence } from './record-absences.ts';

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

  /** Workflows as their own list shows them. */
  workflows(rows: readonly WorkflowRow[]): Promise<void>;
  /** In which form the source answers from now on. @param since null where it had answered in no other before */
  noteGeneration(generation: string, since: Instant | null): Promise<void>;

  /** Begins to keep what a scan sees. @returns its id */
  beginScan(): Promise<bigint>;
  /** A scan that ended before it had read all. */
  openScan(): Promise<OpenScan | null>;
  countSeen(scanId: bigint): Promise<{ readonly count: number; readonly isWhole: boolean }>;
  countSeenByBoth(one: bigint, other: bigint): Promise<number>;
  /** Forgets what scans of this stream saw. */
  endScans(): Promise<void>;

  /** Present records that the list that shows all has shown: what its total counts. */
  countListed(): Promise<number>;
  parents(): Promise<readonly KnownParent[]>;
  /** @param version null leaves the version known */
  noteParent(parentId: string, version: string | null): Promise<void>;
  noteParentGone(parentId: string, at: Instant): Promise<void>;

  countAbsent(scan: ScanProof): Promise<AbsentCount>;
  /** What the scan did not see is missing, and to be confirmed. */
  markAbsent(scan: ScanProof): Promise<void>;
  /** Records that are there, as far as the ledger knows. */
  canaries(limit: number): Promise<readonly ReadTarget[]>;
  /** Marked records, those that were not asked for longest first. */
  absent(limit: number): Promise<readonly AbsentTarget[]>;
  /** Nothing can be said of these marked records now: others come first. */
  postpone(recordIds: readonly string[]): Promise<void>;
  /** These are proven gone. */
  disappeared(absences: readonly Absence[]): Promise<number>;
}

export type ScanProof = Omit<ProvenScan, 'connection' | 'stream'>;
