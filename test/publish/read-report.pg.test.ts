import { describe, expect, it } from 'vitest';
import { readReport, type ReportQuestion } from '../../src/publish/read-report.ts';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { addRecord, at, nameWorkflow, reported, seen } from './build-ledger.ts';

const DAY: ReportQuestion = { since: at('2026-03-01 00:00'), until: at('2026-03-02 00:00'), by: 'workflow', timeZone: 'UTC' };

describe.each(LEDGER_KINDS)('a report from %s', (kind) => {
  it('counts and measures what finished from since to before until', async () => {
    const ledger = await freshLedger(kind);
    await nameWorkflow(ledger, 'w1', 'Import');
    const w1 = { workflow_id: 'w1' };
    await addRecord(ledger, { recordId: 'before', facts: w1 }, [reported('failed', '2026-02-28 23:59:59.999999')]);
    await addRecord(ledger, { recordId: 'a', facts: w1 }, [
      reported('queued', '2026-02-28 23:50'),
      reported('running', '2026-02-28 23:51'),
      reported('succeeded', '2026-03-01 00:00:00'),
    ]);
    await addRecord(ledger, { recordId: 'b', facts: w1 }, [
      reported('queued', '2026-03-01 10:00:00'),
      seen('running', '2026-03-01 10:00:00', '2026-03-01 10:01:00'),
      reported('failed', '2026-03-01 10:02:00', { error: 'no' }),
    ]);
    await addRecord(ledger, { recordId: 'c', facts: w1 }, [reported('cancelled', '2026-03-01 11:00')]);
    await addRecord(ledger, { recordId: 'd', facts: { workflow_id: 'w2' } }, [reported('cancelled', '2026-03-01 11:00')]);
    await addRecord(ledger, { recordId: 'after', facts: w1 }, [reported('failed', '2026-03-02 00:00')]);
    const report = await readReport(ledger, DAY);
    expect(report).toMatchObject(DAY);
    expect(report.rows).toEqual([
      {
        connector: 'noxus',
        connection: 'noxus-main',
        stream: 'runs',
        workflow_id: 'w1',
        workflow_name: 'Import',
        collection_id: null,
        finished_count: 3,
        succeeded_count: 1,
        failed_count: 1,
        cancelled_count: 1,
        failure_rate: 0.5,
        // 540 s; and between 60 and 120 s.
        run_p50_seconds: 315,
        run_p95_seconds: expect.closeTo(517.5, 6) as number,
        run_max_seconds: 540,
        queue_p50_seconds: 45,
        queue_p95_seconds: expect.closeTo(58.5, 6) as number,
        total_p50_seconds: 360,
        total_p95_seconds: expect.closeTo(576, 6) as number,
        total_max_seconds: 600,
        run_bounded_count: 2,
        queue_bounded_count: 2,
        total_bounded_count: 2,
        run_bounded_share: 2 / 3,
        queue_bounded_share: 2 / 3,
        total_bounded_share: 2 / 3,
      },
      expect.objectContaining({
        workflow_id: 'w2',
        workflow_name: null,
        finished_count: 1,
        failure_rate: null,
        run_p50_seconds: null,
        run_bounded_share: 0,
      }),
    ]);
    expect(report.totals).toMatchObject([{ stream: 'runs', finished_count: 4, failed_count: 1, failure_rate: 0.5 }]);
  });

  it('groups by workflow, collection or connection, and never adds runs to documents', async () => {
    const ledger = await freshLedger(kind);
    const end = [reported('failed', '2026-03-01 10:00')];
    await addRecord(ledger, { recordId: 'a', facts: { workflow_id: 'w1', collection_id: 'kb1' } }, end);
    await addRecord(ledger, { recordId: 'b', facts: { workflow_id: 'w2', collection_id: 'kb1' } }, end);
    await addRecord(ledger, { recordId: 'c', stream: 'documents', facts: { collection_id: 'kb1' } }, end);
    await addRecord(ledger, { recordId: 'd', connection: 'other' }, end);
    const keys = async (by: ReportQuestion['by']): Promise<unknown> => {
      const { rows } = await readReport(ledger, { ...DAY, by });
      return rows.map((row) => [row.connection, row.stream, row.workflow_id, row.collection_id, row.failed_count]);
    };
    expect(await keys('workflow')).toEqual([
      ['noxus-main', 'documents', null, null, 1],
      ['noxus-main', 'runs', 'w1', null, 1],
      ['noxus-main', 'runs', 'w2', null, 1],
      ['other', 'runs', null, null, 1],
    ]);
    expect(await keys('collection')).toEqual([
      ['noxus-main', 'runs', null, 'kb1', 2],
      ['noxus-main', 'documents', null, 'kb1', 1],
      ['other', 'runs', null, null, 1],
    ]);
    expect(await keys('connection')).toEqual([
      ['noxus-main', 'runs', null, null, 2],
      ['noxus-main', 'documents', null, null, 1],
      ['other', 'runs', null, null, 1],
    ]);
    const { totals } = await readReport(ledger, DAY);
    expect(totals.map(({ stream, failed_count }) => [stream, failed_count])).toEqual([
      ['runs', 3],
      ['documents', 1],
    ]);
  });

  it('cuts days where they begin in the time zone, also where the clocks change', async () => {
    const ledger = await freshLedger(kind);
    // Berlin: 29 March has 23 hours (from 23:00 UTC to 22:00 UTC), 25 October has 25 (from 22:00 UTC to 23:00 UTC).
    const times = [
      '2026-03-28 22:59',
      '2026-03-28 23:00',
      '2026-03-29 21:59',
      '2026-03-29 22:00',
      '2026-10-24 21:59',
      '2026-10-24 22:00',
      '2026-10-25 22:59',
      '2026-10-25 23:00',
    ];
    for (const [index, time] of times.entries()) await addRecord(ledger, { recordId: `r${index}` }, [reported('succeeded', time)]);
    const { days } = await readReport(ledger, {
      since: at('2026-01-01 00:00'),
      until: at('2027-01-01 00:00'),
      by: 'connection',
      timeZone: 'Europe/Berlin',
    });
    expect(days.map(({ day, day_start_at, finished_count }) => [day, day_start_at, finished_count])).toEqual([
      ['2026-03-28', at('2026-03-27 23:00'), 1],
      ['2026-03-29', at('2026-03-28 23:00'), 2],
      ['2026-03-30', at('2026-03-29 22:00'), 1],
      ['2026-10-24', at('2026-10-23 22:00'), 1],
      ['2026-10-25', at('2026-10-24 22:00'), 2],
      ['2026-10-26', at('2026-10-25 23:00'), 1],
    ]);
  });

  it('says which failures were alike, and shows the latest', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, { recordId: 'a', facts: { workflow_id: 'w1' } }, [
      reported('failed', '2026-03-01 10:00', { error: 'run 17 timed out' }),
    ]);
    await addRecord(ledger, { recordId: 'b', facts: { workflow_id: 'w2' } }, [
      reported('failed', '2026-03-01 12:00', { error: 'run 18 timed out' }),
    ]);
    await addRecord(ledger, { recordId: 'c' }, [reported('failed', '2026-03-01 11:00', { facts: { warning_kinds: ['model_timeout'] } })]);
    await addRecord(ledger, { recordId: 'd' }, [reported('failed', '2026-03-01 09:00', { reason: 'quota' })]);
    await addRecord(ledger, { recordId: 'late' }, [reported('failed', '2026-03-02 09:00')]);
    const report = await readReport(ledger, DAY);
    expect(report.failures).toEqual([
      {
        stream: 'runs',
        error_signature: 'run <n> timed out',
        warning_kinds: null,
        status_reason: null,
        failed_count: 2,
        workflow_count: 2,
        last_failed_at: at('2026-03-01 12:00'),
        record_key: 'noxus-main/runs/b',
      },
      expect.objectContaining({ error_signature: null, warning_kinds: ['model_timeout'], status_reason: null, failed_count: 1 }),
      expect.objectContaining({ error_signature: null, warning_kinds: null, status_reason: 'quota', failed_count: 1 }),
    ]);
    expect(report.latest_failures.map(({ record_key, error }) => [record_key, error])).toEqual([
      ['noxus-main/runs/b', 'run 18 timed out'],
      ['noxus-main/runs/c', null],
      ['noxus-main/runs/a', 'run 17 timed out'],
      ['noxus-main/runs/d', null],
    ]);
  });

  it('is empty where nothing finished', async () => {
    const ledger = await freshLedger(kind);
    expect(await readReport(ledger, DAY)).toEqual({ ...DAY, rows: [], totals: [], days: [], failures: [], latest_failures: [] });
  });

  it('refuses a time zone that nobody knows, or whose sign is read both ways, and a stretch that ends before it begins', async () => {
    const ledger = await freshLedger(kind);
    for (const timeZone of ['Mars/Olympus', '+02', '-02:00', '', "UTC'; select 1"]) {
      await expect(readReport(ledger, { ...DAY, timeZone })).rejects.toMatchObject({
        code: 'bad_argument',
        hint: expect.stringContaining('Europe/Berlin') as string,
      });
    }
    await expect(readReport(ledger, { ...DAY, until: DAY.since })).rejects.toMatchObject({ code: 'bad_argument' });
  });
});
