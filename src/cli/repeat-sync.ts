import { setTimeout as wait } from 'node:timers/promises';
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
 * @param options.everyMs from one start to the next; a sync that took longer is followed at once
 */
export async function repeatSync(
  context: CommandContext,
  options: { readonly everyMs: number; readonly once: () => Promise<SyncResult> },
): Promise<ExitCode> {
  const { interruption, output } = context;
  while (!interruption.signal.aborted && !output.isClosed()) {
    const startedMs = performance.now();
    await syncAndTell(context, options.once);
    await waitUnlessStopped(startedMs + options.everyMs - performance.now(), interruption.signal);
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

async function waitUnlessStopped(delayMs: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(Math.max(0, delayMs), undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
