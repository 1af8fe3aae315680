import type { Logger } from 'pino';
import type { Ledger } from '../db/open-ledger.ts';
import { inTransaction } from '../db/transaction.ts';
import { asKnownAbsent } from '../diff/as-known.ts';
import { diffAbsence } from '../diff/diff-absence.ts';
import type { ResponseEvidence } from '../model/observation.ts';
import { loadKnown } from '../record/load-known.ts';
import { lockStream } from '../record/lock-stream.ts';
import { dropAbsent } from '../record/write-sightings.ts';
import { appendPlan } from './append-plan.ts';
import type { BatchTarget } from './batch.ts';
import type { RecordPlan } from './diff-batch.ts';

/** A record that is proven gone, and the answer that shows it. */
export interface Absence {
  readonly recordId: string;
  readonly response: ResponseEvidence;
}

/** Records that records have disappeared: all of them in one transaction, or none. @returns the number of events appended */
export async function recordAbsences(
  ledger: Ledger,
  target: BatchTarget,
  absences: readonly Absence[],
  options: { readonly log: Logger },
): Promise<number> {
  const { connection, stream, syncId } = target;
  return await inTransaction(
    ledger,
    async (trx) => {
      await lockStream(trx, connection, stream, syncId);
      const known = await loadKnown(
        trx,
        connection,
        stream,
        absences.map((absence) => absence.recordId),
        syncId,
      );
      const records = absences
        .flatMap(({ recordId, response }): RecordPlan[] => {
          const before = known.get(recordId);
          const draft = before === undefined ? null : diffAbsence(before.known, response);
          if (before === undefined || draft === null) return [];
          const after = asKnownAbsent(before.known, draft, response);
          return [{ recordId, before, after, events: [{ draft, response, content: null }], newSalt: null, seen: null, deferred: null }];
        })
        .sort((a, b) => (a.recordId < b.recordId ? -1 : 1));
      await appendPlan(trx, target, records);
      await dropAbsent(
        trx,
        records.map(({ recordId }) => ({ connection, stream, record_id: recordId })),
      );
      return records.length;
    },
    options,
  );
}
