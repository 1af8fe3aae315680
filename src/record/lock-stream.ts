import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import { RunledgerError } from '../model/errors.ts';
import type { Stream } from '../model/event.ts';

/**
 * Locks the stream's row until the transaction ends, and makes sure that the lease is still ours: what makes one writer a stream.
 * A row lock, because an advisory lock of a session is lost behind PgBouncer.
 *
 * @throws RunledgerError ledger_locked when another sync has taken the stream meanwhile
 */
export async function lockStream(trx: Transaction<LedgerTables>, connection: string, stream: Stream, syncId: bigint): Promise<void> {
  const { rows } = await sql<{ lease_sync_id: bigint | null; lease_holder: string | null }>`
    select lease_sync_id, lease_holder
    from runledger.streams
    where connection = ${connection} and stream = ${stream}
    for update`.execute(trx);
  const row = rows[0];
  if (row?.lease_sync_id === syncId) return;
  throw new RunledgerError(
    'ledger_locked',
    `the lease of ${connection}/${stream} was taken by ${row?.lease_holder ?? 'nobody'} while this sync ran`,
    {
      hint: 'This sync was silent for longer than its lease lasts. Nothing is lost: the next sync reads on.',
    },
  );
}
