import type { Facts } from './facts.ts';
import type { Instant } from './instant.ts';
import type { Status, StatusReason } from './status.ts';

/**
 * What the source's word means. `undecided`: the word alone does not tell (Knowledge Stack's FAILED is a stop where the error says so)
 * and this feed does not carry what would.
 */
export type StatusReading =
  | { readonly kind: 'known'; readonly status: Status; readonly reason: StatusReason | null }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'undecided' };

/** One answer of a source system: what the ledger keeps as evidence. Paths carry no secret. */
export interface ResponseEvidence {
  readonly method: string;
  readonly path: string;
  readonly page: string | null;
  readonly status: number;
  /** the server's own clock, from its Date header */
  readonly serverDate: Instant | null;
  readonly requestId: string | null;
  /** just before the request left */
  readonly sentAt: Instant;
  /** when the whole body had arrived */
  readonly receivedAt: Instant;
  /**
   * By how much the server's clock can differ from ours, in microseconds, never negative: the greater distance between what Date allows and
   * the time from `sentAt` to `receivedAt`; 0 without a Date.
   */
  readonly skewMicros: bigint;
}

/**
 * What one answer said of one record. A field that the feed does not carry is left out (`undefined`): unknown, not null, and it never clears
 * a known value.
 */
export interface Observation {
  readonly recordId: string;
  readonly reading: StatusReading;
  /** the source's own word, cut at 200 characters; null where the source sent none */
  readonly sourceStatus: string | null;

  /** Reported times as they stand in the answer: facts, whatever they prove. */
  readonly createdAt?: Instant | null;
  readonly startedAt?: Instant | null;
  readonly finishedAt?: Instant | null;
  /**
   * The same times, where the contract says that they are when the attempt shown entered `queued`, `running` or its terminal status.
   * Only these become events. A placeholder is left out.
   */
  readonly queuedEvidence?: Instant | null;
  readonly runningEvidence?: Instant | null;
  readonly terminalEvidence?: Instant | null;

  /** Tells attempts apart at the source; null: carried, and there is none yet. */
  readonly attemptKey?: string | null;
  /** The source's version of the record: moves on any edit, so it bounds times and orders observations, and reports nothing. */
  readonly sourceUpdatedAt?: Instant | null;
  readonly error?: string | null;
  readonly facts: Partial<Facts>;

  /** Not compared, kept with the sighting of an open record. */
  readonly progressPercent?: number | null;
  readonly lastActivity?: string | null;
  /** The workflow's name and type, kept beside the records; `namedAt` where the answer shows them as they were then, and not as they are now. */
  readonly workflow?: { readonly id: string; readonly name: string | null; readonly type: string | null; readonly namedAt?: Instant };
  /** The item under the payload policy, ready to store; null under `none`. */
  readonly body: JsonValue | null;
  /**
   * Whether its word is of another vocabulary than the lists', such as that of the engine that runs the record: one that means what is known already is then
   * no change.
   */
  readonly hasForeignWord?: boolean;
  /** Whether another feed is authoritative: this one tells what is not known, and contradicts nothing but the status. */
  readonly isSupplement?: boolean;
  /** What was odd already when the item was read. */
  readonly anomalies: readonly ('bad_time' | 'status_conflict')[];
  readonly response: ResponseEvidence;
}

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };
