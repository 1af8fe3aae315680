import type { Kysely } from 'kysely';
import { explainQueryError } from './explain-query-error.ts';
import type { Ledger } from './open-ledger.ts';
import { retryPause, type RetryOptions } from './retry-pause.ts';
import type { LedgerTables } from './tables.ts';

/**
 * Does with the ledger what may be done twice, such as reading it: where the connection is lost meanwhile, with another one. What must land once is for a
 * transaction.
 *
 * @throws RunledgerError ledger_unreachable, ledger_denied, ledger_behind, aborted; what `ask` throws, as it is
 */
export async function withRetries<T>(
  ledger: Ledger,
  ask: (db: Kysely<LedgerTables>) => Promise<T>,
  { log, signal }: RetryOptions,
): Promise<T> {
  const pause = retryPause(log, signal);
  for (;;) {
    try {
      return await ask(ledger.db);
    } catch (error) {
      if (!(await pause(error))) throw explainQueryError(error, ledger.place);
    }
  }
}
