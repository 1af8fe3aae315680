import { describe, expect, it } from 'vitest';
import { addMicros, instantFromMillis, type Instant } from '../../src/model/instant.ts';
import type { StreamState } from '../../src/record/stream-lease.ts';
import { scanDue, type ScanDue } from '../../src/sync/scan-due.ts';

const NOW = instantFromMillis(Date.UTC(2026, 2, 1, 9));
const DAY_MS = 86_400_000;

function daysAgo(days: number): Instant {
  return addMicros(NOW, -BigInt(Math.round(days * DAY_MS)) * 1000n);
}

function due(state: Partial<StreamState>, canCount = true): ScanDue {
  const all: StreamState = {
    generation: null,
    generationSince: null,
    listOrder: 'newest_first',
    clock: null,
    watermark: daysAgo(0.01),
    lastCompleteAt: null,
    firstReadAt: daysAgo(100),
    lastFullScanAt: null,
    lastScanTriedAt: null,
    lastTotalsAgreedAt: null,
    absenceFinding: null,
    ...state,
  };
  return scanDue(all, NOW, DAY_MS, canCount);
}

describe('a full scan', () => {
  it('is due at once while nothing was ever read, however often it was tried', () => {
    expect(due({ watermark: null })).toBe('now');
    expect(due({ watermark: null, lastScanTriedAt: daysAgo(0.001) })).toBe('now');
  });

  it('is not due before the interval has passed', () => {
    expect(due({ lastFullScanAt: daysAgo(0.9) })).toBe('not yet');
    expect(due({ lastFullScanAt: daysAgo(0.9) }, false)).toBe('not yet');
  });

  it('is due then unless totals agree, where they can be held against what is known', () => {
    expect(due({ lastFullScanAt: daysAgo(1.1) })).toBe('unless totals agree');
    expect(due({ lastFullScanAt: daysAgo(1.1) }, false)).toBe('now');
  });

  it('is put off for an interval by totals that agreed, but not by those from before the last scan', () => {
    expect(due({ lastFullScanAt: daysAgo(3), lastTotalsAgreedAt: daysAgo(0.5) })).toBe('not yet');
    expect(due({ lastFullScanAt: daysAgo(3), lastTotalsAgreedAt: daysAgo(1.5) })).toBe('unless totals agree');
    expect(due({ lastFullScanAt: daysAgo(1.1), lastTotalsAgreedAt: daysAgo(2) })).toBe('unless totals agree');
  });

  it('is due after seven intervals whatever the totals say', () => {
    expect(due({ lastFullScanAt: daysAgo(6.9), lastTotalsAgreedAt: daysAgo(0.1) })).toBe('not yet');
    expect(due({ lastFullScanAt: daysAgo(7.1), lastTotalsAgreedAt: daysAgo(0.1) })).toBe('now');
  });

  it('that could not be proven is tried again after an eighth of the interval', () => {
    for (const lastFullScanAt of [null, daysAgo(1.5), daysAgo(8)]) {
      expect(due({ lastFullScanAt, lastScanTriedAt: daysAgo(0.1) })).toBe('not yet');
      expect(due({ lastFullScanAt, lastScanTriedAt: daysAgo(0.13) })).not.toBe('not yet');
    }
    expect(due({ lastFullScanAt: null, lastScanTriedAt: daysAgo(0.13) })).toBe('now');
  });
});
