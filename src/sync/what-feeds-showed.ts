import type { ListFeed } from '../model/connector.ts';
import type { SourceError } from '../model/errors.ts';
import type { Instant } from '../model/instant.ts';
import type { ListOrder } from '../record/stream-lease.ts';
import type { ListState } from './list-state.ts';

/** What the lists of a stream showed, and where the one that shows all was left. */
export interface FeedsRead {
  /** The feed that shows all. */
  readonly feed: ListFeed | null;
  /** Where it is one list: how far that was read. */
  readonly main: ListState | null;
  readonly order: ListOrder | null;
  /** Why it could not be read to where it should be; the open records are read all the same. */
  readonly failure: SourceError | null;
  /** Whether it answered at all. */
  readonly wasRead: boolean;
  /** Up to when the lists were read without a gap, on the source's clock. */
  readonly watermark: Instant | null;
  readonly scan: ScanRead | null;
}

/** What a full scan came to. */
export interface ScanRead {
  /** Whether it saw every record that was there all the while. */
  readonly isProven: boolean;
  /** When it began; where an earlier one was gone on with, when that one did. */
  readonly startedAt: Instant;
  /** Whether an earlier one was gone on with: then what it has not seen may still have been there. */
  readonly isResumed: boolean;
  readonly distinctCount: number | null;
  readonly scanIds: readonly bigint[];
}

export const NOTHING_READ: FeedsRead = { feed: null, main: null, order: null, failure: null, wasRead: false, watermark: null, scan: null };

/** What is asked of the lists. */
export interface FeedsTask {
  /** Every record is to be read. */
  readonly isScan: boolean;
  /** How many records the source counts is to be known, whatever else has to be read for it. */
  readonly isTotalWanted: boolean;
}
