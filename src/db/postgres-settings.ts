import { userInfo } from 'node:os';
import { RunledgerError } from '../model/errors.ts';
import { libpqFolder, readPgpass } from './read-pgpass.ts';
import { readSslMode, type TlsSettings } from './tls-attempts.ts';

/** Where a Postgres is and how to come in, from a URL and libpq's variables. */
export interface PostgresSettings {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** null where neither the URL, PGPASSWORD nor the password file has one. */
  readonly password: string | null;
  readonly applicationName: string | null;
  /** libpq's `options`, such as `-c search_path=x` */
  readonly startupOptions: string | null;
  readonly connectTimeoutMs: number;
  readonly channelBinding: boolean;
  readonly tls: TlsSettings;
  /** For people, without the password. */
  readonly place: string;
  /** Parameters of the URL that mean nothing here. */
  readonly ignored: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

const URL_FORM = /^postgres(?:ql)?:\/\/(?:([^/?]*)@)?([^/?@]*)(?:\/([^?]*))?(?:\?(.*))?$/s;
const URL_HINT =
  'Write it as postgres://user:password@host:5432/database, with special characters of the password as %40 (@), %2F (/) and so on.';
const DEFAULT_CONNECT_TIMEOUT_MS = 15_000;

/** Known to libpq or to drivers, and without a meaning or a need here. */
const HARMLESS = new Set([
  'uselibpqcompat',
  'gssencmode',
  'keepalives',
  'keepalives_idle',
  'client_encoding',
  'pgbouncer',
  'fallback_application_name',
]);

/**
 * Reads as libpq does: what the URL does not say, PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGSSLMODE and their like do.
 * The driver's own reader of URLs is not used, because its `sslmode` means other things than libpq's.
 *
 * @param url null: the variables alone
 * @throws RunledgerError bad_settings; the URL is never in it
 */
export function readPostgresSettings(url: string | null, environment: Environment): PostgresSettings {
  const parameters = url === null ? new Map<string, string>() : readUrl(url);
  if (url === null && environment['PGSERVICE'] !== undefined) {
    throw new RunledgerError('bad_settings', 'PGSERVICE is set, and connection service files are not read here', {
      hint: 'Set PGHOST, PGUSER and PGDATABASE, or a database URL.',
    });
  }
  const read = new Set<string>();
  const get = (name: string, variable: string | null): string | null => {
    read.add(name);
    return nonEmpty(parameters.get(name)) ?? (variable === null ? null : nonEmpty(environment[variable]));
  };

  const host = get('hostaddr', 'PGHOSTADDR') ?? get('host', 'PGHOST') ?? 'localhost';
  get('host', null);
  if (host.includes(',')) {
    throw new RunledgerError('bad_settings', 'the database setting names several hosts, and only one is understood', {
      hint: 'Name the primary.',
    });
  }
  const port = readPort(get('port', 'PGPORT'));
  const user = get('user', 'PGUSER') ?? userInfo().username;
  const database = get('dbname', 'PGDATABASE') ?? user;
  const password = get('password', 'PGPASSWORD') ?? readPgpass(get('passfile', 'PGPASSFILE'), environment, { host, port, database, user });
  const timeout = Number(get('connect_timeout', 'PGCONNECT_TIMEOUT') ?? '0');
  const isSocket = host.startsWith('/');
  const tls: TlsSettings = {
    mode: isSocket ? 'disable' : readSslMode(get('sslmode', 'PGSSLMODE'), get('ssl', null)),
    rootCertificate: get('sslrootcert', 'PGSSLROOTCERT'),
    certificate: get('sslcert', 'PGSSLCERT'),
    key: get('sslkey', 'PGSSLKEY'),
    passphrase: get('sslpassword', null),
    isDirect: get('sslnegotiation', 'PGSSLNEGOTIATION') === 'direct',
    folder: libpqFolder(environment),
  };
  return {
    host,
    port,
    user,
    database,
    password,
    applicationName: get('application_name', 'PGAPPNAME'),
    startupOptions: get('options', 'PGOPTIONS'),
    connectTimeoutMs: timeout > 0 ? timeout * 1000 : DEFAULT_CONNECT_TIMEOUT_MS,
    channelBinding: get('channel_binding', 'PGCHANNELBINDING') === 'require',
    tls,
    place: isSocket
      ? `postgres://${user}@/${database}?host=${host}&port=${port}`
      : `postgres://${user}@${host.includes(':') ? `[${host}]` : host}:${port}/${database}`,
    ignored: [...parameters.keys()].filter((name) => !read.has(name) && !HARMLESS.has(name)),
  };
}

function readUrl(url: string): Map<string, string> {
  const match = URL_FORM.exec(url.trim());
  if (match === null) throw new RunledgerError('bad_settings', 'the database setting is not a Postgres URL', { hint: URL_HINT });
  const [, userAndPassword = '', hostAndPort = '', database = '', query = ''] = match;
  // Otherwise the rest of a password that has a / or a ? in it would be taken for the database, or for a parameter, and shown as such.
  const holdsRest = userAndPassword === '' ? query.includes('@') : query.split('&').some((pair) => /^[^=]*@/.test(pair));
  if (database.includes('@') || holdsRest) {
    throw new RunledgerError('bad_settings', 'the database URL has an @ behind its host', { hint: URL_HINT });
  }
  const parameters = new Map<string, string>();
  const set = (name: string, value: string): void => {
    if (value !== '') parameters.set(name, decode(value));
  };
  const colon = userAndPassword.indexOf(':');
  set('user', colon === -1 ? userAndPassword : userAndPassword.slice(0, colon));
  set('password', colon === -1 ? '' : userAndPassword.slice(colon + 1));
  const address = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(hostAndPort);
  if (address === null && !hostAndPort.includes(',')) {
    throw new RunledgerError('bad_settings', 'the host and port in the database URL could not be read', { hint: URL_HINT });
  }
  set('host', (address?.[1] ?? hostAndPort).replace(/^\[(.*)\]$/, '$1'));
  set('port', address?.[2] ?? '');
  set('dbname', database);
  for (const pair of query.split('&')) {
    const [name = '', ...value] = pair.split('=');
    set(decode(name), value.join('='));
  }
  return parameters;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new RunledgerError('bad_settings', 'the database URL has a % that is not followed by two hexadecimal digits', {
      hint: URL_HINT,
      cause,
    });
  }
}

function readPort(text: string | null): number {
  const port = Number(text ?? '5432');
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new RunledgerError('bad_settings', `the database's port is ${JSON.stringify(text)}, not a number from 1 to 65535`, {
      hint: URL_HINT,
    });
  }
  return port;
}

function nonEmpty(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
