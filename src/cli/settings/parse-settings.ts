import type { ConnectionSettings } from '../../model/connection.ts';
import { RunledgerError } from '../../model/errors.ts';
import { printable } from '../output/printable.ts';
import type { Connectors } from './complete-connection.ts';
import { completeConnection } from './complete-connection.ts';
import type { Environment } from './interpolate.ts';
import { suggestion } from './nearest.ts';
import type { SettingsDocument, SettingsProblem } from './settings-document.ts';
import { readSettingsDocument } from './settings-document.ts';
import type { LogLevel, SettingsFile } from './settings-schema.ts';
import { knownKeys, settingsSchema } from './settings-schema.ts';

export interface ParsedSettings {
  /** As it is written, variables put in. */
  readonly database: string | null;
  /** null: the file does not speak of connections, or nobody asked. */
  readonly connections: readonly ConnectionSettings[] | null;
  readonly migrate: 'auto' | 'manual' | null;
  readonly logLevel: LogLevel | null;
}

export interface ParseOptions {
  /** How messages name the file. */
  readonly file: string;
  readonly env: Environment;
  readonly connectors: Connectors;
  /** `ledger`: connections are not looked at, so that reading the ledger needs no API key. */
  readonly parts: 'all' | 'ledger';
}

type Issue = NonNullable<ReturnType<typeof settingsSchema.safeParse>['error']>['issues'][number];

/**
 * Reads a settings file. All of its problems are told at once, each with its line and column.
 *
 * @throws RunledgerError bad_settings, never with a secret in it
 */
export function parseSettings(text: string, options: ParseOptions): ParsedSettings {
  const document = readSettingsDocument(text, options.env, options.parts === 'ledger' ? ['connections'] : []);
  refuse(document.problems, options.file);
  const parsed = settingsSchema.safeParse(document.value);
  if (!parsed.success) {
    refuse(
      parsed.error.issues.flatMap((issue) => problemsOf(issue, document)),
      options.file,
    );
    throw new Error('a settings file was refused without a reason');
  }
  const { database = null, migrate = null, log_level: logLevel = null } = parsed.data;
  return { database, migrate, logLevel, connections: completeConnections(parsed.data, document, options) };
}

function completeConnections(file: SettingsFile, document: SettingsDocument, options: ParseOptions): readonly ConnectionSettings[] | null {
  if (file.connections === undefined) return null;
  const completed = Object.entries(file.connections).map(([name, connection]) => ({
    name,
    result: completeConnection(name, connection, options.connectors, options.env),
  }));
  const problems = completed.flatMap(({ name, result }) =>
    result.ok
      ? []
      : result.problems.map(({ key, reason }) => {
          const path = ['connections', name, key];
          return document.problemAt(path, withFound(path, reason, document));
        }),
  );
  refuse(problems, options.file);
  return completed.flatMap(({ result }) => (result.ok ? [result.settings] : []));
}

function problemsOf(issue: Issue, document: SettingsDocument): SettingsProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const where = issue.path.length === 0 ? '' : ` in ${named(issue.path)}`;
      const message = `unknown key "${shownKey(key)}"${where}${suggestion(nameOf(key), knownKeys(issue.path))}`;
      return document.problemAtKey([...issue.path, key], message);
    });
  }
  if (issue.code === 'invalid_key') {
    return [document.problemAtKey(issue.path, `"${shownKey(String(issue.path.at(-1)))}" ${issue.issues[0]?.message ?? 'is no key'}`)];
  }
  const expected = issue.message.startsWith('must ') ? issue.message : 'must be a map of settings';
  return [document.problemAt(issue.path, withFound(issue.path, expected, document))];
}

/** Without the blank after its colon a setting is a key, value and all, and the value can be a secret. */
function shownKey(key: string): string {
  const name = nameOf(key);
  return `${printable(name.slice(0, 60))}${name === key ? '' : '…'}`;
}

function nameOf(key: string): string {
  return /^[^:=]*/.exec(key)?.[0] ?? '';
}

/** `x must be a or b, found "c"`, or `x is missing: it must be a or b` */
function withFound(path: readonly PropertyKey[], reason: string, document: SettingsDocument): string {
  if (!reason.startsWith('must ')) return `${named(path)} ${reason}`;
  const found = document.found(path);
  return found === null ? `${named(path)} is missing: it ${reason}` : `${named(path)} ${reason}, found ${found}`;
}

function named(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the file' : printable(path.map(String).join('.'));
}

function refuse(problems: readonly SettingsProblem[], file: string): void {
  if (problems.length === 0) return;
  const lines = problems
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .slice(0, 20)
    .map((problem) => `${file}:${problem.line}:${problem.column}: ${problem.message}`);
  const [only] = lines;
  const message =
    lines.length === 1 && only !== undefined ? only : `${problems.length} problems with the settings\n  ${lines.join('\n  ')}`;
  throw new RunledgerError('bad_settings', message, { hint: 'Mend the file; `runledger init` writes one with every key explained.' });
}
