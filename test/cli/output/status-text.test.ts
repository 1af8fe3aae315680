import { describe, expect, it } from 'vitest';
import { prometheusText } from '../../../src/cli/output/prometheus-text.ts';
import { statusText } from '../../../src/cli/output/status-text.ts';
import { exceededLimits } from '../../../src/cli/status-limits.ts';
import type { Instant } from '../../../src/model/instant.ts';
import type { LedgerStatus, StreamStatus } from '../../../src/publish/read-status.ts';

const at = (text: string) => text as Instant;

function status(...streams: readonly Partial<StreamStatus>[]): LedgerStatus {
  const usual: StreamStatus = {
    connector: 'noxus',
    connection: 'main',
    stream: 'runs',
    last_complete_sync_at: at('2025-11-03T12:00:00.000000Z'),
    lag_seconds: 300,
    last_full_scan_at: at('2025-11-03T00:00:00.000000Z'),
    is_scan_incomplete: false,
    last_status: 'succeeded',
    last_sync_at: at('2025-11-03T12:00:00.000000Z'),
    open_count: 1_200,
    stuck_count: 3,
    missing_count: 0,
    unconfirmed_absence_count: 0,
    absence_finding: null,
    unread_count: 0,
    anomaly_count: 1,
    consecutive_failure_count: 0,
    last_error: null,
    rate_limited_until_at: null,
    clock_skew_seconds: 0.25,
    has_clock_skew: false,
  };
  return { at: at('2025-11-03T12:05:00.000000Z'), streams: streams.map((differing) => ({ ...usual, ...differing })) };
}

const NEVER = { last_complete_sync_at: null, lag_seconds: null, last_full_scan_at: null, clock_skew_seconds: null };

describe('the status', () => {
  it('has a line for each stream', () => {
    expect(statusText(status({}, { ...NEVER, stream: 'documents', last_status: null }), null)).toBe(
      [
        'stream          last complete sync    last full scan        lag   open  stuck  missing  unread  odd in 24 h  last sync',
        'main runs       2025-11-03T12:00:00Z  2025-11-03T00:00:00Z  5 m  1,200      3        0       0            1  succeeded',
        'main documents  never                 never                   –  1,200      3        0       0            1  none',
        'at 2025-11-03T12:05:00Z',
        '',
      ].join('\n'),
    );
  });

  it('breaks no time on a narrow terminal: the lag says as much', () => {
    const text = statusText(status({ connection: 'noxus-production' }), 80);
    expect(text).toMatch(/^stream +lag +open .*\n +h\nnoxus-production runs +5 m /);
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  it('tells what stands in the way, without a control character of the source', () => {
    const text = statusText(
      status({
        last_status: 'failed',
        last_error: 'GET /v1/runs: 500 \u001b[2J',
        consecutive_failure_count: 4,
        rate_limited_until_at: at('2025-11-03T13:00:00.000000Z'),
      }),
      null,
    );
    expect(text).toContain('main runs: failed (4 times without success): GET /v1/runs: 500 \\u001b[2J\n');
    expect(text).toContain('main runs: the source asks to be left alone until 2025-11-03T13:00:00Z\n');
  });

  it('tells what was deleted and may not be known, each in a line, and nothing of a healthy stream', () => {
    expect(statusText(status({}), null).split('\n')).toHaveLength(4);
    const text = statusText(
      status(
        { is_scan_incomplete: true, unconfirmed_absence_count: 1_200, missing_count: 1_200 },
        { stream: 'documents', is_scan_incomplete: true, last_full_scan_at: null, absence_finding: '90 of 100 would vanish at once' },
      ),
      null,
    );
    expect(text.split('\n').slice(3, -2)).toEqual([
      'main runs: the last full scan is not proven; what was deleted since 2025-11-03T00:00:00Z may not be known',
      'main runs: 1,200 not found by the last full scan, yet to be confirmed by id',
      'main documents: the last full scan is not proven; what was deleted may not be known',
      'main documents: 90 of 100 would vanish at once',
    ]);
  });

  it('of a ledger that was never synced says what to do', () => {
    expect(statusText(status(), null)).toBe('no stream was synced yet; run: runledger sync\n');
  });
});

describe('a limit', () => {
  const none = { maxLagSeconds: null, maxStuck: null };

  it('is exceeded by more than it, and not by as much', () => {
    expect(exceededLimits(status({}), { maxLagSeconds: 300, maxStuck: 3 })).toEqual([]);
    expect(exceededLimits(status({}), { maxLagSeconds: 299, maxStuck: 2 })).toEqual([
      { connection: 'main', stream: 'runs', limit: 'max_lag', message: 'main runs: last complete sync 5 m ago, allowed 4 m 59 s' },
      { connection: 'main', stream: 'runs', limit: 'max_stuck', message: 'main runs: 3 stuck, allowed 2' },
    ]);
  });

  it('that was not given is never exceeded', () => {
    expect(exceededLimits(status({ ...NEVER, stuck_count: 1e9 }), none)).toEqual([]);
  });

  it('of lag is not exceeded by a stream that the source does not have', () => {
    expect(exceededLimits(status({ ...NEVER, last_status: 'unsupported' }), { ...none, maxLagSeconds: 1 })).toEqual([]);
  });

  it('of lag is exceeded by a stream that was never read, and by a ledger without any', () => {
    expect(exceededLimits(status(NEVER), { ...none, maxLagSeconds: 1e9 })).toMatchObject([
      { message: 'main runs: never read completely, allowed 11,574 d' },
    ]);
    expect(exceededLimits(status(), { ...none, maxLagSeconds: 1e9 })).toMatchObject([
      { connection: null, message: 'no stream was ever synced' },
    ]);
    expect(exceededLimits(status(), { ...none, maxStuck: 0 })).toEqual([]);
  });
});

describe('the status for Prometheus', () => {
  it('has a help, a type and a sample for each gauge and stream', () => {
    const lines = prometheusText(status({}, { stream: 'documents' })).split('\n');
    expect(lines.slice(0, 4)).toEqual([
      '# HELP runledger_last_complete_sync_timestamp_seconds When the stream was last read completely, in seconds since 1970; 0 if never.',
      '# TYPE runledger_last_complete_sync_timestamp_seconds gauge',
      'runledger_last_complete_sync_timestamp_seconds{connector="noxus",connection="main",stream="runs"} 1762171200',
      'runledger_last_complete_sync_timestamp_seconds{connector="noxus",connection="main",stream="documents"} 1762171200',
    ]);
  });

  it('makes an alert fire for a stream that was never read, and leaves out what is unknown', () => {
    const text = prometheusText(status(NEVER));
    expect(text).toContain('runledger_last_complete_sync_timestamp_seconds{connector="noxus",connection="main",stream="runs"} 0\n');
    expect(text).toContain('runledger_sync_lag_seconds{connector="noxus",connection="main",stream="runs"} +Inf\n');
    expect(text).toContain('runledger_last_full_scan_timestamp_seconds{connector="noxus",connection="main",stream="runs"} 0\n');
    expect(text).not.toContain('runledger_clock_skew_seconds{');
  });

  it('has no freshness of a stream that the source does not have', () => {
    const text = prometheusText(status({ ...NEVER, last_status: 'unsupported' }));
    expect(text).not.toMatch(/runledger_(sync_lag_seconds|last_\w+_timestamp_seconds)\{/);
    expect(text).toContain('runledger_open_records{');
  });

  it('tells scans that are not proven, and absences that wait to be confirmed or accepted', () => {
    const text = prometheusText(status({ is_scan_incomplete: true, unconfirmed_absence_count: 3, absence_finding: 'too many' }));
    for (const sample of ['scan_incomplete{…} 1', 'unconfirmed_absences{…} 3', 'absences_held_back{…} 1']) {
      expect(text.replaceAll(/\{.*\}/g, '{…}')).toContain(`runledger_${sample}\n`);
    }
  });

  it('escapes what would end a label', () => {
    expect(prometheusText(status({ connection: 'a"b\\c\nd' }))).toContain('connection="a\\"b\\\\c\\\\nd"');
  });
});
