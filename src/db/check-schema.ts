import { sql, type Kysely } from 'kysely';
import { RunledgerError } from '../model/errors.ts';
import { codeOf } from './error-code.ts';
import { migrationNames } from './migration-files.ts';
import type { LedgerTables } from './tables.ts';

/** @returns the last migration that was applied, such as `0001_ledger`; null where there is no ledger */
export async function readVersion(db: Kysely<LedgerTables>): Promise<string | null> {
  return (await readApplied(db)).at(-1) ?? null;
}

/** @returns the migrations that were applied, oldest first */
export async function readApplied(db: Kysely<LedgerTables>): Promise<readonly string[]> {
  const { rows } = await sql<{ is_there: boolean }>`
    select exists (
      select from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'runledger' and c.relname = 'migrations'
    ) as is_there`.execute(db);
  if (rows[0]?.is_there !== true) return [];
  try {
    const applied = await db.selectFrom('runledger.migrations').select('name').orderBy('name').execute();
    return applied.map(({ name }) => name);
  } catch (error) {
    if (codeOf(error) !== '42501') throw error;
    throw new RunledgerError('ledger_denied', "this database user may not read the ledger's schema", {
      hint: 'Its owner gives the rights to read with what `runledger grants <role>` prints.',
      cause: error,
    });
  }
}

/** @throws RunledgerError ledger_newer where a later version of runledger has migrated the database: what it means by its tables is not known here */
export function checkNotNewer(applied: readonly string[], place: string): void {
  const known = new Set(migrationNames());
  const unknown = applied.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw new RunledgerError('ledger_newer', `${place} was migrated by a newer runledger: this one does not know ${unknown.join(', ')}`, {
    hint: 'Use the newer version here, too. Nothing was read or written.',
  });
}

/** @throws RunledgerError no_ledger, ledger_behind */
export function checkCurrent(applied: readonly string[], place: string): void {
  if (applied.length === 0) {
    throw new RunledgerError('no_ledger', `there is no ledger in ${place} yet`, {
      hint: 'Run `runledger sync` or `runledger migrate` first.',
    });
  }
  const missing = migrationNames().filter((name) => !applied.includes(name));
  if (missing.length === 0) return;
  throw new RunledgerError('ledger_behind', `the ledger in ${place} is older than this runledger: it lacks ${missing.join(', ')}`, {
    hint: 'Run `runledger migrate`.',
  });
}
