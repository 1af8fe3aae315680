import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { JsonKey } from './rows.ts';

export interface ClearedDetails {
  readonly error_count: number;
  readonly body_count: number;
}

/**
 * Takes away what is kept beside the events of a record: error texts, bodies, and the salts without which the digests in the events tell nothing of them. The
 * emptied rows stay, so that it is to be seen where something was.
 */
export async function clearDetails(
  trx: Transaction<LedgerTables>,
  { connection, stream, record_id: recordId }: JsonKey,
): Promise<ClearedDetails> {
  // One snapshot: the counts are of the rows as they were before.
  const { rows } = await sql<{ error_count: bigint; body_count: bigint }>`
    with kept as (
      select d.position, d.error is not null as has_error, d.body is not null as has_body
      from runledger.events e
      join runledger.details d on d.position = e.position
      where e.connection = ${connection} and e.stream = ${stream} and e.record_id = ${recordId}
        and (d.salt is not null or d.error is not null or d.body is not null)
    ), cleared as (
      update runledger.details d set salt = null, error = null, body = null
      from kept
      where d.position = kept.position
      returning kept.has_error, kept.has_body
    )
    select count(*) filter (where has_error) as error_count, count(*) filter (where has_body) as body_count from cleared`.execute(trx);
  const { error_count: errors, body_count: bodies } = rows[0] as { error_count: bigint; body_count: bigint };
  return { error_count: Number(errors), body_count: Number(bodies) };
}

/** Takes away the key under which the error texts of a record were compared. */
export async function deleteRecordSalt(
  trx: Transaction<LedgerTables>,
  { connection, stream, record_id: recordId }: JsonKey,
): Promise<void> {
  await sql`
    delete from runledger.record_salts
    where connection = ${connection} and stream = ${stream} and record_id = ${recordId}`.execute(trx);
}

/** Takes away what the source last said that the record was doing: words of a person or a program, too. */
export async function clearActivity(trx: Transaction<LedgerTables>, { connection, stream, record_id: recordId }: JsonKey): Promise<void> {
  await sql`
    update runledger.sightings set last_activity = null
    where connection = ${connection} and stream = ${stream} and record_id = ${recordId}`.execute(trx);
}
