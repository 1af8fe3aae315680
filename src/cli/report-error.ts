import { CommanderError } from 'commander';
import { RunledgerError } from '../model/errors.ts';
import { withoutPasswords } from '../model/without-passwords.ts';
import type { Io } from './io.ts';
import { jsonText } from './output/json-text.ts';
import { createOutput } from './output/output.ts';
import { printableLines } from './output/printable.ts';

export interface ErrorDocument {
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null };
}

/**
 * Tells what went wrong: for people on stderr, with `--json` as the one document on stdout, so that a pipeline always parses one.
 *
 * @param showStack also where it was thrown and what caused it
 */
export async function reportError(error: unknown, io: Io, options: { asJson: boolean; showStack: boolean }): Promise<void> {
  const { error: told } = errorDocument(error);
  if (options.asJson) {
    const output = createOutput(io.stdout);
    await output.write(jsonText({ error: told }, 2));
    output.release();
  } else {
    io.stderr.write(`error: ${printableLines(told.message)}\n`);
    if (told.hint !== null) io.stderr.write(`hint: ${printableLines(told.hint)}\n`);
  }
  if (options.showStack) io.stderr.write(`${printableLines(withoutPasswords(stacksOf(error)))}\n`);
}

/** What people wrote into the wrong place, such as a database URL behind a mistyped option, is quoted without its password. */
export function errorDocument(error: unknown): ErrorDocument {
  const { code, message, hint } = told(error);
  return { error: { code, message: withoutPasswords(message), hint: hint === null ? null : withoutPasswords(hint) } };
}

function told(error: unknown): ErrorDocument['error'] {
  if (error instanceof RunledgerError) return { code: error.code, message: error.message, hint: error.hint };
  if (error instanceof CommanderError) {
    return {
      code: 'bad_argument',
      message: error.code === 'commander.help' ? 'no command was given' : withoutValues(error.message.replace(/^error: /, '')),
      hint: '`runledger --help` lists the commands, `runledger <command> --help` shows examples.',
    };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    code: 'unexpected',
    message: `runledger came upon something it does not know: ${message}`,
    hint: 'The ledger holds what was recorded until then. Run again with --log-level debug to see where it happened, and report that.',
  };
}

/**
 * What stands behind an option that does not exist, or where nothing or another word should, may be meant for a place where it is a secret: only what looks like a
 * mistyped word is shown.
 */
function withoutValues(message: string): string {
  return message
    .replace(/^(unknown option '[^'=]*)=.*'/s, "$1'")
    .replace(/^(too many arguments.* but got \d+): .*$/s, '$1.')
    .replace(/^unknown command '(?![a-z-]{1,20}')[^]*?'(?=$|\n)/, 'unknown command')
    .replace(/argument '(?!(?:[a-z-]{1,20}|-?\d{1,10})')[^]*' is invalid/, 'its argument is invalid');
}

function stacksOf(error: unknown): string {
  const stacks: string[] = [];
  for (let each = error; each instanceof Error && stacks.length < 5; each = each.cause) stacks.push(each.stack ?? each.message);
  return stacks.join('\ncaused by: ');
}
