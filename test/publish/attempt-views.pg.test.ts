import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { addRecord, nameWorkflow, noted, reported, seen } from './build-ledger.ts';
import { rowsOf } from './rows-of.ts';

const DURATIONS = `
  select
    attempt, outcome, is_flap,
    queue_low_seconds, queue_seconds, queue_high_seconds,
    run_low_seconds, run_seconds, run_high_seconds,
    total_low_seconds, total_seconds, total_high_seconds
  from runledger.run_attempts order by record_id, attempt`;

async function durations(ledger: Ledger): Promise<readonly unknown[]> {
  const rows = await rowsOf(ledger, DURATIONS);
  return rows.map((row) => [
    row['outcome'],
    [row['queue_low_seconds'], row['queue_seconds'], row['queue_high_seconds']],
    [row['run_low_seconds'], row['run_seconds'], row['run_high_seconds']],
    [row['total_low_seconds'], row['total_seconds'], row['total_high_seconds']],
  ]);
}

const UNKNOWN = [null, null, null];

describe.each(LEDGER_KINDS)('an attempt in %s', (kind) => {
  it('has exact durations where the source reported every time', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [
      reported('queued', '2026-03-01 10:00:00'),
      reported('running', '2026-03-01 10:00:30.5'),
      reported('succeeded', '2026-03-01 10:02:00'),
    ]);
    expect(await durations(ledger)).toEqual([['succeeded', [30.5, 30.5, 30.5], [89.5, 89.5, 89.5], [120, 120, 120]]]);
  });

  it('has durations between what the evidence bounds where times were seen', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [
      reported('queued', '2026-03-01 10:00:00'),
      // Started between 10:01 and 10:03, finished between 10:02 and 10:06.
      seen('running', '2026-03-01 10:01:00', '2026-03-01 10:03:00'),
      seen('succeeded', '2026-03-01 10:02:00', '2026-03-01 10:06:00'),
    ]);
    expect(await durations(ledger)).toEqual([['succeeded', [60, 120, 180], [0, 150, 300], [120, 240, 360]]]);
  });

  it('has a low end and no more where nobody knows how long ago it was queued', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [
      seen('queued', null, '2026-03-01 10:00:00'),
      reported('running', '2026-03-01 10:05:00'),
      seen('failed', '2026-03-01 10:07:00', '2026-03-01 10:08:00'),
    ]);
    expect(await durations(ledger)).toEqual([['failed', [300, null, null], [120, 150, 180], [420, null, null]]]);
  });

  it('has no durations of what nothing shows, nor while it is open', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, { recordId: 'a' }, [seen('succeeded', null, '2026-03-01 10:00:00')]);
    await addRecord(ledger, { recordId: 'b' }, [reported('queued', '2026-03-01 10:00:00')]);
    expect(await durations(ledger)).toEqual([
      ['succeeded', UNKNOWN, UNKNOWN, UNKNOWN],
      [null, UNKNOWN, UNKNOWN, UNKNOWN],
    ]);
  });

  it('has no duration where its times contradict their order', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [
      reported('queued', '2026-03-01 10:00:00'),
      reported('running', '2026-03-01 10:05:00'),
      reported('succeeded', '2026-03-01 10:04:00', { anomalies: ['time_regression'] }),
    ]);
    expect(await durations(ledger)).toEqual([['succeeded', [300, 300, 300], UNKNOWN, [240, 240, 240]]]);
  });

  it('takes a time that the source reported late', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [
      reported('running', '2026-03-01 10:00:00'),
      seen('succeeded', '2026-03-01 10:00:00', '2026-03-01 10:10:00'),
      noted('amended', '2026-03-01 10:10:00', '2026-03-01 10:20:00', {
        facts: { attempt_finished_at: reported('succeeded', '2026-03-01 10:04:00').when.at },
      }),
    ]);
    expect(await durations(ledger)).toEqual([['succeeded', UNKNOWN, [240, 240, 240], UNKNOWN]]);
  });

  it('has no run time where it did not end by itself', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, { recordId: 'a' }, [
      reported('running', '2026-03-01 10:00:00'),
      noted('disappeared', '2026-03-01 10:10:00', '2026-03-01 10:20:00'),
    ]);
    await addRecord(ledger, { recordId: 'b' }, [
      reported('running', '2026-03-01 10:00:00'),
      reported('running', '2026-03-01 11:00:00', { type: 'reopened' }),
      reported('succeeded', '2026-03-01 11:00:01'),
    ]);
    expect(await durations(ledger)).toEqual([
      ['disappeared', UNKNOWN, UNKNOWN, UNKNOWN],
      ['superseded', UNKNOWN, UNKNOWN, UNKNOWN],
      ['succeeded', UNKNOWN, [1, 1, 1], UNKNOWN],
    ]);
  });

  it('stands with its kind: runs with runs, documents with documents', async () => {
    const ledger = await freshLedger(kind);
    await nameWorkflow(ledger, 'w1', 'Import');
    await addRecord(ledger, { recordId: 'x', facts: { workflow_id: 'w1' } }, [reported('queued', '2026-03-01 10:00')]);
    await addRecord(ledger, { recordId: 'x', stream: 'documents', facts: { collection_id: 'kb' } }, [
      reported('running', '2026-03-01 10:00'),
    ]);
    const columns = 'connector, connection, stream, record_key, record_id, workflow_name, collection_id';
    expect(await rowsOf(ledger, `select ${columns} from runledger.run_attempts`)).toEqual([
      {
        connector: 'noxus',
        connection: 'noxus-main',
        stream: 'runs',
        record_key: 'noxus-main/runs/x',
        record_id: 'x',
        workflow_name: 'Import',
        collection_id: null,
      },
    ]);
    expect(await rowsOf(ledger, `select ${columns} from runledger.document_attempts`)).toMatchObject([
      { stream: 'documents', record_key: 'noxus-main/documents/x', workflow_name: null, collection_id: 'kb' },
    ]);
  });
});

describe.each(LEDGER_KINDS)('rates and durations in %s', (kind) => {
  const finishedRun = (recordId: string, status: 'succeeded' | 'failed' | 'cancelled', finished: string, started = '2026-03-01 10:00:00') =>
    [{ recordId, facts: { workflow_id: 'w1' } }, [reported('running', started), reported(status, finished)]] as const;

  it('count by the hour and the day, in UTC, in which each attempt finished', async () => {
    const ledger = await freshLedger(kind);
    await nameWorkflow(ledger, 'w1', 'Import');
    await addRecord(ledger, ...finishedRun('a', 'succeeded', '2026-03-01 10:59:59.999999'));
    await addRecord(ledger, ...finishedRun('b', 'failed', '2026-03-01 11:00:00'));
    await addRecord(ledger, ...finishedRun('c', 'failed', '2026-03-01 11:30:00'));
    await addRecord(ledger, ...finishedRun('d', 'succeeded', '2026-03-01 11:45:00'));
    await addRecord(ledger, ...finishedRun('e', 'cancelled', '2026-03-02 00:00:00'));
    await addRecord(ledger, { recordId: 'open' }, [reported('running', '2026-03-01 10:00')]);
    const counts = 'finished_count, succeeded_count, failed_count, cancelled_count, failure_rate';
    expect(await rowsOf(ledger, `select bucket_start_at, ${counts} from runledger.failure_rates_hourly order by 1`)).toEqual([
      {
        bucket_start_at: '2026-03-01T10:00:00.000000Z',
        finished_count: 1n,
        succeeded_count: 1n,
        failed_count: 0n,
        cancelled_count: 0n,
        failure_rate: 0,
      },
      {
        bucket_start_at: '2026-03-01T11:00:00.000000Z',
        finished_count: 3n,
        succeeded_count: 1n,
        failed_count: 2n,
        cancelled_count: 0n,
        failure_rate: 2 / 3,
      },
      {
        bucket_start_at: '2026-03-02T00:00:00.000000Z',
        finished_count: 1n,
        succeeded_count: 0n,
        failed_count: 0n,
        cancelled_count: 1n,
        // Nothing succeeded and nothing failed: no rate, not a rate of nothing.
        failure_rate: null,
      },
    ]);
    expect(
      await rowsOf(ledger, `select bucket_start_at, workflow_id, workflow_name, ${counts} from runledger.failure_rates_daily order by 1`),
    ).toMatchObject([
      { bucket_start_at: '2026-03-01T00:00:00.000000Z', workflow_id: 'w1', workflow_name: 'Import', finished_count: 4n, failure_rate: 0.5 },
      { bucket_start_at: '2026-03-02T00:00:00.000000Z', finished_count: 1n, failure_rate: null },
    ]);
  });

  it('keep connections, streams, workflows and collections apart', async () => {
    const ledger = await freshLedger(kind);
    const end = [reported('failed', '2026-03-01 10:00')];
    await addRecord(ledger, { recordId: 'a', facts: { workflow_id: 'w1' } }, end);
    await addRecord(ledger, { recordId: 'b', facts: { workflow_id: 'w2' } }, end);
    await addRecord(ledger, { recordId: 'c', facts: { workflow_id: 'w2', collection_id: 'kb' } }, end);
    await addRecord(ledger, { recordId: 'd', connection: 'other' }, end);
    await addRecord(ledger, { recordId: 'e', stream: 'documents' }, end);
    expect(
      await rowsOf(
        ledger,
        'select connection, stream, workflow_id, collection_id, failed_count::integer from runledger.failure_rates_daily order by 1, 2, 3, 4',
      ),
    ).toEqual([
      { connection: 'noxus-main', stream: 'documents', workflow_id: null, collection_id: null, failed_count: 1 },
      { connection: 'noxus-main', stream: 'runs', workflow_id: 'w1', collection_id: null, failed_count: 1 },
      { connection: 'noxus-main', stream: 'runs', workflow_id: 'w2', collection_id: 'kb', failed_count: 1 },
      { connection: 'noxus-main', stream: 'runs', workflow_id: 'w2', collection_id: null, failed_count: 1 },
      { connection: 'other', stream: 'runs', workflow_id: null, collection_id: null, failed_count: 1 },
    ]);
  });

  it('count a flap once, and neither what was superseded nor what disappeared', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, { recordId: 'flap' }, [
      reported('running', '2026-03-01 09:00'),
      reported('failed', '2026-03-01 10:00', { error: 'no' }),
      seen('running', '2026-03-01 10:10', '2026-03-01 10:11', { type: 'reopened' }),
      seen('failed', '2026-03-01 10:11', '2026-03-01 10:15', { facts: { is_flap: true } }),
    ]);
    await addRecord(ledger, { recordId: 'gone' }, [
      reported('running', '2026-03-01 09:00'),
      noted('disappeared', '2026-03-01 09:30', '2026-03-01 10:00'),
    ]);
    await addRecord(ledger, { recordId: 'again' }, [
      reported('running', '2026-03-01 09:00'),
      reported('queued', '2026-03-01 09:30', { type: 'reopened' }),
    ]);
    // The fold tells no time of such an end; if one did, it would be none of an attempt that finished.
    await rowsOf(ledger, "update runledger.attempts set finished_at = '2026-03-01 09:40' where outcome in ('superseded', 'disappeared')");
    expect(await rowsOf(ledger, 'select finished_count, failed_count from runledger.failure_rates_daily')).toEqual([
      { finished_count: 1n, failed_count: 1n },
    ]);
    expect(await rowsOf(ledger, 'select attempt_count, run_max_seconds from runledger.durations_daily')).toEqual([
      { attempt_count: 1n, run_max_seconds: 3600 },
    ]);
    expect(await rowsOf(ledger, 'select attempt from runledger.failures')).toEqual([{ attempt: 1 }]);
    expect(await rowsOf(ledger, "select attempt, is_flap from runledger.run_attempts where record_id = 'flap' order by 1")).toEqual([
      { attempt: 1, is_flap: false },
      { attempt: 2, is_flap: true },
    ]);
  });

  it('take percentiles over the middles of what is bounded, and say how many those are', async () => {
    const ledger = await freshLedger(kind);
    for (const [id, seconds] of [
      ['a', 10],
      ['b', 20],
      ['c', 30],
      ['d', 40],
    ] as const) {
      await addRecord(ledger, { recordId: id }, [
        reported('running', '2026-03-01 10:00:00'),
        reported('succeeded', `2026-03-01 10:00:${seconds}`),
      ]);
    }
    // Between 60 and 140 s: 100.
    await addRecord(ledger, { recordId: 'e' }, [
      reported('running', '2026-03-01 10:00:00'),
      seen('failed', '2026-03-01 10:01:00', '2026-03-01 10:02:20'),
    ]);
    await addRecord(ledger, { recordId: 'unbounded' }, [
      reported('queued', '2026-03-01 09:00:00'),
      seen('running', null, '2026-03-01 10:00:00'),
      reported('succeeded', '2026-03-01 10:01:00'),
    ]);
    const [day] = await rowsOf(ledger, 'select * from runledger.durations_daily');
    expect(day).toMatchObject({
      bucket_start_at: '2026-03-01T00:00:00.000000Z',
      attempt_count: 6n,
      bounded_count: 5n,
      run_p50_seconds: 30,
      run_max_seconds: 100,
      queue_bounded_count: 1n,
      queue_p50_seconds: 1800,
      total_bounded_count: 1n,
      total_p99_seconds: 3660,
      total_max_seconds: 3660,
    });
    // Sorted: 10, 20, 30, 40, 100; the 95th percentile lies 0.8 of the way from the fourth to the fifth, the 99th 0.96.
    expect(day?.['run_p95_seconds']).toBeCloseTo(88, 9);
    expect(day?.['run_p99_seconds']).toBeCloseTo(97.6, 9);
  });
});
