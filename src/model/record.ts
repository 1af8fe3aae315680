import type { Facts } from './facts.ts';
import type { Interval } from './event.ts';
import type { Instant } from './instant.ts';
import type { Status, StatusReason } from './status.ts';

/** A record as it is now, in the ledger's eyes: a fold of its events, and a row of `runledger.records`. */
export interface RecordState {
  readonly status: Status | null;
  readonly sourceStatus: string | null;
  readonly statusReason: StatusReason | null;
  /** Kept while the source's word is unknown. */
  readonly isTerminal: boolean;
  readonly isPresent: boolean;
  /** What the next known word is judged against. */
  readonly lastKnownStatus: Status | null;
  readonly attempt: number;
  readonly attemptKey: string | null;
  /** hex */
  readonly errorDigest: string | null;
  readonly isRedacted: boolean;
  readonly sourceUpdatedAt: Instant | null;
  readonly sequence: number;
  readonly lastPosition: bigint;
  readonly lastLatestAt: Instant;
  readonly createdAt: Instant | null;
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
  /** Entry into the present canonical status. */
  readonly statusSince: Interval;
  readonly facts: Facts;
}

export type Outcome = 'succeeded' | 'failed' | 'cancelled' | 'disappeared' | 'superseded';

/** One attempt: a row of `runledger.attempts`. An entry that nothing evidences is null. */
export interface AttemptState {
  readonly attempt: number;
  readonly attemptKey: string | null;
  readonly queued: Entry | null;
  readonly started: Entry | null;
  readonly finished: Entry | null;
  /** null while open */
  readonly outcome: Outcome | null;
  /** hex, the error with which it ended */
  readonly errorDigest: string | null;
  /** The event whose details hold the error. */
  readonly errorPosition: bigint | null;
  readonly isFlap: boolean;
  /** The event that opened it. */
  readonly openedPosition: bigint;
}

export interface Entry {
  readonly at: Instant;
  readonly earliestAt: Instant | null;
  readonly latestAt: Instant;
}

/** A record with its present attempt: what folding its events gives, and what one more event is folded into. */
export interface FoldState {
  readonly record: RecordState;
  readonly attempt: AttemptState;
}

/** When the record was last seen as it is known: the bounds for what comes next. */
export interface LastSeen {
  /** When the last request left that saw it so. */
  readonly sentAt: Instant;
  readonly receivedAt: Instant;
  /** The server's Date in the answer to that request; null: it named none, or that is not known. */
  readonly serverDate: Instant | null;
  /** Whether an earlier sync saw it, which was over before this one asked for anything: that holds whatever our clock has done since. */
  readonly isEarlier: boolean;
}

/** All that `diff` is told of a record that the ledger knows. */
export interface KnownRecord extends FoldState {
  /** From its sighting, else from the answer behind its last event; null where neither is known (an event without an answer). */
  readonly lastSeen: LastSeen | null;
  /** The greatest version of the record that was seen, also by observations that changed nothing. */
  readonly latestSourceUpdatedAt: Instant | null;
  /** The attempt before, where there is one: what a flap returns to. */
  readonly previousAttempt: AttemptState | null;
  /**
   * The event that opened the present attempt, where `attempt.attempt > 1` and it is open: `sentAt` is that of its answer.
   * A flap is closed before any other request saw it open.
   */
  readonly opening: { readonly sequence: number; readonly sentAt: Instant | null } | null;
}
