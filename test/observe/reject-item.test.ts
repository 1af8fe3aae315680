import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { rejectItem } from '../../src/observe/reject-item.ts';
import { itemContext, RESPONSE } from './evidence.ts';

describe('a rejection', () => {
  it('tells the form of the item and never its values', () => {
    const item = { status: 'SECRET', input: { a: 'SECRET' }, list: ['SECRET'], number: 5, nothing: null, flag: true };
    const text = JSON.stringify(item);
    expect(rejectItem('its id is missing', item, itemContext())).toEqual({
      reason: 'its id is missing',
      shape: { status: 'string', input: 'object', list: 'array', number: 'number', nothing: 'null', flag: 'boolean' },
      length: text.length,
      digest: createHash('sha256').update(text).digest('hex'),
      raw: null,
      response: RESPONSE,
    });
  });

  it('keeps the item itself under full, bounded and storable', () => {
    const context = itemContext({ payloads: 'full' });
    expect(rejectItem('reason', { a: '\u0000\ud800' }, context).raw).toBe('{"a":"\\u0000\\ud800"}');
    const huge = rejectItem('reason', { a: 'x'.repeat(2_000_000) }, context);
    expect(huge.raw).toHaveLength(1_000_000);
    expect(huge.length).toBe(2_000_008);
  });

  it('is made of anything', () => {
    for (const item of [null, undefined, 7, 'text', [], [1, 2], true]) {
      expect(rejectItem('reason', item, itemContext())).toMatchObject({
        shape: {},
        digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      });
    }
    const deep = JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`) as unknown;
    expect(rejectItem('reason', deep, itemContext())).toEqual(rejectItem('reason', deep, itemContext()));
  });

  it('names fifty keys at the most, long ones cut', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`key${index}`, index]));
    expect(Object.entries(rejectItem('reason', many, itemContext()).shape)).toHaveLength(51);
    expect(rejectItem('reason', many, itemContext()).shape['…']).toBe('10 more keys');
    expect(Object.keys(rejectItem('reason', { ['k'.repeat(10_000)]: 1 }, itemContext()).shape)).toEqual(['k'.repeat(100)]);
    expect(JSON.stringify(rejectItem('reason', JSON.parse('{"__proto__":1,"a\\u0000":2}'), itemContext()).shape)).toBe(
      '{"__proto__":"number","a\\\\u0000":"number"}',
    );
  });
});
