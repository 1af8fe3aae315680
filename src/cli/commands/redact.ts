import type { Command } from 'commander';
import { redactRecord } from '../../sync/redact.ts';
import type { CommandContext, Runner } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { findRecord } from '../find-record.ts';
import { widthOf } from '../io.ts';
import { openSession, withLedger } from '../ledger-session.ts';
import { jsonText } from '../output/json-text.ts';
import { redactText } from '../output/redact-text.ts';

const EXAMPLES = `
It cannot be undone. The events of the record stay, so that the chain still verifies; that it was redacted becomes an event itself. Run again, it
changes nothing and says when it was done. A sync may run meanwhile.

Examples:
  runledger redact noxus/runs/0b5e1c9a-8b39-4c1e-9f6e-2a3d7c0f4e11
  runledger redact 0b5e1c9a-8b39-4c1e-9f6e-2a3d7c0f4e11 --json`;

export function addRedactCommand(program: Command, run: Runner): void {
  program
    .command('redact')
    .description('take the error texts and bodies of a record away for ever; those that come later are not kept')
    .argument('<record>', 'a record id, or connection/stream/id')
    .addHelpText('after', EXAMPLES)
    .action((record: string, _options: unknown, command: Command) =>
      run(command, { isReading: false }, (context) => redact(context, record)),
    );
}

async function redact(context: CommandContext, text: string): Promise<ExitCode> {
  const session = await openSession(context, 'ledger');
  // `read` opens what is there and makes nothing; it does not keep from writing.
  const result = await withLedger(context, session, 'read', async (ledger) =>
    redactRecord(ledger, await findRecord(ledger, text), { log: session.log, signal: context.interruption.signal }),
  );
  await context.output.write(context.options.asJson ? jsonText(result, 2) : redactText(result, widthOf(context.io.stdout)));
  return 0;
}
