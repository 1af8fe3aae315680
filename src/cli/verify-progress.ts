import ora from 'ora';
import type { Logger } from 'pino';
import type { VerifyProgress } from '../sync/verify-result.ts';
import type { CommandContext } from './command-context.ts';
import { widthOf } from './io.ts';
import { usesColor } from './logger.ts';
import { verifyProgressText } from './output/verify-text.ts';

export interface VerifyDisplay {
  readonly report: (progress: VerifyProgress) => void;
  readonly stop: () => void;
}

/** On a terminal one line that is written over and over; elsewhere a line of the log for each phase that is done. */
export function createVerifyDisplay({ io, options }: CommandContext, log: Logger): VerifyDisplay {
  // Without a width the line could not be taken back: ora would wipe lines without end.
  const width = widthOf(io.stderr);
  if (width === null || options.isQuiet || options.asJson || io.env['TERM'] === 'dumb') {
    return {
      report: ({ phase, done, total }) => {
        if (done === total) log.info({ phase, done }, 'phase done');
      },
      stop: () => undefined,
    };
  }
  const spinner = ora({
    text: 'reading',
    stream: io.stderr,
    color: usesColor(io) ? 'cyan' : false,
    // Otherwise ora puts the terminal into raw mode, and Ctrl+C reaches us only through it.
    discardStdin: false,
  }).start();
  return {
    report: (progress) => {
      spinner.text = verifyProgressText(progress).slice(0, Math.max(20, width - 4));
    },
    stop: () => {
      spinner.stop();
    },
  };
}
