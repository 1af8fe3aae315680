import type { Facts } from './facts.ts';
import type { Instant } from './instant.ts';
import type { Status, StatusReason } from './status.ts';

export type Stream = 'runs' | 'documents';

export interface RecordKey {
  readonly connection: string;
  readonly stream: Stream;
  readonly recordId: string;
}

export type EventType =
  'discovered' | 'status_changed' | 'reopened' | 'amended' | 'reclassified' | 'disappeared' | 'reappeared' | 'redacted';

/** Whether an event of this type sets the status; only those carry from_status, to_status, source_status and status_reason. */
export const SETS_STATUS: Record<EventType, boolean> = {
  discovered: true,
  status_changed: true,
  reopened: true,
  amended: false,
  reclassified: true,
  disappeared: false,
  reappeared: false,
  redacted: false,
};

export type Anomaly = 'illegal_transition' | 'unknown_status' | 'time_regression' | 'bad_time' | 'clock_skew' | 'status_conflict';

/** When something happened: reported by the source, or seen between two requests. `earliestAt` null is unbounded. */
export interface Interval {
  readonly at: Instant;
  readonly reportedAt: Instant | null;
  readonly earliestAt: Instant | null;
  readonly latestAt: Instant;
}

/**
 * The fields that an event sets, as they stand in `events.facts`. Those of `Facts` and the first six are columns of `records`;
 * the last four belong to the attempt alone.
 */
export type EventFacts = Partial<Facts> & {
  readonly created_at?: Instant | null;
  readonly started_at?: Instant | null;
  readonly finished_at?: Instant | null;
  readonly attempt_key?: string | null;
  /** hex */
  readonly error_digest?: string | null;
  readonly source_updated_at?: Instant | null;
  /** A reported time that came late or changed: it replaces the attempt's. Only in `amended`. */
  readonly attempt_queued_at?: Instant;
  readonly attempt_started_at?: Instant;
  readonly attempt_finished_at?: Instant;
  /** The attempt that this event closes was open in one sync at most and changed nothing. */
  readonly is_flap?: true;
};

/** What `diff` decides; position, sequence, recorded_at and the chain are given when it is recorded. */
export interface EventDraft {
  readonly eventType: EventType;
  readonly attempt: number;
  readonly fromStatus: Status | null;
  readonly toStatus: Status | null;
  readonly sourceStatus: string | null;
  readonly statusReason: StatusReason | null;
  readonly when: Interval;
  readonly facts: EventFacts;
  /** sorted */
  readonly anomalies: readonly Anomaly[];
}

/** An event in its place in a record's history: what `fold` takes. */
export interface FoldableEvent extends EventDraft {
  readonly position: bigint;
  readonly sequence: number;
}
