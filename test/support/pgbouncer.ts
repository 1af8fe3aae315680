import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onFreePort } from './free-port.ts';
import { startKept } from './kept-process.ts';
import { serverUser } from './server-user.ts';

/** A PgBouncer in transaction mode: each transaction has whichever of a few server connections is free, and a session is nobody's own. */
export interface PgBouncer {
  /** A database of the server behind it, by way of here. Any user is let in. */
  readonly urlOf: (database: string) => string;
  /** Killed, with all that it was carrying, and started again on the same port. Resolves once it is up. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface PgBouncerProgram {
  readonly command: string;
  /** such as 1.18 */
  readonly version: string;
}

/** Server connections of each database: fewer than a sync would take, and enough to be another one from transaction to transaction. */
export const POOL_SIZE = 3;

/** @returns null where it is not installed. Debian puts it where only root looks for programs. */
export function findPgBouncer(): PgBouncerProgram | null {
  for (const command of ['pgbouncer', '/usr/sbin/pgbouncer']) {
    try {
      const said = execFileSync(command, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      return { command, version: /\d+\.\d+/.exec(said)?.[0] ?? '' };
    } catch {
      // Not there.
    }
  }
  return null;
}

/** Starts one on a free port of 127.0.0.1, with its settings in a folder of its own, and no other one is touched. @param target of a user of the server */
export async function startPgBouncer(program: PgBouncerProgram, target: string): Promise<PgBouncer> {
  return await onFreePort((port) => startOn(port, program, target));
}

async function startOn(port: number, { command, version }: PgBouncerProgram, target: string): Promise<PgBouncer> {
  const user = serverUser();
  const folder = mkdtempSync(join(tmpdir(), 'runledger-pgbouncer-'));
  try {
    const settings = join(folder, 'pgbouncer.ini');
    writeFileSync(settings, settingsFor(new URL(target), port, version), { mode: 0o600 });
    if (user !== null) for (const path of [folder, settings]) chownSync(path, user.uid, user.gid);
    const kept = await startKept({ command, args: [settings], user, folder, saysWhenReady: 'process up:', lastSignal: 'KILL' });
    return {
      urlOf: (database) => `postgres://anybody@127.0.0.1:${port}/${database}`,
      restart: () => kept.restart('KILL'),
      stop: kept.stop,
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function settingsFor(target: URL, port: number, version: string): string {
  const server = {
    // As a name it may be two addresses, and PgBouncer does not go on to the other one for a quarter of a minute.
    host: target.hostname === 'localhost' ? '127.0.0.1' : target.hostname,
    port: target.port === '' ? '5432' : target.port,
    user: decodeURIComponent(target.username),
    password: decodeURIComponent(target.password),
  };
  const words = Object.entries(server).map(([name, value]) => `${name}='${value.replaceAll("'", "''")}'`);
  // Later ones keep prepared statements for their clients unless told otherwise, and earlier ones do not know the setting.
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const knowsStatements = major > 1 || minor >= 21;
  return [
    '[databases]',
    `* = ${words.join(' ')}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    `default_pool_size = ${POOL_SIZE}`,
    ...(knowsStatements ? ['max_prepared_statements = 0'] : []),
    '',
  ].join('\n');
}
