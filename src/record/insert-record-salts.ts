import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import { recordset } from './recordset.ts';
import type { JsonKey } from './rows.ts';

const COLUMNS = { connection: 'text', stream: 'text', record_id: 'text', salt: 'bytea' } as const;

/** Keeps the keys under which error texts of records are compared, each made at the record's first error. */
export async function insertRecordSalts(
  trx: Transaction<LedgerTables>,
  salts: readonly (JsonKey & { readonly salt: Buffer })[],
): Promise<void> {
  if (salts.length === 0) return;
  const rows = salts.map((row) => ({ ...row, salt: row.salt.toString('hex') }));
  await sql`
    insert into runledger.record_salts (connection, stream, record_id, salt)
    select x.connection, x.stream, x.record_id, decode(x.salt, 'hex')
    from ${recordset(rows, COLUMNS)}
    order by x.record_id`.execute(trx);
}
