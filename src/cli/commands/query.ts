import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { RunledgerError } from '../../model/errors.ts';
import type { QueryResult } from '../../publish/run-query.ts';
import { runQuery } from '../../publish/run-query.ts';
import type { CommandContext, Runner } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { widthOf } from '../io.ts';
import { openSession, withLedger } from '../ledger-session.ts';
import { formatCount, formatNumberOf } from '../output/format.ts';
import { jsonText } from '../output/json-text.ts';
import { textTable } from '../output/text-table.ts';
import { readText } from '../read-stdin.ts';

const EXAMPLES = `
Nothing can be written, whatever the query says. Views and their columns: select * from information_schema.columns
where table_schema = 'runledger'. Their meaning: obj_description, col_description.

Examples:
  runledger query "select connection, status, count(*) from runledger.runs group by 1, 2 order by 1, 2"
  runledger query --json "select * from runledger.failure_rates_daily" | jq .rows
  runledger query - < report.sql`;

interface QueryOptions {
  readonly maxRows?: number;
}

export function addQueryCommand(program: Command, run: Runner): void {
  program
    .command('query')
    .description('ask the ledger in SQL, read-only; also the embedded one, which no other tool can open')
    .argument('<sql>', 'one statement; - reads it from stdin')
    .option('--max-rows <n>', 'stop after so many rows, and say so', readMaxRows)
    .addHelpText('after', EXAMPLES)
    .action((sql: string, options: QueryOptions, command: Command) =>
      run(command, { isReading: true }, (context) => query(context, sql, options)),
    );
}

/** Two dashes, then a blank before any `=`, or more than one line: no option looks so. */
const COMMENT = /^--(?:[^\s=]*\s|.*\n)/;

/**
 * The arguments, with a blank before each that is SQL and begins with a comment: otherwise it would be taken for an option.
 *
 * @param argv of the whole command line
 */
export function withCommentsAsSql(argv: readonly string[]): readonly string[] {
  return argv.includes('query') ? argv.map((argument) => (COMMENT.test(argument) ? ` ${argument}` : argument)) : argv;
}

async function query(context: CommandContext, sql: string, { maxRows }: QueryOptions): Promise<ExitCode> {
  const text = (sql === '-' ? await readText(context.io.stdin) : sql).trim();
  if (text === '')
    throw new RunledgerError('bad_argument', 'the query is empty', { hint: 'Give one SQL statement, or - and the statement on stdin.' });
  const session = await openSession(context, 'ledger');
  const result = await withLedger(context, session, 'read', (ledger) => runQuery(ledger, text, maxRows === undefined ? {} : { maxRows }));
  await context.output.write(context.options.asJson ? jsonText(result, 2) : resultText(result, widthOf(context.io.stdout)));
  return 0;
}

function resultText({ columns, rows, is_truncated: isTruncated }: QueryResult, width: number | null): string {
  if (rows.length === 0) return isTruncated ? '0 rows, and there are more\n' : 'no rows\n';
  if (columns.length === 0) return `${formatNumberOf(rows.length, 'row')} without a column\n`;
  const isNumeric = columns.map((column) => rows.every((row) => row[column] === null || typeof row[column] === 'number'));
  const table = textTable(
    columns.map((title, index) => (isNumeric[index] === true ? { title, align: 'right' } : { title, isProse: true })),
    rows.map((row) => columns.map((column) => cellText(row[column]))),
    width,
  );
  return `${table}${formatNumberOf(rows.length, 'row')}${isTruncated ? `, and there are more than ${formatCount(rows.length)}` : ''}\n`;
}

function cellText(value: QueryResult['rows'][number][string] | undefined): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function readMaxRows(text: string): number {
  const count = Number(text);
  if (/^\d{1,9}$/.test(text) && count > 0) return count;
  throw new InvalidArgumentError('A whole number from 1.');
}
