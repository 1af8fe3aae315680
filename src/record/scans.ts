import { sql, type Kysely, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';

/** How far a scan of a list came. */
export interface Checkpoint {
  /** Rows of the list, from its beginning, that are all recorded. */
  readonly rowCount: number;
  readonly pageSize: number;
  readonly total: number | null;
  /** Rows from here on were read several pages at a time, and the list may have moved meanwhile; null: none in doubt. */
  readonly doubted: { readonly fromRow: number; readonly frontIds: readonly string[] } | null;
  /** The source's clock at its first answer. */
  readonly sourceStartedAt: Instant | null;
}

/** A scan that ended before it had read all, to be gone on with. */
export interface OpenScan extends Checkpoint {
  readonly scanId: bigint;
  readonly startedAt: Instant;
}

/** Begins a scan, and notes that it was tried. */
export async function beginScan(
  trx: Transaction<LedgerTables>,
  scan: { readonly connection: string; readonly stream: Stream; readonly syncId: bigint; readonly startedAt: Instant },
): Promise<bigint> {
  const { connection, stream, startedAt } = scan;
  await sql`
    update runledger.streams set last_scan_tried_at = ${startedAt}::timestamptz
    where connection = ${connection} and stream = ${stream}`.execute(trx);
  await sql`
    update runledger.sync_streams set mode = 'full'
    where sync_id = ${scan.syncId.toString()}::bigint and connection = ${connection} and stream = ${stream} and status = 'running'`.execute(
    trx,
  );
  const { rows } = await sql<{ scan_id: bigint }>`
    insert into runledger.checkpoints (connection, stream, sync_id, started_at)
    select ${connection}, ${stream}, ${scan.syncId.toString()}::bigint,
      -- What a scan that was cut off had seen was there since that one began.
      least(${startedAt}::timestamptz, (select min(c.started_at) from runledger.checkpoints c where c.connection = ${connection} and c.stream = ${stream}))
    returning scan_id`.execute(trx);
  return (rows[0] as { scan_id: bigint }).scan_id;
}

/** The scan of a stream that came farthest and has recorded something. */
export async function findOpenScan(db: Kysely<LedgerTables>, connection: string, stream: Stream): Promise<OpenScan | null> {
  const { rows } = await sql<{
    scan_id: bigint;
    row_count: bigint;
    page_size: bigint;
    source_total_count: bigint | null;
    doubted_from_row: bigint | null;
    front_ids: readonly string[] | null;
    started_at: Instant;
    source_started_at: Instant | null;
  }>`
    select c.scan_id, c.row_count, c.page_size, c.source_total_count, c.doubted_from_row, c.front_ids, c.started_at, c.source_started_at
    from runledger.checkpoints c
    where c.connection = ${connection} and c.stream = ${stream} and c.row_count > 0 and c.page_size > 0
    order by c.row_count desc, c.scan_id desc
    limit 1`.execute(db);
  const row = rows[0];
  if (row === undefined) return null;
  return {
    scanId: row.scan_id,
    startedAt: row.started_at,
    rowCount: Number(row.row_count),
    pageSize: Number(row.page_size),
    total: row.source_total_count === null ? null : Number(row.source_total_count),
    doubted: row.doubted_from_row === null ? null : { fromRow: Number(row.doubted_from_row), frontIds: row.front_ids ?? [] },
    sourceStartedAt: row.source_started_at,
  };
}

/**
 * Notes what a scan has seen, each key once. Kept by hash and in the database: the records of a stream need not fit into memory.
 *
 * @returns how many of them it had not seen before
 */
export async function noteSeen(trx: Transaction<LedgerTables>, scanId: bigint, keys: readonly string[]): Promise<number> {
  if (keys.length === 0) return 0;
  const { numAffectedRows } = await sql`
    insert into runledger.scan_seen (scan_id, record_hash)
    select ${scanId.toString()}::bigint, ${hashOf(sql`k.key`)} from unnest(${keys}::text[]) as k (key)
    on conflict do nothing`.execute(trx);
  return Number(numAffectedRows ?? 0n);
}

/** @param checkpoint undefined: only the count of what it saw is moved on */
export async function moveCheckpoint(
  trx: Transaction<LedgerTables>,
  scanId: bigint,
  newCount: number,
  checkpoint: Checkpoint | undefined,
): Promise<void> {
  if (checkpoint === undefined) {
    await sql`update runledger.checkpoints set seen_count = seen_count + ${newCount} where scan_id = ${scanId.toString()}::bigint`.execute(
      trx,
    );
    return;
  }
  const { rowCount, pageSize, total, doubted, sourceStartedAt } = checkpoint;
  await sql`
    update runledger.checkpoints set seen_count = seen_count + ${newCount},
      row_count = ${rowCount}, page_size = ${pageSize}, source_total_count = ${total},
      doubted_from_row = ${doubted?.fromRow ?? null}, front_ids = ${doubted?.frontIds ?? null}::text[],
      source_started_at = coalesce(source_started_at, ${sourceStartedAt}::timestamptz)
    where scan_id = ${scanId.toString()}::bigint`.execute(trx);
}

/** What a scan saw, and whether all of it is still there, as many as the checkpoint says. */
export async function countSeen(db: Kysely<LedgerTables>, scanId: bigint): Promise<{ readonly count: number; readonly isWhole: boolean }> {
  const { rows } = await sql<{ count: bigint; seen_count: bigint | null }>`
    select (select count(*) from runledger.scan_seen s where s.scan_id = ${scanId.toString()}::bigint) as count,
      (select c.seen_count from runledger.checkpoints c where c.scan_id = ${scanId.toString()}::bigint) as seen_count`.execute(db);
  const row = rows[0] as { count: bigint; seen_count: bigint | null };
  return { count: Number(row.count), isWhole: row.count === row.seen_count };
}

/** How many records both of two scans saw. */
export async function countSeenByBoth(db: Kysely<LedgerTables>, one: bigint, other: bigint): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`
    select count(*) as count from runledger.scan_seen a
    where a.scan_id = ${one.toString()}::bigint
      and exists (select from runledger.scan_seen b where b.scan_id = ${other.toString()}::bigint and b.record_hash = a.record_hash)`.execute(
    db,
  );
  return Number(rows[0]?.count ?? 0n);
}

/** Forgets the scans of a stream: they are done, or another is begun. */
export async function endScans(trx: Transaction<LedgerTables>, connection: string, stream: Stream): Promise<void> {
  await sql`
    delete from runledger.scan_seen s
    using runledger.checkpoints c
    where c.connection = ${connection} and c.stream = ${stream} and s.scan_id = c.scan_id`.execute(trx);
  await sql`delete from runledger.checkpoints where connection = ${connection} and stream = ${stream}`.execute(trx);
}

/** 128 bits of the id's SHA-256: half the width of the whole, and a collision among a billion ids is still less likely than a broken disk. */
export function hashOf(text: ReturnType<typeof sql>): ReturnType<typeof sql> {
  return sql`substring(sha256(convert_to(${text}, 'UTF8')) for 16)`;
}
