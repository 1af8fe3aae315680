import { sql, type Kysely, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { ClockOffset } from '../model/clock-offset.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';

/** A lease lasts this long past its last renewal: as long as a sync may be silent. */
const LEASE_SECONDS = 180;

export type ListOrder = 'newest_first' | 'oldest_first' | 'none';

export interface StreamState {
  /** In which form the source answers, and since when, where it had answered in another before. */
  readonly generation: string | null;
  readonly generationSince: Instant | null;
  readonly listOrder: ListOrder | null;
  readonly watermark: Instant | null;
  /** Of the source's clock and ours, when the watermark was read. */
  readonly clock: ClockOffset | null;
  readonly lastCompleteAt: Instant | null;
  readonly firstReadAt: Instant | null;
  /** When the last scan began that saw every record, and the last one that was begun at all. */
  readonly lastFullScanAt: Instant | null;
  readonly lastScanTriedAt: Instant | null;
  readonly lastTotalsAgreedAt: Instant | null;
  /** Why absences are not recorded until a person accepts them. */
  readonly absenceFinding: string | null;
}

export type LeaseResult = { readonly taken: true; readonly state: StreamState } | { readonly taken: false; readonly holder: string };

interface StreamRow {
  readonly generation: string | null;
  readonly generation_since_at: Instant | null;
  readonly list_order: ListOrder | null;
  readonly watermark: Instant | null;
  readonly source_ahead_least: bigint | null;
  readonly source_ahead_most: bigint | null;
  readonly last_complete_at: Instant | null;
  readonly first_read_at: Instant | null;
  readonly last_full_scan_at: Instant | null;
  readonly last_scan_tried_at: Instant | null;
  readonly last_totals_agreed_at: Instant | null;
  readonly absence_finding: string | null;
  readonly lease_holder: string | null;
  readonly is_leased: boolean;
}

/**
 * Takes a stream for one sync and writes the row of what it does there; where another sync holds it, a finished row that says `skipped`.
 * Whoever takes a stream knows that no other sync works on it: rows that still say `running` are of syncs that died.
 *
 * @param isDead whether a holder cannot be alive any more, so that its lease need not run out
 */
export async function takeLease(
  trx: Transaction<LedgerTables>,
  take: {
    readonly connection: string;
    readonly stream: Stream;
    readonly syncId: bigint;
    readonly holder: string;
    readonly mode: 'incremental' | 'full' | null;
    readonly startedAt: Instant;
    readonly isDead: (holder: string) => boolean;
  },
): Promise<LeaseResult> {
  const { connection, stream, holder, startedAt } = take;
  const syncId = take.syncId.toString();
  await sql`
    insert into runledger.streams (connection, stream) values (${connection}, ${stream})
    on conflict do nothing`.execute(trx);
  const { rows } = await sql<StreamRow>`
    select ${STATE_COLUMNS}, lease_holder, coalesce(lease_until_at > clock_timestamp(), false) as is_leased
    from runledger.streams
    where connection = ${connection} and stream = ${stream}
    for update`.execute(trx);
  const row = rows[0] as StreamRow;
  const mode = take.mode ?? (row.watermark === null ? 'full' : 'incremental');
  if (row.is_leased && row.lease_holder !== null && !take.isDead(row.lease_holder)) {
    const error = `held by ${row.lease_holder}`;
    await sql`
      insert into runledger.sync_streams (sync_id, connection, stream, mode, status, error, started_at, finished_at)
      values (${syncId}::bigint, ${connection}, ${stream}, ${mode}, 'skipped', ${error}, ${startedAt}::timestamptz, ${startedAt}::timestamptz)`.execute(
      trx,
    );
    return { taken: false, holder: row.lease_holder };
  }
  await markInterrupted(trx, connection, stream, startedAt);
  await takeBackClock(trx, connection, stream, startedAt);
  await sql`
    update runledger.streams
    set lease_holder = ${holder}, lease_sync_id = ${syncId}::bigint,
      lease_until_at = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
    where connection = ${connection} and stream = ${stream}`.execute(trx);
  await sql`
    insert into runledger.sync_streams (sync_id, connection, stream, mode, status, started_at)
    values (${syncId}::bigint, ${connection}, ${stream}, ${mode}, 'running', ${startedAt}::timestamptz)`.execute(trx);
  return { taken: true, state: stateOf(row) };
}

/** The state of a stream without taking it. */
export async function readStreamState(db: Kysely<LedgerTables>, connection: string, stream: Stream): Promise<StreamState> {
  const { rows } = await sql<StreamRow>`
    select ${STATE_COLUMNS}
    from runledger.streams
    where connection = ${connection} and stream = ${stream}`.execute(db);
  const row = rows[0];
  return row === undefined ? NEVER_READ : stateOf(row);
}

const NEVER_READ: StreamState = {
  generation: null,
  generationSince: null,
  listOrder: null,
  watermark: null,
  clock: null,
  lastCompleteAt: null,
  firstReadAt: null,
  lastFullScanAt: null,
  lastScanTriedAt: null,
  lastTotalsAgreedAt: null,
  absenceFinding: null,
};

const STATE_COLUMNS = sql.raw(
  'generation, generation_since_at, list_order, watermark, source_ahead_least, source_ahead_most, last_complete_at, first_read_at, last_full_scan_at, last_scan_tried_at, last_totals_agreed_at, absence_finding',
);

function stateOf(row: StreamRow): StreamState {
  return {
    generation: row.generation,
    generationSince: row.generation_since_at,
    listOrder: row.list_order,
    watermark: row.watermark,
    clock: clockOf(row),
    lastCompleteAt: row.last_complete_at,
    firstReadAt: row.first_read_at,
    lastFullScanAt: row.last_full_scan_at,
    lastScanTriedAt: row.last_scan_tried_at,
    lastTotalsAgreedAt: row.last_totals_agreed_at,
    absenceFinding: row.absence_finding,
  };
}

function clockOf({ source_ahead_least: leastMicros, source_ahead_most: mostMicros }: StreamRow): ClockOffset | null {
  return leastMicros === null || mostMicros === null ? null : { leastMicros, mostMicros };
}

/** Keeps the leases of a running sync alive while it waits for slow or limiting sources. */
export async function renewLeases(trx: Transaction<LedgerTables>, syncId: bigint): Promise<void> {
  await sql`
    update runledger.streams
    set lease_until_at = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
    where lease_sync_id = ${syncId.toString()}::bigint`.execute(trx);
}

/**
 * Moments from the future are of a clock that was ahead. Taken for true they would keep records from being asked for, and what a scan did not see from being
 * looked for by a second one.
 */
async function takeBackClock(trx: Transaction<LedgerTables>, connection: string, stream: Stream, now: Instant): Promise<void> {
  const before = sql`${now}::timestamptz - interval '1 microsecond'`;
  await sql`
    update runledger.sightings
    set last_tried_at = least(last_tried_at, ${before}), missing_since_at = least(missing_since_at, ${before}),
      unseen_first_at = least(unseen_first_at, ${before}), unseen_last_at = least(unseen_last_at, ${before}), next_read_at = least(next_read_at, ${before})
    where connection = ${connection} and stream = ${stream}
      and greatest(last_tried_at, missing_since_at, unseen_first_at, unseen_last_at, next_read_at) > ${now}::timestamptz`.execute(trx);
}

async function markInterrupted(trx: Transaction<LedgerTables>, connection: string, stream: Stream, at: Instant): Promise<void> {
  const { rows } = await sql<{ sync_id: bigint }>`
    update runledger.sync_streams
    set status = 'interrupted', error = 'its process ended before it did', finished_at = ${at}::timestamptz
    where connection = ${connection} and stream = ${stream} and status = 'running'
    returning sync_id`.execute(trx);
  const orphans = rows.map((row) => row.sync_id.toString());
  await sql`
    update runledger.syncs s
    set status = 'interrupted', error = 'its process ended before it did', finished_at = ${at}::timestamptz
    where s.status = 'running'
      -- The second kind died before its first stream, or after its last: nothing of it runs, and a living one would be done long since.
      and (s.sync_id = any(${orphans}::bigint[]) or s.started_at < ${at}::timestamptz - make_interval(secs => ${LEASE_SECONDS}))
      and not exists (select from runledger.sync_streams o where o.sync_id = s.sync_id and o.status = 'running')`.execute(trx);
}
