import ora from 'ora';
import type { Logger } from 'pino';
import type { SyncProgress } from '../model/sync-result.ts';
import type { CommandContext } from './command-context.ts';
import type { Io } from './io.ts';
import { widthOf } from './io.ts';
import { usesColor } from './logger.ts';
import { progressText } from './output/progress-text.ts';

export interface ProgressDisplay {
  readonly report: (progress: SyncProgress) => void;
  readonly stop: () => void;
}

/** On a terminal one line that is written over and over; elsewhere a line of the log for each stream that is done. */
export function createProgress({ io, options }: CommandContext, log: Logger): ProgressDisplay {
  // Without a width the line could not be taken back: ora would wipe lines without end.
  const width = widthOf(io.stderr);
  const isShown = width !== null && !options.isQuiet && !options.asJson && io.env['TERM'] !== 'dumb';
  return isShown ? showLine(io, width) : logStreams(log);
}

function showLine(io: Io, width: number): ProgressDisplay {
  const spinner = ora({
    text: 'connecting',
    stream: io.stderr,
    color: usesColor(io) ? 'cyan' : false,
    // Otherwise ora puts the terminal into raw mode, and Ctrl+C reaches us only through it.
    discardStdin: false,
  }).start();
  const startedMs = new Map<string, number>();
  return {
    report: (progress) => {
      const key = `${progress.connection} ${progress.stream}`;
      const started = startedMs.get(key) ?? performance.now();
      startedMs.set(key, started);
      spinner.text = progressText(progress, performance.now() - started).slice(0, Math.max(20, width - 4));
    },
    stop: () => {
      spinner.stop();
    },
  };
}

function logStreams(log: Logger): ProgressDisplay {
  return {
    report: ({ phase, connection, stream, pages, observed, appended }) => {
      if (phase === 'done') log.info({ connection, stream, pages, observed, appended }, 'stream read');
    },
    stop: () => undefined,
  };
}
