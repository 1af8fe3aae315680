import { PGlite, type Results, type Transaction } from '@electric-sql/pglite';
import { Kysely, PGliteDialect, type PGliteDialectConfig } from 'kysely';
import type { Logger } from 'pino';
import { RunledgerError } from '../model/errors.ts';
import { checkFilesVersion, createData, createFolder, inspectFolder, removeLeftovers, type EmbeddedFolder } from './embedded-folder.ts';
import { messageOf } from './error-code.ts';
import { flushFolder } from './flush-folder.ts';
import { lockFolder } from './folder-lock.ts';
import type { LedgerTables } from './tables.ts';
import { VALUE_PARSERS } from './value-parsers.ts';

export interface OpenEmbeddedOptions {
  /** absolute */
  readonly folder: string;
  readonly mode: 'read' | 'write';
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
}

export interface OpenDatabase {
  readonly db: Kysely<LedgerTables>;
  close(): Promise<void>;
}

/**
 * Postgres in this process, over a folder that is ours alone until it is closed. Reading takes the lock too: PGlite has no way to open a folder
 * that another process has open, not even to look.
 *
 * @throws RunledgerError no_ledger, ledger_locked, ledger_denied, ledger_newer, ledger_behind, bad_settings, aborted
 */
export async function openEmbedded({ folder, mode, log, signal }: OpenEmbeddedOptions): Promise<OpenDatabase> {
  const place = `embedded:${folder}`;
  if (mode === 'read' && !inspectFolder(folder).exists) {
    throw new RunledgerError('no_ledger', `there is no ledger in ${folder} yet`, {
      hint: 'Run `runledger sync` first, or name the database that has one.',
    });
  }
  if (mode === 'write') {
    inspectFolder(folder);
    createFolder(folder);
  }
  const lock = await lockFolder(inspectFolder(folder).lockFile, place);
  try {
    // Looked at again: whoever had the lock may have made the ledger meanwhile.
    const files = inspectFolder(folder);
    removeLeftovers(folder);
    if (!files.exists && mode === 'write') {
      log.info({ folder }, 'making a new embedded ledger');
      await createData(files, makeDatabase);
    }
    checkFilesVersion(files, place);
    signal?.throwIfAborted();
    const atMs = Date.now();
    const pglite = await start(files.data, place);
    const db = embeddedDatabase(pglite);
    const opened: Opening = { atMs, walPosition: await walPosition(pglite) };
    return {
      db,
      close: async () => {
        try {
          await stop(pglite, files, mode, opened);
        } finally {
          lock.release();
        }
      },
    };
  } catch (error) {
    lock.release();
    if (signal?.aborted === true && !(error instanceof RunledgerError)) {
      throw new RunledgerError('aborted', 'stopped while opening the embedded ledger', { cause: error });
    }
    throw error;
  }
}

/** The way to a PGlite of one's own, such as one in memory. */
export function embeddedDatabase(pglite: PGlite): Kysely<LedgerTables> {
  // After the start, because PGlite makes its own readers of arrays then, and those take a null in an array for a text.
  Object.assign(pglite.parsers, VALUE_PARSERS);
  return new Kysely<LedgerTables>({ dialect: new PGliteDialect({ pglite: withScripts(pglite) }) });
}

async function makeDatabase(data: string): Promise<void> {
  const startedMs = Date.now();
  const pglite = await PGlite.create(data);
  await pglite.close();
  flushFolder(data, startedMs - 1000);
}

async function start(data: string, place: string): Promise<PGlite> {
  try {
    return await PGlite.create(data);
  } catch (cause) {
    throw new RunledgerError(
      'ledger_unreachable',
      `the files in ${place} are there, but the embedded Postgres does not start: ${messageOf(cause)}`,
      {
        hint: 'They may be damaged. Keep a copy, then restore a backup, or move them away to begin anew.',
        cause,
      },
    );
  }
}

async function stop(pglite: PGlite, files: EmbeddedFolder, mode: 'read' | 'write', opened: Opening): Promise<void> {
  try {
    if (mode === 'write') {
      if ((await walPosition(pglite)) - opened.walPosition > MUCH_WRITTEN) await pglite.exec('vacuum (analyze)');
      // What a checkpoint has written need not be recovered at the next start.
      await pglite.exec('checkpoint');
    }
  } finally {
    await pglite.close();
    flushFolder(files.data, opened.atMs - 1000);
  }
}

interface Opening {
  readonly atMs: number;
  readonly walPosition: bigint;
}

/** Bytes of log. A server tidies up beside its work; this one has nobody to do it, and without statistics the views' queries are planned blindly. */
const MUCH_WRITTEN = 4n * 1024n * 1024n;

async function walPosition(pglite: PGlite): Promise<bigint> {
  const { rows } = await pglite.query<{ position: bigint }>(`select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint as position`);
  return rows[0]?.position ?? 0n;
}

type Queries = Pick<Transaction, 'query' | 'exec'>;

/**
 * PGlite prepares every statement, and of several in one text only the first could be prepared. A text without parameters is sent as a script
 * instead, as the other driver does, so that migrations and views are plain files.
 */
function withScripts(pglite: PGlite): Exclude<PGliteDialectConfig['pglite'], () => unknown> {
  const queryOf =
    (queries: Queries) =>
    async <T>(text: string, parameters: unknown[] = []): Promise<Results<T>> => {
      if (parameters.length > 0) return queries.query<T>(text, parameters);
      const results = await queries.exec(text);
      return (results.at(-1) ?? { rows: [], fields: [] }) as Results<T>;
    };
  return {
    get closed() {
      return pglite.closed;
    },
    get ready() {
      return pglite.ready;
    },
    waitReady: pglite.waitReady,
    close: () => pglite.close(),
    query: queryOf(pglite),
    transaction: (run) => pglite.transaction((tx) => run({ query: queryOf(tx), rollback: () => tx.rollback() })),
  };
}
