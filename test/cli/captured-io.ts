import { Readable, Writable } from 'node:stream';
import type { Io, SignalName } from '../../src/cli/io.ts';

/** An `Io` that keeps what is written to it, and whose signals the test sends. */
export interface CapturedIo extends Io {
  readonly out: () => string;
  readonly err: () => string;
  readonly send: (signal: SignalName) => void;
  /** Codes that the process would have ended with at once. */
  readonly exits: readonly number[];
}

export function captureIo(given: { env?: Record<string, string>; cwd?: string; stdin?: string; isTerminal?: boolean } = {}): CapturedIo {
  const stdout = new Collected(given.isTerminal ?? false);
  const stderr = new Collected(given.isTerminal ?? false);
  const listeners = new Set<(signal: SignalName) => void>();
  const exits: number[] = [];
  return {
    stdout,
    stderr,
    stdin: Readable.from([given.stdin ?? '']),
    env: given.env ?? {},
    cwd: given.cwd ?? process.cwd(),
    onSignal: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    exit: (code) => exits.push(code),
    out: () => stdout.text,
    err: () => stderr.text,
    send: (signal) => {
      for (const listener of listeners) listener(signal);
    },
    exits,
  };
}

class Collected extends Writable {
  readonly isTTY: boolean;
  readonly columns = 100;
  text = '';

  constructor(isTerminal: boolean) {
    super({ decodeStrings: false });
    this.isTTY = isTerminal;
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
