import type { Command } from 'commander';
import type { Ledger } from '../../db/open-ledger.ts';
import { RunledgerError } from '../../model/errors.ts';
import type { FoundRecord } from '../../publish/find-records.ts';
import { findRecords } from '../../publish/find-records.ts';
import type { RecordHistory } from '../../publish/read-history.ts';
import { readHistory } from '../../publish/read-history.ts';
import type { CommandContext, Runner } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { widthOf } from '../io.ts';
import { openSession, withLedger } from '../ledger-session.ts';
import { historyText } from '../output/history-text.ts';
import { jsonText } from '../output/json-text.ts';

const MOST_CANDIDATES = 20;

const EXAMPLES = `
Examples:
  runledger history 0b5e1c9a-8b39-4c1e-9f6e-2a3d7c0f4e11
  runledger history noxus/runs/0b5e1c9a-8b39-4c1e-9f6e-2a3d7c0f4e11 --json`;

export function addHistoryCommand(program: Command, run: Runner): void {
  program
    .command('history')
    .description('a record, its attempts, and its events with the evidence of each')
    .argument('<record>', 'a record id, or connection/stream/id')
    .addHelpText('after', EXAMPLES)
    .action((record: string, _options: unknown, command: Command) =>
      run(command, { isReading: true }, (context) => history(context, record)),
    );
}

async function history(context: CommandContext, text: string): Promise<ExitCode> {
  const session = await openSession(context, 'ledger');
  const found = await withLedger(context, session, 'read', (ledger) => readOne(ledger, text));
  await context.output.write(context.options.asJson ? jsonText(found, 2) : historyText(found, widthOf(context.io.stdout)));
  return 0;
}

async function readOne(ledger: Ledger, text: string): Promise<RecordHistory> {
  const [only, ...others] = await findRecords(ledger, text);
  if (only === undefined) throw notFound(ledger, text);
  if (others.length > 0) throw ambiguous([only, ...others], text);
  const found = await readHistory(ledger, { connection: only.connection, stream: only.stream, recordId: only.record_id });
  if (found === null) throw notFound(ledger, text);
  return found;
}

function notFound(ledger: Ledger, text: string): RunledgerError {
  return new RunledgerError('no_record', `there is no record ${text} in ${ledger.place}`, {
    hint: 'Ids are taken as the source writes them, to the letter. One that no list shows is added with `runledger track`, and is here after the next sync if the source knows it.',
  });
}

function ambiguous(candidates: readonly FoundRecord[], text: string): RunledgerError {
  const lines = candidates
    .slice(0, MOST_CANDIDATES)
    .map(
      ({ record_key: key, workflow_name: name, status }) =>
        `  ${key} (${[name, status ?? 'unknown status'].filter((part) => part !== null).join(', ')})`,
    );
  const more = candidates.length > MOST_CANDIDATES ? [`  and ${candidates.length - MOST_CANDIDATES} more`] : [];
  return new RunledgerError('ambiguous_record', [`${text} may be any of ${candidates.length} records:`, ...lines, ...more].join('\n'), {
    hint: 'Name one of them as connection/stream/id.',
  });
}
