import type { Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import { oneAtATime } from '../record/one-at-a-time.ts';
import type { LedgerExtent } from '../record/read-extent.ts';
import type { JsonKey } from '../record/rows.ts';
import { rowDifferences, type RowDifference } from './verify-difference.ts';
import { mergeFold } from './verify-merge.ts';
import { brokenAt, checked, throwIfAborted, type VerifyBreak, type VerifyCheck, type VerifyOptions } from './verify-result.ts';

const RECORDS_LAW = 'Every column of records is what the events of the record fold into.';
const ATTEMPTS_LAW = 'Every column of attempts is what the events of the record fold into.';

/** Whether `records` and `attempts` are nothing but a fold of `events` (law 3). */
export async function verifyFold(
  trx: Transaction<LedgerTables>,
  extent: LedgerExtent,
  { signal, onProgress }: VerifyOptions,
): Promise<readonly VerifyCheck[]> {
  const total = Number(extent.event_count);
  const first: { records: VerifyBreak | null; attempts: VerifyBreak | null } = { records: null, attempts: null };
  const onEvents = (done: number): void => {
    throwIfAborted(signal, 'records were verified');
    onProgress?.({ phase: 'fold', done, total });
  };
  for await (const merged of mergeFold(trx, oneAtATime(), onEvents)) {
    for (const difference of rowDifferences(merged)) {
      if (difference.attempt === null) first.records ??= differenceBreak(merged.key, difference);
      else first.attempts ??= differenceBreak(merged.key, difference);
    }
    if (first.records !== null && first.attempts !== null) break;
  }
  return [checked('records', RECORDS_LAW, first.records), checked('attempts', ATTEMPTS_LAW, first.attempts)];
}

function differenceBreak(key: JsonKey, difference: RowDifference): VerifyBreak {
  const { attempt } = difference;
  const check = attempt === null ? 'records' : 'attempts';
  const record = `${key.connection}/${key.stream}/${key.record_id}`;
  const row = attempt === null ? `record ${record}` : `attempt ${attempt} of ${record}`;
  switch (difference.kind) {
    case 'missing':
      return brokenAt(check, `${row} has events and no row in ${check}: the row was deleted`, {
        record,
        found: 'no row',
        expected: 'a row',
      });
    case 'surplus':
      return brokenAt(check, `${row} has a row in ${check} and no event: the row was put there`, {
        record,
        found: 'a row',
        expected: 'no row',
      });
    case 'changed': {
      const { column, found, expected } = difference;
      const message = `${row}: column ${column} is ${found ?? 'null'}, its events say ${expected ?? 'null'}: the row was edited`;
      return brokenAt(check, message, { record, found, expected });
    }
  }
}
