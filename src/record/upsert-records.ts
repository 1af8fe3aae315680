import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { RecordState } from '../model/record.ts';
import { assignExcluded, columnList, columnValues, recordset } from './recordset.ts';
import { RECORD_COLUMNS, recordToJson, type JsonKey } from './rows.ts';

const COLUMNS = { connection: 'text', stream: 'text', record_id: 'text', ...RECORD_COLUMNS } as const;

/** Writes the present state of records: new rows, or whole rows over the old ones. Keys are sorted, so that two writers never wait for each other in a ring. */
export async function upsertRecords(
  trx: Transaction<LedgerTables>,
  records: readonly { readonly key: JsonKey; readonly record: RecordState }[],
): Promise<void> {
  if (records.length === 0) return;
  const rows = records.map(({ key, record }) => recordToJson(key, record));
  await sql`
    insert into runledger.records (${columnList(COLUMNS)})
    select ${columnValues(COLUMNS)}
    from ${recordset(rows, COLUMNS)}
    order by x.connection, x.stream, x.record_id
    on conflict (connection, stream, record_id) do update
    set ${assignExcluded(RECORD_COLUMNS)}`.execute(trx);
}
