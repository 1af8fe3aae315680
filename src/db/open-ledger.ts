import { resolve } from 'node:path';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import { RunledgerError } from '../model/errors.ts';
import { checkCurrent, checkNotNewer, readApplied } from './check-schema.ts';
import { checkServer, readServerFacts } from './check-server.ts';
import { messageOf } from './error-code.ts';
import { openPostgres } from './open-postgres.ts';
import { readPostgresSettings, type Environment } from './postgres-settings.ts';
import type { LedgerTables } from './tables.ts';

/** Which database: a Postgres by URL (null: by libpq's PG* variables alone), or a folder of our own. */
export type DatabaseTarget =
  { readonly kind: 'postgres'; readonly url: string | null } | { readonly kind: 'embedded'; readonly path: string };

/** An open database that has a ledger, or is about to get one. Close it: an embedded one is locked until then. */
export interface Ledger {
  readonly db: Kysely<LedgerTables>;
  readonly target: DatabaseTarget;
  /** Where it is, for people: no password in it. */
  readonly place: string;
  /** Calling it again is no harm. */
  close(): Promise<void>;
}

export interface OpenLedgerOptions {
  readonly database: DatabaseTarget;
  /** `write` takes a database without a ledger, or with an older one, for `migrate` to be called next; `read` takes neither and creates nothing. */
  readonly mode: 'write' | 'read';
  readonly log: Logger;
  /** What the server shows in pg_stat_activity, where neither the URL nor PGAPPNAME says. */
  readonly applicationName?: string;
  readonly signal?: AbortSignal;
  /** Where libpq's PG* variables are; those of the process when left out. */
  readonly environment?: Environment;
}

/**
 * Opens a database and makes sure that it can serve. The embedded kind has one connection: inside a transaction use the transaction, because
 * `ledger.db` waits for its end.
 *
 * @throws RunledgerError of the kinds `ledger` and `usage`, or `aborted`
 */
export async function openLedger(options: OpenLedgerOptions): Promise<Ledger> {
  const { mode, log } = options;
  const opened =
    options.database.kind === 'postgres'
      ? await fromPostgres(options, options.database.url)
      : await fromFolder(options, options.database.path);
  let closing: Promise<void> | null = null;
  const ledger: Ledger = { ...opened, target: options.database, close: () => (closing ??= opened.close()) };
  try {
    const facts = await readServerFacts(ledger.db);
    checkServer(facts, mode, ledger.place);
    const applied = await readApplied(ledger.db);
    checkNotNewer(applied, ledger.place);
    if (mode === 'read') checkCurrent(applied, ledger.place);
    log.debug({ place: ledger.place, server: facts.version, version: applied.at(-1) ?? null }, 'ledger opened');
    return ledger;
  } catch (error) {
    await ledger.close();
    if (error instanceof RunledgerError) throw error;
    throw new RunledgerError('ledger_unreachable', `${ledger.place} answered, and then failed: ${messageOf(error)}`, {
      hint: 'A connection pooler may not reach its server. Look into the logs of both.',
      cause: error,
    });
  }
}

type Opened = Omit<Ledger, 'target'>;

async function fromPostgres(
  { log, applicationName = 'runledger', signal, environment = process.env }: OpenLedgerOptions,
  url: string | null,
): Promise<Opened> {
  const settings = readPostgresSettings(url, environment);
  const db = await openPostgres({ settings, applicationName, log, signal });
  return { db, place: settings.place, close: () => db.destroy() };
}

async function fromFolder({ mode, log, signal }: OpenLedgerOptions, path: string): Promise<Opened> {
  // Loaded when it is needed: Postgres in WebAssembly is 15 MB that a command on a real server does without.
  const { openEmbedded } = await import('./open-embedded.ts');
  const folder = resolve(path);
  const opened = await openEmbedded({ folder, mode, log, signal });
  return { ...opened, place: `embedded:${folder}` };
}
