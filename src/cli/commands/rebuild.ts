import type { Command } from 'commander';
import { rebuildLedger, type RebuildResult } from '../../sync/rebuild.ts';
import type { CommandContext, Runner } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { openSession, withLedger } from '../ledger-session.ts';
import { jsonText } from '../output/json-text.ts';
import { rebuildText } from '../output/verify-text.ts';
import { createVerifyDisplay } from '../verify-progress.ts';

const EXAMPLES = `
It verifies the chain first, and folds nothing from a broken one. All of it is one transaction: it waits for nobody's sync but refuses while one
runs, and a sync that begins meanwhile waits for it.

Examples:
  runledger rebuild
  runledger rebuild --json`;

export function addRebuildCommand(program: Command, run: Runner): void {
  program
    .command('rebuild')
    .description('fold records and attempts again from the events, and write the rows that differ')
    .addHelpText('after', EXAMPLES)
    .action((_options: unknown, command: Command) => run(command, { isReading: false }, rebuild));
}

async function rebuild(context: CommandContext): Promise<ExitCode> {
  const session = await openSession(context, 'ledger');
  const { signal } = context.interruption;
  // `read` opens what is there and makes nothing; it does not keep from writing.
  const result = await withLedger(context, session, 'read', async (ledger): Promise<RebuildResult> => {
    const display = createVerifyDisplay(context, session.log);
    try {
      return await rebuildLedger(ledger, { log: session.log, signal, onProgress: display.report });
    } finally {
      display.stop();
    }
  });
  await context.output.write(context.options.asJson ? jsonText(result, 2) : rebuildText(result));
  return 0;
}
