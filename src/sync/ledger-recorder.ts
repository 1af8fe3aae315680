import type { Logger } from 'pino';
import type { Ledger } from '../db/open-ledger.ts';
import { inTransaction } from '../db/transaction.ts';
import type { Instant } from '../model/instant.ts';
import { clearReads } from '../record/clear-reads.ts';
import { noteMissing } from '../record/note-missing.ts';
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
  const { connection, stream } = target;
  return {
    record: (batch) => recordBatch(ledger, target, batch, options),
    openUnread: (limit) => selectOpenUnread(ledger.db, connection, stream, since, limit),
    countOpen: () => countOpen(ledger.db, connection, stream, since),
    requestedReads: (reason, limit) => selectRequestedReads(ledger.db, connection, stream, reason, limit),
    trackedUnseen: (limit) => selectTrackedUnseen(ledger.db, connection, stream, limit),
    missing: (recordIds, { sentAt, receivedAt }) => {
      const rows = recordIds.map((id) => ({ connection, stream, record_id: id, sent_at: sentAt, received_at: receivedAt }));
      return inTransaction(ledger, (trx) => noteMissing(trx, rows), options);
    },
    tracked: (recordId, response, result) =>
      inTransaction(ledger, (trx) => noteTracked(trx, connection, stream, recordId, response.receivedAt, result), options),
    clearReads: (recordIds) => inTransaction(ledger, (trx) => clearReads(trx, connection, stream, recordIds), options),
  };
}
