import { sql, type Transaction } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Logger } from 'pino';
import { RunledgerError } from '../model/errors.ts';
import { checkNotNewer, readApplied } from './check-schema.ts';
import { codeOf, messageOf } from './error-code.ts';
import { MIGRATION_FILES, migrationNames } from './migration-files.ts';
import type { Ledger } from './open-ledger.ts';
import { withRetries } from './with-retries.ts';
import type { LedgerTables } from './tables.ts';

export interface MigrateResult {
  /** The migrations that this call applied, oldest first; none where there was nothing to do. */
  readonly applied: readonly string[];
  /** The last migration that is there now. */
  readonly version: string;
}

/**
 * Brings the schema up to date, whole or not at all: all that is missing goes into one transaction. Two at once wait for each other, and the
 * second finds nothing to do. Where nothing is missing it needs no right to change anything.
 *
 * @throws RunledgerError ledger_newer, ledger_denied, ledger_behind (a migration failed, or another process held the lock for too long)
 */
export async function migrate(ledger: Ledger, { log }: { readonly log: Logger }): Promise<MigrateResult> {
  const version = migrationNames().at(-1) ?? '';
  const before = await withRetries(ledger, readApplied, { log });
  checkNotNewer(before, ledger.place);
  if (before.length === migrationNames().length) return { applied: [], version };
  try {
    const applied = await ledger.db.transaction().execute((trx) => applyMissing(trx, ledger.place));
    for (const migration of applied) log.info({ migration }, 'migration applied');
    return { applied, version };
  } catch (error) {
    throw explainMigrationError(error, ledger.place);
  }
}

async function applyMissing(trx: Transaction<LedgerTables>, place: string): Promise<readonly string[]> {
  // For the transaction, not the session: behind PgBouncer a session's lock would stay with a server connection that others get next.
  // It comes before `create schema if not exists`, which fails where two do it at once.
  await sql`set local lock_timeout = '5min'`.execute(trx);
  await sql`select pg_advisory_xact_lock(hashtextextended('runledger migrate', 0))`.execute(trx);
  const isThere = await sql`select from pg_catalog.pg_namespace where nspname = 'runledger'`.execute(trx);
  if (isThere.rows.length === 0) await sql`create schema runledger`.execute(trx);
  checkNotNewer(await readApplied(trx), place);
  const migrator = new Migrator({
    db: trx,
    provider: MIGRATION_FILES,
    migrationTableSchema: 'runledger',
    migrationTableName: 'migrations',
    migrationLockTableName: 'migrations_lock',
  });
  const { error, results = [] } = await migrator.migrateToLatest();
  // The migrator gives its error instead of throwing it: unthrown, the transaction would commit the half that worked.
  if (error !== undefined) throw error instanceof Error ? error : new Error(messageOf(error));
  return results.map(({ migrationName }) => migrationName);
}

function explainMigrationError(error: unknown, place: string): unknown {
  if (error instanceof RunledgerError) return error;
  const code = codeOf(error);
  if (code === '42501') {
    return new RunledgerError('ledger_denied', `the schema of ${place} could not be brought up to date: ${messageOf(error)}`, {
      hint: 'The user needs the right to create the schema: grant create on database … to …; or its owner runs `runledger migrate`, and this user has `migrate: manual`.',
      cause: error,
    });
  }
  if (code === '55P03') {
    return new RunledgerError(
      'ledger_behind',
      `the schema of ${place} could not be brought up to date: another process held a lock for five minutes`,
      {
        hint: 'Another `runledger migrate` may hang, or a long query reads the ledger. Look into pg_stat_activity, then try again.',
        cause: error,
      },
    );
  }
  return error;
}
