import { CommanderError } from 'commander';
import { ERROR_KINDS, RunledgerError } from '../model/errors.ts';
import type { ErrorKind } from '../model/errors.ts';
import type { SignalName } from './io.ts';

/** 0 done, 1 something failed and the rest landed, 2 usage or settings, 3 nothing could run, 130 and 143 ended by a signal. */
export type ExitCode = 0 | 1 | 2 | 3 | 130 | 143;

const CODES: Record<Exclude<ErrorKind, 'aborted'>, ExitCode> = { usage: 2, ledger: 3, source: 1, integrity: 1 };

/** @param received the signal that came while the command ran, if one did */
export function exitCodeOf(error: unknown, received: SignalName | null): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (!(error instanceof RunledgerError)) return received === null ? 1 : signalExitCode(received);
  const kind = ERROR_KINDS[error.code];
  return kind === 'aborted' ? signalExitCode(received ?? 'SIGINT') : CODES[kind];
}

/** 128 and the signal's number, as shells have it. */
export function signalExitCode(signal: SignalName): 130 | 143 {
  return signal === 'SIGINT' ? 130 : 143;
}
