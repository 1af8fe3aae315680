import { resolve } from 'node:path';
import type { DatabaseTarget } from '../../db/open-ledger.ts';
import { RunledgerError } from '../../model/errors.ts';
import type { Environment } from './interpolate.ts';

/** Where the embedded ledger lies if nobody says. */
export const EMBEDDED_FOLDER = '.runledger';

export interface DatabaseChoice {
  readonly target: DatabaseTarget;
  /** What named it, for messages: `--database`, a file, a variable; null: nobody did, it is the default of a terminal. */
  readonly origin: string | null;
}

export interface DatabaseSources {
  readonly flag: string | null;
  readonly env: Environment;
  readonly file: { readonly database: string | null; readonly path: string } | null;
  readonly cwd: string;
  /** The folder of the settings file, else the working directory. */
  readonly home: string;
  /** Whether a person sits there, for whom a ledger in a folder is of use. */
  readonly isTerminal: boolean;
}

/**
 * `--database`, then `DATABASE_URL`, then the settings file, then libpq's `PG*` variables (they fill in what a URL leaves out, so they come
 * after every URL), then on a terminal the embedded ledger.
 *
 * @throws RunledgerError bad_settings; never with the URL in it, which may carry a password
 */
export function chooseDatabase(sources: DatabaseSources): DatabaseChoice {
  const { flag, env, file, cwd, home } = sources;
  if (flag !== null) return { target: readDatabase(flag, cwd, '--database'), origin: '--database' };
  const url = env['DATABASE_URL']?.trim();
  if (url) return { target: readDatabase(url, cwd, 'DATABASE_URL'), origin: 'DATABASE_URL' };
  if (file?.database !== null && file !== null)
    return { target: readDatabase(file.database.trim(), home, `database in ${file.path}`), origin: file.path };
  const variable = ['PGHOST', 'PGHOSTADDR', 'PGDATABASE', 'PGSERVICE'].find((name) => env[name]);
  if (variable !== undefined) return { target: { kind: 'postgres', url: null }, origin: variable };
  if (sources.isTerminal) return { target: { kind: 'embedded', path: resolve(home, EMBEDDED_FOLDER) }, origin: null };
  throw new RunledgerError('bad_settings', 'no database is named, and this is no terminal', {
    hint:
      'Set DATABASE_URL, or PGHOST and its like, or write `database:` into the settings file. ' +
      '`database: embedded` keeps the ledger in a folder, which must outlive this process.',
  });
}

function readDatabase(text: string, folder: string, origin: string): DatabaseTarget {
  if (text === 'embedded') return { kind: 'embedded', path: resolve(folder, EMBEDDED_FOLDER) };
  if (text.startsWith('embedded:')) {
    const path = text.slice('embedded:'.length).trim();
    if (path !== '') return { kind: 'embedded', path: resolve(folder, path) };
  }
  if (/^postgres(ql)?:\/\//i.test(text)) return { kind: 'postgres', url: text };
  const scheme = /^([a-z][a-z0-9+.-]{0,30}):/i.exec(text)?.[1];
  const found = text === '' ? 'nothing' : scheme === undefined ? 'something else' : `${scheme}:…`;
  throw new RunledgerError('bad_settings', `${origin} must be postgres://…, embedded or embedded:PATH, found ${found}`, {
    hint: 'A Postgres URL looks like postgres://user@host:5432/database; the password may stand in PGPASSWORD or ~/.pgpass.',
  });
}
