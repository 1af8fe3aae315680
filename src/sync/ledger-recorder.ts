import type { Kysely, Transaction } from 'kysely';
import type { Logger } from 'pino';
import type { Ledger } from '../db/open-ledger.ts';
import { withRetries } from '../db/with-retries.ts';
import type { LedgerTables } from '../db/tables.ts';
import { inTransaction } from '../db/transaction.ts';
import type { Instant } from '../model/instant.ts';
import { countAbsent, markAbsent } from '../record/absences.ts';
import { postponeAbsent } from '../record/postpone-absent.ts';
import { selectAbsent } from '../record/select-absent.ts';
import { countListed } from '../record/count-listed.ts';
import { selectCanaries } from '../record/select-canaries.ts';
import { clearReads } from '../record/clear-reads.ts';
import { noteGeneration } from '../record/note-generation.ts';
import { noteMissing } from '../record/note-missing.ts';
import { noteTried } from '../record/note-tried.ts';
import { lockStream } from '../record/lock-stream.ts';
import { loadParents, noteParent, noteParentGone } from '../record/parents.ts';
import { beginScan, countSeen, countSeenByBoth, endScans, findOpenScan } from '../record/scans.ts';
import { noteTracked } from '../record/note-tracked.ts';
import { countOpen, selectOpenUnread, selectRequestedReads, selectTrackedUnseen } from '../record/select-reads.ts';
import { upsertWorkflows } from '../record/upsert-workflows.ts';
import type { BatchTarget } from './batch.ts';
import { recordAbsences } from './record-absences.ts';
import { recordBatch } from './record-batch.ts';
import type { Recorder } from './recorder.ts';

/** Records into the ledger, a transaction a batch. */
export function createLedgerRecorder(
  ledger: Ledger,
  target: BatchTarget,
  since: Instant,
  options: { readonly log: Logger; readonly signal?: AbortSignal },
): Recorder {
  const { connection, stream, syncId } = target;
  const write = <T>(work: (trx: Transaction<LedgerTables>) => Promise<T>): Promise<T> =>
    inTransaction(
      ledger,
      async (trx) => {
        await lockStream(trx, connection, stream, syncId);
        return await work(trx);
      },
      options,
    );
  const read = <T>(query: (db: Kysely<LedgerTables>) => Promise<T>): Promise<T> => withRetries(ledger, query, options);
  return {
    record: (batch) => recordBatch(ledger, target, batch, options),
    openUnread: (limit) => read((db) => selectOpenUnread(db, connection, stream, since, limit)),
    countOpen: () => read((db) => countOpen(db, connection, stream, since)),
    requestedReads: (reason, limit) => read((db) => selectRequestedReads(db, connection, stream, reason, limit)),
    trackedUnseen: (limit) => read((db) => selectTrackedUnseen(db, connection, stream, limit)),
    missing: (recordId, { sentAt, receivedAt }) =>
      write(async (trx) => {
        await noteMissing(trx, [{ connection, stream, record_id: recordId, sent_at: sentAt, received_at: receivedAt }]);
        await noteTracked(trx, connection, stream, recordId, receivedAt, 'not found');
        await clearReads(trx, connection, stream, [recordId]);
      }),
    tried: (recordIds) => write((trx) => noteTried(trx, connection, stream, recordIds, since)),
    clearReads: (recordIds) => write((trx) => clearReads(trx, connection, stream, recordIds)),

    workflows: async (rows) => {
      if (rows.length > 0) await write((trx) => upsertWorkflows(trx, connection, rows));
    },
    noteGeneration: (generation, at) => write((trx) => noteGeneration(trx, connection, stream, generation, at)),

    beginScan: () => write((trx) => beginScan(trx, { connection, stream, syncId, startedAt: since })),
    openScan: () => read((db) => findOpenScan(db, connection, stream)),
    countSeen: (scanId) => read((db) => countSeen(db, scanId)),
    countSeenByBoth: (one, other) => read((db) => countSeenByBoth(db, one, other)),
    endScans: () => write((trx) => endScans(trx, connection, stream)),

    countListed: () => read((db) => countListed(db, connection, stream)),
    canaries: (limit) => read((db) => selectCanaries(db, connection, stream, limit)),
    parents: () => read((db) => loadParents(db, connection, stream)),
    noteParent: (parentId, version) => write((trx) => noteParent(trx, connection, stream, { parentId, version, at: since })),
    noteParentGone: (parentId, at) => write((trx) => noteParentGone(trx, connection, stream, parentId, at)),

    countAbsent: (scan) => read((db) => countAbsent(db, { connection, stream, ...scan })),
    markAbsent: (scan) => write((trx) => markAbsent(trx, { connection, stream, ...scan }, syncId)),
    absent: (limit) => read((db) => selectAbsent(db, connection, stream, limit)),
    postpone: (recordIds) => write((trx) => postponeAbsent(trx, connection, stream, recordIds, since)),
    disappeared: (absences) => recordAbsences(ledger, target, absences, options),
  };
}
