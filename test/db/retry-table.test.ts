import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PATIENCE, retryDelayMs, retryOf } from '../../src/db/retry-table.ts';
import { propertyRuns } from '../support/property-runs.ts';

const withCode = (code: string): Error => Object.assign(new Error('x'), { code });

it('tells conflicts from lost connections, and both from what would only fail again', () => {
  for (const code of ['40001', '40P01', '55P03']) expect(retryOf(withCode(code))).toBe('again');
  for (const code of ['57P01', '57P02', '08006', 'ECONNRESET', 'EPIPE']) expect(retryOf(withCode(code))).toBe('reconnect');
  for (const code of ['53100', '23505', '42501', '57014', '25006']) expect(retryOf(withCode(code))).toBeNull();
});

it("takes a pooler's fatal errors for lost connections, and the server's complaint about a message for ours", () => {
  expect(retryOf(Object.assign(withCode('08P01'), { severity: 'FATAL' }))).toBe('reconnect');
  expect(retryOf(Object.assign(withCode('08P01'), { severity: 'ERROR' }))).toBeNull();
});

it("knows the driver's words for a connection that is gone, and looks through causes and bundles", () => {
  expect(retryOf(new Error('Connection terminated unexpectedly'))).toBe('reconnect');
  expect(retryOf(new Error('Client has encountered a connection error and is not queryable'))).toBe('reconnect');
  expect(retryOf(new Error('outer', { cause: withCode('40001') }))).toBe('again');
  expect(retryOf(new AggregateError([withCode('ECONNREFUSED'), withCode('ECONNREFUSED')]))).toBe('reconnect');
  expect(retryOf(new Error('the sync said: Connection terminated'))).toBeNull();
});

it('waits longer after each failure, up to a bound, and never a negative time', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('again' as const, 'reconnect' as const),
      fc.integer({ min: 1, max: 60 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (retry, failures, random) => {
        const delay = retryDelayMs(retry, failures, random);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(PATIENCE[retry].capMs);
        expect(delay).toBeLessThanOrEqual(retryDelayMs(retry, failures + 1, random));
      },
    ),
    propertyRuns(200),
  );
});
