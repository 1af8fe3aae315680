import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { Instant } from '../../model/instant.ts';
import { addMicros, instantFromMillis, parseInstant } from '../../model/instant.ts';
import type { ReportBy } from '../../publish/read-report.ts';
import { readReport } from '../../publish/read-report.ts';
import type { CommandContext, Runner } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { widthOf } from '../io.ts';
import { openSession, withLedger } from '../ledger-session.ts';
import { jsonText } from '../output/json-text.ts';
import { reportText } from '../output/report-text.ts';
import { DURATION_EXAMPLES, parseDuration } from '../settings/duration.ts';

const EXAMPLES = `
It counts attempts by when they finished. Durations are in seconds with --json; where one is only bounded, its midpoint counts.

Examples:
  runledger report
  runledger report --since 30d --by connection
  runledger report --since 2025-11-01T00:00:00Z --tz Europe/Berlin`;

interface ReportOptions {
  readonly since: Since;
  readonly by: ReportBy;
  readonly tz: string;
}

type Since = { readonly kind: 'ago'; readonly milliseconds: number } | { readonly kind: 'at'; readonly at: Instant };

export function addReportCommand(program: Command, run: Runner): void {
  program
    .command('report')
    .description('failure rates and durations of what finished')
    .addOption(
      new Option('--since <when>', 'how long ago, such as 7d, or an ISO 8601 time')
        .argParser(readSince)
        .default({ kind: 'ago', milliseconds: 7 * 86_400_000 } satisfies Since, '7d'),
    )
    .addOption(new Option('--by <what>', 'what a row is').choices(['workflow', 'collection', 'connection']).default('workflow'))
    .option('--tz <zone>', 'whose days the days are, such as Europe/Berlin', 'UTC')
    .addHelpText('after', EXAMPLES)
    .action((options: ReportOptions, command: Command) => run(command, { isReading: true }, (context) => report(context, options)));
}

async function report(context: CommandContext, { since, by, tz }: ReportOptions): Promise<ExitCode> {
  const session = await openSession(context, 'ledger');
  const until = instantFromMillis(Date.now());
  const from = since.kind === 'at' ? since.at : addMicros(until, BigInt(-since.milliseconds) * 1000n);
  const { timeZone, ...found } = await withLedger(context, session, 'read', (ledger) =>
    readReport(ledger, { since: from, until, by, timeZone: tz }),
  );
  const text = context.options.asJson
    ? jsonText({ time_zone: timeZone, ...found }, 2)
    : reportText({ timeZone, ...found }, widthOf(context.io.stdout));
  await context.output.write(text);
  return 0;
}

function readSince(text: string): Since {
  const milliseconds = parseDuration(text);
  if (milliseconds !== null) return { kind: 'ago', milliseconds };
  const at = parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (at !== null) return { kind: 'at', at };
  throw new InvalidArgumentError(`A duration is written ${DURATION_EXAMPLES}, a time 2025-11-03 or 2025-11-03T12:00:00Z.`);
}
