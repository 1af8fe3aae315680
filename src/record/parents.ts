import { sql, type Kysely, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';

/** What is known of the lists that a stream is cut into. */
export interface KnownParent {
  readonly parentId: string;
  /** As it was when all its lists had been read to their ends; null while they have not. */
  readonly version: string | null;
  /** When the sync began that noted it last. */
  readonly lastSeenAt: Instant;
  readonly goneSinceAt: Instant | null;
}

export async function loadParents(db: Kysely<LedgerTables>, connection: string, stream: Stream): Promise<readonly KnownParent[]> {
  const { rows } = await sql<{ parent_id: string; version: string | null; last_seen_at: Instant; gone_since_at: Instant | null }>`
    select parent_id, version, last_seen_at, gone_since_at from runledger.parents
    where connection = ${connection} and stream = ${stream}
    order by parent_id`.execute(db);
  return rows.map((row) => ({
    parentId: row.parent_id,
    version: row.version,
    lastSeenAt: row.last_seen_at,
    goneSinceAt: row.gone_since_at,
  }));
}

/** Notes that a parent is there, and its version where its lists were read to their ends; null leaves the version known. */
export async function noteParent(
  trx: Transaction<LedgerTables>,
  connection: string,
  stream: Stream,
  parent: { readonly parentId: string; readonly version: string | null; readonly at: Instant },
): Promise<void> {
  await sql`
    insert into runledger.parents (connection, stream, parent_id, version, first_seen_at, last_seen_at)
    values (${connection}, ${stream}, ${parent.parentId}, ${parent.version}, ${parent.at}::timestamptz, ${parent.at}::timestamptz)
    on conflict (connection, stream, parent_id) do update set
      version = coalesce(excluded.version, parents.version),
      last_seen_at = greatest(parents.last_seen_at, excluded.last_seen_at),
      gone_since_at = null`.execute(trx);
}

/** Notes that the source answered that it does not know this parent any more. */
export async function noteParentGone(
  trx: Transaction<LedgerTables>,
  connection: string,
  stream: Stream,
  parentId: string,
  at: Instant,
): Promise<void> {
  await sql`
    update runledger.parents set gone_since_at = coalesce(gone_since_at, ${at}::timestamptz), version = null
    where connection = ${connection} and stream = ${stream} and parent_id = ${parentId}`.execute(trx);
}
