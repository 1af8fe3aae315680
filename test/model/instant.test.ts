import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addMicros, instantFromMicros, instantFromMillis, microsOf, parseInstant, type Instant } from '../../src/model/instant.ts';

describe('an instant', () => {
  it.each([
    ['2026-07-01T17:06:16.123456+00:00', '2026-07-01T17:06:16.123456Z'],
    ['2026-07-01 17:06:16.123456+00:00', '2026-07-01T17:06:16.123456Z'],
    ['2024-01-01T00:00:00', '2024-01-01T00:00:00.000000Z'],
    ['2023-11-07T05:31:56Z', '2023-11-07T05:31:56.000000Z'],
    ['2026-01-01T01:30:00+02:00', '2025-12-31T23:30:00.000000Z'],
    ['2026-01-01T01:30:00-0530', '2026-01-01T07:00:00.000000Z'],
    ['2026-01-01T01:30:00+02', '2025-12-31T23:30:00.000000Z'],
    ['2026-01-01T01:30', '2026-01-01T01:30:00.000000Z'],
    ['2026-01-01T23:59:59.9999999Z', '2026-01-01T23:59:59.999999Z'],
    ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000000Z'],
  ])('is read from %s', (text, expected) => {
    expect(parseInstant(text)).toBe(expected);
  });

  it.each([
    '',
    'yesterday',
    '2026-02-30T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T12:00:60Z',
    '2026-01-01T12:60:00Z',
    '2026-01-01',
    '99999-01-01T00:00:00Z',
    '0001-01-01T00:00:00Z',
    '0000-00-00T00:00:00Z',
    '1970-01-01T00:00:00Z',
    '9999-12-31T23:59:59-01:00',
    '2026-01-01T00:00:00+25:00',
    '2026-01-01T00:00:00+01:75',
    '2026-01-01T00:00:00 Europe/Berlin',
    '1762492316',
  ])('is not read from "%s"', (text) => {
    expect(parseInstant(text)).toBeNull();
  });

  it('keeps every microsecond on the way to a number and back, and compares as a text', () => {
    const micros = fc.bigInt(1n, 253_402_300_799_999_999n);
    fc.assert(
      fc.property(micros, micros, (a, b) => {
        const [first, second] = [instantFromMicros(a), instantFromMicros(b)];
        expect(microsOf(first)).toBe(a);
        expect(parseInstant(first)).toBe(first);
        expect(first < second).toBe(a < b);
      }),
    );
  });

  it('moves by microseconds, also across the start of 1970', () => {
    expect(addMicros('2026-01-01T00:00:00.000000Z' as Instant, -1n)).toBe('2025-12-31T23:59:59.999999Z');
    expect(addMicros('1970-01-01T00:00:00.000001Z' as Instant, -2n)).toBe('1969-12-31T23:59:59.999999Z');
    expect(instantFromMillis(1_700_000_000_123)).toBe('2023-11-14T22:13:20.123000Z');
  });
});
