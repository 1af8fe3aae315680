import { describe, expect, it } from 'vitest';
import { progressText } from '../../../src/cli/output/progress-text.ts';
import { plannedEventText, syncText } from '../../../src/cli/output/sync-text.ts';
import type { Instant } from '../../../src/model/instant.ts';
import type { IncompleteReason, SyncProgress, SyncResult, SyncStreamResult } from '../../../src/model/sync-result.ts';

const HASH = 'ab'.repeat(32);

function stream(differing: Partial<SyncStreamResult> = {}): SyncStreamResult {
  return {
    connection: 'noxus',
    connector: 'noxus',
    stream: 'runs',
    mode: 'incremental',
    status: 'succeeded',
    is_complete: true,
    incomplete_because: [],
    has_absence_proof: false,
    has_drift: false,
    request_count: 44,
    retry_count: 0,
    page_count: 44,
    observed_count: 4_316,
    new_count: 12,
    changed_count: 3,
    disappeared_count: 0,
    unchanged_count: 4_301,
    stale_count: 0,
    deferred_count: 0,
    ignored_count: 0,
    appended_count: 27,
    rejected_count: 0,
    unread_count: 0,
    open_count: 2,
    clock_skew_seconds: 0,
    error: null,
    ...differing,
  };
}

function result(...streams: readonly SyncStreamResult[]): SyncResult {
  return {
    sync_id: 7n,
    started_at: '2025-11-03T12:00:00.000000Z' as Instant,
    finished_at: '2025-11-03T12:00:12.300000Z' as Instant,
    status: 'succeeded',
    streams,
    head: { position: 12_345n, chain_hash: HASH },
  };
}

const text = (...streams: readonly SyncStreamResult[]): string => syncText(result(...streams), { isDryRun: false });
const QUIET = { new_count: 0, changed_count: 0, appended_count: 0 };

describe('the end of a sync', () => {
  it('says what it did, stream by stream, and the head that it left', () => {
    expect(text(stream())).toBe(
      [
        'noxus runs: 12 new, 3 changed, 4,301 unchanged, 2 still open; 27 events',
        'total: 27 events appended from 4,316 observations, 44 requests in 12 s',
        `ledger head: position 12345, hash ${HASH}`,
        '',
      ].join('\n'),
    );
  });

  it('is never a bare zero', () => {
    expect(text(stream({ ...QUIET, unchanged_count: 4_313 }))).toContain(
      'noxus runs: nothing new; 4,313 unchanged, 2 still open\ntotal: nothing to append from ',
    );
    const none = { ...QUIET, observed_count: 0, unchanged_count: 0, open_count: 0, request_count: 1 };
    expect(text(stream(none))).toContain('noxus runs: no record at the source (1 request)');
  });

  it('tells what is odd', () => {
    const odd = stream({ deferred_count: 1, stale_count: 2, rejected_count: 3 });
    expect(text(odd)).toContain(
      '2 still open, 1 to be read again, 2 older than what is known, 3 not understood (see runledger.rejections)',
    );
  });

  it('counts what has disappeared, also where nothing else is left', () => {
    expect(text(stream({ disappeared_count: 2 }))).toContain('noxus runs: 12 new, 3 changed, 2 disappeared, 4,301 unchanged');
    const last = { ...QUIET, observed_count: 0, unchanged_count: 0, open_count: 0, disappeared_count: 1, appended_count: 1 };
    expect(text(stream(last))).toContain('noxus runs: 1 disappeared, 0 unchanged, 0 still open; 1 event\n');
  });

  it.each<[IncompleteReason, Partial<SyncStreamResult>, string]>([
    ['unread', { unread_count: 1_200 }, '1,200 open records not reached; the next sync reads those first'],
    ['unsettled', {}, 'a list moved faster than it could be read'],
    ['in_doubt', {}, 'two answers about a record contradict each other'],
    ['scan_not_proven', {}, 'the full scan is not proven to have seen every record; so no absence was looked for'],
    [
      'scan_not_proven',
      { has_drift: true },
      'the full scan is not proven to have seen every record, because the list moved while it was read;',
    ],
    ['never_scanned', {}, 'no full scan has seen every record yet; one is tried again before long, or at once with --full'],
  ])('says why a stream is not complete: %s', (reason, differing, expected) => {
    const lines = text(stream({ is_complete: false, incomplete_because: [reason], ...differing })).split('\n');
    expect(lines[0]).toMatch(/^noxus runs: 12 new, .*; 27 events$/);
    expect(lines[1]).toContain(`  not complete: ${expected}`);
    expect(lines[2]).toMatch(/^total: /);
  });

  it('gives each reason a line', () => {
    const twice = stream({ is_complete: false, unread_count: 3, incomplete_because: ['unread', 'never_scanned'] });
    expect(text(twice).match(/^ {2}not complete: /gm)).toHaveLength(2);
  });

  it('tells a failure with what to do, what landed before it, and no control character of the source', () => {
    const error = { code: 'source_unauthorized', message: 'GET /v1/runs: 401 \u001b[2J', hint: 'Check NOXUS_API_KEY.' };
    expect(text(stream({ status: 'failed', error }))).toContain(
      [
        'noxus runs: failed: GET /v1/runs: 401 \\u001b[2J',
        '  hint: Check NOXUS_API_KEY.',
        '  landed before that: 12 new, 3 changed, 4,301 unchanged, 2 still open; 27 events',
      ].join('\n'),
    );
    expect(text(stream({ status: 'failed', error: { ...error, hint: null }, observed_count: 0 }))).not.toContain('hint');
  });

  it.each([
    ['skipped', 'noxus runs: skipped: why'],
    ['unsupported', 'noxus runs: not offered by this source: why'],
    ['rate_limited', 'noxus runs: ended by the rate limit of the source: why'],
    ['interrupted', 'noxus runs: interrupted\n  landed before that: 12 new'],
  ] as const)('calls a stream that was %s so', (status, expected) => {
    expect(text(stream({ status, error: { code: 'x', message: 'why', hint: null } }))).toContain(expected);
  });

  it('of a dry run says what would be appended, and counts over all streams', () => {
    const twice = syncText(result(stream(), stream({ stream: 'documents' })), { isDryRun: true });
    expect(twice).toContain('total: 54 events would be appended from 8,632 observations, 88 requests in 12 s');
  });
});

describe('an event that a dry run would append', () => {
  it('is one line, with the source’s own word', () => {
    const event = {
      connection: 'noxus',
      stream: 'runs',
      record_id: 'r\u001b1',
      event_type: 'status_changed',
      attempt: 1,
      from_status: 'queued',
      to_status: 'running',
      source_status: 'awaiting_human_feedback',
      occurred_at: '2025-11-03T12:00:05.250000Z' as Instant,
      anomalies: ['clock_skew'],
    } as const;
    expect(plannedEventText(event)).toBe(
      'noxus/runs/r\\u001b1 status_changed, queued to running (source: awaiting_human_feedback), 2025-11-03T12:00:05.25Z, anomalies: clock_skew\n',
    );
  });
});

describe('the progress line', () => {
  const progress: SyncProgress = {
    connection: 'noxus',
    stream: 'runs',
    phase: 'listing',
    pages: 12,
    pages_total: 44,
    observed: 1_200,
    appended: 15,
    waiting_until: null,
  };

  it('shows stream, pages of pages, records per second and events', () => {
    expect(progressText(progress, 4_000)).toBe('noxus runs: listing, page 12 of 44, 1,200 records (300/s), 15 events');
  });

  it('shows no total that the source does not tell or that it has passed, and no speed of the first half second', () => {
    expect(progressText({ ...progress, pages_total: null }, 100)).toBe('noxus runs: listing, 12 pages, 1,200 records, 15 events');
    expect(progressText({ ...progress, pages_total: 3, appended: 0 }, 100)).toBe('noxus runs: listing, 12 pages, 1,200 records');
  });

  it('shows until when a rate limit makes it wait', () => {
    const waiting = { ...progress, phase: 'reading open records', waiting_until: '2025-11-03T12:03:05.000000Z' as Instant } as const;
    expect(progressText(waiting, 4_000)).toBe(
      'noxus runs: reading open records, 1,200 records (300/s), 15 events, waiting for a rate limit until 12:03:05Z',
    );
  });
});
