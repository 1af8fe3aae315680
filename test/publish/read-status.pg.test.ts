import { describe, expect, it } from 'vitest';
import { addMicros } from '../../src/model/instant.ts';
import { readStatus } from '../../src/publish/read-status.ts';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { addRecord, addSighting, addStream, addSync, at, reported } from './build-ledger.ts';
import { rowsOf } from './rows-of.ts';

describe.each(LEDGER_KINDS)('the status of a ledger in %s', (kind) => {
  it('has a row a stream: how fresh it is, what is open and stuck, what was odd within a day', async () => {
    const ledger = await freshLedger(kind);
    await addStream(ledger, { connection: 'a-new-one' });
    await addSync(ledger, { startedAt: at('2026-03-01 12:00'), finishedAt: at('2026-03-01 12:10'), mode: 'full', clockSkewSeconds: 0.25 });
    await addRecord(ledger, { recordId: 'stuck', facts: { time_limit_seconds: 60 } }, [reported('running', '2026-03-01 10:00')]);
    await addSighting(ledger, { recordId: 'stuck', lastReadAt: at('2026-03-01 12:05'), missingSinceAt: at('2026-03-01 12:05') });
    await addRecord(ledger, { recordId: 'new' }, [reported('queued', '2026-03-01 12:00', { anomalies: ['bad_time'] })]);
    await addSighting(ledger, { recordId: 'new', lastReadAt: at('2026-03-01 11:59') });
    await addRecord(ledger, { recordId: 'gone' }, [reported('succeeded', '2026-03-01 10:00')]);
    const scanned = at('2026-03-01 12:05');
    await addSighting(ledger, { recordId: 'gone', lastReadAt: scanned, missingSinceAt: scanned, nextReadReason: 'absence' });
    await addSync(ledger, { startedAt: at('2026-03-01 12:20'), status: 'failed', error: 'no answer' });

    const [{ recorded_at: recordedAt } = {}] = await rowsOf(
      ledger,
      'select recorded_at from runledger.events order by position desc limit 1',
    );
    const now = recordedAt as ReturnType<typeof at>;
    const status = await readStatus(ledger, { now });
    expect(status.at).toBe(now);
    expect(status.streams).toMatchObject([
      {
        connector: 'noxus',
        connection: 'a-new-one',
        stream: 'runs',
        last_complete_sync_at: null,
        lag_seconds: null,
        last_status: null,
        open_count: 0,
        stuck_count: 0,
        unread_count: 0,
        anomaly_count: 0,
        consecutive_failure_count: 0,
        last_error: null,
      },
      {
        connection: 'noxus-main',
        stream: 'runs',
        last_complete_sync_at: at('2026-03-01 12:10'),
        last_full_scan_at: at('2026-03-01 12:00'),
        is_scan_incomplete: false,
        last_status: 'failed',
        last_sync_at: at('2026-03-01 12:20'),
        open_count: 2,
        stuck_count: 1,
        missing_count: 2,
        unconfirmed_absence_count: 1,
        absence_finding: null,
        unread_count: 2,
        anomaly_count: 1,
        consecutive_failure_count: 1,
        last_error: 'no answer',
        rate_limited_until_at: null,
      },
    ]);
    const aMinuteAndADayLater = await readStatus(ledger, { now: addMicros(now, 86_460_000_000n) });
    expect(aMinuteAndADayLater.streams[1]).toMatchObject({ anomaly_count: 0, open_count: 2 });
  });

  it('measures the lag up to the moment that it is asked for', async () => {
    const ledger = await freshLedger(kind);
    await addSync(ledger, { startedAt: at('2026-03-01 12:00') });
    const { streams } = await readStatus(ledger, { now: at('2026-03-01 12:00:01.5') });
    expect(streams).toMatchObject([{ lag_seconds: 1.5 }]);
  });
});
