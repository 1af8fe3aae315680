import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holdsMoreValues } from '../../src/extract/count-values.ts';
import { propertyRuns } from '../support/property-runs.ts';

const bytesOf = (json: string): Uint8Array => new TextEncoder().encode(json);
/** JSON of so many values, and of so many bytes a value. */
const listOf = (values: number, item = '[]'): string => `[${Array.from({ length: values - 1 }, () => item).join(',')}]`;

describe('JSON with too many values', () => {
  test.each(['[]', '{}', '0', '""', '"a"', 'null'])('is noticed where they are %s, and one less is not', (item) => {
    const values = 100_000;
    const marks = item === '[]' || item === '{}' ? 2 * (values - 1) : values - 1;
    expect(holdsMoreValues(bytesOf(listOf(values, item)), marks - 1, Math.random)).toBe(true);
    expect(holdsMoreValues(bytesOf(listOf(values, item)), marks, Math.random)).toBe(false);
  });

  test('is noticed where they are nested, also where nothing closes them', () => {
    expect(holdsMoreValues(bytesOf('['.repeat(100_000)), 99_999, Math.random)).toBe(true);
    expect(holdsMoreValues(bytesOf('{"a":'.repeat(100_000)), 99_999, Math.random)).toBe(true);
  });

  test('is not what only looks so inside of texts, whatever is escaped there', () => {
    for (const text of ['1,2,3,4\n'.repeat(50_000), '[{,"\\'.repeat(50_000), '\\'.repeat(50_001), ',"'.repeat(50_000)]) {
      const json = JSON.stringify([text, text]);
      expect(holdsMoreValues(bytesOf(json), 2, Math.random)).toBe(false);
    }
  });

  test('is looked for by the places that chance names, which no server can foresee', () => {
    const marks = 4_000;
    const hidden = bytesOf(`["${'x'.repeat(100_000)}",${listOf(marks, '0')}]`);
    expect(holdsMoreValues(hidden, 1_000, Math.random)).toBe(true);
    let asked = 0;
    holdsMoreValues(hidden, 1_000, () => {
      asked += 1;
      return 0.5;
    });
    expect(asked).toBe(Math.ceil(hidden.length / 1_024));
  });
});

test('no value of JSON goes uncounted', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), (value) => {
      // Long enough for the glance not to miss: the same a thousand times.
      const json = bytesOf(JSON.stringify(Array.from({ length: 1_000 }, () => value)));
      expect(holdsMoreValues(json, Math.floor(0.6 * countValues(value) * 1_000), Math.random)).toBe(true);
      expect(holdsMoreValues(json, 2 * (countValues(value) + 1) * 1_000, Math.random)).toBe(false);
    }),
    { ...propertyRuns(100) },
  );
});

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, inner) => sum + countValues(inner), 1);
}
