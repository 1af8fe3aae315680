import type { Logger } from 'pino';
import { CONNECTORS } from '../connectors/connectors.ts';
import { checkCurrent, readApplied } from '../db/check-schema.ts';
import { isServerError } from '../db/error-code.ts';
import { explainQueryError } from '../db/explain-query-error.ts';
import type { Ledger } from '../db/open-ledger.ts';
import { openLedger } from '../db/open-ledger.ts';
import { retryOf } from '../db/retry-table.ts';
import { migrateLedger } from '../sync/migrate-ledger.ts';
import type { CommandContext } from './command-context.ts';
import { isTerminal } from './io.ts';
import { createLogger } from './logger.ts';
import type { Settings } from './settings/load-settings.ts';
import { loadSettings } from './settings/load-settings.ts';

/** Settings and a logger: what a command has before it opens anything. */
export interface Session {
  readonly settings: Settings;
  readonly log: Logger;
}

/**
 * @param parts `ledger` for commands that only need the database: then no API key must be set
 * @throws RunledgerError bad_settings
 */
export async function openSession(context: CommandContext, parts: 'all' | 'ledger'): Promise<Session> {
  const { io, options } = context;
  const settings = await loadSettings({
    flags: { config: options.config, database: options.database, logLevel: options.logLevel },
    env: io.env,
    cwd: io.cwd,
    isTerminal: isTerminal(io),
    connectors: CONNECTORS,
    parts,
  });
  const log = createLogger(io, { level: settings.logLevel, isQuiet: options.isQuiet });
  const { target, origin } = settings.database;
  if (origin === null && target.kind === 'embedded' && !options.isQuiet) {
    io.stderr.write(`no database is named: the ledger is embedded, in ${target.path}\n`);
  }
  return { settings, log };
}

/**
 * Opens the ledger for the time of the work and closes it whatever happens.
 *
 * @param mode `read` never creates a ledger
 * @throws RunledgerError of kind `ledger`, no_ledger, integrity; what `work` throws
 */
export async function withLedger<T>(
  context: CommandContext,
  { settings, log }: Session,
  mode: 'read' | 'write',
  work: (ledger: Ledger) => Promise<T>,
): Promise<T> {
  // A signal may have come before anything was begun, and opening can make a ledger.
  context.interruption.signal.throwIfAborted();
  const ledger = await openLedger({
    database: settings.database.target,
    mode,
    log,
    applicationName: 'runledger',
    signal: context.interruption.signal,
  });
  try {
    return await work(ledger);
  } catch (error) {
    // What the file system says, of an anchor for one, is none of the database's.
    const isOfDatabase = isServerError(error) || retryOf(error) === 'reconnect';
    throw isOfDatabase ? explainQueryError(error, ledger.place, 'once') : error;
  } finally {
    await ledger.close();
  }
}

/**
 * Makes sure that schema and views are those of this release, before something is written.
 *
 * @throws RunledgerError ledger_behind, no_ledger where the settings leave migrating to a person
 */
export async function prepareLedger(ledger: Ledger, { settings, log }: Session): Promise<void> {
  if (settings.migrate === 'auto') await migrateLedger(ledger, { log });
  else checkCurrent(await readApplied(ledger.db), ledger.place);
}
