import type { Ledger } from '../db/open-ledger.ts';
import { inTransaction } from '../db/transaction.ts';
import { RunledgerError } from '../model/errors.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';
import { idProblem } from '../observe/read-id.ts';
import { insertTracked } from '../record/insert-tracked.ts';
import type { Logger } from 'pino';

/**
 * Adds ids to what every sync reads by id until the source shows them: for records that no list shows.
 *
 * @throws RunledgerError bad_argument for an id that is empty or longer than 512 bytes; then none is added
 */
export async function trackRecords(
  ledger: Ledger,
  options: {
    readonly connection: string;
    readonly stream: Stream;
    readonly recordIds: readonly string[];
    readonly now: Instant;
    readonly log: Logger;
  },
): Promise<{ readonly added: number; readonly known: number }> {
  const ids = [...new Set(options.recordIds)];
  for (const id of ids) {
    const problem = idProblem(id);
    if (problem !== null) {
      throw new RunledgerError('bad_argument', `${JSON.stringify(id.slice(0, 60))} cannot be tracked: the id ${problem}`, {
        hint: 'Give ids as the source shows them. None of these ids was added.',
      });
    }
  }
  const added = await inTransaction(ledger, (trx) => insertTracked(trx, options.connection, options.stream, ids, options.now), {
    log: options.log,
  });
  return { added, known: ids.length - added };
}
