import { Kysely, PostgresAdapter, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Logger } from 'pino';
import { RunledgerError } from '../model/errors.ts';
import { connectionClass } from './connection-class.ts';
import { codeOf, messageOf } from './error-code.ts';
import { explainConnectionError, mayWorkWithOtherTls } from './explain-connection-error.ts';
import type { PostgresSettings } from './postgres-settings.ts';
import type { LedgerTables } from './tables.ts';
import { tlsAttempts, type TlsAttempt } from './tls-attempts.ts';

/** Streams are synced side by side, each in one transaction at a time; more connections would only take them from others. */
const MAX_CONNECTIONS = 5;

export interface OpenPostgresOptions {
  readonly settings: PostgresSettings;
  readonly applicationName: string;
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects once, to find how TLS is to be and that anybody is there; the later connections are made likewise.
 *
 * @throws RunledgerError ledger_unreachable, ledger_denied, bad_settings, aborted
 */
export async function openPostgres(options: OpenPostgresOptions): Promise<Kysely<LedgerTables>> {
  const { settings, log } = options;
  if (settings.ignored.length > 0)
    log.warn({ parameters: settings.ignored }, 'parameters of the database URL have no meaning here and were ignored');
  const pool = await connect(options);
  return new Kysely<LedgerTables>({ dialect: new PoolerSafeDialect({ pool }) });
}

async function connect(options: OpenPostgresOptions): Promise<pg.Pool> {
  const { settings, log, signal } = options;
  let failure: unknown = null;
  for (const ssl of tlsAttempts(settings.tls)) {
    const pool = createPool(options, ssl);
    try {
      await untilAborted(askOnce(pool, settings.connectTimeoutMs), signal);
      return pool;
    } catch (error) {
      pool.end().catch((cause: unknown) => {
        log.debug({ err: cause }, 'a connection pool that never connected did not close');
      });
      if (error instanceof RunledgerError) throw error;
      failure = error;
      if (!mayWorkWithOtherTls(error)) break;
    }
  }
  throw explainConnectionError(failure, settings);
}

/** A pooler lets in at once, and whether there is a server behind it shows with the first question. */
async function askOnce(pool: pg.Pool, timeoutMs: number): Promise<void> {
  const client = await pool.connect();
  let failure: unknown = null;
  try {
    const question = { text: 'select 1', query_timeout: timeoutMs };
    await client.query(question);
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    client.release(failure !== null);
  }
}

function createPool({ settings, applicationName, log }: OpenPostgresOptions, ssl: TlsAttempt): pg.Pool {
  const pool = new pg.Pool({
    host: settings.host,
    port: settings.port,
    user: settings.user,
    database: settings.database,
    password: settings.password ?? noPassword,
    application_name: settings.applicationName ?? applicationName,
    ssl,
    enableChannelBinding: settings.channelBinding,
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
    idleTimeoutMillis: 30_000,
    max: MAX_CONNECTIONS,
    Client: connectionClass(settings.connectTimeoutMs),
    ...(settings.startupOptions === null ? {} : { options: settings.startupOptions }),
    ...(settings.tls.isDirect && ssl !== false ? { sslnegotiation: 'direct' as const } : {}),
  });
  // Without these listeners a server that restarts ends this process: an error of a connection that nobody is waiting for is an event,
  // and an event `error` that nobody listens to is thrown. The pool listens only while the connection is idle in it.
  // Of the error only its words: the pool hangs the connection itself on it, with all that the connection was told.
  const note = (error: Error): void => {
    log.debug({ reason: messageOf(error), code: codeOf(error) }, 'a database connection was lost');
  };
  pool.on('error', note);
  pool.on('connect', (client) => client.on('error', note));
  return pool;
}

/** Keeps the driver from looking for a password file itself; then a server that asks for a password is told that there is none. */
function noPassword(): string {
  return undefined as unknown as string;
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => {
    aborted.reject(new RunledgerError('aborted', 'stopped while connecting to the database', { cause: signal.reason }));
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    promise.catch(() => undefined);
  }
}

/**
 * Kysely's migrator locks with an advisory lock of the session, and behind PgBouncer that stays with whichever server connection took it.
 * Our own `migrate` locks for a transaction, so the migrator's lock does nothing.
 */
class PoolerSafeDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new PoolerSafeAdapter();
  }
}

class PoolerSafeAdapter extends PostgresAdapter {
  override acquireMigrationLock(): Promise<void> {
    return Promise.resolve();
  }

  override releaseMigrationLock(): Promise<void> {
    return Promise.resolve();
  }
}
