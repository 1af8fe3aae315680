import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from './postgres-settings.ts';

export interface PgpassKey {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/**
 * Looks a password up in libpq's password file: lines of `host:port:database:user:password`, `*` for any, `\` before a `:` or `\`.
 * The driver would do it too, but warns on stderr that it will cease to.
 *
 * @returns null where there is no such file or line, or where others may read the file: libpq ignores it then, too
 */
export function readPgpass(passfile: string | null, environment: Environment, key: PgpassKey): string | null {
  const file = passfile ?? defaultFile(environment);
  if (file === null) return null;
  let text: string;
  try {
    const stat = statSync(file);
    if (!stat.isFile() || (process.platform !== 'win32' && (stat.mode & 0o077) !== 0)) return null;
    text = readFileSync(file, 'utf8');
  } catch {
    return null; // no file, or not ours to read: there may be a way in without a password
  }
  const host = key.host.startsWith('/') ? 'localhost' : key.host;
  const wanted = [host, String(key.port), key.database, key.user];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const fields = (line.match(/(?:\\.|[^:\\])*(?::|$)/g) ?? []).map((field) => field.replace(/:$/, '').replace(/\\(.)/g, '$1'));
    if (fields.length < 5) continue;
    if (wanted.every((value, i) => fields[i] === '*' || fields[i] === value)) return fields[4] ?? null;
  }
  return null;
}

/** Where libpq keeps a user's certificates. */
export function libpqFolder(environment: Environment): string | null {
  const [variable, folder] = process.platform === 'win32' ? ['APPDATA', 'postgresql'] : ['HOME', '.postgresql'];
  const home = environment[variable];
  return home === undefined ? null : join(home, folder);
}

function defaultFile(environment: Environment): string | null {
  if (process.platform !== 'win32') return environment['HOME'] === undefined ? null : join(environment['HOME'], '.pgpass');
  const folder = libpqFolder(environment);
  return folder === null ? null : join(folder, 'pgpass.conf');
}
