import { sql, type RawBuilder, type Transaction } from 'kysely';
import { codeOf } from '../db/error-code.ts';
import type { Ledger } from '../db/open-ledger.ts';
import type { LedgerTables } from '../db/tables.ts';
import { RunledgerError } from '../model/errors.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';
import { readFailureGroups, readLatestFailures, type FailureGroup, type LatestFailure } from './read-failures.ts';

export type ReportBy = 'workflow' | 'collection' | 'connection';

export interface ReportQuestion {
  /** Attempts that finished from here … */
  readonly since: Instant;
  /** … to before here. */
  readonly until: Instant;
  readonly by: ReportBy;
  /** Name of the time zone whose days `days` are, such as `Europe/Berlin`. */
  readonly timeZone: string;
}

export interface Report extends ReportQuestion {
  /** Most failures first. */
  readonly rows: readonly ReportRow[];
  /** One a stream: runs and documents are never added up. */
  readonly totals: readonly ReportTotal[];
  /** One a stream and local day on which anything finished. */
  readonly days: readonly ReportDay[];
  /** The ten most frequent kinds of failure. */
  readonly failures: readonly FailureGroup[];
  readonly latest_failures: readonly LatestFailure[];
}

/** Attempts that finished in the time asked for, flaps left out. Durations in seconds, null where no attempt's is bounded. */
export interface ReportMeasures {
  readonly finished_count: number;
  readonly succeeded_count: number;
  readonly failed_count: number;
  readonly cancelled_count: number;
  /** failed / (succeeded + failed), from 0 to 1; null where neither happened */
  readonly failure_rate: number | null;
  readonly run_p50_seconds: number | null;
  readonly run_p95_seconds: number | null;
  readonly run_max_seconds: number | null;
  readonly queue_p50_seconds: number | null;
  readonly queue_p95_seconds: number | null;
  readonly total_p50_seconds: number | null;
  readonly total_p95_seconds: number | null;
  readonly total_max_seconds: number | null;
  /** Of how many attempts the duration is known, exactly or within bounds: what the percentiles rest on. */
  readonly run_bounded_count: number;
  readonly queue_bounded_count: number;
  readonly total_bounded_count: number;
  /** The same, as a share of those that finished, from 0 to 1. */
  readonly run_bounded_share: number;
  readonly queue_bounded_share: number;
  readonly total_bounded_share: number;
}

export interface ReportRow extends ReportMeasures {
  readonly connector: string;
  readonly connection: string;
  readonly stream: Stream;
  /** null unless asked for by workflow, or where the records have none */
  readonly workflow_id: string | null;
  readonly workflow_name: string | null;
  /** null unless asked for by collection, or where the records have none */
  readonly collection_id: string | null;
}

export interface ReportTotal extends ReportMeasures {
  readonly stream: Stream;
}

export interface ReportDay extends ReportMeasures {
  readonly stream: Stream;
  /** `YYYY-MM-DD` in the time zone asked for */
  readonly day: string;
  readonly day_start_at: Instant;
}

/**
 * Outcomes and durations of what finished in a stretch of time, all of it read at one moment.
 *
 * @throws RunledgerError bad_argument where the time zone is unknown, or `since` is not before `until`
 */
export async function readReport(ledger: Pick<Ledger, 'db'>, question: ReportQuestion): Promise<Report> {
  checkQuestion(question);
  const { since, until } = question;
  try {
    return await ledger.db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (trx) => ({
        ...question,
        rows: await readRows(trx, question),
        totals: await readTotals(trx, question),
        days: await readDays(trx, question),
        failures: await readFailureGroups(trx, { since, until, max: 10 }),
        latest_failures: await readLatestFailures(trx, { since, until, max: 10 }),
      }));
  } catch (error) {
    if (codeOf(error) === '22023') throw unknownTimeZone(question.timeZone, error);
    throw error;
  }
}

const GROUPS: Record<ReportBy, RawBuilder<unknown>> = {
  workflow: sql`a.workflow_id, a.workflow_name, null::text as collection_id`,
  collection: sql`null::text as workflow_id, null::text as workflow_name, a.collection_id`,
  connection: sql`null::text as workflow_id, null::text as workflow_name, null::text as collection_id`,
};

async function readRows(trx: Transaction<LedgerTables>, question: ReportQuestion): Promise<readonly ReportRow[]> {
  const { rows } = await sql<ReportRow>`
    select a.connector, a.connection, a.stream, ${GROUPS[question.by]}, ${MEASURES}
    from ${finished(question)}
    group by 1, 2, 3, 4, 5, 6
    order by failed_count desc, finished_count desc, 2, 3, 5, 4, 6`.execute(trx);
  return rows;
}

async function readTotals(trx: Transaction<LedgerTables>, question: ReportQuestion): Promise<readonly ReportTotal[]> {
  const { rows } = await sql<ReportTotal>`
    select a.stream, ${MEASURES}
    from ${finished(question)}
    group by a.stream
    order by a.stream desc`.execute(trx);
  return rows;
}

async function readDays(trx: Transaction<LedgerTables>, question: ReportQuestion): Promise<readonly ReportDay[]> {
  const { rows } = await sql<ReportDay>`
    select a.stream, to_char(a.local_finished_at, 'YYYY-MM-DD') as day, min(a.day_start_at) as day_start_at, ${MEASURES}
    from (
      select
        f.*,
        f.finished_at at time zone ${question.timeZone}::text as local_finished_at,
        date_trunc('day', f.finished_at, ${question.timeZone}::text) as day_start_at
      from ${finished(question, sql`f`)}
    ) a
    group by 1, 2
    order by 2, 1 desc`.execute(trx);
  return rows;
}

function finished({ since, until }: ReportQuestion, alias = sql`a`): RawBuilder<unknown> {
  return sql`(
      select *
      from runledger.all_attempts
      where finished_at >= ${since}::timestamptz
        and finished_at < ${until}::timestamptz
        and is_counted
    ) ${alias}`;
}

const MEASURES = sql`
      count(*)::double precision as finished_count,
      count(*) filter (where a.outcome = 'succeeded')::double precision as succeeded_count,
      count(*) filter (where a.outcome = 'failed')::double precision as failed_count,
      count(*) filter (where a.outcome = 'cancelled')::double precision as cancelled_count,
      count(*) filter (where a.outcome = 'failed')::double precision
        / nullif(count(*) filter (where a.outcome in ('succeeded', 'failed')), 0) as failure_rate,
      percentile_cont(0.5) within group (order by a.run_seconds) as run_p50_seconds,
      percentile_cont(0.95) within group (order by a.run_seconds) as run_p95_seconds,
      max(a.run_seconds) as run_max_seconds,
      percentile_cont(0.5) within group (order by a.queue_seconds) as queue_p50_seconds,
      percentile_cont(0.95) within group (order by a.queue_seconds) as queue_p95_seconds,
      percentile_cont(0.5) within group (order by a.total_seconds) as total_p50_seconds,
      percentile_cont(0.95) within group (order by a.total_seconds) as total_p95_seconds,
      max(a.total_seconds) as total_max_seconds,
      count(a.run_seconds)::double precision as run_bounded_count,
      count(a.queue_seconds)::double precision as queue_bounded_count,
      count(a.total_seconds)::double precision as total_bounded_count,
      count(a.run_seconds)::double precision / count(*) as run_bounded_share,
      count(a.queue_seconds)::double precision / count(*) as queue_bounded_share,
      count(a.total_seconds)::double precision / count(*) as total_bounded_share`;

function checkQuestion({ since, until, timeZone }: ReportQuestion): void {
  if (since >= until) {
    throw new RunledgerError('bad_argument', `the report would begin at ${since} and end at ${until}`, {
      hint: 'Let it begin before it ends.',
    });
  }
  // Postgres would take +02 for two hours west of Greenwich, as POSIX does, and nobody means that.
  if (!/^[A-Za-z]/.test(timeZone) || !isZoneName(timeZone)) throw unknownTimeZone(timeZone);
}

function isZoneName(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}

function unknownTimeZone(timeZone: string, cause?: unknown): RunledgerError {
  return new RunledgerError('bad_argument', `there is no time zone ${JSON.stringify(timeZone)}`, {
    hint: 'Give a name such as UTC, Europe/Berlin or America/New_York.',
    cause,
  });
}
