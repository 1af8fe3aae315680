import { CommanderError } from 'commander';
import { withCommentsAsSql } from './commands/query.ts';
import type { ExitCode } from './exit-code.ts';
import { exitCodeOf } from './exit-code.ts';
import type { Io, SignalName } from './io.ts';
import { processIo } from './io.ts';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';

/**
 * Runs the command line of this process.
 *
 * @param early signals that came while the code was being loaded: the command is told them before it begins
 */
export function runProcess(argv: readonly string[], early: readonly SignalName[]): Promise<ExitCode> {
  return main(argv, processIo(early));
}

/**
 * Runs one command line.
 *
 * @param argv without the paths of Node and the program
 * @returns the exit code; the caller exits with it when nothing is under way any more
 */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const program = createProgram(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...withCommentsAsSql(argv)], { from: 'user' });
    return exitCode;
  } catch (error) {
    const code = exitCodeOf(error, null);
    const asJson = argv.includes('--json');
    // Without a command the help was printed, and says more than a message would.
    const isTold = error instanceof CommanderError && error.code === 'commander.help' && !asJson;
    if (code !== 0 && !isTold) await reportError(error, io, { asJson, showStack: false });
    return code;
  }
}
