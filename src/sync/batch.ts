import type { Rejection } from '../model/connector.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';
import type { Observation } from '../model/observation.ts';
import type { RecordKind } from '../model/record-kind.ts';
import type { RecordState } from '../model/record.ts';
import type { PlannedEvent } from '../model/sync-result.ts';
import type { Checkpoint } from '../record/scans.ts';
import type { BatchPlan, RecordPlan } from './diff-batch.ts';

/** What one or more answers of a source said, ready to be diffed and recorded as a whole. */
export interface Batch {
  readonly observations: readonly Observation[];
  readonly rejections: readonly Rejection[];
  /** Why these records were read: to confirm what a deferral doubted, for a detail, or as a matter of course. */
  readonly purpose: 'list' | 'confirm' | 'detail';
  /** What showed them: lists that together show all records, lists that show some, or a read by id. */
  readonly shownBy: 'all' | 'some' | 'id';
  /** The scan that this is part of: what it saw, besides the observed records, and how far it came. */
  readonly scan?: {
    readonly id: bigint;
    readonly otherKeys: readonly string[];
    readonly checkpoint?: Checkpoint;
  };
}

export interface BatchTarget {
  readonly connection: string;
  readonly stream: Stream;
  readonly syncId: bigint;
  readonly kind: RecordKind;
  /** Since when the source uses the words that it uses now, where it had used others before. */
  readonly wordsSince: Instant | null;
  /** Whether a record is to be read once more for what no list shows. */
  readonly isDetailWanted: (record: RecordState) => boolean;
  readonly isDetailShownById: boolean;
}

export interface BatchResult {
  readonly newCount: number;
  readonly changedCount: number;
  readonly unchangedCount: number;
  /** Of those, records that this sync had seen before. */
  readonly seenAgainCount: number;
  readonly staleCount: number;
  readonly deferredCount: number;
  readonly appendedCount: number;
}

export function batchResult(plan: BatchPlan, purpose: Batch['purpose']): BatchResult {
  const touched = plan.records.filter((record) => record.events.length > 0);
  const newCount = touched.filter((record) => record.before === null).length;
  return {
    newCount,
    // A detail belongs to a change that was counted when it was found.
    changedCount: purpose === 'detail' ? 0 : touched.length - newCount,
    unchangedCount: plan.unchanged,
    seenAgainCount: plan.seenAgain,
    staleCount: plan.stale,
    deferredCount: plan.deferred,
    appendedCount: touched.reduce((sum, record) => sum + record.events.length, 0),
  };
}

/** What a scan notes of a batch: the ids of its records, and what stands for items that could not be understood or are none of the stream's. */
export function scanKeys({ observations, rejections, scan }: Batch): readonly string[] {
  if (scan === undefined) return [];
  const rejected = rejections.map(({ key, digest }) => key ?? `rejected ${digest}`);
  return [...new Set([...observations.map((observation) => observation.recordId), ...rejected, ...scan.otherKeys])];
}

/** The events of a plan as a dry run shows them. */
export function plannedEvents(target: BatchTarget, records: readonly RecordPlan[]): readonly PlannedEvent[] {
  return records.flatMap(({ recordId, events }) =>
    events.map(({ draft }) => ({
      connection: target.connection,
      stream: target.stream,
      record_id: recordId,
      event_type: draft.eventType,
      attempt: draft.attempt,
      from_status: draft.fromStatus,
      to_status: draft.toStatus,
      source_status: draft.sourceStatus,
      occurred_at: draft.when.at,
      anomalies: draft.anomalies,
    })),
  );
}
