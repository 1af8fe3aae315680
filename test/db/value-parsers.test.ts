import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readInstant, VALUE_PARSERS } from '../../src/db/value-parsers.ts';
import { instantFromMicros } from '../../src/model/instant.ts';
import { propertyRuns } from '../support/property-runs.ts';

describe('a timestamptz', () => {
  it('is an instant with six digits, whatever the session writes', () => {
    expect(readInstant('2024-05-06 07:08:09+00')).toBe('2024-05-06T07:08:09.000000Z');
    expect(readInstant('2024-05-06 07:08:09.1+00')).toBe('2024-05-06T07:08:09.100000Z');
    expect(readInstant('2024-05-06 07:08:09.123456+05:30')).toBe('2024-05-06T01:38:09.123456Z');
    expect(readInstant('2024-02-29 23:30:00-03')).toBe('2024-03-01T02:30:00.000000Z');
    expect(readInstant('1890-01-01 00:53:28.5+00:53:28')).toBe('1890-01-01T00:00:00.500000Z');
    expect(readInstant('0044-03-15 12:00:00+00:19:32')).toBe('0044-03-15T11:40:28.000000Z');
  });

  it('stays the text that it is where it is no instant of ours', () => {
    for (const text of ['infinity', '-infinity', '0044-03-15 12:00:00+00 BC', '12024-01-01 00:00:00+00', 'Mon May 06 07:08:09 2024 UTC']) {
      expect(readInstant(text)).toBe(text);
    }
  });

  it('reads back what any zone makes of any instant', () => {
    const micros = fc.bigInt({ min: -62_135_000_000_000_000n, max: 253_402_200_000_000_000n });
    const offsetSeconds = fc.integer({ min: -14 * 3600, max: 14 * 3600 });
    fc.assert(
      fc.property(micros, offsetSeconds, (instant, offset) => {
        expect(readInstant(asPostgres(instant, offset))).toBe(instantFromMicros(instant));
      }),
      propertyRuns(500),
    );
  });
});

it('reads every type the same for both kinds of ledger', () => {
  const read = (type: number, text: string): unknown => VALUE_PARSERS[type]?.(text);
  expect(read(20, '9223372036854775807')).toBe(9_223_372_036_854_775_807n);
  expect(read(1700, '1.10')).toBe('1.10');
  expect(read(1082, '2024-05-06')).toBe('2024-05-06');
  expect(read(3802, '{"a": [1]}')).toEqual({ a: [1] });
  expect(Buffer.from(read(17, '\\x00ff') as Uint8Array)).toEqual(Buffer.from([0, 255]));
  expect(read(1009, '{a,"b,\\"c",NULL}')).toEqual(['a', 'b,"c', null]);
  expect(read(1016, '{1,NULL,-2}')).toEqual([1n, null, -2n]);
  expect(read(1185, '{"2024-05-06 07:08:09+02"}')).toEqual(['2024-05-06T05:08:09.000000Z']);
});

/** As Postgres writes it under DateStyle ISO in a zone so far from UTC. */
function asPostgres(micros: bigint, offsetSeconds: number): string {
  const local = instantFromMicros(micros + BigInt(offsetSeconds) * 1_000_000n);
  const fraction = local.slice(20, 26).replace(/0+$/, '');
  const parts = [Math.trunc(Math.abs(offsetSeconds) / 3600), Math.trunc(Math.abs(offsetSeconds) / 60) % 60, Math.abs(offsetSeconds) % 60];
  while (parts.length > 1 && parts.at(-1) === 0) parts.pop();
  const zone = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return `${local.slice(0, 10)} ${local.slice(11, 19)}${fraction === '' ? '' : `.${fraction}`}${offsetSeconds < 0 ? '-' : '+'}${zone}`;
}
