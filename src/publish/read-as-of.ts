import { sql, type Transaction } from 'kysely';
import type { Ledger } from '../db/open-ledger.ts';
import type { LedgerTables } from '../db/tables.ts';
import { RunledgerError } from '../model/errors.ts';
import type { EventType, Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';
import type { Status, StatusReason } from '../model/status.ts';

/** What is asked: how it was at `validAt`, by what had been recorded by `knownAt` and up to `knownPosition`; null: by all that there is. */
export interface AsOfQuestion {
  readonly validAt: Instant;
  readonly knownAt: Instant | null;
  readonly knownPosition: bigint | null;
}

/** How many records were in a status. */
export interface AsOfCount {
  readonly connector: string | null;
  readonly connection: string;
  readonly stream: Stream;
  /** null: they were there, and nothing tells in which status, or its word was not understood */
  readonly status: Status | null;
  /** Proven gone at the source by then. null where `status` is not known to have begun. */
  readonly is_present: boolean | null;
  readonly record_count: number;
  /** Of these, those that certainly had this status and no other. */
  readonly certain_count: number;
}

/** A record as it was: the columns of `runledger.state_as_of`. */
export interface AsOfRecord {
  readonly connector: string | null;
  readonly connection: string;
  readonly stream: Stream;
  readonly record_key: string;
  readonly record_id: string;
  readonly status: Status | null;
  readonly source_status: string | null;
  readonly status_reason: StatusReason | null;
  readonly attempt: number | null;
  readonly is_present: boolean | null;
  readonly entered_at: Instant | null;
  readonly entered_earliest_at: Instant | null;
  readonly entered_latest_at: Instant | null;
  readonly is_certain: boolean;
  readonly next_event_type: EventType | null;
  readonly next_status: Status | null;
  readonly next_at: Instant | null;
  readonly next_earliest_at: Instant | null;
  readonly next_latest_at: Instant | null;
  readonly read_until_at: Instant | null;
}

/** Keys named as the SQL columns, so that `--json` prints it as it is. */
export interface AsOf<Row> {
  readonly valid_at: Instant;
  readonly known_at: Instant | null;
  /** The last position that counted: asked for again, it gives the same records in the same statuses for ever. */
  readonly known_position: bigint;
  readonly rows: readonly Row[];
}

/** @returns by connection, stream and status, present ones first */
export async function countAsOf(ledger: Pick<Ledger, 'db'>, question: AsOfQuestion): Promise<AsOf<AsOfCount>> {
  return await readAsOf(ledger, question, async (trx) => {
    const { rows } = await sql<AsOfCount>`
      select connector, connection, stream, status, is_present,
        count(*)::double precision as record_count,
        (count(*) filter (where is_certain))::double precision as certain_count
      from ${stateAsOf(question)}
      group by connector, connection, stream, status, is_present
      order by connection collate "C", stream, is_present is false, array_position(${ORDER}::text[], status)`.execute(trx);
    return rows;
  });
}

/** @returns by connection, stream and id */
export async function listAsOf(ledger: Pick<Ledger, 'db'>, question: AsOfQuestion): Promise<AsOf<AsOfRecord>> {
  return await readAsOf(ledger, question, async (trx) => {
    const { rows } = await sql<AsOfRecord>`
      select * from ${stateAsOf(question)} order by connection collate "C", stream, record_id collate "C"`.execute(trx);
    return rows;
  });
}

const ORDER: readonly Status[] = ['queued', 'running', 'succeeded', 'failed', 'cancelled'];

function stateAsOf({ validAt, knownAt, knownPosition }: AsOfQuestion): ReturnType<typeof sql> {
  return sql`runledger.state_as_of(${validAt}::timestamptz, ${knownAt}::timestamptz, ${knownPosition?.toString() ?? null}::bigint)`;
}

async function readAsOf<Row>(
  ledger: Pick<Ledger, 'db'>,
  question: AsOfQuestion,
  read: (trx: Transaction<LedgerTables>) => Promise<readonly Row[]>,
): Promise<AsOf<Row>> {
  const { validAt, knownAt, knownPosition } = question;
  return await ledger.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      const last = await readLastKnown(trx, knownAt);
      if (knownPosition !== null && knownPosition > last) throw notYet(knownPosition, last);
      return { valid_at: validAt, known_at: knownAt, known_position: knownPosition ?? last, rows: await read(trx) };
    });
}

async function readLastKnown(trx: Transaction<LedgerTables>, knownAt: Instant | null): Promise<bigint> {
  const { rows } = await sql<{ position: bigint }>`
    select coalesce(max(position), 0) as position
    from runledger.events
    where ${knownAt}::timestamptz is null or recorded_at <= ${knownAt}::timestamptz`.execute(trx);
  return rows[0]?.position ?? 0n;
}

function notYet(position: bigint, last: bigint): RunledgerError {
  return new RunledgerError('bad_argument', `there is no position ${position} yet: the last is ${last}`, {
    hint: 'Name a position that is there; only then the answer stays the same.',
  });
}
