import { describe, expect, it } from 'vitest';
import { readFunctionFiles } from '../../src/publish/function-files.ts';
import { grantStatements } from '../../src/publish/grants.ts';
import { publishViews } from '../../src/publish/publish-views.ts';
import { readReport } from '../../src/publish/read-report.ts';
import { asAdmin } from '../support/database.ts';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { addRecord, at, reported } from './build-ledger.ts';
import { rowsOf } from './rows-of.ts';

/** The arguments of each, and the names and types of its columns in their order: the public contract. More may follow, none may go. */
const CONTRACT = {
  'event_feed(bigint, integer)': 'after_position bigint DEFAULT 0, max integer DEFAULT 1000',
  'failure_rates_by_day(text, timestamptz, timestamptz)':
    'time_zone text, since timestamp with time zone DEFAULT NULL::timestamp with time zone, until timestamp with time zone DEFAULT NULL::timestamp with time zone',
  'state_as_of(timestamptz, timestamptz, bigint)':
    'valid_at timestamp with time zone, known_at timestamp with time zone DEFAULT NULL::timestamp with time zone, known_position bigint DEFAULT NULL::bigint',
};

describe.each(LEDGER_KINDS)('the functions in %s', (kind) => {
  it('take what the contract says, and say what they and their columns mean', async () => {
    const ledger = await freshLedger(kind);
    for (const { name, signature } of readFunctionFiles()) {
      const [row] = await rowsOf(
        ledger,
        `select pg_get_function_arguments(oid) as arguments, obj_description(oid, 'pg_proc') as comment, provolatile as volatility, prosecdef as is_definer,
           array(select n from unnest(proargnames, proargmodes) as a (n, m) where m = 't') as columns
         from pg_proc where oid = 'runledger.${signature}'::regprocedure`,
      );
      expect([signature, row?.['arguments']]).toEqual([signature, CONTRACT[signature as keyof typeof CONTRACT]]);
      expect(row, name).toMatchObject({ volatility: 's', is_definer: false });
      for (const column of row?.['columns'] as readonly string[]) expect(row?.['comment']).toMatch(new RegExp(`\\b${column}\\b`));
    }
    expect(readFunctionFiles().map(({ signature }) => signature)).toEqual(Object.keys(CONTRACT));
  });

  it('are made again when one is missing', async () => {
    const ledger = await freshLedger(kind);
    await rowsOf(ledger, 'drop function runledger.event_feed');
    expect(await publishViews(ledger)).toBe(true);
    expect(await rowsOf(ledger, 'select * from runledger.event_feed()')).toEqual([]);
    expect(await publishViews(ledger)).toBe(false);
  });

  it('event_feed gives events in order from a position on, with their evidence, and who keeps the last misses none', async () => {
    const ledger = await freshLedger(kind);
    for (const recordId of ['a', 'b', 'c']) {
      await addRecord(ledger, { recordId }, [reported('queued', '2026-03-01 10:00'), reported('running', '2026-03-01 10:05')]);
    }
    const read: unknown[] = [];
    for (let last = 0; ;) {
      const page = await rowsOf(ledger, `select position, record_key, response_path, chain_hash from runledger.event_feed(${last}, 4)`);
      if (page.length === 0) break;
      read.push(...page);
      last = Number(page.at(-1)?.['position']);
    }
    expect(read).toHaveLength(6);
    expect(read.map((row) => (row as { position: bigint }).position)).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
    expect(read[2]).toMatchObject({
      record_key: 'noxus-main/runs/b',
      response_path: '/v1/runs/b',
      chain_hash: expect.any(Uint8Array) as unknown,
    });
    expect(await rowsOf(ledger, 'select * from runledger.event_feed(max => 2)')).toHaveLength(2);
  });

  it('failure_rates_by_day has the days of a time zone, half open, also where the clocks go forward', async () => {
    const ledger = await freshLedger(kind);
    const finish = (recordId: string, status: 'succeeded' | 'failed' | 'cancelled', time: string) =>
      addRecord(ledger, { recordId, facts: { workflow_id: 'w1' } }, [reported('queued', '2026-03-28 10:00'), reported(status, time)]);
    await finish('a', 'failed', '2026-03-28 22:59');
    await finish('b', 'succeeded', '2026-03-28 23:00');
    await finish('c', 'failed', '2026-03-29 21:59');
    await finish('d', 'cancelled', '2026-03-29 22:00');
    const rates = (rest: string) =>
      rowsOf(
        ledger,
        `select day::text, bucket_start_at, workflow_id, finished_count, failed_count, failure_rate from runledger.failure_rates_by_day('Europe/Berlin'${rest}) order by day`,
      );
    const first = {
      day: '2026-03-28',
      bucket_start_at: at('2026-03-27 23:00'),
      workflow_id: 'w1',
      finished_count: 1n,
      failed_count: 1n,
      failure_rate: 1,
    };
    const second = { ...first, day: '2026-03-29', bucket_start_at: at('2026-03-28 23:00'), finished_count: 2n, failure_rate: 0.5 };
    const third = { ...first, day: '2026-03-30', bucket_start_at: at('2026-03-29 22:00'), failed_count: 0n, failure_rate: null };
    expect(await rates('')).toEqual([first, second, third]);
    expect(await rates(`, '2026-03-28 23:00Z', '2026-03-29 22:00Z'`)).toEqual([second]);
    const report = await readReport(ledger, {
      since: at('2026-03-28 00:00'),
      until: at('2026-03-31 00:00'),
      by: 'connection',
      timeZone: 'Europe/Berlin',
    });
    expect(report.days.map(({ day, finished_count: count }) => [day, count])).toEqual([
      ['2026-03-28', 1],
      ['2026-03-29', 2],
      ['2026-03-30', 1],
    ]);
  });
});

it('a reading role asks all of them, also where functions are not everybody’s', async () => {
  const ledger = await freshLedger('postgres');
  const role = `reader_${Math.random().toString(36).slice(2, 8)}`;
  await addRecord(ledger, {}, [reported('queued', '2026-03-01 10:00')]);
  await rowsOf(ledger, `create role ${role}`);
  try {
    await rowsOf(ledger, 'revoke execute on all functions in schema runledger from public');
    await rowsOf(ledger, grantStatements(role));
    await ledger.db.connection().execute(async (connection) => {
      const asReader = { ...ledger, db: connection };
      await rowsOf(asReader, `set role ${role}`);
      expect(await rowsOf(asReader, 'select * from runledger.event_feed()')).toHaveLength(1);
      expect(await rowsOf(asReader, "select * from runledger.failure_rates_by_day('UTC')")).toEqual([]);
      expect(await rowsOf(asReader, "select status, connector from runledger.state_as_of('2026-03-02Z')")).toEqual([
        { status: 'queued', connector: 'noxus' },
      ]);
      await rowsOf(asReader, 'reset role');
    });
  } finally {
    await rowsOf(ledger, `drop owned by ${role}`);
    await asAdmin((client) => client.query(`drop role ${role}`));
  }
});
