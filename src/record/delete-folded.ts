import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import { recordset } from './recordset.ts';
import type { JsonKey } from './rows.ts';

const KEY = { connection: 'text', stream: 'text', record_id: 'text' } as const;

/** Deletes rows of `records` that no event has made. */
export async function deleteRecords(trx: Transaction<LedgerTables>, keys: readonly JsonKey[]): Promise<void> {
  if (keys.length === 0) return;
  await sql`
    delete from runledger.records r
    using ${recordset(keys, KEY)}
    where r.connection = x.connection and r.stream = x.stream and r.record_id = x.record_id`.execute(trx);
}

/** Deletes rows of `attempts` that no event has made. */
export async function deleteAttempts(
  trx: Transaction<LedgerTables>,
  keys: readonly (JsonKey & { readonly attempt: number })[],
): Promise<void> {
  if (keys.length === 0) return;
  await sql`
    delete from runledger.attempts a
    using ${recordset(keys, { ...KEY, attempt: 'integer' })}
    where a.connection = x.connection and a.stream = x.stream and a.record_id = x.record_id and a.attempt = x.attempt`.execute(trx);
}
