import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { parseInstant, type Instant } from '../../model/instant.ts';
import { countAsOf, listAsOf, type AsOfQuestion } from '../../publish/read-as-of.ts';
import type { CommandContext, Runner } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { widthOf } from '../io.ts';
import { openSession, withLedger } from '../ledger-session.ts';
import { asOfCountsText, asOfListText } from '../output/as-of-text.ts';
import { jsonText } from '../output/json-text.ts';

const EXAMPLES = `
Two times are told apart: when it was so at the source, and by when we knew. Without --known-at and --known-position all that is known today counts,
also what was found out later. A position gives the same records in the same statuses for ever.

Examples:
  runledger as-of 2025-11-03T12:00:00Z
  runledger as-of 2025-11-03T12:00:00Z --known-at 2025-11-04
  runledger as-of 2025-11-03T12:00:00+01:00 --known-position 43012 --list --json`;

interface Options {
  readonly knownAt?: Instant;
  readonly knownPosition?: bigint;
  readonly list?: boolean;
}

export function addAsOfCommand(program: Command, run: Runner): void {
  program
    .command('as-of')
    .description('how many records were in which status at a time, by what was known then or is known now')
    .argument('<time>', 'an ISO 8601 time, or a date for its beginning in UTC', readTime)
    .addOption(new Option('--known-at <time>', 'only what had been recorded by then counts').argParser(readTime).conflicts('knownPosition'))
    .option('--known-position <n>', 'only what had been recorded up to this position counts', readPosition)
    .option('--list', 'every record instead of counts')
    .addHelpText('after', EXAMPLES)
    .action((time: Instant, options: Options, command: Command) =>
      run(command, { isReading: true }, (context) => asOf(context, time, options)),
    );
}

async function asOf(context: CommandContext, validAt: Instant, { knownAt, knownPosition, list }: Options): Promise<ExitCode> {
  const session = await openSession(context, 'ledger');
  const question: AsOfQuestion = { validAt, knownAt: knownAt ?? null, knownPosition: knownPosition ?? null };
  const width = widthOf(context.io.stdout);
  const { asJson } = context.options;
  const text = await withLedger(context, session, 'read', async (ledger) => {
    if (list === true) {
      const found = await listAsOf(ledger, question);
      return asJson ? jsonText(found, 2) : asOfListText(found, width);
    }
    const found = await countAsOf(ledger, question);
    return asJson ? jsonText(found, 2) : asOfCountsText(found, width);
  });
  await context.output.write(text);
  return 0;
}

function readTime(text: string): Instant {
  const at = parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (at !== null) return at;
  throw new InvalidArgumentError('A time is written 2025-11-03 or 2025-11-03T12:00:00Z.');
}

function readPosition(text: string): bigint {
  if (/^\d{1,18}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError('A whole number from 0.');
}
