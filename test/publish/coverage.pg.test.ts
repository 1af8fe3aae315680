import { sql } from 'kysely';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import { instantFromMillis } from '../../src/model/instant.ts';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { addStream, addSync, at, type SyncOptions } from './build-ledger.ts';
import { rowsOf } from './rows-of.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 30);
const SEED = Number(process.env['PROPERTY_SEED'] ?? 1);

const IN_ORDER = 'order by connection, stream, from_at, to_at nulls last';

/** `begin..end` by the time of day, and what is asked for of each interval. */
async function intervals(ledger: Ledger, columns = ''): Promise<readonly unknown[]> {
  const rows = await rowsOf(ledger, `select from_at, to_at ${columns === '' ? '' : `, ${columns}`} from runledger.coverage ${IN_ORDER}`);
  const timeOf = (time: unknown): string => (typeof time === 'string' ? time.slice(11, 16) : 'now');
  return rows.map(({ from_at: from, to_at: to, ...asked }) => [`${timeOf(from)}..${timeOf(to)}`, ...Object.values(asked)]);
}

describe.each(LEDGER_KINDS)('the coverage of a stream in %s', (kind) => {
  const time = (text: string) => at(`2026-03-01 ${text}`);

  it('goes from the beginning of each complete sync to that of the next, and on to now', async () => {
    const ledger = await freshLedger(kind);
    await addSync(ledger, { startedAt: time('10:00'), finishedAt: time('10:30'), mode: 'full' });
    await addSync(ledger, { startedAt: time('11:00'), finishedAt: time('11:05') });
    await addSync(ledger, { startedAt: time('12:00'), finishedAt: time('12:05') });
    expect(await intervals(ledger, 'is_first, is_current, has_absence_proof, from_sync_id, to_sync_id')).toEqual([
      ['10:00..10:00', true, false, true, null, 1n],
      ['10:00..11:00', false, false, false, 1n, 2n],
      ['11:00..12:00', false, false, false, 2n, 3n],
      ['12:00..now', false, true, false, 3n, null],
    ]);
    const gaps = await rowsOf(ledger, `select gap_seconds from runledger.coverage where not is_current ${IN_ORDER}`);
    expect(gaps.map((row) => row['gap_seconds'])).toEqual([0, 3600, 3600]);
  });

  it('before the first complete sync begins with the first that was tried', async () => {
    const ledger = await freshLedger(kind);
    await addSync(ledger, { startedAt: time('09:00'), status: 'running', isComplete: false, finishedAt: null });
    expect(await intervals(ledger, 'is_first, is_current, sync_count')).toEqual([['09:00..now', true, true, 0n]]);
    await addSync(ledger, { startedAt: time('10:00'), status: 'failed', error: 'no answer' });
    await addSync(ledger, { startedAt: time('11:00') });
    expect(await intervals(ledger, 'is_first, is_current, sync_count, failed_sync_count')).toEqual([
      ['09:00..11:00', true, false, 2n, 1n],
      ['11:00..now', false, true, 0n, 0n],
    ]);
  });

  it('counts within each interval what stood in the way, each sync once', async () => {
    const ledger = await freshLedger(kind);
    const syncs: readonly SyncOptions[] = [
      { startedAt: time('10:00'), rejected: 1 },
      { startedAt: time('10:10'), status: 'failed', error: 'the first', rejected: 2 },
      { startedAt: time('10:20'), status: 'failed', error: 'the second' },
      { startedAt: time('10:30'), status: 'rate_limited', error: 'too many', hasDrift: true },
      { startedAt: time('10:40'), status: 'interrupted', error: 'killed' },
      { startedAt: time('10:50'), status: 'skipped', error: 'held by another' },
      { startedAt: time('10:55'), isComplete: false, unread: 3, deferred: 1 },
      { startedAt: time('11:00'), rejected: 1, deferred: 1, clockSkewSeconds: 0.5 },
      { startedAt: time('11:10'), status: 'unsupported', error: '404' },
    ];
    for (const sync of syncs) await addSync(ledger, sync);
    const columns =
      'sync_count, failed_sync_count, rate_limited_sync_count, interrupted_sync_count, skipped_sync_count, incomplete_sync_count, unsupported_sync_count';
    expect(await intervals(ledger, columns)).toEqual([
      ['10:00..10:00', 1n, 0n, 0n, 0n, 0n, 0n, 0n],
      ['10:00..11:00', 7n, 2n, 1n, 1n, 1n, 1n, 0n],
      ['11:00..now', 1n, 0n, 0n, 0n, 0n, 0n, 1n],
    ]);
    expect(await intervals(ledger, 'rejected_count, unread_count, deferred_count, has_drift, clock_skew_seconds, last_error')).toEqual([
      ['10:00..10:00', 1n, 0n, 0n, false, null, null],
      ['10:00..11:00', 3n, 3n, 2n, true, 0.5, 'killed'],
      // An error of the interval before is not one of this.
      ['11:00..now', 0n, 0n, 0n, false, null, null],
    ]);
  });

  it('is each stream by itself, none of one that was never tried, and ends with the service of its connection', async () => {
    const ledger = await freshLedger(kind);
    await addStream(ledger, { connection: 'a-new-one' });
    await addSync(ledger, { startedAt: time('10:00') });
    await addSync(ledger, { startedAt: time('11:00'), stream: 'documents' });
    await addSync(ledger, { startedAt: time('12:00'), connection: 'other' });
    await sql`update runledger.connections set retired_at = ${time('12:30')}::timestamptz where name = 'other'`.execute(ledger.db);
    expect(await intervals(ledger, 'connection, stream, gap_seconds > 3600 as is_long')).toEqual([
      ['11:00..11:00', 'noxus-main', 'documents', false],
      ['11:00..now', 'noxus-main', 'documents', true],
      ['10:00..10:00', 'noxus-main', 'runs', false],
      ['10:00..now', 'noxus-main', 'runs', true],
      ['12:00..12:00', 'other', 'runs', false],
      ['12:00..now', 'other', 'runs', false],
    ]);
  });

  it('has no negative gap where our clock was set back', async () => {
    const ledger = await freshLedger(kind);
    await addSync(ledger, { startedAt: time('10:00') });
    await addSync(ledger, { startedAt: time('09:00') });
    const rows = await rowsOf(ledger, 'select gap_seconds from runledger.coverage where to_sync_id = 2');
    expect(rows).toEqual([{ gap_seconds: 0 }]);
  });
});

const SYNC = fc.record({
  status: fc.constantFrom('succeeded', 'succeeded', 'failed', 'interrupted', 'skipped', 'rate_limited', 'unsupported'),
  isComplete: fc.boolean(),
  rejected: fc.nat(3),
});

describe('the coverage of any row of syncs', () => {
  it('tiles the time without a gap, and counts every sync and every rejected item once', async () => {
    const ledger = await freshLedger('postgres');
    const histories = fc.sample(fc.array(SYNC, { minLength: 1, maxLength: 12 }), { numRuns: RUNS, seed: SEED });
    for (const [index, history] of histories.entries()) {
      for (const [hour, { status, isComplete, rejected }] of history.entries()) {
        await addSync(ledger, {
          connection: `c${index}`,
          startedAt: instantFromMillis(Date.UTC(2026, 2, 1, hour)),
          status,
          isComplete: status === 'succeeded' && isComplete,
          rejected,
        });
      }
    }
    const untiled = await rowsOf(
      ledger,
      `select * from (
         select from_at, lag(to_at) over stream as end_before, is_first, is_current, row_number() over stream as number
         from runledger.coverage
         window stream as (partition by connection, stream order by to_sync_id)
       ) x
       where from_at is distinct from end_before and number > 1 or is_first <> (number = 1)`,
    );
    expect(untiled).toEqual([]);
    const counts = await rowsOf(
      ledger,
      `select count(*)::integer as intervals, count(*) filter (where is_current)::integer as lasting,
         sum(sync_count)::integer as syncs, sum(rejected_count)::integer as rejected
       from runledger.coverage`,
    );
    const all = histories.flat();
    expect(counts).toEqual([
      {
        intervals: all.filter(({ status, isComplete }) => status === 'succeeded' && isComplete).length + RUNS,
        lasting: RUNS,
        syncs: all.length,
        rejected: all.reduce((sum, { rejected }) => sum + rejected, 0),
      },
    ]);
  });
});
