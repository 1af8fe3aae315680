import { RunledgerError } from '../model/errors.ts';
import { readFunctionFiles } from './function-files.ts';
import { readViewFiles } from './view-files.ts';

/** Beside the views: facts and what was looked at. Error texts reach a reader through the views; bodies, salts and rejected items never do. */
const TABLES = ['events', 'records', 'attempts', 'syncs', 'sync_streams', 'migrations'] as const;

/** Names that mean something else than a role of that name, even quoted: Postgres resolves or refuses them. */
const NO_ROLES = new Set(['public', 'none']);

/**
 * The SQL that lets a role read the ledger, also with the reading commands of runledger. Views run with their owner's rights, so the tables under
 * them stay closed. Functions run with the reader's: they read nothing else.
 *
 * @param role the name of an existing role, as it is, unquoted
 * @throws RunledgerError bad_argument where it can be no role's name
 */
export function grantStatements(role: string): string {
  const name = quoted(role);
  const objects = grantedObjects().map((object) => `  runledger.${object}`);
  const functions = readFunctionFiles().map(({ signature }) => `  runledger.${signature}`);
  return [
    '-- To be run by the owner of the schema, and again after an upgrade: later views are not covered.',
    `grant usage on schema runledger to ${name};`,
    `grant select on\n${objects.join(',\n')}\nto ${name};`,
    `grant execute on function\n${functions.join(',\n')}\nto ${name};`,
    '',
  ].join('\n');
}

/** The views and tables that these statements name, without the schema. */
export function grantedObjects(): readonly string[] {
  return [...readViewFiles().map(({ view }) => view), ...TABLES];
}

function quoted(role: string): string {
  const bytes = Buffer.byteLength(role);
  // Postgres would cut a longer name and grant to whichever role the rest names.
  if (bytes === 0 || bytes > 63 || /\p{Cc}/u.test(role) || !role.isWellFormed()) {
    throw new RunledgerError('bad_argument', `${JSON.stringify(role)} can be no name of a role`, {
      hint: 'Give the name of one role of the database, of 1 to 63 bytes, without quotes.',
    });
  }
  if (NO_ROLES.has(role)) {
    throw new RunledgerError('bad_argument', `"${role}" is not one role`, {
      hint: 'Give the name of one role of the database: who else comes into the database later would read the ledger, too.',
    });
  }
  return `"${role.replaceAll('"', '""')}"`;
}
