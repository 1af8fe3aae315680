import { RunledgerError } from '../model/errors.ts';
import { signalExitCode } from './exit-code.ts';
import type { Io, SignalName } from './io.ts';

export interface Interruption {
  readonly signal: AbortSignal;
  /** The first signal that came. */
  readonly received: () => SignalName | null;
  readonly stopListening: () => void;
}

/**
 * The first SIGINT or SIGTERM asks the work to finish the batch in hand, the second ends the process at once. Work that only reads has
 * nothing to finish: `isReading` ends it at the first.
 */
export function listenForInterruption(io: Io, options: { isReading: boolean; isQuiet: boolean }): Interruption {
  const controller = new AbortController();
  let received: SignalName | null = null;
  const stopListening = io.onSignal((name) => {
    if (received !== null || options.isReading) {
      io.exit(signalExitCode(received ?? name));
      return;
    }
    received = name;
    if (!options.isQuiet) io.stderr.write(`${name}: finishing what is in hand; once more to stop at once\n`);
    controller.abort(new RunledgerError('aborted', `stopped by ${name}`));
  });
  return { signal: controller.signal, received: () => received, stopListening };
}
