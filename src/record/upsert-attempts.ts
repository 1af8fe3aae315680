import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { AttemptState } from '../model/record.ts';
import { assignExcluded, columnList, columnValues, recordset } from './recordset.ts';
import { ATTEMPT_COLUMNS, attemptToJson, type JsonKey } from './rows.ts';

const COLUMNS = { connection: 'text', stream: 'text', record_id: 'text', attempt: 'integer', ...ATTEMPT_COLUMNS } as const;

/** Writes attempts: new rows, or whole rows over the old ones, in the order of their keys. */
export async function upsertAttempts(
  trx: Transaction<LedgerTables>,
  attempts: readonly { readonly key: JsonKey; readonly attempt: AttemptState }[],
): Promise<void> {
  if (attempts.length === 0) return;
  const rows = attempts.map(({ key, attempt }) => attemptToJson(key, attempt));
  await sql`
    insert into runledger.attempts (${columnList(COLUMNS)})
    select ${columnValues(COLUMNS)}
    from ${recordset(rows, COLUMNS)}
    order by x.connection, x.stream, x.record_id, x.attempt
    on conflict (connection, stream, record_id, attempt) do update
    set ${assignExcluded(ATTEMPT_COLUMNS)}`.execute(trx);
}
