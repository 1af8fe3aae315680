import { Command, Option } from 'commander';
import type { Runner } from './command-context.ts';
import { createRunner } from './command-context.ts';
import { addAsOfCommand } from './commands/as-of.ts';
import { addCheckCommand } from './commands/check.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addGrantsCommand } from './commands/grants.ts';
import { addHistoryCommand } from './commands/history.ts';
import { addInitCommand } from './commands/init.ts';
import { addMigrateCommand } from './commands/migrate.ts';
import { addQueryCommand } from './commands/query.ts';
import { addRebuildCommand } from './commands/rebuild.ts';
import { addRedactCommand } from './commands/redact.ts';
import { addReportCommand } from './commands/report.ts';
import { addStatusCommand } from './commands/status.ts';
import { addSyncCommand } from './commands/sync.ts';
import { addTrackCommand } from './commands/track.ts';
import { addVerifyCommand } from './commands/verify.ts';
import type { ExitCode } from './exit-code.ts';
import type { Io } from './io.ts';
import { widthOf } from './io.ts';
import { usesColor } from './logger.ts';
import { LOG_LEVELS } from './settings/settings-schema.ts';
import { VERSION } from '../version.ts';

/** In the order of a first day with runledger; `--help` lists them so. */
const COMMANDS: readonly ((program: Command, run: Runner) => void)[] = [
  addInitCommand,
  addCheckCommand,
  addMigrateCommand,
  addGrantsCommand,
  addSyncCommand,
  addTrackCommand,
  addStatusCommand,
  addReportCommand,
  addHistoryCommand,
  addAsOfCommand,
  addQueryCommand,
  addVerifyCommand,
  addRebuildCommand,
  addRedactCommand,
  addDemoCommand,
];

const DESCRIPTION = `Polls the run and ingestion APIs of AI-workflow platforms and keeps every status change in an append-only Postgres ledger.`;

const AFTER_HELP = `
Settings come from flags, then the environment, then runledger.yaml. With the key of a source system (NOXUS_API_KEY, MORPHIK_API_KEY, KNOWLEDGE_STACK_API_KEY)
and DATABASE_URL set, no file is needed.

Exit codes: 0 done, 1 something failed and the rest landed, 2 usage or settings, 3 nothing could run (such as a database that is down),
130 and 143 ended by a signal.`;

export function createProgram(io: Io, setExitCode: (code: ExitCode) => void): Command {
  const program = new Command('runledger')
    .description(DESCRIPTION)
    .version(VERSION, '-V, --version', 'print the version')
    .option('-c, --config <file>', 'settings file (default: $RUNLEDGER_CONFIG, else ./runledger.yaml)')
    .option('-d, --database <target>', 'postgres://…, embedded or embedded:PATH')
    .option('--json', 'print one JSON document, keys as the SQL columns; integers beyond 2^53 are texts')
    .addOption(new Option('--log-level <level>', 'how much is logged to stderr').choices(LOG_LEVELS))
    .option('-q, --quiet', 'nothing on stderr but errors')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      // Errors are thrown to `main`, which tells all of them in one way.
      outputError: () => undefined,
      getOutHelpWidth: () => widthOf(io.stdout) ?? 100,
      getErrHelpWidth: () => widthOf(io.stderr) ?? 100,
      getOutHasColors: () => io.stdout.isTTY === true && usesColor(io),
      getErrHasColors: () => io.stderr.isTTY === true && usesColor(io),
    })
    .addHelpText('after', AFTER_HELP)
    .exitOverride();
  const run = createRunner(io, setExitCode);
  for (const add of COMMANDS) add(program, run);
  return program;
}
