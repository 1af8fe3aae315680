import { describe, expect, it } from 'vitest';
import { readViewFiles } from '../../src/publish/view-files.ts';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { addRecord, addSighting, addSync, at, nameWorkflow, noted, reported, seen } from './build-ledger.ts';
import { rowsOf } from './rows-of.ts';

const TIME = 'timestamp with time zone';
const NUMBER = 'double precision';

/** Columns that other people's models rest on, with their types: the public contract. More may follow them, none may go. */
const CONTRACT: Record<string, Record<string, string>> = {
  runs: recordColumns(),
  documents: recordColumns(),
  run_attempts: attemptColumns(),
  document_attempts: attemptColumns(),
  status_history: {
    ...ofRecord(),
    attempt: 'integer',
    status: 'text',
    source_status: 'text',
    ...interval('entered'),
    ...interval('left'),
    duration_low_seconds: NUMBER,
    duration_seconds: NUMBER,
    duration_high_seconds: NUMBER,
    is_current: 'boolean',
    is_flap: 'boolean',
  },
  failure_rates_hourly: rateColumns(),
  failure_rates_daily: rateColumns(),
  durations_daily: {
    ...bucketColumns(),
    attempt_count: 'bigint',
    bounded_count: 'bigint',
    ...Object.fromEntries(
      ['run', 'queue', 'total'].flatMap((span) => ['p50', 'p95', 'p99', 'max'].map((measure) => [`${span}_${measure}_seconds`, NUMBER])),
    ),
  },
  failures: {
    ...ofRecord(),
    attempt: 'integer',
    workflow_id: 'text',
    workflow_name: 'text',
    error: 'text',
    error_signature: 'text',
    errored_node_count: 'bigint',
    warning_kinds: 'text[]',
  },
  open_records: {
    ...ofRecord(),
    age_seconds: NUMBER,
    threshold_seconds: NUMBER,
    threshold_source: 'text',
    is_stuck: 'boolean',
    missing_since_at: TIME,
    progress_percent: NUMBER,
    last_activity: 'text',
    last_read_at: TIME,
  },
  anomalies: { ...ofRecord(), position: 'bigint', event_type: 'text', anomalies: 'text[]', occurred_at: TIME, recorded_at: TIME },
  sync_health: {
    ...ofStream(),
    last_complete_sync_at: TIME,
    lag_seconds: NUMBER,
    last_full_scan_at: TIME,
    open_count: 'bigint',
    unread_count: 'bigint',
    consecutive_failure_count: 'bigint',
    last_error: 'text',
    rate_limited_until_at: TIME,
    clock_skew_seconds: NUMBER,
    last_status: 'text',
    last_sync_at: TIME,
    missing_count: 'bigint',
    unconfirmed_absence_count: 'bigint',
    last_scan_tried_at: TIME,
    is_scan_incomplete: 'boolean',
    has_drift: 'boolean',
    absence_finding: 'text',
  },
  disappearances: {
    ...ofRecord(),
    position: 'bigint',
    attempt: 'integer',
    status: 'text',
    outcome: 'text',
    last_seen_at: TIME,
    proven_at: TIME,
    response_method: 'text',
    response_path: 'text',
    response_status: 'integer',
    sync_id: 'bigint',
    has_reappeared: 'boolean',
    ...interval('reappeared'),
    workflow_name: 'text',
    collection_id: 'text',
  },
  coverage: {
    ...ofStream(),
    from_at: TIME,
    to_at: TIME,
    gap_seconds: NUMBER,
    is_first: 'boolean',
    is_current: 'boolean',
    has_absence_proof: 'boolean',
    ...Object.fromEntries(
      [
        'sync_count',
        'failed_sync_count',
        'rate_limited_sync_count',
        'interrupted_sync_count',
        'incomplete_sync_count',
        'skipped_sync_count',
        'unsupported_sync_count',
        'rejected_count',
        'unread_count',
        'deferred_count',
      ].map((count) => [count, 'bigint']),
    ),
    has_drift: 'boolean',
    source_total_count: 'bigint',
    distinct_count: 'bigint',
    clock_skew_seconds: NUMBER,
    last_error: 'text',
    from_sync_id: 'bigint',
    to_sync_id: 'bigint',
  },
};

function ofStream(): Record<string, string> {
  return { connector: 'text', connection: 'text', stream: 'text' };
}

function ofRecord(): Record<string, string> {
  return { ...ofStream(), record_key: 'text', record_id: 'text' };
}

function interval(name: string): Record<string, string> {
  return { [`${name}_at`]: TIME, [`${name}_earliest_at`]: TIME, [`${name}_latest_at`]: TIME };
}

function recordColumns(): Record<string, string> {
  return {
    ...ofRecord(),
    status: 'text',
    source_status: 'text',
    is_present: 'boolean',
    attempt: 'integer',
    workflow_name: 'text',
    error: 'text',
    created_at: TIME,
    started_at: TIME,
    finished_at: TIME,
    queue_seconds: NUMBER,
    run_seconds: NUMBER,
    total_seconds: NUMBER,
    confirmed_at: TIME,
    is_stale: 'boolean',
  };
}

function attemptColumns(): Record<string, string> {
  return {
    ...ofRecord(),
    attempt: 'integer',
    ...interval('queued'),
    ...interval('started'),
    ...interval('finished'),
    outcome: 'text',
    error: 'text',
    is_flap: 'boolean',
    ...Object.fromEntries(
      ['queue', 'run', 'total'].flatMap((span) => ['_low', '', '_high'].map((end) => [`${span}${end}_seconds`, NUMBER])),
    ),
  };
}

function bucketColumns(): Record<string, string> {
  return { bucket_start_at: TIME, ...ofStream(), workflow_id: 'text', collection_id: 'text' };
}

function rateColumns(): Record<string, string> {
  const counts = ['finished_count', 'succeeded_count', 'failed_count', 'cancelled_count'];
  return { ...bucketColumns(), ...Object.fromEntries(counts.map((count) => [count, 'bigint'])), failure_rate: NUMBER };
}

const COLUMNS = `
  select c.relname as view, a.attname as column, format_type(a.atttypid, a.atttypmod) as type, col_description(c.oid, a.attnum) as comment
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
  where c.relnamespace = 'runledger'::regnamespace and c.relkind = 'v'
  order by c.relname, a.attnum`;

describe.each(LEDGER_KINDS)('the views in %s', (kind) => {
  it('have every column of the contract, by its name and type', async () => {
    const ledger = await freshLedger(kind);
    const columns = await rowsOf(ledger, COLUMNS);
    const types = new Map(columns.map(({ view, column, type }) => [`${String(view)}.${String(column)}`, type]));
    const found = Object.fromEntries(
      Object.entries(CONTRACT).map(([view, contract]) => [
        view,
        Object.fromEntries(Object.keys(contract).map((column) => [column, types.get(`${view}.${column}`)])),
      ]),
    );
    expect(found).toEqual(CONTRACT);
  });

  it('say of themselves and of each and every column what it means', async () => {
    const ledger = await freshLedger(kind);
    const views = await rowsOf(
      ledger,
      `select relname as view, obj_description(oid, 'pg_class') as comment
       from pg_class where relnamespace = 'runledger'::regnamespace and relkind = 'v'`,
    );
    expect(views.map(({ view }) => view).sort()).toEqual(
      readViewFiles()
        .map(({ view }) => view)
        .sort(),
    );
    const columns = await rowsOf(ledger, COLUMNS);
    expect([...views, ...columns].filter(({ comment }) => typeof comment !== 'string' || comment.length < 10)).toEqual([]);
  });

  it('answer the same whatever the time zone of the session', async () => {
    const ledger = await freshLedger(kind);
    await nameWorkflow(ledger, 'w1', 'Import');
    await addRecord(ledger, { recordId: 'a', facts: { workflow_id: 'w1' } }, [
      reported('queued', '2026-03-28 23:30'),
      seen('running', '2026-03-28 23:50', '2026-03-29 00:10', { anomalies: ['clock_skew'] }),
      reported('failed', '2026-03-29 01:30', { error: 'no' }),
    ]);
    await addRecord(ledger, { recordId: 'b', stream: 'documents' }, [
      reported('running', '2026-10-25 00:30'),
      noted('disappeared', '2026-10-25 01:00', '2026-10-25 02:00'),
    ]);
    await addRecord(ledger, { recordId: 'c' }, [seen('running', null, '2026-10-25 00:30')]);
    await addSighting(ledger, { recordId: 'c', lastReadAt: at('2026-10-25 03:30') });
    await addSync(ledger, { startedAt: at('2026-10-25 03:00'), mode: 'full' });
    const inZone = async (zone: string): Promise<unknown> =>
      ledger.db.transaction().execute(async (trx) => {
        const inTransaction = { ...ledger, db: trx };
        await rowsOf(inTransaction, `set local time zone '${zone}'`);
        const answers: Record<string, unknown> = {};
        for (const { view } of readViewFiles()) {
          // The database's clock moves on between two transactions.
          const rows = await rowsOf(inTransaction, `select to_jsonb(v) - 'lag_seconds' - 'gap_seconds' as row from runledger.${view} v`);
          answers[view] = rows.map(({ row }) => instantsInUtc(row)).sort();
        }
        return answers;
      });
    const utc = await inZone('UTC');
    for (const rows of Object.values(utc as Record<string, unknown[]>)) expect(rows).not.toEqual([]);
    for (const zone of ['America/St_Johns', 'Europe/Berlin', 'Pacific/Kiritimati']) expect(await inZone(zone)).toEqual(utc);
  });
});

/** JSON writes an instant with the session's offset. */
function instantsInUtc(row: unknown): string {
  return JSON.stringify(row, (_key, value: unknown) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT.*[+-]\d\d:\d\d$/.test(value) ? new Date(value).toISOString() : value,
  );
}
