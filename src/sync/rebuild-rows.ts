import type { Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { AttemptState, RecordState } from '../model/record.ts';
import { deleteAttempts, deleteRecords } from '../record/delete-folded.ts';
import type { Queue } from '../record/one-at-a-time.ts';
import type { JsonKey } from '../record/rows.ts';
import { upsertAttempts } from '../record/upsert-attempts.ts';
import { upsertRecords } from '../record/upsert-records.ts';
import type { RowDifference } from './verify-difference.ts';
import type { MergedRecord } from './verify-merge.ts';

/** Rows that differed, by what was done to them. */
export interface MendedCounts {
  readonly records_changed_count: number;
  readonly records_added_count: number;
  readonly records_removed_count: number;
  readonly attempts_changed_count: number;
  readonly attempts_added_count: number;
  readonly attempts_removed_count: number;
}

export interface Mender {
  /** Makes the rows of a record what its events fold into; written when enough have come together. */
  readonly mend: (merged: MergedRecord, differences: readonly RowDifference[]) => Promise<void>;
  /** Writes what is left. */
  readonly finish: () => Promise<MendedCounts>;
}

const BATCH_SIZE = 1_000;

const VERBS = { changed: 'changed', missing: 'added', surplus: 'removed' } as const satisfies Record<RowDifference['kind'], string>;

export function createMender(trx: Transaction<LedgerTables>, queue: Queue): Mender {
  const counts = {
    records_changed_count: 0,
    records_added_count: 0,
    records_removed_count: 0,
    attempts_changed_count: 0,
    attempts_added_count: 0,
    attempts_removed_count: 0,
  };
  let batch = newBatch();
  const write = async (): Promise<void> => {
    const { records, attempts, surplusRecords, surplusAttempts } = batch;
    batch = newBatch();
    await queue(() => deleteRecords(trx, surplusRecords));
    await queue(() => deleteAttempts(trx, surplusAttempts));
    await queue(() => upsertRecords(trx, records));
    await queue(() => upsertAttempts(trx, attempts));
  };
  return {
    mend: async (merged, differences) => {
      for (const difference of differences) {
        counts[`${difference.attempt === null ? 'records' : 'attempts'}_${VERBS[difference.kind]}_count`] += 1;
        addTo(batch, merged, difference);
      }
      batch.size += differences.length;
      if (batch.size >= BATCH_SIZE) await write();
    },
    finish: async () => {
      await write();
      return counts;
    },
  };
}

interface Batch {
  size: number;
  readonly records: { readonly key: JsonKey; readonly record: RecordState }[];
  readonly attempts: { readonly key: JsonKey; readonly attempt: AttemptState }[];
  readonly surplusRecords: JsonKey[];
  readonly surplusAttempts: (JsonKey & { readonly attempt: number })[];
}

function newBatch(): Batch {
  return { size: 0, records: [], attempts: [], surplusRecords: [], surplusAttempts: [] };
}

function addTo(batch: Batch, { key, folded }: MergedRecord, { attempt }: RowDifference): void {
  if (attempt === null) {
    if (folded === null) batch.surplusRecords.push(key);
    else batch.records.push({ key, record: folded.record });
    return;
  }
  const state = folded?.attempts.get(attempt);
  if (state === undefined) batch.surplusAttempts.push({ ...key, attempt });
  else batch.attempts.push({ key, attempt: state });
}
