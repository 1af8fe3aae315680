import { sql, type Kysely } from 'kysely';
import { RunledgerError } from '../model/errors.ts';
import type { LedgerTables } from './tables.ts';

/** What a server says of itself. */
export interface ServerFacts {
  /** such as 140005 for 14.5 */
  readonly version_number: number;
  readonly version: string;
  readonly encoding: string;
  readonly date_style: string;
  readonly is_read_only: boolean;
  readonly is_standby: boolean;
}

const OLDEST = 140_000;

export async function readServerFacts(db: Kysely<LedgerTables>): Promise<ServerFacts> {
  const { rows } = await sql<ServerFacts>`
    select
      current_setting('server_version_num')::int as version_number,
      current_setting('server_version') as version,
      current_setting('server_encoding') as encoding,
      current_setting('DateStyle') as date_style,
      current_setting('transaction_read_only') = 'on' as is_read_only,
      pg_is_in_recovery() as is_standby`.execute(db);
  return rows[0] as ServerFacts;
}

/**
 * Whether a ledger can be kept there, or at least read.
 *
 * @throws RunledgerError ledger_too_old, ledger_not_utf8, ledger_read_only
 */
export function checkServer(facts: ServerFacts, mode: 'read' | 'write', place: string): void {
  if (facts.version_number < OLDEST) {
    throw new RunledgerError('ledger_too_old', `${place} is Postgres ${facts.version}, and runledger needs 14 or later`, {
      hint: 'Upgrade the server, or name a database of a newer one.',
    });
  }
  if (facts.encoding !== 'UTF8') {
    throw new RunledgerError('ledger_not_utf8', `${place} keeps its texts as ${facts.encoding}, and names and errors of runs need UTF8`, {
      hint: "Make a database for the ledger: create database ledger encoding 'UTF8' template template0;",
    });
  }
  if (!facts.date_style.startsWith('ISO')) {
    throw new RunledgerError('ledger_unreachable', `${place} writes times in the style ${facts.date_style}, and only ISO can be read`, {
      hint: 'alter database … set DateStyle = ISO; or have the connection pooler keep the DateStyle that a client asks for.',
    });
  }
  if (mode === 'write' && (facts.is_standby || facts.is_read_only)) {
    const found = facts.is_standby
      ? 'a standby, which only repeats what its primary writes'
      : 'read-only (default_transaction_read_only is on)';
    throw new RunledgerError('ledger_read_only', `${place} is ${found}, and this command writes`, {
      hint: facts.is_standby
        ? 'Name the primary in the database setting.'
        : 'alter database … set default_transaction_read_only = off; or use another user.',
    });
  }
}
