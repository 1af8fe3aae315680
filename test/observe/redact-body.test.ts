import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Kept, redactBody, UUIDS } from '../../src/observe/redact-body.ts';
import { propertyRuns } from '../support/property-runs.ts';

const NODE = '3c90c3cc-0d44-4b50-8888-8dd25736052a';
const KEPT: Kept = { id: 'value', ids: 'values', inner: { name: 'value' }, nodes: { [UUIDS]: { status: 'value' } } };

describe('a body under redacted', () => {
  it('holds what is named and nothing else', () => {
    const item = {
      id: 'a',
      ids: ['b', 1],
      inner: { name: 'n', prompt: 's' },
      nodes: { [NODE]: { status: 'errored', io: 's' } },
      input: { x: 's' },
    };
    expect(redactBody(item, 'redacted', KEPT)).toEqual({
      id: 'a',
      ids: ['b', 1],
      inner: { name: 'n' },
      nodes: { [NODE]: { status: 'errored' } },
    });
  });

  it('drops a value of another form than the one that is named', () => {
    expect(redactBody({ id: { prompt: 's' }, ids: 's', inner: 's', nodes: ['s', [{ status: 's' }]] }, 'redacted', KEPT)).toEqual({
      nodes: [],
    });
    expect(redactBody({ id: ['s'], ids: [['s'], { s: 's' }], nodes: { notAnId: { status: 's' } } }, 'redacted', KEPT)).toEqual({
      ids: [],
      nodes: {},
    });
  });

  it('takes the named keys of each object in a list', () => {
    expect(redactBody({ inner: [{ name: 'a', prompt: 's' }, { name: 'b' }] }, 'redacted', KEPT)).toEqual({
      inner: [{ name: 'a' }, { name: 'b' }],
    });
  });

  it('reads own keys only', () => {
    expect(redactBody(JSON.parse('{"__proto__":{"id":"s"}}'), 'redacted', KEPT)).toEqual({});
  });

  it('cuts a text that is too long for a name', () => {
    expect((redactBody({ id: 'x'.repeat(1_000_000) }, 'redacted', KEPT) as { id: string }).id).toHaveLength(1_000);
  });

  it('is null for what is no object', () => {
    for (const item of [null, undefined, 7, 'text']) expect(redactBody(item, 'redacted', KEPT)).toBeNull();
  });

  it('lets through no value and no key from a place that is not named (property)', () => {
    const secret = fc.constantFrom('SECRET', ['SECRET'], { SECRET: 'SECRET' }, { name: 'SECRET', [NODE]: { io: 'SECRET' } });
    const unknownKey = fc
      .string()
      .filter((key) => !(key in KEPT))
      .map((key) => `${key}SECRET`);
    const item = fc
      .tuple(fc.dictionary(unknownKey, secret), fc.dictionary(unknownKey, secret), fc.dictionary(unknownKey, secret))
      .map(([a, b, c]) => ({
        ...a,
        id: 'kept',
        inner: { ...b, name: 'kept' },
        nodes: { ...c, [NODE]: { status: 'kept', ...b } },
      }));
    fc.assert(
      fc.property(item, (made) => {
        const body = JSON.stringify(redactBody(made, 'redacted', KEPT));
        expect(body).not.toContain('SECRET');
        expect(body.match(/kept/g)).toHaveLength(3);
      }),
      propertyRuns(),
    );
  });
});

describe('a body under full', () => {
  it('is the item', () => {
    const item = { id: 'a', input: { prompt: 'p', numbers: [1, 1.5, null, true] } };
    expect(redactBody(item, 'full', KEPT)).toEqual(item);
  });

  it('is made storable, in keys too', () => {
    expect(redactBody({ 'k\u0000': 'v\u0000', '\ud800': ['\udfff'] }, 'full', KEPT)).toEqual({
      'k\\u0000': 'v\\u0000',
      '\ufffd': ['\ufffd'],
    });
  });

  it('keeps a key named __proto__ as a key', () => {
    const body = redactBody(JSON.parse('{"__proto__":{"isAdmin":true}}'), 'full', KEPT);
    expect(JSON.stringify(body)).toBe('{"__proto__":{"isAdmin":true}}');
    expect((body as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  it('is a marker with length and digest where the item is too large or too deep', () => {
    const large = redactBody({ text: 'x'.repeat(1_000_001) }, 'full', KEPT);
    expect(large).toEqual({ omitted: 'too large', length: 1_000_012, digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;
    expect(redactBody(deep, 'full', KEPT)).toMatchObject({ omitted: 'too deep' });
    expect(redactBody(deep, 'full', KEPT)).toEqual(redactBody(deep, 'full', KEPT));
  });

  it('can be stored as jsonb and is the item apart from what cannot (property)', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (item) => {
        const text = JSON.stringify(redactBody(item, 'full', KEPT));
        expect(text.replaceAll('\\\\', '')).not.toMatch(/\\u0000|\\ud[89a-f]/);
        expect(text).toBe(JSON.stringify(item).replaceAll('\\u0000', '\\\\u0000'));
      }),
      propertyRuns(),
    );
  });
});

it('a body under none is null', () => {
  expect(redactBody({ id: 'a' }, 'none', KEPT)).toBeNull();
});
