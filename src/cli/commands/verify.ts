import type { Command } from 'commander';
import { verifyLedger } from '../../sync/verify.ts';
import type { VerifyResult } from '../../sync/verify-result.ts';
import type { CommandContext, Runner } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { widthOf } from '../io.ts';
import { openSession, withLedger } from '../ledger-session.ts';
import { jsonText } from '../output/json-text.ts';
import { verifyText } from '../output/verify-text.ts';
import { createVerifyDisplay } from '../verify-progress.ts';

const EXAMPLES = `
Exit code 1 and the first contradiction where there is one. It reads the whole ledger and changes nothing; syncs may run meanwhile. It reads
details and the head, so it needs more rights than \`runledger grants\` gives a reader.

Examples:
  runledger verify
  runledger verify --json | jq '.break, .head_position, .head_hash'`;

export function addVerifyCommand(program: Command, run: Runner): void {
  program
    .command('verify')
    .description('whether the ledger holds: the chain of events, their details, records and attempts as a fold of them, every law')
    .addHelpText('after', EXAMPLES)
    .action((_options: unknown, command: Command) => run(command, { isReading: true }, verify));
}

async function verify(context: CommandContext): Promise<ExitCode> {
  const session = await openSession(context, 'ledger');
  const { signal } = context.interruption;
  const result = await withLedger(context, session, 'read', async (ledger): Promise<VerifyResult> => {
    const display = createVerifyDisplay(context, session.log);
    try {
      return await verifyLedger(ledger, { signal, onProgress: display.report });
    } finally {
      display.stop();
    }
  });
  await context.output.write(context.options.asJson ? jsonText(result, 2) : verifyText(result, widthOf(context.io.stdout)));
  return result.ok ? 0 : 1;
}
