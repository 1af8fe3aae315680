import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { RunledgerError } from '../../model/errors.ts';
import { instantFromMillis } from '../../model/instant.ts';
import { readStatus } from '../../publish/read-status.ts';
import type { CommandContext, Runner } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { widthOf } from '../io.ts';
import { openSession, withLedger } from '../ledger-session.ts';
import { jsonText } from '../output/json-text.ts';
import { printable } from '../output/printable.ts';
import { prometheusText } from '../output/prometheus-text.ts';
import { statusText } from '../output/status-text.ts';
import { DURATION_EXAMPLES, parseDuration } from '../settings/duration.ts';
import type { StatusLimits } from '../status-limits.ts';
import { exceededLimits } from '../status-limits.ts';

const EXAMPLES = `
With a limit it is a probe: exit code 1 and the streams that exceed it. A stream that was never read completely exceeds every lag.

Examples:
  runledger status
  runledger status --max-lag 30m --max-stuck 0
  runledger status --format prometheus > /var/lib/node_exporter/runledger.prom`;

interface StatusOptions {
  readonly maxLag?: number;
  readonly maxStuck?: number;
  readonly format?: 'text' | 'prometheus';
}

export function addStatusCommand(program: Command, run: Runner): void {
  program
    .command('status')
    .description('how fresh each stream is, how much is open or stuck, and how many events of the last 24 hours were odd')
    .option('--max-lag <duration>', 'the longest that the last complete sync may be ago, such as 30m', readLag)
    .option('--max-stuck <n>', 'how many records of a stream may be stuck', readCount)
    .addOption(new Option('--format <format>', 'text (default) or prometheus').choices(['text', 'prometheus']))
    .addHelpText('after', EXAMPLES)
    .action((options: StatusOptions, command: Command) => run(command, { isReading: true }, (context) => status(context, options)));
}

async function status(context: CommandContext, { maxLag, maxStuck, format }: StatusOptions): Promise<ExitCode> {
  const { options, output, io } = context;
  if (options.asJson && format !== undefined) {
    throw new RunledgerError('bad_argument', '--json and --format were both given', { hint: 'Choose one of them.' });
  }
  const session = await openSession(context, 'ledger');
  const found = await withLedger(context, session, 'read', (ledger) => readStatus(ledger, { now: instantFromMillis(Date.now()) }));
  const limits: StatusLimits = { maxLagSeconds: maxLag === undefined ? null : maxLag / 1_000, maxStuck: maxStuck ?? null };
  const exceeded = exceededLimits(found, limits);
  if (options.asJson) await output.write(jsonText({ ...found, exceeded }, 2));
  else await output.write(format === 'prometheus' ? prometheusText(found) : statusText(found, widthOf(io.stdout)));
  if (exceeded.length === 0) return 0;
  if (!options.asJson) io.stderr.write(exceeded.map(({ message }) => `exceeded: ${printable(message)}\n`).join(''));
  return 1;
}

function readLag(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds !== null) return milliseconds;
  throw new InvalidArgumentError(`A duration is written ${DURATION_EXAMPLES}.`);
}

function readCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A whole number from 0.');
}
