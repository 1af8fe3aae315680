import { sql, type ControlledTransaction, type Transaction } from 'kysely';
import { RunledgerError } from '../model/errors.ts';
import { explainQueryError } from './explain-query-error.ts';
import type { Ledger } from './open-ledger.ts';
import { retryPause, type RetryOptions } from './retry-pause.ts';
import { retryOf } from './retry-table.ts';
import type { LedgerTables } from './tables.ts';

/**
 * Runs `work` in a READ COMMITTED transaction and commits it. Deadlocks, serialization failures and lost connections (with a new one) are tried
 * again, from the start, so `work` must do nothing outside the transaction that cannot be done twice.
 *
 * Where the connection breaks between COMMIT and its answer, the server is asked whether that transaction was committed, and `work` is run
 * again only if it was not: its writes land once.
 *
 * @throws RunledgerError ledger_unreachable, ledger_full, ledger_read_only, ledger_denied, ledger_behind, integrity, aborted; what `work` throws, as it is
 */
export async function inTransaction<T>(
  ledger: Ledger,
  work: (trx: Transaction<LedgerTables>) => Promise<T>,
  { log, signal }: RetryOptions,
): Promise<T> {
  const pause = retryPause(log, signal);
  let doubt: Doubt<T> | null = null;
  for (;;) {
    try {
      if (doubt !== null) {
        if (await wasCommitted(ledger, doubt.transactionId)) return doubt.result;
        doubt = null;
      }
      const attempt = await tryOnce(ledger, work);
      if (attempt.transactionId === null) return attempt.result;
      doubt = attempt;
      throw attempt.error;
    } catch (error) {
      if (!(await pause(error))) throw explainQueryError(error, ledger.place);
    }
  }
}

/** A transaction whose COMMIT was sent and not answered. */
interface Doubt<T> {
  readonly transactionId: string;
  readonly result: T;
  readonly error: unknown;
}

interface Committed<T> {
  readonly transactionId: null;
  readonly result: T;
}

async function tryOnce<T>(ledger: Ledger, work: (trx: Transaction<LedgerTables>) => Promise<T>): Promise<Committed<T> | Doubt<T>> {
  const trx = await ledger.db.startTransaction().setIsolationLevel('read committed').execute();
  let result: T;
  let transactionId: string | null;
  try {
    if (ledger.target.kind === 'postgres') await boundWaits(trx);
    result = await work(trx);
    transactionId = ledger.target.kind === 'postgres' ? await readTransactionId(trx) : null;
  } catch (error) {
    await rollBack(trx);
    throw error;
  }
  try {
    await trx.commit().execute();
  } catch (error) {
    await rollBack(trx);
    if (transactionId !== null && retryOf(error) === 'reconnect') return { transactionId, result, error };
    throw error;
  }
  return { transactionId: null, result };
}

/**
 * A process that froze in the middle of a transaction holds its locks: the server ends it before its lease runs out, and nobody waits for a lock for ever.
 * Local to the transaction, so it leaves nothing behind in a pooler.
 */
async function boundWaits(trx: Transaction<LedgerTables>): Promise<void> {
  await sql`select set_config('lock_timeout', '20s', true), set_config('idle_in_transaction_session_timeout', '120s', true)`.execute(trx);
}

/** @returns null where nothing was written: then it does not matter whether the commit arrived */
async function readTransactionId(trx: Transaction<LedgerTables>): Promise<string | null> {
  const { rows } = await sql<{ id: string | null }>`select pg_current_xact_id_if_assigned()::text as id`.execute(trx);
  return rows[0]?.id ?? null;
}

/** @throws what looks like a conflict while the server still ends the old session: then it is asked again */
async function wasCommitted(ledger: Ledger, transactionId: string): Promise<boolean> {
  const { rows } = await sql<{ status: string | null }>`select pg_xact_status(${transactionId}::xid8) as status`.execute(ledger.db);
  const status = rows[0]?.status ?? null;
  if (status === 'in progress') throw Object.assign(new Error(`transaction ${transactionId} is still being ended`), { code: '55P03' });
  if (status === null)
    throw new RunledgerError(
      'ledger_unreachable',
      `the connection to ${ledger.place} was lost while committing, and the server no longer knows whether it did`,
      { hint: 'Run it again: what was recorded is found again and not recorded twice.' },
    );
  return status === 'committed';
}

/** Gives the connection back; one that is broken is thrown away by the driver when the rollback fails. */
async function rollBack(trx: ControlledTransaction<LedgerTables>): Promise<void> {
  if (trx.isRolledBack || trx.isCommitted) return;
  try {
    await trx.rollback().execute();
  } catch {
    // The error that led here is the one to tell.
  }
}
