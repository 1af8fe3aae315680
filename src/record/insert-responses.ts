import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { ResponseEvidence } from '../model/observation.ts';
import { recordset } from './recordset.ts';

const COLUMNS = {
  ordinal: 'integer',
  sync_id: 'bigint',
  method: 'text',
  path: 'text',
  page: 'text',
  status: 'integer',
  server_date: 'timestamptz',
  request_id: 'text',
  sent_at: 'timestamptz',
  received_at: 'timestamptz',
} as const;

/** Keeps the answers that evidence events. @returns their ids, in the order given */
export async function insertResponses(
  trx: Transaction<LedgerTables>,
  syncId: bigint,
  responses: readonly ResponseEvidence[],
): Promise<readonly bigint[]> {
  if (responses.length === 0) return [];
  const rows = responses.map((response, ordinal) => ({
    ordinal,
    sync_id: syncId.toString(),
    method: response.method,
    path: response.path,
    page: response.page,
    status: response.status,
    server_date: response.serverDate,
    request_id: response.requestId,
    sent_at: response.sentAt,
    received_at: response.receivedAt,
  }));
  // The ids are drawn before the insert: `returning` promises no order.
  const { rows: inserted } = await sql<{ response_id: bigint }>`
    with numbered as (
      select nextval('runledger.responses_response_id_seq') as response_id, x.*
      from (select * from ${recordset(rows, COLUMNS)} order by x.ordinal) x
    ), kept as (
      insert into runledger.responses (response_id, sync_id, method, path, page, status, server_date, request_id, sent_at, received_at)
      overriding system value
      select response_id, sync_id, method, path, page, status, server_date, request_id, sent_at, received_at
      from numbered
    )
    select response_id from numbered order by ordinal`.execute(trx);
  return inserted.map((row) => row.response_id);
}
