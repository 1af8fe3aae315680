import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { instantFromMillis, type Instant } from '../../src/model/instant.ts';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { addRecord, addSighting, addSync, at, nameWorkflow, noted, reported, seen } from './build-ledger.ts';
import { rowsOf } from './rows-of.ts';

const HOUR_MS = 3_600_000;

/** The views hold freshness against the database's clock. */
function hoursAgo(hours: number): Instant {
  return instantFromMillis(Date.now() - hours * HOUR_MS);
}

describe.each(LEDGER_KINDS)('a record in %s', (kind) => {
  it('stands with its latest attempt, its workflow and its error', async () => {
    const ledger = await freshLedger(kind);
    await nameWorkflow(ledger, 'w1', 'Import');
    await addRecord(ledger, { facts: { workflow_id: 'w1', tags: ['a', 'b'], created_at: at('2026-03-01 09:00') } }, [
      reported('queued', '2026-03-01 09:00'),
      reported('failed', '2026-03-01 09:10', { error: 'first' }),
      reported('queued', '2026-03-01 10:00', { type: 'reopened', facts: { error_digest: null } }),
      seen('running', '2026-03-01 10:00', '2026-03-01 10:02'),
      reported('failed', '2026-03-01 10:12', {
        word: 'broken',
        error: 'second',
        facts: { errored_node_count: 2, warning_kinds: ['timeout'] },
      }),
    ]);
    expect(await rowsOf(ledger, 'select * from runledger.runs')).toMatchObject([
      {
        connector: 'noxus',
        record_key: 'noxus-main/runs/r1',
        status: 'failed',
        source_status: 'broken',
        is_terminal: true,
        is_present: true,
        attempt: 2,
        workflow_id: 'w1',
        workflow_name: 'Import',
        tags: ['a', 'b'],
        error: 'second',
        created_at: at('2026-03-01 09:00'),
        queued_at: at('2026-03-01 10:00'),
        started_at: at('2026-03-01 10:02'),
        finished_at: at('2026-03-01 10:12'),
        outcome: 'failed',
        queue_seconds: 60,
        run_seconds: 660,
        total_seconds: 720,
        event_count: 5,
        last_position: 5n,
      },
    ]);
    expect(await rowsOf(ledger, 'select * from runledger.documents')).toEqual([]);
    expect(
      await rowsOf(ledger, 'select attempt, error, errored_node_count, warning_kinds from runledger.failures order by attempt'),
    ).toEqual([
      // What the record shows now is the latest attempt's.
      { attempt: 1, error: 'first', errored_node_count: null, warning_kinds: null },
      { attempt: 2, error: 'second', errored_node_count: 2n, warning_kinds: ['timeout'] },
    ]);
  });

  it('shows the attempt that a flap repeats, and not the flap', async () => {
    const ledger = await freshLedger(kind);
    const failed = reported('failed', '2026-03-01 10:12', { error: 'no', facts: { errored_node_count: 2 } });
    await addRecord(ledger, {}, [
      reported('queued', '2026-03-01 10:00'),
      reported('running', '2026-03-01 10:02'),
      failed,
      seen('running', '2026-03-01 10:15', '2026-03-01 10:20', { type: 'reopened' }),
      seen('failed', '2026-03-01 10:20', '2026-03-01 10:25', { facts: { is_flap: true } }),
      seen('queued', '2026-03-01 10:25', '2026-03-01 10:30', { type: 'reopened' }),
      seen('failed', '2026-03-01 10:30', '2026-03-01 10:35', { facts: { is_flap: true } }),
    ]);
    expect(await rowsOf(ledger, 'select * from runledger.runs')).toMatchObject([
      {
        status: 'failed',
        attempt: 1,
        outcome: 'failed',
        error: 'no',
        queued_at: at('2026-03-01 10:00'),
        started_at: at('2026-03-01 10:02'),
        finished_at: at('2026-03-01 10:12'),
        queue_seconds: 120,
        run_seconds: 600,
        total_seconds: 720,
        event_count: 7,
      },
    ]);
    expect(await rowsOf(ledger, 'select attempt, is_flap, is_latest_attempt from runledger.run_attempts order by attempt')).toEqual([
      { attempt: 1, is_flap: false, is_latest_attempt: true },
      { attempt: 2, is_flap: true, is_latest_attempt: false },
      { attempt: 3, is_flap: true, is_latest_attempt: false },
    ]);
    expect(await rowsOf(ledger, 'select attempt, errored_node_count from runledger.failures')).toEqual([
      { attempt: 1, errored_node_count: 2n },
    ]);
    // One more attempt that is none of a flap: the latest again.
    await addRecord(ledger, { recordId: 'r2' }, [
      failed,
      seen('running', '2026-03-01 10:15', '2026-03-01 10:20', { type: 'reopened' }),
      seen('failed', '2026-03-01 10:20', '2026-03-01 10:25', { facts: { is_flap: true } }),
      seen('running', '2026-03-01 10:25', '2026-03-01 10:30', { type: 'reopened' }),
    ]);
    expect(await rowsOf(ledger, "select attempt, outcome from runledger.runs where record_id = 'r2'")).toEqual([
      { attempt: 3, outcome: null },
    ]);
    expect(await rowsOf(ledger, "select attempt from runledger.run_attempts where record_id = 'r2' and is_latest_attempt")).toEqual([
      { attempt: 3 },
    ]);
  });

  it('is confirmed by the answer behind its last event, by its last reading while it is open, and by a complete scan that found it', async () => {
    const ledger = await freshLedger(kind);
    const confirmed = async (): Promise<readonly unknown[]> => {
      const rows = await rowsOf(ledger, 'select confirmed_at from runledger.runs order by record_id');
      return rows.map((row) => row['confirmed_at']);
    };
    // Reported at 10:00, and told by an answer of then.
    await addRecord(ledger, { recordId: 'done' }, [reported('succeeded', '2026-03-01 10:00')]);
    await addRecord(ledger, { recordId: 'open' }, [reported('running', '2026-03-01 10:00')]);
    await addSighting(ledger, { recordId: 'open', lastReadAt: at('2026-03-01 12:00') });
    await addRecord(ledger, { recordId: 'redacted' }, [
      reported('failed', '2026-03-01 10:00'),
      noted('redacted', '2026-03-01 20:00', '2026-03-01 20:00', { isUnanswered: true }),
    ]);
    await addRecord(ledger, { recordId: 'vanishing' }, [reported('running', '2026-03-01 10:00')]);
    await addSighting(ledger, { recordId: 'vanishing', lastReadAt: at('2026-03-01 11:00'), missingSinceAt: at('2026-03-01 11:30') });
    expect(await confirmed()).toEqual([
      at('2026-03-01 10:00'),
      at('2026-03-01 12:00'),
      // Taking its texts away told nothing of the source.
      at('2026-03-01 10:00'),
      at('2026-03-01 11:00'),
    ]);
    await addSync(ledger, { startedAt: at('2026-03-02 00:00') });
    expect((await confirmed())[0]).toBe(at('2026-03-01 10:00'));
    await addSync(ledger, { startedAt: at('2026-03-03 00:00'), finishedAt: at('2026-03-03 01:00'), mode: 'full' });
    expect(await confirmed()).toEqual([at('2026-03-03 00:00'), at('2026-03-03 00:00'), at('2026-03-03 00:00'), at('2026-03-01 11:00')]);
    // A scan that goes on where one ended before has known since then what that one saw.
    await addSync(ledger, { startedAt: at('2026-03-05 00:00'), mode: 'full' });
    await sql`update runledger.streams set last_full_scan_at = '2026-03-04T00:00:00Z'`.execute(ledger.db);
    expect((await confirmed())[0]).toBe(at('2026-03-04 00:00'));
    await addSync(ledger, { startedAt: at('2026-03-06 00:00'), mode: 'full', isProven: false });
    expect((await confirmed())[0]).toBe(at('2026-03-04 00:00'));
  });

  it('is not confirmed by a scan that did not find it, or whose list never showed it', async () => {
    const ledger = await freshLedger(kind);
    for (const recordId of ['absent', 'unlisted', 'listed'])
      await addRecord(ledger, { recordId }, [reported('succeeded', '2026-03-01 10:00')]);
    const lastReadAt = at('2026-03-01 10:00');
    await addSighting(ledger, { recordId: 'absent', lastReadAt, nextReadReason: 'absence' });
    await addSighting(ledger, { recordId: 'unlisted', lastReadAt, isListed: false });
    await addSync(ledger, { startedAt: at('2026-03-03 00:00'), mode: 'full' });
    expect(await rowsOf(ledger, 'select record_id, confirmed_at from runledger.runs order by record_id')).toEqual([
      { record_id: 'absent', confirmed_at: lastReadAt },
      { record_id: 'listed', confirmed_at: at('2026-03-03 00:00') },
      { record_id: 'unlisted', confirmed_at: lastReadAt },
    ]);
  });

  it('is stale without a complete sync of the last 24 hours, and while it is open where the latest sync did not read it', async () => {
    const ledger = await freshLedger(kind);
    const stale = async (): Promise<readonly unknown[]> => {
      const rows = await rowsOf(ledger, 'select record_id from runledger.runs where is_stale order by record_id');
      return rows.map((row) => row['record_id']);
    };
    await addRecord(ledger, { recordId: 'done' }, [reported('succeeded', '2026-03-01 10:00')]);
    await addRecord(ledger, { recordId: 'read' }, [reported('running', '2026-03-01 10:00')]);
    await addSighting(ledger, { recordId: 'read', lastReadAt: hoursAgo(0.5) });
    await addRecord(ledger, { recordId: 'unread' }, [reported('running', '2026-03-01 10:00')]);
    await addSighting(ledger, { recordId: 'unread', lastReadAt: hoursAgo(5) });
    expect(await stale()).toEqual(['done', 'read', 'unread']);
    await addSync(ledger, { startedAt: hoursAgo(25) });
    expect(await stale()).toEqual(['done', 'read', 'unread']);
    await addSync(ledger, { startedAt: hoursAgo(6) });
    expect(await stale()).toEqual([]);
    await addSync(ledger, { startedAt: hoursAgo(1), status: 'failed' });
    expect(await stale()).toEqual(['unread']);
    // Neither of these has read anything yet.
    await addSync(ledger, { startedAt: hoursAgo(0.1), status: 'skipped' });
    await addSync(ledger, { startedAt: hoursAgo(0.1), status: 'running', finishedAt: null, isComplete: false });
    expect(await stale()).toEqual(['unread']);
  });
});

describe.each(LEDGER_KINDS)('anomalies and failures in %s', (kind) => {
  it('are the events in which something was odd, with their record', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, { facts: { workflow_id: 'w1' } }, [
      reported('running', '2026-03-01 10:00'),
      seen(null, '2026-03-01 10:00', '2026-03-01 10:10', { word: 'strange', anomalies: ['clock_skew', 'unknown_status'] }),
      reported('succeeded', '2026-03-01 10:20'),
    ]);
    expect(await rowsOf(ledger, 'select * from runledger.anomalies')).toMatchObject([
      {
        record_key: 'noxus-main/runs/r1',
        position: 2n,
        event_type: 'status_changed',
        anomalies: ['clock_skew', 'unknown_status'],
        source_status: 'strange',
        workflow_id: 'w1',
        status: 'succeeded',
      },
    ]);
  });

  it('have the same signature where they differ only in ids, numbers, paths, addresses and quoted texts', async () => {
    const ledger = await freshLedger(kind);
    const errors: readonly (readonly [string, string | null])[] = [
      ['Node "Fetch page" failed after 12.5 s, attempt 3 of 5', 'Node <text> failed after <n> s, attempt <n> of <n>'],
      ["can't open '/tmp/a b.txt': it's gone", "can't open <text>: it's gone"],
      ['GET https://api.example/v1/runs/17?x=1 answered 503', 'GET <url> answered <n>'],
      ['run 7b0f3e1c-2d5a-4c1e-9b1f-0a2b3c4d5e6f not found', 'run <id> not found'],
      ['document 65f1c0ffee0123456789abcd: no chunks', 'document <id>: no chunks'],
      ['no such file: /var/data/2026/a.pdf', 'no such file: <path>'],
      [String.raw`cannot read C:\Users\me\a.pdf, and ./b/c.pdf`, 'cannot read <path>, and <path>'],
      ['read/write error and/or timeout', 'read/write error and/or timeout'],
      ['mail to jo.doe@mail.example bounced', 'mail to <id> bounced'],
      ['line one\n\n   line   two', 'line one line two'],
      ['x'.repeat(400), 'x'.repeat(300)],
      [' ', null],
    ];
    for (const [index, [error]] of errors.entries()) {
      await addRecord(ledger, { recordId: `r${String(index).padStart(2, '0')}` }, [reported('failed', '2026-03-01 10:00', { error })]);
    }
    const rows = await rowsOf(ledger, 'select error, error_signature from runledger.failures order by record_id');
    expect(rows.map((row) => [row['error'], row['error_signature']])).toEqual(errors);
  });
});
