import type { Command } from 'commander';
import { grantStatements } from '../../publish/grants.ts';
import type { CommandContext, Runner } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { jsonText } from '../output/json-text.ts';

const EXAMPLES = `
Examples:
  runledger grants bi_reader | psql "$DATABASE_URL"`;

export function addGrantsCommand(program: Command, run: Runner): void {
  program
    .command('grants')
    .description('print the SQL that lets a role read the ledger: views, events, records, attempts and syncs; never details or rejections')
    .argument('<role>', 'an existing role of the database')
    .addHelpText('after', EXAMPLES)
    .action((role: string, _options: unknown, command: Command) => run(command, { isReading: true }, (context) => grants(context, role)));
}

async function grants({ options, output }: CommandContext, role: string): Promise<ExitCode> {
  const sql = grantStatements(role);
  await output.write(options.asJson ? jsonText({ role, sql }, 2) : `${sql.trimEnd()}\n`);
  return 0;
}
