import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../src/extract/parse-json.ts';

const runs = {
  numRuns: Number(process.env['PROPERTY_RUNS'] ?? 300),
  ...(process.env['PROPERTY_SEED'] ? { seed: Number(process.env['PROPERTY_SEED']) } : {}),
};

describe('numbers', () => {
  test.each([
    ['0', 0],
    ['-17', -17],
    ['1.5e3', 1500],
    ['1E2', 100],
    ['0.1', 0.1],
    ['123456789012345', 123456789012345],
    ['9007199254740991', 9007199254740991],
    ['1.0000000000000000000', 1],
    ['0.30000000000000004', 0.30000000000000004],
    ['1e20', 1e20],
    ['1e0000000002', 100],
  ])('%s, which a double holds, is a number', (literal, value) => {
    expect(parseJson(`{"a":[${literal}]}`)).toEqual({ a: [value] });
  });

  test.each([
    '9007199254740993',
    '9007199254740992',
    '-9007199254740993',
    '123456789012345678901234567890',
    '0.1234567890123456789',
    '1.0000000000000000001',
    '1e400',
    '-1E+400',
    '1e-400',
    '1.5e-0400',
    '9007199254740992.5',
  ])('%s, which a double does not hold, is its own text', (literal) => {
    expect(parseJson(`{"a":${literal}}`)).toEqual({ a: literal });
    expect(parseJson(`[ ${literal} , 1]`)).toEqual([literal, 1]);
    expect(parseJson(literal)).toBe(literal);
  });

  test('are found wherever they stand, and after whatever other digits', () => {
    for (let before = 0; before < 40; before += 1) {
      for (const digits of ['1', '12345678', '123456789012345']) {
        expect(parseJson(`[${`${digits},`.repeat(before)}9007199254740993]`)).toContain('9007199254740993');
        expect(parseJson(`["${' '.repeat(before)}${digits}",9007199254740993]`)).toContain('9007199254740993');
      }
    }
  });

  test('in texts and keys stay what they are, beside one that is rewritten', () => {
    const text = String.raw`{"1e400":"1e400, \"9007199254740993\" \\","b":"x\\\"","c":9007199254740993}`;
    expect(parseJson(text)).toEqual({ '1e400': '1e400, "9007199254740993" \\', b: 'x\\"', c: '9007199254740993' });
  });

  test('are the same whatever else is in the answer', () => {
    const literal = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.maxSafeInteger().map(String),
      fc
        .tuple(fc.stringMatching(/^-?[1-9]\d{0,24}$/), fc.stringMatching(/^(?:\.\d{1,20})?$/), fc.stringMatching(/^(?:[eE][+-]?\d{1,4})?$/))
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(literal, fc.string(), (one, words) => {
        const alone = parseJson(`[${one}]`) as [unknown];
        const beside = parseJson(JSON.stringify([words]).slice(0, -1) + `,${one},1e400]`) as unknown[];
        expect(beside).toEqual([words, alone[0], '1e400']);
        if (typeof alone[0] === 'string') expect(alone[0]).toBe(one);
        else expect(alone[0]).toBe(JSON.parse(one));
      }),
      runs,
    );
  });

  test('leave every JSON that JavaScript writes as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const plain = JSON.parse(text) as unknown;
        expect(JSON.stringify(parseJson(text), exactAsNumber)).toBe(JSON.stringify(plain, exactAsNumber));
      }),
      runs,
    );
  });
});

/** Beyond 2^53 `parseJson` gives texts where `JSON.parse` gives numbers; both are shown as a number here. */
function exactAsNumber(_key: string, value: unknown): unknown {
  return typeof value === 'string' && /^-?\d{16,}$/.test(value) ? Number(value) : value;
}

describe('hostile JSON', () => {
  test('with a key __proto__ gives an own property and changes no other object', () => {
    for (const text of ['{"__proto__":{"polluted":true}}', '{"__proto__":{"polluted":true},"n":9007199254740993}']) {
      const parsed = parseJson(text) as object;
      expect(Object.hasOwn(parsed, '__proto__')).toBe(true);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    }
  });

  test('a hundred thousand levels deep is read, also when it holds a number to be kept', () => {
    const deep = 100_000;
    expect(Array.isArray(parseJson('['.repeat(deep) + ']'.repeat(deep)))).toBe(true);
    expect(Array.isArray(parseJson(`${'['.repeat(deep)}1e400${']'.repeat(deep)}`))).toBe(true);
  });

  test('with a text of megabytes full of escapes beside such a number is read', () => {
    const text = JSON.stringify({ text: '\\"'.repeat(1_000_000) });
    expect(parseJson(`[${text},1e400]`)).toEqual([JSON.parse(text), '1e400']);
  });

  test.each(['', '{', '{"a":1', '<html>', '[1,]', 'NaN', '[9007199254740993'])('%j is refused as JSON.parse refuses it', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });
});
