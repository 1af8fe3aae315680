import { readFile, stat } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import type { ConnectionSettings } from '../../model/connection.ts';
import { RunledgerError } from '../../model/errors.ts';
import type { Connectors } from './complete-connection.ts';
import type { DatabaseChoice } from './database-target.ts';
import { chooseDatabase } from './database-target.ts';
import { environmentConnections } from './environment-connections.ts';
import type { Environment } from './interpolate.ts';
import { parseSettings } from './parse-settings.ts';
import type { LogLevel } from './settings-schema.ts';
import { LOG_LEVELS, listed } from './settings-schema.ts';

export const SETTINGS_FILE = 'runledger.yaml';
const LARGEST_FILE_BYTES = 1024 * 1024;

export interface Settings {
  /** The file they came from, null where there is none. */
  readonly file: string | null;
  readonly database: DatabaseChoice;
  /** Empty where only the ledger's part was asked for. */
  readonly connections: readonly ConnectionSettings[];
  readonly migrate: 'auto' | 'manual';
  readonly logLevel: LogLevel | null;
}

export interface SettingsSources {
  /** What flags say; null where they say nothing. */
  readonly flags: { readonly config: string | null; readonly database: string | null; readonly logLevel: LogLevel | null };
  readonly env: Environment;
  readonly cwd: string;
  readonly isTerminal: boolean;
  readonly connectors: Connectors;
  /** `ledger`: nothing of the connections is needed, so none of their variables must be set. */
  readonly parts: 'all' | 'ledger';
}

/**
 * Settings from flags, environment and file, in this order; then defaults.
 *
 * @throws RunledgerError bad_settings
 */
export async function loadSettings(sources: SettingsSources): Promise<Settings> {
  const { flags, env, cwd, connectors, parts } = sources;
  const path = settingsPath(flags.config, env, cwd);
  const text = await readSettingsFile(path.path, path.isNamed);
  const shown = relative(cwd, path.path).startsWith('..') ? path.path : relative(cwd, path.path);
  const file = text === null ? null : parseSettings(text, { file: shown, env, connectors, parts });
  return {
    file: file === null ? null : path.path,
    database: chooseDatabase({
      flag: flags.database,
      env,
      file: file === null ? null : { database: file.database, path: shown },
      cwd,
      home: file === null ? cwd : dirname(path.path),
      isTerminal: sources.isTerminal,
    }),
    connections: file?.connections ?? (parts === 'all' ? environmentConnections(connectors, env) : []),
    migrate: file?.migrate ?? 'auto',
    logLevel: flags.logLevel ?? environmentLogLevel(env) ?? file?.logLevel ?? null,
  };
}

/** Where the settings file is, or would be: `--config`, `RUNLEDGER_CONFIG`, else `runledger.yaml` in the working directory. */
export function settingsPath(flag: string | null, env: Environment, cwd: string): { readonly path: string; readonly isNamed: boolean } {
  const named = flag ?? env['RUNLEDGER_CONFIG'];
  return { path: resolve(cwd, named || SETTINGS_FILE), isNamed: Boolean(named) };
}

async function readSettingsFile(path: string, isNamed: boolean): Promise<string | null> {
  try {
    const { size } = await stat(path);
    if (size > LARGEST_FILE_BYTES) throw new RunledgerError('bad_settings', `${path} has ${size} bytes, which no settings file needs`);
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    if (cause instanceof RunledgerError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    if (code === 'ENOENT' && !isNamed) return null;
    throw new RunledgerError('bad_settings', `the settings file ${path} cannot be read: ${READ_PROBLEMS[code] ?? code}`, {
      hint: 'Name another file with --config or RUNLEDGER_CONFIG; `runledger init` writes one.',
      cause,
    });
  }
}

const READ_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8',
};

function environmentLogLevel(env: Environment): LogLevel | null {
  const level = env['RUNLEDGER_LOG_LEVEL'];
  if (!level) return null;
  const known = LOG_LEVELS.find((word) => word === level);
  if (known !== undefined) return known;
  throw new RunledgerError('bad_settings', `RUNLEDGER_LOG_LEVEL must be ${listed(LOG_LEVELS)}`);
}
