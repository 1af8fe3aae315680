import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Rejection } from '../model/connector.ts';
import type { Stream } from '../model/event.ts';
import { recordset } from './recordset.ts';

const COLUMNS = {
  digest: 'bytea',
  reason: 'text',
  shape: 'jsonb',
  length: 'bigint',
  raw: 'text',
  count: 'bigint',
  first_seen_at: 'timestamptz',
  last_seen_at: 'timestamptz',
} as const;

/** Keeps items that cannot be understood, once an item and reason, with how often they came. */
export async function countRejections(
  trx: Transaction<LedgerTables>,
  connection: string,
  stream: Stream,
  syncId: bigint,
  rejections: readonly Rejection[],
): Promise<void> {
  if (rejections.length === 0) return;
  const rows = new Map<
    string,
    {
      digest: string;
      reason: string;
      shape: object;
      length: number;
      raw: string | null;
      count: number;
      first_seen_at: string;
      last_seen_at: string;
    }
  >();
  for (const { digest, reason, shape, length, raw, response } of rejections) {
    const row = rows.get(`${digest} ${reason}`);
    if (row === undefined) {
      const seenAt = response.receivedAt;
      rows.set(`${digest} ${reason}`, { digest, reason, shape, length, raw, count: 1, first_seen_at: seenAt, last_seen_at: seenAt });
    } else {
      row.count += 1;
      row.last_seen_at = response.receivedAt;
    }
  }
  await sql`
    insert into runledger.rejections as r
      (connection, stream, digest, reason, shape, length, raw, count, first_sync_id, last_sync_id, first_seen_at, last_seen_at)
    select ${connection}, ${stream}, decode(x.digest, 'hex'), x.reason, x.shape, x.length, x.raw, x.count,
      ${syncId.toString()}::bigint, ${syncId.toString()}::bigint, x.first_seen_at, x.last_seen_at
    from ${recordset([...rows.values()], COLUMNS)}
    order by x.digest, x.reason
    on conflict (connection, stream, digest, reason) do update set
      count = r.count + excluded.count,
      last_sync_id = excluded.last_sync_id,
      last_seen_at = excluded.last_seen_at`.execute(trx);
}
