import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { Ledger } from '../../db/open-ledger.ts';
import type { PlannedEvent, SyncResult } from '../../model/sync-result.ts';
import type { SyncOptions as SyncCall } from '../../sync/sync.ts';
import { sync } from '../../sync/sync.ts';
import type { CommandContext, Runner } from '../command-context.ts';
import { withDryLedger } from '../dry-ledger.ts';
import type { ExitCode } from '../exit-code.ts';
import { signalExitCode } from '../exit-code.ts';
import type { Session } from '../ledger-session.ts';
import { openSession, prepareLedger, withLedger } from '../ledger-session.ts';
import { jsonText } from '../output/json-text.ts';
import { plannedEventText, syncText } from '../output/sync-text.ts';
import { createProgress } from '../progress.ts';
import { DURATION_EXAMPLES, LONGEST_TIMER_MS, parseDuration } from '../settings/duration.ts';
import { repeatSync } from '../repeat-sync.ts';
import { configured, findConnection, findStreams } from './selection.ts';

const SHORTEST_INTERVAL_MS = 1_000;

const EXAMPLES = `
Schema and views are brought up to date first, unless the settings say migrate: manual.

Examples:
  runledger sync                                   everything, once: for cron, a CronJob, a timer
  runledger sync --connection noxus --stream runs
  runledger sync --every 5m                        until SIGINT or SIGTERM, then exit code 0
  runledger sync --dry-run                         the events that it would append; writes nothing
  runledger sync --json | jq .head                 position and hash, to be kept elsewhere
  runledger sync --full                            finds what was deleted, whether a full scan is due or not

Where more than a fifth of a stream's records and more than ten vanish at once, none of them is recorded as disappeared and the stream fails, because
a key that lost a permission sees the same. Once you know that they were deleted:
  runledger sync --connection noxus --stream runs --accept-disappearances`;

interface SyncOptions {
  readonly connection: readonly string[];
  readonly stream: readonly string[];
  readonly full?: boolean;
  readonly acceptDisappearances?: boolean;
  readonly every?: number;
  readonly dryRun?: boolean;
}

export function addSyncCommand(program: Command, run: Runner): void {
  program
    .command('sync')
    .description('poll every connection once and append what changed')
    .option('--connection <name>', 'only this connection; may be repeated', collect, [])
    .option('--stream <stream>', 'only runs or documents; may be repeated', collect, [])
    .option('--full', 'read every record, also where no full scan is due')
    .addOption(
      // Said once, of what a person has looked at: a loop that always says it would have no breaker at all.
      new Option(
        '--accept-disappearances',
        'record disappearances however many they are: what is gone was deleted; reads every record',
      ).conflicts('every'),
    )
    .addOption(
      new Option('--every <duration>', 'start again this long after the last start, such as 5m')
        .argParser(readInterval)
        .conflicts('dryRun'),
    )
    .option('--dry-run', 'print the events that would be appended; write nothing at all')
    .addHelpText('after', EXAMPLES)
    .action((options: SyncOptions, command: Command) => run(command, { isReading: false }, (context) => runSync(context, options)));
}

async function runSync(context: CommandContext, options: SyncOptions): Promise<ExitCode> {
  const session = await openSession(context, 'all');
  const request = {
    connections: session.settings.connections,
    only: select(session, options),
    full: options.full ?? false,
    acceptDisappearances: options.acceptDisappearances ?? false,
  };
  if (options.dryRun === true) return exitCodeOfSync(await dryRun(context, session, request), context);
  const once = (): Promise<SyncResult> => syncOnce(context, session, request);
  if (options.every !== undefined) return repeatSync(context, { everyMs: options.every, once });
  const result = await once();
  await context.output.write(context.options.asJson ? jsonText(result, 2) : syncText(result, { isDryRun: false }));
  return exitCodeOfSync(result, context);
}

function exitCodeOfSync(result: SyncResult, { interruption }: CommandContext): ExitCode {
  const received = interruption.received();
  if (received !== null && result.status === 'interrupted') return signalExitCode(received);
  return result.streams.some(({ status }) => status === 'failed' || status === 'rate_limited' || status === 'interrupted') ? 1 : 0;
}

type SyncRequest = Pick<SyncCall, 'connections' | 'only' | 'full' | 'acceptDisappearances' | 'dryRun' | 'onPlannedEvent'>;

function select({ settings }: Session, options: SyncOptions): NonNullable<SyncCall['only']> {
  const connections =
    options.connection.length === 0 ? configured(settings) : options.connection.map((name) => findConnection(settings, name));
  const streams = findStreams(connections, options.stream);
  return {
    ...(options.connection.length === 0 ? {} : { connections: connections.map(({ name }) => name) }),
    ...(streams.length === 0 ? {} : { streams }),
  };
}

async function syncOnce(context: CommandContext, session: Session, request: SyncRequest): Promise<SyncResult> {
  return withLedger(context, session, 'write', async (ledger) => {
    await prepareLedger(ledger, session);
    return syncWithProgress(context, session, ledger, request);
  });
}

async function dryRun(context: CommandContext, session: Session, request: SyncRequest): Promise<SyncResult> {
  const planned: PlannedEvent[] = [];
  const onPlannedEvent = (event: PlannedEvent): void => void planned.push(event);
  const result = await withDryLedger(context, session, (ledger) =>
    syncWithProgress(context, session, ledger, { ...request, dryRun: true, onPlannedEvent }),
  );
  const text = context.options.asJson
    ? jsonText({ ...result, planned_events: planned }, 2)
    : `${planned.map(plannedEventText).join('')}${syncText(result, { isDryRun: true })}`;
  await context.output.write(text);
  return result;
}

async function syncWithProgress(context: CommandContext, { log }: Session, ledger: Ledger, request: SyncRequest): Promise<SyncResult> {
  const progress = createProgress(context, log);
  try {
    return await sync(ledger, { ...request, log, signal: context.interruption.signal, onProgress: progress.report });
  } finally {
    progress.stop();
  }
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function readInterval(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === null) throw new InvalidArgumentError(`A duration is written ${DURATION_EXAMPLES}.`);
  if (milliseconds >= SHORTEST_INTERVAL_MS && milliseconds <= LONGEST_TIMER_MS) return milliseconds;
  throw new InvalidArgumentError('Between 1s and 24d.');
}
