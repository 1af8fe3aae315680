import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import { chainHash, type EventRow } from './canonical-event.ts';
import { columnList, columnValues, recordset } from './recordset.ts';
import type { Head } from './take-head.ts';

const COLUMNS = {
  position: 'bigint',
  connection: 'text',
  stream: 'text',
  record_id: 'text',
  sequence: 'integer',
  attempt: 'integer',
  event_type: 'text',
  from_status: 'text',
  to_status: 'text',
  source_status: 'text',
  status_reason: 'text',
  occurred_at: 'timestamptz',
  reported_at: 'timestamptz',
  earliest_at: 'timestamptz',
  latest_at: 'timestamptz',
  recorded_at: 'timestamptz',
  facts: 'jsonb',
  anomalies: 'text[]',
  details_digest: 'bytea',
  response_id: 'bigint',
  sync_id: 'bigint',
  chain_hash: 'bytea',
} as const;

/** An event before it has its place: position and time of recording come from the head. */
export type UnplacedEvent = Omit<EventRow, 'position' | 'recorded_at'>;

/**
 * Appends events behind the head and moves the head, which the caller has locked. Positions are given in the order of `events`, without a gap.
 *
 * @returns the events in their places, and the new end of the chain
 */
export async function appendEvents(
  trx: Transaction<LedgerTables>,
  head: Head,
  events: readonly UnplacedEvent[],
): Promise<{ readonly placed: readonly EventRow[]; readonly chainHash: Uint8Array }> {
  let position = head.position;
  let chain = head.chainHash;
  const placed: EventRow[] = [];
  const rows: object[] = [];
  for (const event of events) {
    position += 1n;
    const row: EventRow = { ...event, position, recorded_at: head.recordedAt };
    chain = chainHash(chain, row);
    placed.push(row);
    rows.push({
      ...row,
      position: position.toString(),
      response_id: row.response_id?.toString() ?? null,
      sync_id: row.sync_id?.toString() ?? null,
      chain_hash: Buffer.from(chain).toString('hex'),
    });
  }
  await sql`
    insert into runledger.events (${columnList(COLUMNS)})
    select ${columnValues(COLUMNS)}
    from ${recordset(rows, COLUMNS)}
    order by x.position`.execute(trx);
  await sql`
    update runledger.ledger_head
    set position = ${position.toString()}::bigint, chain_hash = ${Buffer.from(chain)}, recorded_at = ${head.recordedAt}::timestamptz`.execute(
    trx,
  );
  return { placed, chainHash: chain };
}
