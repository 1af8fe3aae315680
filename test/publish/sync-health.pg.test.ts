import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import { instantFromMillis, type Instant } from '../../src/model/instant.ts';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { addRecord, addSighting, addSync, CONNECTION, noted, reported } from './build-ledger.ts';
import { rowsOf } from './rows-of.ts';

const HOUR_MS = 3_600_000;

/** The view holds freshness against the database's clock. */
function hoursAgo(hours: number): Instant {
  return instantFromMillis(Date.now() - hours * HOUR_MS);
}

describe.each(LEDGER_KINDS)('the health of syncs in %s', (kind) => {
  it('counts failures since the last success, and what was not read since the last complete sync', async () => {
    const ledger = await freshLedger(kind);
    const health = async (): Promise<Record<string, unknown> | undefined> =>
      (await rowsOf(ledger, 'select * from runledger.sync_health'))[0];
    await addSync(ledger, { startedAt: hoursAgo(9), status: 'failed', error: 'at first' });
    expect(await health()).toMatchObject({
      last_complete_sync_at: null,
      lag_seconds: null,
      consecutive_failure_count: 1n,
      last_error: 'at first',
    });
    await addSync(ledger, { startedAt: hoursAgo(8), finishedAt: hoursAgo(7), mode: 'full', clockSkewSeconds: 0.5 });
    await addRecord(ledger, { recordId: 'read' }, [reported('running', '2026-03-01 10:00')]);
    await addSighting(ledger, { recordId: 'read', lastReadAt: hoursAgo(7.5) });
    await addRecord(ledger, { recordId: 'unread' }, [reported('running', '2026-03-01 10:00')]);
    await addSighting(ledger, { recordId: 'unread', lastReadAt: hoursAgo(8.5) });
    await addRecord(ledger, { recordId: 'done' }, [reported('succeeded', '2026-03-01 10:00')]);
    const complete = await health();
    expect(complete).toMatchObject({
      connector: 'noxus',
      connection: CONNECTION,
      stream: 'runs',
      open_count: 2n,
      unread_count: 1n,
      consecutive_failure_count: 0n,
      last_error: null,
      clock_skew_seconds: 0.5,
      last_status: 'succeeded',
    });
    // Known is what was there when it began.
    expect(Date.parse(String(complete?.['last_complete_sync_at'])) - Date.parse(String(complete?.['last_full_scan_at']))).toBeCloseTo(
      HOUR_MS,
      -2,
    );
    expect(complete?.['lag_seconds']).toBeGreaterThan(6.9 * 3600);
    expect(complete?.['lag_seconds']).toBeLessThan(7.1 * 3600);
    await addSync(ledger, { startedAt: hoursAgo(3), status: 'rate_limited', error: 'too many' });
    await addSync(ledger, { startedAt: hoursAgo(2), status: 'interrupted', error: 'killed' });
    await addSync(ledger, { startedAt: hoursAgo(1), status: 'skipped' });
    expect(await health()).toMatchObject({ consecutive_failure_count: 2n, last_error: 'killed', last_status: 'interrupted' });
    await sql`update runledger.connections set rate_limited_until_at = now() + interval '1 hour'`.execute(ledger.db);
    expect(await health()).toHaveProperty('rate_limited_until_at', expect.any(String));
    await sql`update runledger.connections set rate_limited_until_at = now() - interval '1 hour'`.execute(ledger.db);
    expect(await health()).toHaveProperty('rate_limited_until_at', null);
    await sql`update runledger.connections set retired_at = now()`.execute(ledger.db);
    expect(await health()).toBeUndefined();
  });
});

describe.each(LEDGER_KINDS)('what a stream may not know in %s', (kind) => {
  const health = async (ledger: Ledger): Promise<Record<string, unknown> | undefined> =>
    (await rowsOf(ledger, 'select * from runledger.sync_health'))[0];

  it('is shown: records that are missing, absences to be confirmed, a scan that is not proven, rows that moved', async () => {
    const ledger = await freshLedger(kind);
    await addSync(ledger, { startedAt: hoursAgo(9), mode: 'full' });
    expect(await health(ledger)).toMatchObject({
      missing_count: 0n,
      unconfirmed_absence_count: 0n,
      is_scan_incomplete: false,
      has_drift: false,
      absence_finding: null,
    });
    for (const recordId of ['open', 'finished', 'gone']) {
      const steps = recordId === 'open' ? [reported('running', '2026-03-01 10:00')] : [reported('succeeded', '2026-03-01 10:00')];
      if (recordId === 'gone') steps.push(noted('disappeared', '2026-03-01 11:00', '2026-03-01 12:00'));
      await addRecord(ledger, { recordId }, steps);
      const missing = { recordId, lastReadAt: hoursAgo(9), missingSinceAt: hoursAgo(8) };
      await addSighting(ledger, recordId === 'open' ? missing : { ...missing, nextReadReason: 'absence' });
    }
    await addSync(ledger, { startedAt: hoursAgo(8), mode: 'full', isProven: false, isComplete: false, hasDrift: true });
    await sql`update runledger.streams set absence_finding = 'too many'`.execute(ledger.db);
    expect(await health(ledger)).toMatchObject({
      missing_count: 2n,
      unconfirmed_absence_count: 1n,
      is_scan_incomplete: true,
      has_drift: true,
      absence_finding: 'too many',
    });
    // The next sync scans nothing: the last scan is still not proven.
    await addSync(ledger, { startedAt: hoursAgo(7) });
    expect(await health(ledger)).toMatchObject({ is_scan_incomplete: true, has_drift: false });
    await addSync(ledger, { startedAt: hoursAgo(6), mode: 'full', status: 'skipped' });
    expect(await health(ledger)).toMatchObject({ is_scan_incomplete: true });
    await addSync(ledger, { startedAt: hoursAgo(5), mode: 'full' });
    expect(await health(ledger)).toMatchObject({ is_scan_incomplete: false });
  });

  it('is nothing where the source has no such list: that is no failure', async () => {
    const ledger = await freshLedger(kind);
    await addSync(ledger, { startedAt: hoursAgo(3), status: 'failed', error: 'no answer' });
    await addSync(ledger, { startedAt: hoursAgo(2), status: 'unsupported', error: '404' });
    expect(await health(ledger)).toMatchObject({ last_status: 'unsupported', consecutive_failure_count: 0n, last_error: null });
    await addSync(ledger, { startedAt: hoursAgo(1), status: 'failed', error: 'no answer' });
    expect(await health(ledger)).toMatchObject({ consecutive_failure_count: 1n, last_error: 'no answer' });
  });
});
