import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Anomaly, FoldableEvent } from '../model/event.ts';
import type { Status, StatusReason } from '../model/status.ts';
import type { EventRow } from './canonical-event.ts';
import type { JsonKey } from './rows.ts';

/** About a megabyte: larger pages were measured no faster. */
const PAGE_SIZE = 1_000;

export interface StoredEvent extends EventRow {
  readonly chain_hash: Uint8Array;
}

/** The events after a position, in the order of positions. */
export async function readEventsAfter(trx: Transaction<LedgerTables>, position: bigint): Promise<readonly StoredEvent[]> {
  const { rows } = await sql<StoredEvent>`
    select position, connection, stream, record_id, sequence, attempt, event_type, from_status, to_status, source_status, status_reason,
      occurred_at, reported_at, earliest_at, latest_at, recorded_at, facts, anomalies, encode(details_digest, 'hex') as details_digest,
      response_id, sync_id, chain_hash
    from runledger.events
    where position > ${position.toString()}::bigint
    order by position
    limit ${PAGE_SIZE}`.execute(trx);
  return rows;
}

/** What folding needs of an event. */
export interface FoldableRow
  extends
    JsonKey,
    Pick<
      EventRow,
      | 'position'
      | 'sequence'
      | 'attempt'
      | 'event_type'
      | 'from_status'
      | 'to_status'
      | 'source_status'
      | 'status_reason'
      | 'occurred_at'
      | 'reported_at'
      | 'earliest_at'
      | 'latest_at'
      | 'facts'
      | 'anomalies'
    > {}

/** The events after one, record by record in the order of their keys' bytes, those of a record in the order of their sequence. */
export async function readEventsByRecord(trx: Transaction<LedgerTables>, last: FoldableRow | null): Promise<readonly FoldableRow[]> {
  const { rows } = await sql<FoldableRow>`
    select connection, stream, record_id, sequence, position, attempt, event_type, from_status, to_status, source_status, status_reason,
      occurred_at, reported_at, earliest_at, latest_at, facts, anomalies
    from runledger.events
    where (connection, stream, record_id, sequence)
      > (${last?.connection ?? ''}, ${last?.stream ?? ''}, ${last?.record_id ?? ''}, ${last?.sequence ?? 0}::integer)
    order by connection, stream, record_id, sequence
    limit ${PAGE_SIZE}`.execute(trx);
  return rows;
}

export function foldableEvent(row: FoldableRow): FoldableEvent {
  return {
    position: row.position,
    sequence: row.sequence,
    eventType: row.event_type,
    attempt: row.attempt,
    fromStatus: row.from_status as Status | null,
    toStatus: row.to_status as Status | null,
    sourceStatus: row.source_status,
    statusReason: row.status_reason as StatusReason | null,
    when: { at: row.occurred_at, reportedAt: row.reported_at, earliestAt: row.earliest_at, latestAt: row.latest_at },
    facts: row.facts,
    anomalies: row.anomalies as readonly Anomaly[],
  };
}
