import { sql, type Kysely, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import { RunledgerError } from '../model/errors.ts';
import type { Instant } from '../model/instant.ts';

export interface ConnectionRow {
  readonly name: string;
  readonly connector: string;
  readonly baseUrl: string;
  readonly label: string | null;
  readonly stuckAfterMs: number | null;
}

export interface ConnectionState {
  readonly accountId: string | null;
  readonly rateLimitedUntil: Instant | null;
}

/**
 * Keeps the connection as it is configured now.
 *
 * @throws RunledgerError bad_settings when the name belongs to a connection of another source system
 */
export async function upsertConnection(trx: Transaction<LedgerTables>, connection: ConnectionRow): Promise<ConnectionState> {
  const { name, connector, baseUrl, label, stuckAfterMs } = connection;
  const { rows } = await sql<{ connector: string; source_account_id: string | null; rate_limited_until_at: Instant | null }>`
    insert into runledger.connections as c (name, connector, base_url, label, stuck_after_seconds)
    values (${name}, ${connector}, ${baseUrl}, ${label}, ${stuckAfterMs === null ? null : Math.round(stuckAfterMs / 1000)})
    on conflict (name) do update set
      base_url = case when c.connector = excluded.connector then excluded.base_url else c.base_url end,
      label = excluded.label,
      stuck_after_seconds = excluded.stuck_after_seconds,
      retired_at = null
    returning connector, source_account_id, rate_limited_until_at`.execute(trx);
  const row = rows[0] as (typeof rows)[0];
  if (row.connector !== connector) {
    throw new RunledgerError(
      'bad_settings',
      `the connection ${name} is one to ${row.connector} in this ledger, and to ${connector} in the settings`,
      {
        hint: 'The name is the permanent key of a connection. Give the new one another name.',
      },
    );
  }
  return { accountId: row.source_account_id, rateLimitedUntil: row.rate_limited_until_at };
}

/** A connection as the ledger knows it, for a run that writes nothing. */
export async function readConnection(db: Kysely<LedgerTables>, name: string): Promise<ConnectionState> {
  const { rows } = await sql<{ source_account_id: string | null; rate_limited_until_at: Instant | null }>`
    select source_account_id, rate_limited_until_at from runledger.connections where name = ${name}`.execute(db);
  return { accountId: rows[0]?.source_account_id ?? null, rateLimitedUntil: rows[0]?.rate_limited_until_at ?? null };
}

/**
 * Keeps the account that a connection's key belongs to, at its first sight.
 *
 * @returns the account that the ledger now has, and other connections to the same account
 */
export async function learnAccount(
  trx: Transaction<LedgerTables>,
  name: string,
  accountId: string,
): Promise<{ readonly accountId: string; readonly sharedWith: readonly string[] }> {
  const { rows } = await sql<{ source_account_id: string }>`
    update runledger.connections
    set source_account_id = coalesce(source_account_id, ${accountId})
    where name = ${name}
    returning source_account_id`.execute(trx);
  const others = await sql<{ name: string }>`
    select o.name
    from runledger.connections c
    join runledger.connections o on o.connector = c.connector and o.source_account_id = c.source_account_id and o.name <> c.name
    where c.name = ${name} and o.retired_at is null
    order by o.name`.execute(trx);
  return { accountId: (rows[0] as { source_account_id: string }).source_account_id, sharedWith: others.rows.map((row) => row.name) };
}

/** Keeps until when a source asked not to be asked; null: it answers again. */
export async function keepRateLimit(trx: Transaction<LedgerTables>, name: string, until: Instant | null): Promise<void> {
  await sql`update runledger.connections set rate_limited_until_at = ${until}::timestamptz where name = ${name}`.execute(trx);
}
