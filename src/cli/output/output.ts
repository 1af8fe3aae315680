import type { TerminalStream } from '../io.ts';

export interface Output {
  /** Resolves when the reader has taken it, or is gone. */
  readonly write: (text: string) => Promise<void>;
  /** Whether nobody reads any more, as after `| head`. */
  readonly isClosed: () => boolean;
  /** Takes the listener off again, for streams that outlive the command. */
  readonly release: () => void;
}

/** Results on their way out. A reader that stops reading (EPIPE) ends the output quietly: it has what it wanted. */
export function createOutput(stream: TerminalStream): Output {
  let isClosed = false;
  const onError = (error: Error): void => {
    // Of any other error the write itself tells.
    if (isBrokenPipe(error)) isClosed = true;
  };
  stream.on('error', onError);
  return {
    write: (text) =>
      new Promise((resolve, reject) => {
        if (isClosed || text === '') {
          resolve();
          return;
        }
        stream.write(text, (error) => {
          if (error && !isBrokenPipe(error)) reject(error);
          else resolve();
        });
      }),
    isClosed: () => isClosed,
    release: () => stream.off('error', onError),
  };
}

function isBrokenPipe(error: Error): boolean {
  return 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED');
}
