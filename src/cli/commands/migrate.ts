import type { Command } from 'commander';
import { migrateLedger } from '../../sync/migrate-ledger.ts';
import type { CommandContext, Runner } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { openSession, withLedger } from '../ledger-session.ts';
import { jsonText } from '../output/json-text.ts';

const EXAMPLES = `
Examples:
  runledger migrate
  runledger migrate --database postgres://owner@db.example/ledger`;

export function addMigrateCommand(program: Command, run: Runner): void {
  program
    .command('migrate')
    .description('bring schema and views up to date; sync does it too, unless the settings say migrate: manual')
    .addHelpText('after', EXAMPLES)
    .action((_options: unknown, command: Command) => run(command, { isReading: false }, migrate));
}

async function migrate(context: CommandContext): Promise<ExitCode> {
  const session = await openSession(context, 'ledger');
  const { place, applied, version } = await withLedger(context, session, 'write', async (ledger) => ({
    place: ledger.place,
    ...(await migrateLedger(ledger, { log: session.log })),
  }));
  const said =
    applied.length === 0 ? `nothing to apply: ${place} is at ${version}` : `applied ${applied.join(', ')}: ${place} is at ${version}`;
  await context.output.write(context.options.asJson ? jsonText({ place, applied, version }, 2) : `${said}; views published\n`);
  return 0;
}
