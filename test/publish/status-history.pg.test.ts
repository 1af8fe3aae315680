import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { addRecord, at, noted, reported, seen } from './build-ledger.ts';
import { rowsOf } from './rows-of.ts';

type Row = Readonly<Record<string, string | null>>;

/** One line a stay: attempt, status and word, and the time of day at which it began and ended at the earliest and the latest. */
async function stays(ledger: Ledger, where = 'true'): Promise<readonly string[]> {
  const rows = await rowsOf(
    ledger,
    `select attempt::text, status, source_status, entered_at, entered_earliest_at, entered_latest_at, left_at, left_earliest_at, left_latest_at
     from runledger.status_history where ${where} order by record_key, entered_position`,
  );
  const timeOf = (time: string | null | undefined): string => time?.slice(11, 16) ?? '-';
  const span = (row: Row, name: 'entered' | 'left'): string =>
    row[`${name}_at`] === null ? 'now' : `${timeOf(row[`${name}_earliest_at`])}..${timeOf(row[`${name}_latest_at`])}`;
  return (rows as readonly Row[]).map(
    (row) =>
      `${row['attempt'] ?? ''} ${row['status'] ?? 'null'} (${row['source_status'] ?? 'null'}) ${span(row, 'entered')} to ${span(row, 'left')}`,
  );
}

describe.each(LEDGER_KINDS)('the history of statuses in %s', (kind) => {
  it('is one row a stay, each ending when the next begins', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [
      reported('queued', '2026-03-01 10:00', { word: null }),
      seen('running', '2026-03-01 10:01', '2026-03-01 10:03', { word: 'busy' }),
      reported('failed', '2026-03-01 10:30', { word: 'broken', reason: 'timeout' }),
    ]);
    expect(await rowsOf(ledger, 'select * from runledger.status_history order by entered_position')).toMatchObject([
      {
        connector: 'noxus',
        connection: 'noxus-main',
        stream: 'runs',
        record_key: 'noxus-main/runs/r1',
        record_id: 'r1',
        attempt: 1,
        status: 'queued',
        // Only the source's time of it shows that it was queued.
        source_status: null,
        entered_at: at('2026-03-01 10:00'),
        entered_earliest_at: at('2026-03-01 10:00'),
        entered_latest_at: at('2026-03-01 10:00'),
        left_at: at('2026-03-01 10:03'),
        left_earliest_at: at('2026-03-01 10:01'),
        left_latest_at: at('2026-03-01 10:03'),
        duration_low_seconds: 60,
        duration_seconds: 120,
        duration_high_seconds: 180,
        is_current: false,
        entered_position: 1n,
      },
      { status: 'running', source_status: 'busy', duration_low_seconds: 1620, duration_seconds: 1680, duration_high_seconds: 1740 },
      {
        status: 'failed',
        source_status: 'broken',
        status_reason: 'timeout',
        left_at: null,
        left_earliest_at: null,
        left_latest_at: null,
        duration_low_seconds: null,
        duration_seconds: null,
        duration_high_seconds: null,
        is_current: true,
      },
    ]);
  });

  it('does not begin a stay for another word of the same status', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [
      reported('running', '2026-03-01 10:00', { word: 'running' }),
      seen('running', '2026-03-01 10:05', '2026-03-01 10:10', { word: 'awaiting_human_feedback', reason: 'waiting_for_person' }),
      noted('amended', '2026-03-01 10:10', '2026-03-01 10:20', { facts: { step_count: 2 } }),
    ]);
    expect(await stays(ledger)).toEqual(['1 running (awaiting_human_feedback) 10:00..10:00 to now']);
    expect(await rowsOf(ledger, 'select status_reason from runledger.status_history')).toEqual([{ status_reason: 'waiting_for_person' }]);
    await addRecord(ledger, { recordId: 'r2' }, [
      reported('running', '2026-03-01 10:00', { word: 'running' }),
      seen('running', '2026-03-01 10:05', '2026-03-01 10:10', { word: 'awaiting_human_feedback' }),
      reported('succeeded', '2026-03-01 10:30'),
    ]);
    expect(await stays(ledger, "record_id = 'r2'")).toEqual([
      '1 running (awaiting_human_feedback) 10:00..10:00 to 10:30..10:30',
      '1 succeeded (succeeded) 10:30..10:30 to now',
    ]);
  });

  it('begins a stay for another attempt, even in the same status', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [
      reported('succeeded', '2026-03-01 10:00'),
      reported('succeeded', '2026-03-01 11:00', { type: 'reopened' }),
    ]);
    expect(await stays(ledger)).toEqual([
      '1 succeeded (succeeded) 10:00..10:00 to 11:00..11:00',
      '2 succeeded (succeeded) 11:00..11:00 to now',
    ]);
  });

  it('ends a stay with a disappearance and begins it again with the return', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [
      reported('running', '2026-03-01 10:00', { word: 'busy' }),
      noted('disappeared', '2026-03-01 11:00', '2026-03-01 12:00'),
      noted('reappeared', '2026-03-01 13:00', '2026-03-01 14:00'),
      noted('disappeared', '2026-03-01 15:00', '2026-03-01 16:00'),
    ]);
    expect(await stays(ledger)).toEqual(['1 running (busy) 10:00..10:00 to 11:00..12:00', '1 running (busy) 13:00..14:00 to 15:00..16:00']);
    expect(await rowsOf(ledger, 'select is_current from runledger.status_history')).toEqual([{ is_current: false }, { is_current: false }]);
  });

  it('shows a change that is seen at the return as a stay of its own', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [
      reported('running', '2026-03-01 10:00'),
      noted('disappeared', '2026-03-01 11:00', '2026-03-01 12:00'),
      noted('reappeared', '2026-03-01 13:00', '2026-03-01 14:00'),
      seen('failed', '2026-03-01 10:30', '2026-03-01 14:00'),
    ]);
    expect(await stays(ledger)).toEqual([
      '1 running (running) 10:00..10:00 to 11:00..12:00',
      '1 running (running) 13:00..14:00 to 10:30..14:00',
      '1 failed (failed) 10:30..14:00 to now',
    ]);
  });

  it('shows only the change where the very answer that showed the return showed it', async () => {
    const ledger = await freshLedger(kind);
    const goneAndBack = [
      reported('running', '2026-03-01 10:00', { word: 'busy' }),
      noted('disappeared', '2026-03-01 11:00', '2026-03-01 12:00'),
      noted('reappeared', '2026-03-01 13:00', '2026-03-01 14:00'),
    ];
    const inOne = { isSameAnswer: true };
    await addRecord(ledger, { recordId: 'a' }, [...goneAndBack, seen('failed', '2026-03-01 10:30', '2026-03-01 14:00', inOne)]);
    await addRecord(ledger, { recordId: 'b' }, [
      ...goneAndBack,
      seen('succeeded', '2026-03-01 10:30', '2026-03-01 14:00', { ...inOne, word: null }),
      seen('running', '2026-03-01 13:00', '2026-03-01 14:00', { ...inOne, type: 'reopened' }),
    ]);
    // Another word for the status that it had: it came back as it was.
    await addRecord(ledger, { recordId: 'c' }, [
      ...goneAndBack,
      seen('running', '2026-03-01 13:00', '2026-03-01 14:00', { ...inOne, word: 'busy still' }),
    ]);
    expect(await stays(ledger)).toEqual([
      '1 running (busy) 10:00..10:00 to 11:00..12:00',
      '1 failed (failed) 10:30..14:00 to now',
      '1 running (busy) 10:00..10:00 to 11:00..12:00',
      '1 succeeded (null) 10:30..14:00 to 13:00..14:00',
      '2 running (running) 13:00..14:00 to now',
      '1 running (busy) 10:00..10:00 to 11:00..12:00',
      '1 running (busy still) 13:00..14:00 to now',
    ]);
  });

  it('marks the stays of a flap', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [
      reported('failed', '2026-03-01 10:00'),
      seen('running', '2026-03-01 10:05', '2026-03-01 10:10', { type: 'reopened' }),
      seen('failed', '2026-03-01 10:10', '2026-03-01 10:20', { facts: { is_flap: true } }),
      reported('queued', '2026-03-01 11:00', { type: 'reopened' }),
    ]);
    expect(await rowsOf(ledger, 'select attempt, status, is_flap from runledger.status_history order by entered_position')).toEqual([
      { attempt: 1, status: 'failed', is_flap: false },
      { attempt: 2, status: 'running', is_flap: true },
      { attempt: 2, status: 'failed', is_flap: true },
      { attempt: 3, status: 'queued', is_flap: false },
    ]);
  });

  it('keeps what nobody understood, and corrects it where it was understood later', async () => {
    const ledger = await freshLedger(kind);
    const unknown = seen(null, '2026-03-01 10:20', '2026-03-01 10:30', { word: 'timed_out', anomalies: ['unknown_status'] });
    await addRecord(ledger, { recordId: 'a' }, [reported('running', '2026-03-01 10:00'), unknown]);
    await addRecord(ledger, { recordId: 'b' }, [
      reported('running', '2026-03-01 10:00'),
      unknown,
      seen('failed', '2026-03-01 10:20', '2026-03-01 10:30', { type: 'reclassified', word: 'timed_out', reason: 'timeout' }),
    ]);
    await addRecord(ledger, { recordId: 'c' }, [
      reported('running', '2026-03-01 10:00'),
      unknown,
      // It meant that it still ran: no stay was ever left.
      seen('running', '2026-03-01 10:20', '2026-03-01 10:30', { type: 'reclassified', word: 'timed_out' }),
      reported('succeeded', '2026-03-01 11:00'),
    ]);
    await addRecord(ledger, { recordId: 'd' }, [
      unknown,
      noted('disappeared', '2026-03-01 11:00', '2026-03-01 12:00'),
      noted('reappeared', '2026-03-01 13:00', '2026-03-01 14:00'),
      seen('cancelled', '2026-03-01 10:20', '2026-03-01 10:30', { type: 'reclassified', word: 'timed_out' }),
    ]);
    expect(await stays(ledger)).toEqual([
      '1 running (running) 10:00..10:00 to 10:20..10:30',
      '1 null (timed_out) 10:20..10:30 to now',
      '1 running (running) 10:00..10:00 to 10:20..10:30',
      '1 failed (timed_out) 10:20..10:30 to now',
      '1 running (timed_out) 10:00..10:00 to 11:00..11:00',
      '1 succeeded (succeeded) 11:00..11:00 to now',
      '1 cancelled (timed_out) 10:20..10:30 to 11:00..12:00',
      '1 cancelled (timed_out) 13:00..14:00 to now',
    ]);
    expect(await rowsOf(ledger, "select status_reason from runledger.status_history where status = 'failed'")).toEqual([
      { status_reason: 'timeout' },
    ]);
  });

  it('has the times of the attempt where the source reported them late', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [
      seen('queued', null, '2026-03-01 10:10'),
      seen('running', '2026-03-01 10:10', '2026-03-01 10:20'),
      seen('succeeded', '2026-03-01 10:20', '2026-03-01 10:40'),
      noted('amended', '2026-03-01 10:40', '2026-03-01 10:50', {
        facts: {
          attempt_queued_at: at('2026-03-01 10:05'),
          attempt_started_at: at('2026-03-01 10:15'),
          attempt_finished_at: at('2026-03-01 10:25'),
        },
      }),
    ]);
    expect(await stays(ledger)).toEqual([
      '1 queued (queued) 10:05..10:05 to 10:15..10:15',
      '1 running (running) 10:15..10:15 to 10:25..10:25',
      '1 succeeded (succeeded) 10:25..10:25 to now',
    ]);
  });

  it('gives a status that is entered again its own time, not that of the attempt', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, { recordId: 'open' }, [
      reported('running', '2026-03-01 10:00'),
      seen('queued', '2026-03-01 10:05', '2026-03-01 10:10', { anomalies: ['illegal_transition'] }),
      seen('running', '2026-03-01 10:10', '2026-03-01 10:20'),
    ]);
    await addRecord(ledger, { recordId: 'queue' }, [
      reported('queued', '2026-03-01 10:00'),
      seen('running', '2026-03-01 10:00', '2026-03-01 10:05'),
      seen('queued', '2026-03-01 10:05', '2026-03-01 10:10', { anomalies: ['illegal_transition'] }),
    ]);
    await addRecord(ledger, { recordId: 'terminal' }, [
      reported('failed', '2026-03-01 10:00'),
      seen(null, '2026-03-01 10:05', '2026-03-01 10:10', { word: 'odd' }),
      seen('failed', '2026-03-01 10:10', '2026-03-01 10:20'),
      seen('succeeded', '2026-03-01 10:20', '2026-03-01 10:30', { anomalies: ['illegal_transition'] }),
    ]);
    await addRecord(ledger, { recordId: 'terminal-again' }, [
      reported('failed', '2026-03-01 10:00'),
      seen(null, '2026-03-01 10:05', '2026-03-01 10:10', { word: 'odd' }),
      seen('failed', '2026-03-01 10:10', '2026-03-01 10:20'),
    ]);
    expect(await stays(ledger)).toEqual([
      '1 running (running) 10:00..10:00 to 10:05..10:10',
      '1 queued (queued) 10:05..10:10 to 10:10..10:20',
      '1 running (running) 10:10..10:20 to now',
      '1 queued (queued) 10:00..10:00 to 10:00..10:05',
      '1 running (running) 10:00..10:05 to 10:05..10:10',
      '1 queued (queued) 10:05..10:10 to now',
      '1 failed (failed) 10:00..10:00 to 10:05..10:10',
      '1 null (odd) 10:05..10:10 to 10:10..10:20',
      '1 failed (failed) 10:10..10:20 to 10:20..10:30',
      '1 succeeded (succeeded) 10:20..10:30 to now',
      '1 failed (failed) 10:00..10:00 to 10:05..10:10',
      '1 null (odd) 10:05..10:10 to 10:10..10:20',
      '1 failed (failed) 10:10..10:20 to now',
    ]);
  });

  it('reads one record by its key, however many there are', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [reported('queued', '2026-03-01 10:00'), reported('running', '2026-03-01 10:01')]);
    const plan = await ledger.db.transaction().execute(async (trx) => {
      // With two rows in it a table is read whole unless that is forbidden.
      await rowsOf({ ...ledger, db: trx }, 'set local enable_seqscan = off');
      const query = "select * from runledger.status_history where connection = 'noxus-main' and stream = 'runs' and record_id = 'r1'";
      const rows = await rowsOf({ ...ledger, db: trx }, `explain ${query}`);
      return rows.map((row) => String(row['QUERY PLAN'])).join('\n');
    });
    const scans = [...plan.matchAll(/ on events .*\n.*Cond: (.*)/g)].map(([, condition]) => condition);
    expect(scans.length).toBeGreaterThan(0);
    expect(scans.filter((condition) => condition?.includes('record_id') !== true)).toEqual([]);
    expect(plan).not.toMatch(/Seq Scan on events/);
  });
});
