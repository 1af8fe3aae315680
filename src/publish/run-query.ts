import { sql, type Transaction } from 'kysely';
import { codeOf, messageOf } from '../db/error-code.ts';
import type { Ledger } from '../db/open-ledger.ts';
import type { LedgerTables } from '../db/tables.ts';
import { RunledgerError } from '../model/errors.ts';
import type { JsonValue } from '../model/observation.ts';
import { grantedObjects } from './grants.ts';

export interface QueryResult {
  /** As the first row names them; of two columns of one name only the last is there. Empty where there is no row. */
  readonly columns: readonly string[];
  /** Instants are texts in UTC; numerics, and integers beyond 2^53, are texts; bytes are `\x` and hex. */
  readonly rows: readonly Readonly<Record<string, JsonValue>>[];
  /** Whether there were more rows than `maxRows`. */
  readonly is_truncated: boolean;
}

/**
 * Runs one query that only reads.
 *
 * What keeps it from writing: a READ ONLY transaction that is always rolled back. It cannot be left or switched to writing from within, because
 * the text reaches the server as a value and is opened there as a cursor, which takes one statement that gives rows (select, values, table, with, show,
 * explain), and because the server lets no transaction start to write after its first query. On the embedded ledger likewise.
 *
 * What it does not keep from: functions whose effects no transaction holds, with the rights of the connected role. A superuser's
 * `pg_read_file` and `lo_export`, `dblink` to another connection, `pg_terminate_backend`, an advisory lock, a query that runs for ever. `copy … to program` is
 * no query that gives rows and is refused. Setting another role would not be a fence either, since a function can set it back: for people who are not
 * trusted with the role, connect with one that `runledger grants` has made a reader.
 *
 * @param text one statement; a semicolon may end it
 * @throws RunledgerError ledger_query with the server's own words
 */
export async function runQuery(
  ledger: Pick<Ledger, 'db' | 'place'>,
  text: string,
  { maxRows }: { readonly maxRows?: number } = {},
): Promise<QueryResult> {
  if (maxRows !== undefined && (!Number.isSafeInteger(maxRows) || maxRows < 0)) {
    throw new RunledgerError('bad_argument', `the most rows to show cannot be ${maxRows}`, { hint: 'Give a whole number from 0.' });
  }
  const trx = await ledger.db.startTransaction().execute();
  try {
    await openCursor(trx, text);
    const fetched = await fetchRows(trx, maxRows === undefined ? 'all' : maxRows + 1);
    const rows = maxRows === undefined ? fetched : fetched.slice(0, maxRows);
    return {
      columns: Object.keys(rows[0] ?? {}),
      rows: rows.map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, jsonValue(value)]))),
      is_truncated: rows.length < fetched.length,
    };
  } catch (error) {
    throw explained(error, ledger.place);
  } finally {
    await trx.rollback().execute();
  }
}

async function openCursor(trx: Transaction<LedgerTables>, text: string): Promise<void> {
  await sql`set transaction read only`.execute(trx);
  // The first query of the transaction: after it nothing can make the transaction write. As a value the text cannot end this statement.
  await sql`select set_config('runledger.query', ${text}, true)`.execute(trx);
  await sql
    .raw(
      `do $$
      declare
        query refcursor := 'runledger_query';
      begin
        open query no scroll for execute current_setting('runledger.query');
      end
      $$`,
    )
    .execute(trx);
}

async function fetchRows(trx: Transaction<LedgerTables>, count: number | 'all'): Promise<readonly Record<string, unknown>[]> {
  const { rows } = await sql.raw<Record<string, unknown>>(`fetch forward ${count} from runledger_query`).execute(trx);
  return rows;
}

function jsonValue(value: unknown): JsonValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return value.map(jsonValue);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, jsonValue(inner)]));
}

/** Five characters of letters and digits: an answer of the server to the text, and not a lost connection (class 08, 57) or a fault of ours. */
const SQLSTATE = /^(?!08|57P)[0-9A-Z]{5}$/;

function explained(error: unknown, place: string): unknown {
  const code = codeOf(error);
  if (error instanceof RunledgerError || code === null || !SQLSTATE.test(code)) return error;
  const said = messageOf(error);
  switch (code) {
    case '25006':
      return new RunledgerError('ledger_query', `the query would write, and only reading is allowed: ${said}`, {
        hint: 'Ask with select.',
        cause: error,
      });
    case '42P11':
      return new RunledgerError('ledger_query', `the text is not one query that gives rows: ${said}`, {
        hint: 'Give a single select, values, table, show or explain.',
        cause: error,
      });
    case '42501':
      return new RunledgerError('ledger_query', `this database user may not read that: ${said}`, {
        hint: deniedHint(said),
        cause: error,
      });
    default:
      return new RunledgerError('ledger_query', `${place} does not answer the query: ${said}`, {
        hint: 'The views are runs, documents, run_attempts, status_history and others, in the schema runledger: select * from runledger.runs limit 10',
        cause: error,
      });
  }
}

/** @param said names what was denied, in the language of the server */
function deniedHint(said: string): string {
  const granted = new Set([...grantedObjects(), 'runledger']);
  if (said.match(/\w+/g)?.some((word) => granted.has(word)) === true) {
    return 'The owner of the ledger gives the rights to read with what `runledger grants <role>` prints.';
  }
  return 'No reader of the ledger is given this: `runledger grants` opens the views, events, records, attempts and syncs. Error texts are in runledger.failures; the rest is for the owner of the ledger.';
}
