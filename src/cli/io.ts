import type { Readable, Writable } from 'node:stream';
import type { Environment } from './settings/interpolate.ts';

export type TerminalStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };
export type SignalName = 'SIGINT' | 'SIGTERM';

/** All that the command touches of the process it runs in, so that a test can run it in its own. */
export interface Io {
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly env: Environment;
  readonly cwd: string;
  /** Calls the listener at every SIGINT and SIGTERM, also at those that came before it; answers how to stop listening. */
  readonly onSignal: (listener: (signal: SignalName) => void) => () => void;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
}

/** Whether a person sits there: one of the two ends that a script would redirect is a terminal. */
export function isTerminal(io: Io): boolean {
  return io.stdout.isTTY === true || io.stdin.isTTY === true;
}

/** Columns to fit text into; null where it does not go to a terminal, or to one that does not know its size (it says 0 then). */
export function widthOf(stream: TerminalStream): number | null {
  return stream.isTTY === true && stream.columns !== undefined && stream.columns > 0 ? stream.columns : null;
}

/**
 * Listens for signals from now on.
 *
 * @param early those that came before
 */
export function processIo(early: readonly SignalName[]): Io {
  // For as long as the process lives, because a pipe breaks when it wants: a reader that went away is no reason to fail, and any other error
  // reaches whoever waits for the write.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
    onSignal: holdSignals(early),
    exit: (code) => process.exit(code),
  };
}

/** Holds what comes before a command listens. Once it has stopped listening, a signal ends the process as it does any other. */
function holdSignals(early: readonly SignalName[]): Io['onSignal'] {
  const held = [...early];
  const hold = (name: SignalName): void => void held.push(name);
  process.on('SIGINT', hold).on('SIGTERM', hold);
  return (listener) => {
    process.on('SIGINT', listener).on('SIGTERM', listener);
    process.off('SIGINT', hold).off('SIGTERM', hold);
    for (const name of held.splice(0)) listener(name);
    return () => {
      process.off('SIGINT', listener).off('SIGTERM', listener);
    };
  };
}
