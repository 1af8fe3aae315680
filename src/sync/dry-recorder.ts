import type { Ledger } from '../db/open-ledger.ts';
import type { ReadTarget } from '../model/connector.ts';
import type { Instant } from '../model/instant.ts';
import type { KnownRecord } from '../model/record.ts';
import type { PlannedEvent } from '../model/sync-result.ts';
import { loadKnown, type LoadedRecord } from '../record/load-known.ts';
import { countOpen, selectOpenUnread, selectRequestedReads, selectTrackedUnseen } from '../record/select-reads.ts';
import { batchResult, plannedEvents, type BatchTarget } from './batch.ts';
import { diffBatch } from './diff-batch.ts';
import type { Recorder } from './recorder.ts';

/**
 * Records nothing: tells the events that a sync would append. What the ledger would have kept between two batches is kept in memory, as much as
 * the records that it saw.
 */
export function createDryRecorder(
  ledger: Ledger,
  target: BatchTarget,
  since: Instant,
  onPlannedEvent: (event: PlannedEvent) => void,
): Recorder {
  const { connection, stream, kind } = target;
  const changed = new Map<string, LoadedRecord>();
  let opened = 0;
  const asked = new Set<string>();
  const doubted = new Map<string, ReadTarget>();
  const wanted = new Map<string, ReadTarget>();
  const notAsked = (targets: readonly ReadTarget[], limit: number): readonly ReadTarget[] =>
    targets.filter((candidate) => !asked.has(candidate.recordId)).slice(0, limit);

  return {
    async record(batch) {
      const ids = [...new Set(batch.observations.map((observation) => observation.recordId))];
      const known = await loadKnown(ledger.db, connection, stream, ids);
      for (const id of ids) {
        const later = changed.get(id);
        if (later !== undefined) known.set(id, later);
      }
      const plan = diffBatch(kind, known, batch.observations, { isConfirmation: batch.purpose === 'confirm', since });
      for (const record of plan.records) {
        asked.add(record.recordId);
        if (record.deferred !== null) doubted.set(record.recordId, { recordId: record.recordId, workflowId: null, collectionId: null });
        else doubted.delete(record.recordId);
        if (batch.purpose === 'detail') wanted.delete(record.recordId);
        else if (record.after !== null && record.events.length > 0 && target.isDetailWanted(record.after.record)) {
          const { workflow_id: workflowId, collection_id: collectionId } = record.after.record.facts;
          wanted.set(record.recordId, { recordId: record.recordId, workflowId, collectionId });
        }
        opened += Number(isOpen(record.after)) - Number(isOpen(known.get(record.recordId)?.known ?? null));
        if (record.after !== null && record.events.length > 0) {
          const salt = record.before?.salt ?? record.newSalt;
          changed.set(record.recordId, { known: record.after, salt, nextReadReason: null, missingSinceAt: null });
        }
      }
      for (const event of plannedEvents(target, plan)) onPlannedEvent(event);
      return batchResult(plan, batch.purpose);
    },
    openUnread: async (limit) => notAsked(await selectOpenUnread(ledger.db, connection, stream, since, limit + asked.size), limit),
    async countOpen() {
      const { open } = await countOpen(ledger.db, connection, stream, since);
      const unread = await selectOpenUnread(ledger.db, connection, stream, since, open);
      return { open: open + opened, unread: notAsked(unread, open).length };
    },
    async requestedReads(reason, limit) {
      if (reason === 'detail') return [...wanted.values()].slice(0, limit);
      const requested = await selectRequestedReads(ledger.db, connection, stream, reason, limit);
      return notAsked(requested, limit)
        .concat([...doubted.values()])
        .slice(0, limit);
    },
    trackedUnseen: async (limit) => notAsked(await selectTrackedUnseen(ledger.db, connection, stream, limit), limit),
    missing: (recordId) => {
      asked.add(recordId);
      doubted.delete(recordId);
      wanted.delete(recordId);
      return Promise.resolve();
    },
    tried: (recordIds) => {
      recordIds.forEach((id) => asked.add(id));
      return Promise.resolve();
    },
    clearReads: (recordIds) => {
      for (const id of recordIds) {
        doubted.delete(id);
        wanted.delete(id);
      }
      return Promise.resolve();
    },
  };
}

function isOpen(known: KnownRecord | null): boolean {
  return known !== null && known.record.isPresent && !known.record.isTerminal;
}
