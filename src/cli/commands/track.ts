import type { Command } from 'commander';
import { RunledgerError } from '../../model/errors.ts';
import { instantFromMillis } from '../../model/instant.ts';
import { trackRecords } from '../../sync/track.ts';
import type { CommandContext, Runner } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { openSession, prepareLedger, withLedger } from '../ledger-session.ts';
import { formatCount, formatNumberOf } from '../output/format.ts';
import { jsonText } from '../output/json-text.ts';
import { readLines } from '../read-stdin.ts';
import { findConnection, findStreams } from './selection.ts';

const EXAMPLES = `
The next sync reads each of them by its id, and goes on until it is finished.

Examples:
  runledger track noxus runs 0b5e1c9a-8b39-4c1e-9f6e-2a3d7c0f4e11
  cut -f1 runs.tsv | runledger track noxus runs -`;

export function addTrackCommand(program: Command, run: Runner): void {
  program
    .command('track')
    .description('add records to those that every sync reads by id, for sources that do not list them')
    .argument('<connection>', 'name of a configured connection')
    .argument('<stream>', 'runs or documents')
    .argument('<id...>', 'record ids; - reads them from stdin, one a line')
    .addHelpText('after', EXAMPLES)
    .action((connection: string, stream: string, ids: string[], _options: unknown, command: Command) =>
      run(command, { isReading: false }, (context) => track(context, connection, stream, ids)),
    );
}

async function track(context: CommandContext, connectionName: string, streamName: string, ids: readonly string[]): Promise<ExitCode> {
  const session = await openSession(context, 'all');
  const connection = findConnection(session.settings, connectionName);
  const [stream] = findStreams([connection], [streamName]);
  if (stream === undefined) throw new RunledgerError('bad_argument', 'no stream is named');
  const recordIds = await readIds(context, ids);
  const { added, known } = await withLedger(context, session, 'write', async (ledger) => {
    await prepareLedger(ledger, session);
    return trackRecords(ledger, { connection: connection.name, stream, recordIds, now: instantFromMillis(Date.now()), log: session.log });
  });
  const said = `${formatNumberOf(added, 'record')} added to those that every sync of ${connection.name} reads, ${formatCount(known)} known already\n`;
  await context.output.write(context.options.asJson ? jsonText({ connection: connection.name, stream, added, known }, 2) : said);
  return 0;
}

async function readIds({ io }: CommandContext, given: readonly string[]): Promise<readonly string[]> {
  const ids = given.flatMap((id) => (id === '-' ? [] : [id]));
  if (ids.length < given.length) ids.push(...(await readLines(io.stdin)));
  if (ids.length === 0) {
    throw new RunledgerError('bad_argument', 'no record id was given', { hint: 'Name ids as arguments, or one a line on stdin with -.' });
  }
  return ids;
}
