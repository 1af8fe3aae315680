import { sql } from 'kysely';
import type { Ledger } from '../../src/db/open-ledger.ts';

/** What a query of the views answers. */
export async function rowsOf(ledger: Ledger, query: string): Promise<readonly Record<string, unknown>[]> {
  const { rows } = await sql.raw<Record<string, unknown>>(query).execute(ledger.db);
  return rows;
}
