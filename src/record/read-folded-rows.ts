import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import { columnList } from './recordset.ts';
import { ATTEMPT_COLUMNS, RECORD_COLUMNS, type AttemptRow, type JsonKey, type RecordRow } from './rows.ts';

const PAGE_SIZE = 1_000;

export type KeyedRecordRow = JsonKey & RecordRow;
export type KeyedAttemptRow = JsonKey & AttemptRow;

/** The rows of `records` after one, in the order of their keys' bytes. */
export async function readRecordRows(trx: Transaction<LedgerTables>, last: JsonKey | null): Promise<readonly KeyedRecordRow[]> {
  const { rows } = await sql<KeyedRecordRow>`
    select connection, stream, record_id, ${columnList(RECORD_COLUMNS)}
    from runledger.records
    where (connection, stream, record_id) > (${last?.connection ?? ''}, ${last?.stream ?? ''}, ${last?.record_id ?? ''})
    order by connection, stream, record_id
    limit ${PAGE_SIZE}`.execute(trx);
  return rows;
}

/** The rows of `attempts` after one, in the order of their keys' bytes, those of a record from the first attempt. */
export async function readAttemptRows(trx: Transaction<LedgerTables>, last: KeyedAttemptRow | null): Promise<readonly KeyedAttemptRow[]> {
  const { rows } = await sql<KeyedAttemptRow>`
    select connection, stream, record_id, attempt, ${columnList(ATTEMPT_COLUMNS)}
    from runledger.attempts
    where (connection, stream, record_id, attempt)
      > (${last?.connection ?? ''}, ${last?.stream ?? ''}, ${last?.record_id ?? ''}, ${last?.attempt ?? -2_147_483_648}::integer)
    order by connection, stream, record_id, attempt
    limit ${PAGE_SIZE}`.execute(trx);
  return rows;
}
