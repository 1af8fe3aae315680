import { sql, type Kysely, type Transaction } from 'kysely';
import { codeOf, messageOf } from '../db/error-code.ts';
import type { Ledger } from '../db/open-ledger.ts';
import { retryOf } from '../db/retry-table.ts';
import type { LedgerTables } from '../db/tables.ts';
import { RunledgerError } from '../model/errors.ts';
import { readFunctionFiles } from './function-files.ts';
import { digestOf, type SqlFile } from './sql-files.ts';
import { readViewFiles } from './view-files.ts';

/**
 * Makes the views and functions what `sql/views` and `sql/functions` say, all of them or none, in place: grants and other people's views that hang on them
 * stay. Two at once wait for each other.
 *
 * Replacing a view waits for its readers, and new readers wait behind it. So nothing is replaced where nothing changed, which a digest in the
 * comment of the schema tells, and the wait is short: a report that runs for an hour must not stop every other report for as long.
 *
 * @returns whether anything was to do
 * @throws RunledgerError ledger_denied, ledger_behind (a reader held a view for too long, or one of them could not be replaced)
 */
export async function publishViews(ledger: Pick<Ledger, 'db' | 'place'>): Promise<boolean> {
  const files: Published = { views: readViewFiles(), functions: readFunctionFiles() };
  const digest = digestOf([...files.views, ...files.functions]);
  if (await isPublished(ledger.db, files, digest)) return false;
  return ledger.db.transaction().execute(async (trx) => {
    // For the transaction, not the session: behind PgBouncer a session's lock would stay with a server connection that others get next.
    await sql`select pg_advisory_xact_lock(hashtextextended('runledger views', 0))`.execute(trx);
    if (await isPublished(trx, files, digest)) return false;
    await sql`set local lock_timeout = '15s'`.execute(trx);
    // The views' patterns have backslashes, and their names are qualified: they must mean the same whoever publishes them.
    await sql`set local standard_conforming_strings = on`.execute(trx);
    for (const file of files.views) await publishFile(trx, file, 'view', ledger.place);
    for (const file of files.functions) await publishFile(trx, file, 'function', ledger.place);
    await sql.raw(`comment on schema runledger is '${SCHEMA_COMMENT} ${digest}'`).execute(trx);
    return true;
  });
}

interface Published {
  readonly views: readonly SqlFile[];
  readonly functions: readonly SqlFile[];
}

const SCHEMA_COMMENT = 'The ledger of runledger: every status of every run and document, with its evidence. Its views are of version';

async function isPublished(
  db: Kysely<LedgerTables> | Transaction<LedgerTables>,
  { views, functions }: Published,
  digest: string,
): Promise<boolean> {
  const viewNames = views.map(({ name }) => name);
  const functionNames = functions.map(({ name }) => name);
  const { rows } = await sql<{ is_published: boolean }>`
    select coalesce(pg_catalog.obj_description(n.oid, 'pg_namespace'), '') like ${`%${digest}`}
      and ${viewNames.length} = (
        select count(*)
        from pg_catalog.pg_class c
        where c.relnamespace = n.oid and c.relkind = 'v' and c.relname = any(${viewNames}::text[])
      )
      and ${functionNames.length} = (
        select count(distinct p.proname)
        from pg_catalog.pg_proc p
        where p.pronamespace = n.oid and p.proname = any(${functionNames}::text[])
      ) as is_published
    from pg_catalog.pg_namespace n
    where n.nspname = 'runledger'`.execute(db);
  return rows[0]?.is_published === true;
}

async function publishFile(
  trx: Transaction<LedgerTables>,
  { file, name, text }: SqlFile,
  kind: 'view' | 'function',
  place: string,
): Promise<void> {
  try {
    await sql.raw(text).execute(trx);
  } catch (cause) {
    if (retryOf(cause) !== null) throw cause;
    const code = codeOf(cause);
    if (code === '42501') {
      throw new RunledgerError('ledger_denied', `the ${kind} runledger.${name} of ${place} could not be published: ${messageOf(cause)}`, {
        hint: "Let the schema's owner run `runledger migrate`, and set `migrate: manual` here.",
        cause,
      });
    }
    if (code === '55P03') {
      throw new RunledgerError(
        'ledger_behind',
        `the ${kind} runledger.${name} of ${place} could not be replaced: something read it for more than 15 seconds`,
        {
          hint: 'Try again when no long query reads the views (pg_stat_activity shows them), or run `runledger migrate` at a quiet time.',
          cause,
        },
      );
    }
    throw new RunledgerError('ledger_behind', `the ${kind} of ${file} could not be published in ${place}: ${messageOf(cause)}`, {
      hint: 'If somebody made or changed an object of this name in the schema runledger, drop it and run `runledger migrate`.',
      cause,
    });
  }
}
