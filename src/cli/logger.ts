import type { Logger } from 'pino';
import { pino, stdTimeFunctions } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { withoutPasswords } from '../model/without-passwords.ts';
import type { Io } from './io.ts';
import { withNothingBare } from './output/json-text.ts';
import type { LogLevel } from './settings/settings-schema.ts';

/** A control character as JSON writes it, after any number of escaped backslashes; line ends and tabs stay what they are. */
const ESCAPED_CONTROL = /\\(?:\\|u(00(?:[01][0-9a-f]|7f)))/gi;
/** What JSON leaves bare and a terminal may still obey. */
const BARE_CONTROL = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Logs go to stderr at once, without a worker: what was logged before an exit is out. Pretty on a terminal, else a JSON document a line.
 * On a terminal only warnings are logged unless asked for more, because the progress line and the result say the rest.
 */
export function createLogger(io: Io, options: { level: LogLevel | null; isQuiet: boolean }): Logger {
  const isPretty = io.stderr.isTTY === true;
  const level = options.level ?? (options.isQuiet ? 'error' : isPretty ? 'warn' : 'info');
  const render = isPretty
    ? prettyFactory({ colorize: usesColor(io), ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss', singleLine: true })
    : null;
  return pino(
    {
      level,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: stdTimeFunctions.isoTime,
      // Nothing logs a key. Should anything ever, it does not get further than here.
      redact: ['apiKey', '*.apiKey', '*.*.apiKey', 'password', '*.password', 'headers', '*.headers'],
    },
    {
      write: (line: string) => {
        const safe = lineWithoutPasswords(line);
        io.stderr.write(render === null ? withNothingBare(safe) : render(withoutControls(safe)));
      },
    },
  );
}

/** https://no-color.org: any value but an empty one. */
export function usesColor(io: Io): boolean {
  return !io.env['NO_COLOR'] && io.env['TERM'] !== 'dumb';
}

function withoutControls(json: string): string {
  return json
    .replaceAll(ESCAPED_CONTROL, (match, code: string | undefined) => (code === undefined ? match : `\\\\u${code}`))
    .replaceAll(BARE_CONTROL, (character) => `\\\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** In the texts of the line and not in the line, whose quotation marks are escaped. */
function lineWithoutPasswords(line: string): string {
  if (withoutPasswords(line) === line && !/password/i.test(line)) return line;
  const clean = (_key: string, value: unknown): unknown => (typeof value === 'string' ? withoutPasswords(value) : value);
  return `${JSON.stringify(JSON.parse(line), clean)}\n`;
}
