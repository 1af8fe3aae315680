import type { Command } from 'commander';
import type { ExitCode } from './exit-code.ts';
import { exitCodeOf } from './exit-code.ts';
import type { Interruption } from './interruption.ts';
import { listenForInterruption } from './interruption.ts';
import type { Io } from './io.ts';
import type { Output } from './output/output.ts';
import { createOutput } from './output/output.ts';
import { reportError } from './report-error.ts';
import type { LogLevel } from './settings/settings-schema.ts';

/** What every command is given. */
export interface CommandContext {
  readonly io: Io;
  readonly options: GlobalOptions;
  readonly output: Output;
  readonly interruption: Interruption;
}

/** The options that every command takes; null where they are left out. */
export interface GlobalOptions {
  readonly config: string | null;
  readonly database: string | null;
  readonly asJson: boolean;
  readonly logLevel: LogLevel | null;
  readonly isQuiet: boolean;
}

/** Runs the action of a command with its context; errors become messages and exit codes. */
export type Runner = (
  command: Command,
  options: { readonly isReading: boolean },
  action: (context: CommandContext) => Promise<ExitCode>,
) => Promise<void>;

export function createRunner(io: Io, setExitCode: (code: ExitCode) => void): Runner {
  return async (command, { isReading }, action) => {
    const options = globalOptionsOf(command);
    const interruption = listenForInterruption(io, { isReading, isQuiet: options.isQuiet });
    const output = createOutput(io.stdout);
    try {
      setExitCode(await action({ io, options, output, interruption }));
    } catch (error) {
      setExitCode(exitCodeOf(error, interruption.received()));
      const showStack = options.logLevel === 'debug' || options.logLevel === 'trace';
      await reportError(error, io, { asJson: options.asJson, showStack });
    } finally {
      output.release();
      interruption.stopListening();
    }
  };
}

function globalOptionsOf(command: Command): GlobalOptions {
  const given = command.optsWithGlobals<{ config?: string; database?: string; json?: boolean; logLevel?: LogLevel; quiet?: boolean }>();
  return {
    config: given.config ?? null,
    database: given.database ?? null,
    asJson: given.json ?? false,
    logLevel: given.logLevel ?? null,
    isQuiet: given.quiet ?? false,
  };
}
