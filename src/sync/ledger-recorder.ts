import type { Transaction } from 'kysely';
import type { Logger } from 'pino';
import type { Ledger } from '../db/open-ledger.ts';
import type { LedgerTables } from '../db/tables.ts';
import { inTransaction } from '../db/transaction.ts';
import type { Instant } from '../model/instant.ts';
import { clearReads } from '../record/clear-reads.ts';
import { noteMissing } from '../record/note-missing.ts';
import { noteTried } from '../record/note-tried.ts';
import { lockStream } from '../record/lock-stream.ts';
import { noteTracked } from '../record/note-tracked.ts';
import { countOpen, selectOpenUnread, selectRequestedReads, selectTrackedUnseen } from '../record/select-reads.ts';
import type { BatchTarget } from './batch.ts';
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
  const write = (work: (trx: Transaction<LedgerTables>) => Promise<void>): Promise<void> =>
    inTransaction(
      ledger,
      async (trx) => {
        await lockStream(trx, connection, stream, syncId);
        await work(trx);
      },
      options,
    );
  return {
    record: (batch) => recordBatch(ledger, target, batch, options),
    openUnread: (limit) => selectOpenUnread(ledger.db, connection, stream, since, limit),
    countOpen: () => countOpen(ledger.db, connection, stream, since),
    requestedReads: (reason, limit) => selectRequestedReads(ledger.db, connection, stream, reason, limit),
    trackedUnseen: (limit) => selectTrackedUnseen(ledger.db, connection, stream, limit),
    missing: (recordId, { sentAt, receivedAt }) =>
      write(async (trx) => {
        await noteMissing(trx, [{ connection, stream, record_id: recordId, sent_at: sentAt, received_at: receivedAt }]);
        await noteTracked(trx, connection, stream, recordId, receivedAt, 'not found');
        await clearReads(trx, connection, stream, [recordId]);
      }),
    tried: (recordIds) => write((trx) => noteTried(trx, connection, stream, recordIds, since)),
    clearReads: (recordIds) => write((trx) => clearReads(trx, connection, stream, recordIds)),
  };
}
