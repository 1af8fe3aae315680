import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { JsonValue } from '../model/observation.ts';
import type { JsonKey } from './rows.ts';

const PAGE_SIZE = 1_000;
/** As stored, that is compressed, some tenfold: a page of whole payloads would not fit into memory. */
const PAGE_BYTES = 1024 * 1024;

/** An event's digest beside the row of `details` that it is of. */
export interface DigestedDetails extends JsonKey {
  readonly position: bigint;
  /** hex */
  readonly details_digest: string | null;
  /** Whether there is a row in `details`. */
  readonly is_kept: boolean;
  readonly salt: Uint8Array | null;
  readonly error: string | null;
  readonly body: JsonValue;
  /** Whether the record was redacted, asked only where the digest has nothing to be held against. */
  readonly is_redacted: boolean | null;
}

/**
 * Every event after a position with its details, as many as fit into a page; at least one. By lateral with `offset 0`, so that a planner without
 * statistics does not read all details for each page.
 */
export async function readDetailsAfter(trx: Transaction<LedgerTables>, position: bigint): Promise<readonly DigestedDetails[]> {
  const { rows } = await sql<DigestedDetails>`
    with page as materialized (
      select e.*, sum(coalesce(pg_column_size(d.body), 0) + coalesce(octet_length(d.error), 0)) over (
        order by e.position rows between unbounded preceding and 1 preceding
      ) as bytes_before
      from (
        select position, connection, stream, record_id, details_digest
        from runledger.events
        where position > ${position.toString()}::bigint
        order by position
        limit ${PAGE_SIZE}
      ) e
      left join lateral (select d.body, d.error from runledger.details d where d.position = e.position offset 0) d on true
    )
    select e.position, e.connection, e.stream, e.record_id, encode(e.details_digest, 'hex') as details_digest,
      d.position is not null as is_kept, d.salt, d.error, d.body,
      case when e.details_digest is not null and d.salt is null then exists (
        select from runledger.events r
        where r.connection = e.connection and r.stream = e.stream and r.record_id = e.record_id and r.event_type = 'redacted'
      ) end as is_redacted
    from page e
    left join lateral (select * from runledger.details d where d.position = e.position offset 0) d on true
    where coalesce(e.bytes_before, 0) < ${PAGE_BYTES}
    order by e.position`.execute(trx);
  return rows;
}
