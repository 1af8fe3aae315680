import { describe, expect, it } from 'vitest';
import { itemsOf, readEnvelope, readEnvelopeWithout } from '../../../src/connectors/knowledge-stack/page-envelope.ts';

describe('a page', () => {
  it.each([
    [{ limit: 100, offset: 200 }, 200, 100],
    [{ page: 3, page_size: 50 }, 100, 50],
    [{ page: 1 }, 0, null],
    [{ page: 3 }, null, null],
    [{ page: 0, page_size: 50 }, null, 50],
    [{ page: 2, page_size: 50, limit: 20, offset: 20 }, 20, 20],
    [{ limit: 'many', offset: -1, page: 1.5, page_size: [] }, null, null],
    [{}, null, null],
  ])('tells its place by the names that come back: %j', (echo, position, size) => {
    expect(readEnvelope({ items: [null], total: 7, ...echo })).toEqual({ items: [null], total: 7, position, size });
  });

  it('needs only its items', () => {
    expect(readEnvelope({ items: [], total: '7' })).toEqual({ items: [], total: null, position: null, size: null });
    expect(() => readEnvelope([])).toThrow('expected a page, an object with a list "items", found array');
    expect(() => readEnvelope({ detail: 'x', items: null })).toThrow('found object with "detail","items"');
    expect(() => readEnvelope(null)).toThrow(
      expect.objectContaining({ code: 'source_bad_shape', hint: expect.stringContaining('Knowledge Stack') as string }) as Error,
    );
  });

  it('with one row of another form is of another form', () => {
    const parse = readEnvelopeWithout((item) => item === 'odd', 'rows');
    expect(parse({ items: ['even'] }).items).toEqual(['even']);
    expect(() => parse({ items: ['even', 'odd'] })).toThrow(
      expect.objectContaining({
        code: 'source_other_form',
        message: expect.stringMatching(/^rows of another generation/) as string,
      }) as Error,
    );
    expect(() => parse({})).toThrow(expect.objectContaining({ code: 'source_bad_shape' }) as Error);
  });

  it('may be something else', () => {
    expect(itemsOf({ items: [1] })).toEqual([1]);
    for (const body of [null, [], {}, { items: {} }, 'html']) expect(itemsOf(body)).toBeNull();
  });
});
