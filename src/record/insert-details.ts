import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { EventDetails } from './event-details.ts';
import { recordset } from './recordset.ts';

const COLUMNS = { position: 'bigint', salt: 'bytea', error: 'text', body: 'jsonb' } as const;

/** Stores error texts and bodies beside the events that they belong to. */
export async function insertDetails(
  trx: Transaction<LedgerTables>,
  details: readonly { readonly position: bigint; readonly details: EventDetails }[],
): Promise<void> {
  if (details.length === 0) return;
  const rows = details.map(({ position, details: { salt, error, body } }) => ({
    position: position.toString(),
    salt: salt.toString('hex'),
    error,
    body,
  }));
  await sql`
    insert into runledger.details (position, salt, error, body)
    select x.position, decode(x.salt, 'hex'), x.error, x.body
    from ${recordset(rows, COLUMNS)}
    order by x.position`.execute(trx);
}
