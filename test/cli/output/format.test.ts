import { describe, expect, it } from 'vitest';
import { formatCount, formatExactTime, formatNumberOf, formatSeconds, formatShare, formatTime } from '../../../src/cli/output/format.ts';
import type { Instant } from '../../../src/model/instant.ts';

describe('a number', () => {
  it('has thousands separators, and its thing in the plural where it is not one', () => {
    expect(formatCount(4301)).toBe('4,301');
    expect(formatCount(12345678901234567890n)).toBe('12,345,678,901,234,567,890');
    expect([formatNumberOf(1, 'event'), formatNumberOf(0, 'event'), formatNumberOf(2n, 'event')]).toEqual([
      '1 event',
      '0 events',
      '2 events',
    ]);
  });

  it('that nobody knows is a dash and not a zero', () => {
    expect([formatCount(null), formatSeconds(null), formatShare(null), formatTime(null)]).toEqual(['–', '–', '–', '–']);
  });

  it('that is a share is a percentage', () => {
    expect([formatShare(0), formatShare(0.125), formatShare(1)]).toEqual(['0.0%', '12.5%', '100.0%']);
  });

  it.each([
    [0, '0 s'],
    [0.0004, '1 ms'],
    [0.25, '250 ms'],
    [0.9996, '1 s'],
    [3.21, '3.2 s'],
    [59.6, '1 m'],
    [61, '1 m 1 s'],
    [3_599.7, '1 h'],
    [7_500, '2 h 5 m'],
    [86_399, '1 d'],
    [90_000, '1 d 1 h'],
    [7_776_000, '90 d'],
    [-90, '-1 m 30 s'],
  ])('of %d seconds is %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});

describe('a time', () => {
  const at = (text: string) => text as Instant;

  it('is ISO 8601 in UTC, in tables to the second', () => {
    expect(formatTime(at('2025-11-03T12:00:05.250000Z'))).toBe('2025-11-03T12:00:05Z');
  });

  it('is as exact as it is known where that matters', () => {
    expect(formatExactTime(at('2025-11-03T12:00:05.250000Z'))).toBe('2025-11-03T12:00:05.25Z');
    expect(formatExactTime(at('2025-11-03T12:00:00.000000Z'))).toBe('2025-11-03T12:00:00Z');
    expect(formatExactTime(at('2025-11-03T12:00:10.000001Z'))).toBe('2025-11-03T12:00:10.000001Z');
  });
});
