import type { Ledger } from '../db/open-ledger.ts';
import { diffAbsence } from '../diff/diff-absence.ts';
import type { ReadTarget } from '../model/connector.ts';
import type { Instant } from '../model/instant.ts';
import type { KnownRecord } from '../model/record.ts';
import type { PlannedEvent } from '../model/sync-result.ts';
import { selectAbsent, type AbsentTarget } from '../record/select-absent.ts';
import { loadKnown, type LoadedRecord } from '../record/load-known.ts';
import { loadParents } from '../record/parents.ts';
import { countListed } from '../record/count-listed.ts';
import { selectCanaries } from '../record/select-canaries.ts';
import { selectUnseen } from '../record/select-unseen.ts';
import { findOpenScan } from '../record/scans.ts';
import { countOpen, selectOpenUnread, selectRequestedReads, selectTrackedUnseen } from '../record/select-reads.ts';
import { batchResult, plannedEvents, scanKeys, type BatchTarget } from './batch.ts';
import { diffBatch, type RecordPlan } from './diff-batch.ts';
import type { Recorder } from './recorder.ts';

/**
 * Records nothing: tells the events that a sync would append. What the ledger would have kept between two batches is kept in memory, as much as
 * the records that it saw, and in a full scan their ids.
 */
export function createDryRecorder(
  ledger: Ledger,
  target: BatchTarget,
  since: Instant,
  onPlannedEvent: (event: PlannedEvent) => void,
): Recorder {
  const { connection, stream } = target;
  const changed = new Map<string, LoadedRecord>();
  let opened = 0;
  const asked = new Set<string>();
  const shown = new Set<string>();
  const notFound = new Set<string>();
  const doubted = new Map<string, ReadTarget>();
  const wanted = new Map<string, ReadTarget>();
  const scans = new Map<bigint, Set<string>>();
  let unseen: readonly AbsentTarget[] = [];
  let missing: readonly AbsentTarget[] = [];
  const goneParents = new Map<string, Instant>();
  const newScan = (): bigint => {
    const scanId = BigInt(scans.size + 1);
    scans.set(scanId, new Set());
    return scanId;
  };
  const keep = (scanId: bigint, keys: readonly string[]): void => {
    const seen = scans.get(scanId) ?? new Set<string>();
    scans.set(scanId, seen);
    keys.forEach((key) => seen.add(key));
  };
  const notAsked = (targets: readonly ReadTarget[], limit: number): readonly ReadTarget[] =>
    targets.filter((candidate) => !asked.has(candidate.recordId)).slice(0, limit);

  return {
    async record(batch) {
      const ids = [...new Set(batch.observations.map((observation) => observation.recordId))];
      const known = await loadKnown(ledger.db, connection, stream, ids, null);
      for (const id of ids) {
        const later = changed.get(id);
        if (later !== undefined) known.set(id, later);
      }
      const plan = diffBatch(target.kind, known, batch.observations, {
        isConfirmation: batch.purpose === 'confirm',
        wordsSince: target.wordsSince,
      });
      for (const record of plan.records) {
        asked.add(record.recordId);
        shown.add(record.recordId);
        notFound.delete(record.recordId);
        if (record.deferred !== null) doubted.set(record.recordId, { recordId: record.recordId, workflowId: null, collectionId: null });
        else doubted.delete(record.recordId);
        if (batch.purpose === 'detail' || (batch.shownBy === 'id' && target.isDetailShownById)) wanted.delete(record.recordId);
        else if (
          record.after !== null &&
          (record.events.length > 0 || isOpen(record.after)) &&
          target.isDetailWanted(record.after.record)
        ) {
          const { workflow_id: workflowId, collection_id: collectionId } = record.after.record.facts;
          wanted.set(record.recordId, { recordId: record.recordId, workflowId, collectionId });
        }
        opened += Number(isOpen(record.after)) - Number(isOpen(known.get(record.recordId)?.known ?? null));
        if (record.after !== null && record.events.length > 0) {
          const salt = record.before?.salt ?? record.newSalt;
          changed.set(record.recordId, {
            known: record.after,
            salt,
            nextReadReason: null,
            missingSinceAt: null,
            isListed: batch.shownBy === 'all' || (record.before?.isListed ?? false),
            isAnswered: batch.shownBy === 'id' || (record.before?.isAnswered ?? false),
            isWatched: true,
          });
        }
      }
      // What a list shows is there, whether it is understood or not.
      if (batch.shownBy === 'all') for (const { key } of batch.rejections) if (key !== undefined) shown.add(key);
      for (const event of plannedEvents(target, plan.records)) onPlannedEvent(event);
      if (batch.scan !== undefined) keep(batch.scan.id, scanKeys(batch));
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
      notFound.add(recordId);
      doubted.delete(recordId);
      wanted.delete(recordId);
      return Promise.resolve();
    },
    tried: (recordIds) => {
      recordIds.forEach((id) => asked.add(id));
      return Promise.resolve();
    },
    workflows: () => Promise.resolve(),
    noteGeneration: () => Promise.resolve(),
    beginScan: () => Promise.resolve(newScan()),
    async openScan() {
      const open = await findOpenScan(ledger.db, connection, stream);
      // Read from its beginning, because what it had seen is not in memory: changes there are told too. But one that is gone on with proves no absence.
      return open && { ...open, scanId: newScan(), rowCount: 0, total: null, doubted: null };
    },
    countSeen: (scanId) => Promise.resolve({ count: scans.get(scanId)?.size ?? 0, isWhole: true }),
    countSeenByBoth: (one, other) => {
      const seen = scans.get(other);
      return Promise.resolve([...(scans.get(one) ?? [])].filter((key) => seen?.has(key)).length);
    },
    endScans: () => Promise.resolve(),
    countListed: () => countListed(ledger.db, connection, stream),
    async canaries(limit) {
      const gone = new Set([...missing.map((target) => target.recordId).filter((id) => !shown.has(id)), ...notFound]);
      const canaries = await selectCanaries(ledger.db, connection, stream, limit + gone.size);
      return canaries.filter((target) => !gone.has(target.recordId)).slice(0, limit);
    },
    async parents() {
      const known = await loadParents(ledger.db, connection, stream);
      return known.map((parent) => ({ ...parent, goneSinceAt: goneParents.get(parent.parentId) ?? parent.goneSinceAt }));
    },
    noteParent: () => Promise.resolve(),
    noteParentGone: (parentId, at) => {
      goneParents.set(parentId, at);
      return Promise.resolve();
    },
    async countAbsent(scan) {
      const seen = scan.scanIds.map((scanId) => scans.get(scanId));
      const found = await selectUnseen(
        ledger.db,
        { ...scan, connection, stream },
        { isSeen: (id) => seen.some((keys) => keys?.has(id)), isAsked: (id) => asked.has(id) },
      );
      unseen = found.targets;
      return found;
    },
    markAbsent: () => {
      missing = unseen;
      return Promise.resolve();
    },
    async absent(limit) {
      const marked = await selectAbsent(ledger.db, connection, stream, limit + shown.size);
      const ids = new Set(marked.map((target) => target.recordId));
      const now = new Map(missing.map((target) => [target.recordId, target]));
      const all = [...marked.map((target) => now.get(target.recordId) ?? target), ...missing.filter((target) => !ids.has(target.recordId))];
      return all.filter((target) => !shown.has(target.recordId)).slice(0, limit);
    },
    postpone: () => Promise.resolve(),
    async disappeared(absences) {
      const known = await loadKnown(
        ledger.db,
        connection,
        stream,
        absences.map((absence) => absence.recordId),
        null,
      );
      const records = absences.flatMap(({ recordId, response }): RecordPlan[] => {
        const before = changed.get(recordId) ?? known.get(recordId) ?? null;
        const draft = before === null ? null : diffAbsence(before.known, response);
        return draft === null
          ? []
          : [{ recordId, before, after: null, events: [{ draft, response, content: null }], newSalt: null, seen: null, deferred: null }];
      });
      for (const event of plannedEvents(target, records)) onPlannedEvent(event);
      for (const { recordId } of absences) shown.add(recordId);
      return records.length;
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
