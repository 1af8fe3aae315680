import type { Command } from 'commander';
import type { ConnectionSettings } from '../../model/connection.ts';
import { isServerError } from '../../db/error-code.ts';
import { RunledgerError } from '../../model/errors.ts';
import { checkConnection } from '../../sync/check.ts';
import type { LedgerCheck } from '../check-ledger.ts';
import { checkLedger, missingNote } from '../check-ledger.ts';
import type { CommandContext, Runner } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { exitCodeOf } from '../exit-code.ts';
import type { Session } from '../ledger-session.ts';
import { openSession, withLedger } from '../ledger-session.ts';
import { jsonText } from '../output/json-text.ts';
import { printable } from '../output/printable.ts';
import { skewText } from '../output/skew-text.ts';
import { errorDocument } from '../report-error.ts';
import { configured } from './selection.ts';

const EXAMPLES = `
Examples:
  runledger check
  runledger check --json | jq '.connections[] | select(.ok | not)'`;

type DatabaseCheck =
  | ({ readonly ok: true } & LedgerCheck)
  | { readonly ok: false; readonly code: string; readonly message: string; readonly hint: string | null; readonly exitCode: ExitCode };

type ConnectionCheck = { readonly connection: string; readonly connector: string; readonly base_url: string } & Awaited<
  ReturnType<typeof checkConnection>
>;

export function addCheckCommand(program: Command, run: Runner): void {
  program
    .command('check')
    .description('reach the database and each connection; say what is wrong and what to do. Writes nothing')
    .addHelpText('after', EXAMPLES)
    .action((_options: unknown, command: Command) => run(command, { isReading: false }, check));
}

async function check(context: CommandContext): Promise<ExitCode> {
  const session = await openSession(context, 'all');
  const database = await checkDatabase(context, session);
  const connections: ConnectionCheck[] = [];
  for (const settings of configured(session.settings)) connections.push(await checkOne(context, session, settings));

  if (context.options.asJson) await context.output.write(jsonText({ database: withoutExitCode(database), connections }, 2));
  else await context.output.write([databaseText(database), ...connections.map(connectionText)].join('\n') + '\n');
  if (!database.ok) return database.exitCode;
  return connections.every(isFine) ? 0 : 1;
}

/** A ledger that does not exist yet is fine, because the first sync makes it. Looking at it must not make an embedded one. */
async function checkDatabase(context: CommandContext, session: Session): Promise<DatabaseCheck> {
  const { target } = session.settings.database;
  try {
    return await withLedger(context, session, target.kind === 'embedded' ? 'read' : 'write', (ledger) =>
      checkLedger(ledger, session.settings.migrate),
    ).then((found) => ({ ok: true, ...found }));
  } catch (error) {
    context.interruption.signal.throwIfAborted();
    const { code, message, hint } = errorDocument(error).error;
    // A table that is not there although its migration is: no migration brings it back.
    const note = error instanceof RunledgerError && !isServerError(error.cause) ? missingNote(error.code, session.settings.migrate) : null;
    if (target.kind === 'embedded' && note !== null) return { ok: true, place: target.path, note };
    return { ok: false, code, message, hint, exitCode: exitCodeOf(error, null) };
  }
}

async function checkOne(context: CommandContext, { log }: Session, settings: ConnectionSettings): Promise<ConnectionCheck> {
  const found = await checkConnection(settings, { log, signal: context.interruption.signal });
  return { connection: settings.name, connector: settings.connector.name, base_url: settings.baseUrl, ...found };
}

function isFine(check: ConnectionCheck): boolean {
  return check.ok && check.streams.every((stream) => stream.ok);
}

function databaseText(check: DatabaseCheck): string {
  if (check.ok) return `database: ok, ${printable(check.place)}${check.note === null ? '' : ` (${check.note})`}`;
  return ['database: failed', ...problemLines(check.message, check.hint)].join('\n');
}

function connectionText(check: ConnectionCheck): string {
  const name = `${check.connection} (${check.connector} at ${printable(check.base_url)})`;
  if (!check.ok) return [`${name}: failed`, ...problemLines(check.message, check.hint)].join('\n');
  const account = check.account_id === null ? '' : `, account ${printable(check.account_id)}`;
  const streams = check.streams.map((stream) => `  ${stream.stream}: ${stream.ok ? 'ok' : 'failed'}, ${printable(stream.message)}`);
  const skew = skewText(check.clock_skew_seconds);
  const clocks = skew === null ? [] : [`  clocks: ${skew}`];
  return [`${name}: ${isFine(check) ? 'ok' : 'failed'}${account}`, ...clocks, ...streams].join('\n');
}

function problemLines(message: string, hint: string | null): string[] {
  return [`  ${printable(message)}`, ...(hint === null ? [] : [`  hint: ${printable(hint)}`])];
}

function withoutExitCode(check: DatabaseCheck): object {
  if (check.ok) return check;
  const { ok, code, message, hint } = check;
  return { ok, code, message, hint };
}
