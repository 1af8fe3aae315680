import { sql, type Kysely, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';

export interface FailureQuestion {
  /** Attempts that failed from here … */
  readonly since: Instant;
  /** … to before here. */
  readonly until: Instant;
  /** rows, at the most */
  readonly max: number;
}

/** Failures that are alike: of one error signature, or of the same warning kinds or reason where the source gave no error text. */
export interface FailureGroup {
  readonly stream: Stream;
  readonly error_signature: string | null;
  /** null where the source shows none, and where there is an error signature */
  readonly warning_kinds: readonly string[] | null;
  readonly status_reason: string | null;
  readonly failed_count: number;
  readonly workflow_count: number;
  readonly last_failed_at: Instant;
  /** One of them, the latest. */
  readonly record_key: string;
}

export interface LatestFailure {
  readonly connector: string;
  readonly connection: string;
  readonly stream: Stream;
  readonly record_key: string;
  readonly attempt: number;
  readonly workflow_id: string | null;
  readonly workflow_name: string | null;
  readonly collection_id: string | null;
  readonly finished_at: Instant;
  readonly error: string | null;
  readonly error_signature: string | null;
  readonly errored_node_count: number | null;
  readonly warning_kinds: readonly string[] | null;
  readonly status_reason: string | null;
}

type Db = Kysely<LedgerTables> | Transaction<LedgerTables>;

/** @returns most frequent first */
export async function readFailureGroups(db: Db, { since, until, max }: FailureQuestion): Promise<readonly FailureGroup[]> {
  const { rows } = await sql<FailureGroup>`
    select
      stream,
      error_signature,
      case when error_signature is null then warning_kinds end as warning_kinds,
      case when error_signature is null then status_reason end as status_reason,
      count(*)::double precision as failed_count,
      count(distinct (connection, workflow_id))::double precision as workflow_count,
      max(finished_at) as last_failed_at,
      (array_agg(record_key order by finished_at desc, record_key))[1] as record_key
    from runledger.failures
    where finished_at >= ${since}::timestamptz and finished_at < ${until}::timestamptz
    group by 1, 2, 3, 4
    order by failed_count desc, last_failed_at desc, 2, 3, 4
    limit ${max}`.execute(db);
  return rows;
}

/** @returns latest first */
export async function readLatestFailures(db: Db, { since, until, max }: FailureQuestion): Promise<readonly LatestFailure[]> {
  const { rows } = await sql<LatestFailure>`
    select
      connector,
      connection,
      stream,
      record_key,
      attempt,
      workflow_id,
      workflow_name,
      collection_id,
      finished_at,
      error,
      error_signature,
      errored_node_count::double precision as errored_node_count,
      warning_kinds,
      status_reason
    from runledger.failures
    where finished_at >= ${since}::timestamptz and finished_at < ${until}::timestamptz
    order by finished_at desc, record_key, attempt
    limit ${max}`.execute(db);
  return rows;
}
