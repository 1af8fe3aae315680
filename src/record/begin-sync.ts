import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Instant } from '../model/instant.ts';

export interface SyncOrigin {
  readonly runledgerVersion: string;
  readonly host: string;
  readonly processId: number;
  /** hex of the sha-256 of the settings without secrets */
  readonly configDigest: string;
}

/** Writes the row of a sync that begins. @returns its id */
export async function beginSync(trx: Transaction<LedgerTables>, origin: SyncOrigin, startedAt: Instant): Promise<bigint> {
  const { rows } = await sql<{ sync_id: bigint }>`
    insert into runledger.syncs (runledger_version, host, process_id, config_digest, status, started_at)
    values (${origin.runledgerVersion}, ${origin.host}, ${origin.processId}, ${origin.configDigest}, 'running', ${startedAt}::timestamptz)
    returning sync_id`.execute(trx);
  return (rows[0] as { sync_id: bigint }).sync_id;
}

/** Writes how a sync ended. After that its row stands. */
export async function finishSync(
  trx: Transaction<LedgerTables>,
  syncId: bigint,
  end: { readonly status: 'succeeded' | 'failed' | 'interrupted'; readonly error: string | null; readonly finishedAt: Instant },
): Promise<void> {
  await sql`
    update runledger.syncs
    set status = ${end.status}, error = ${end.error}, finished_at = ${end.finishedAt}::timestamptz,
      head_position = (select position from runledger.ledger_head)
    where sync_id = ${syncId.toString()}::bigint and status = 'running'`.execute(trx);
}
