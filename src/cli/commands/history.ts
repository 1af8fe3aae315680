import type { Command } from 'commander';
import { explainHistory } from '../../publish/explain-history.ts';
import type { RecordHistory } from '../../publish/read-history.ts';
import { readHistory } from '../../publish/read-history.ts';
import type { CommandContext, Runner } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { findRecord, noRecord } from '../find-record.ts';
import { widthOf } from '../io.ts';
import { openSession, withLedger } from '../ledger-session.ts';
import { historyText } from '../output/history-text.ts';
import { jsonText } from '../output/json-text.ts';

const EXAMPLES = `
With --explain, how we know of each event: why its time is what it is, the request and the answer, what was seen in it, and the sync. Error texts and
bodies are shown where this database user may read them.

Examples:
  runledger history 0b5e1c9a-8b39-4c1e-9f6e-2a3d7c0f4e11
  runledger history noxus/runs/0b5e1c9a-8b39-4c1e-9f6e-2a3d7c0f4e11 --json
  runledger history noxus/runs/0b5e1c9a-8b39-4c1e-9f6e-2a3d7c0f4e11 --explain`;

interface Options {
  readonly explain?: boolean;
}

export function addHistoryCommand(program: Command, run: Runner): void {
  program
    .command('history')
    .description('a record, its attempts, and its events with the evidence of each')
    .argument('<record>', 'a record id, or connection/stream/id')
    .option('--explain', 'for each event the sync, the request, its answer and what was seen in it')
    .addHelpText('after', EXAMPLES)
    .action((record: string, options: Options, command: Command) =>
      run(command, { isReading: true }, (context) => history(context, record, options)),
    );
}

async function history(context: CommandContext, text: string, { explain }: Options): Promise<ExitCode> {
  const session = await openSession(context, 'ledger');
  const read = explain === true ? explainHistory : readHistory;
  const found = await withLedger(context, session, 'read', async (ledger): Promise<RecordHistory> => {
    const history = await read(ledger, await findRecord(ledger, text));
    if (history === null) throw noRecord(ledger, text);
    return history;
  });
  await context.output.write(context.options.asJson ? jsonText(found, 2) : historyText(found, widthOf(context.io.stdout)));
  return 0;
}
