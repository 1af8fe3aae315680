import { SYSTEM_CLOCK, type Clock } from '../extract/clock.ts';
import { ERROR_KINDS, RunledgerError } from '../model/errors.ts';
import type { SyncResult } from '../model/sync-result.ts';
import type { CommandContext } from './command-context.ts';
import type { ExitCode } from './exit-code.ts';
import { jsonText } from './output/json-text.ts';
import { syncText } from './output/sync-text.ts';
import { errorDocument, reportError } from './report-error.ts';

/**
 * Syncs until a signal comes or nobody reads the results any more. A sync that fails, also because the database is down, is told and
 * tried again at the next turn; only what the caller must mend ends it.
 *
 * @param everyMs from one start to the next; a sync that took longer is followed at once
 */
export async function repeatSync(
  context: CommandContext,
  { everyMs, once, clock = SYSTEM_CLOCK }: { readonly everyMs: number; readonly once: () => Promise<SyncResult>; readonly clock?: Clock },
): Promise<ExitCode> {
  const { interruption, output } = context;
  while (!interruption.signal.aborted && !output.isClosed()) {
    const startedMs = clock.elapsedMs();
    await syncAndTell(context, once);
    await sleepUnlessStopped(clock, startedMs + everyMs - clock.elapsedMs(), interruption.signal);
  }
  return 0;
}

async function syncAndTell(context: CommandContext, once: () => Promise<SyncResult>): Promise<void> {
  const { io, options, output, interruption } = context;
  try {
    const result = await once();
    await output.write(options.asJson ? jsonText(result, 0) : syncText(result, { isDryRun: false }));
  } catch (error) {
    if (interruption.signal.aborted) return;
    if (error instanceof RunledgerError && ERROR_KINDS[error.code] === 'usage') throw error;
    if (options.asJson) await output.write(jsonText(errorDocument(error), 0));
    else await reportError(error, io, { asJson: false, showStack: options.logLevel === 'debug' || options.logLevel === 'trace' });
  }
}

async function sleepUnlessStopped(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(Math.max(0, delayMs), signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
