import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { RunledgerError } from '../../model/errors.ts';
import type { CommandContext, Runner } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { jsonText } from '../output/json-text.ts';
import { settingsPath } from '../settings/load-settings.ts';
import { SETTINGS_TEMPLATE } from '../settings/settings-template.ts';

const EXAMPLES = `
Examples:
  runledger init                          writes ./runledger.yaml
  runledger init --config ops/noxus.yaml`;

export function addInitCommand(program: Command, run: Runner): void {
  program
    .command('init')
    .description('write a settings file with every key explained; an existing one is left alone')
    .addHelpText('after', EXAMPLES)
    .action((_options: unknown, command: Command) => run(command, { isReading: true }, init));
}

async function init({ io, options, output }: CommandContext): Promise<ExitCode> {
  const { path } = settingsPath(options.config, io.env, io.cwd);
  try {
    await writeFile(path, SETTINGS_TEMPLATE, { flag: 'wx' });
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
  await output.write(options.asJson ? jsonText({ path }, 2) : `wrote ${path}\nnext: set NOXUS_API_KEY, then runledger check\n`);
  return 0;
}

function cannotWrite(path: string, cause: unknown): RunledgerError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  if (code === 'EEXIST') {
    return new RunledgerError('bad_argument', `${path} exists already and is left as it is`, {
      hint: 'Name another file with --config.',
      cause,
    });
  }
  return new RunledgerError('bad_argument', `${path} cannot be written (${code})`, {
    hint: 'Check that the folder exists and that this user may write there.',
    cause,
  });
}
