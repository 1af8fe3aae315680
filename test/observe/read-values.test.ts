import { describe, expect, it } from 'vitest';
import { readCount } from '../../src/observe/read-count.ts';
import { idProblem, readId } from '../../src/observe/read-id.ts';
import { means, readStatus, statusTable } from '../../src/observe/read-status.ts';
import { cutText, readText, storableText } from '../../src/observe/read-text.ts';
import { readTime } from '../../src/observe/read-time.ts';

describe('an id', () => {
  it('is kept exactly as the source wrote it', () => {
    for (const id of ['3c90c3cc-0d44-4b50-8888-8dd25736052a', 'ingest-doc:Ü/ä ?#%', ' A ', 'e\u0301', '😀', '...', 'x'.repeat(512)])
      expect(readId(id)).toBe(id);
  });

  it('is counted in bytes and not in characters', () => {
    expect(readId('ü'.repeat(256))).not.toBeNull();
    expect(idProblem('ü'.repeat(257))).toBe('is 514 bytes long; 512 are the most that the ledger keeps');
  });

  it.each([
    [undefined, 'is missing'],
    [null, 'is of type null, not a text'],
    [7, 'is of type number, not a text'],
    [['a'], 'is of type array, not a text'],
    ['', 'is empty'],
    ['x'.repeat(10_240), 'is 10240 bytes long'],
    ['a\u0000b', 'contains the character \\u0000'],
    ['a\ud800', 'contains half of a surrogate pair'],
    ['..', 'which no URL path can carry'],
  ])('is refused and never mended where it cannot be kept (%#)', (value, problem) => {
    expect(idProblem(value)).toContain(problem);
    expect(readId(value)).toBeNull();
  });
});

describe('a text', () => {
  it('is made storable without losing what was odd about it', () => {
    expect(storableText('a\u0000b')).toBe('a\\u0000b');
    expect(storableText('a\ud800b')).toBe('a\ufffdb');
    expect(storableText('\u001b[31mred\u001b[0m')).toBe('\u001b[31mred\u001b[0m');
  });

  it('is cut by characters, never through one', () => {
    expect(cutText('😀'.repeat(300), 200)).toBe('😀'.repeat(200));
    expect(cutText(`${'a'.repeat(199)}😀b`, 200)).toBe(`${'a'.repeat(199)}😀`);
    expect(readText('a'.repeat(201), 200)).toHaveLength(200);
  });

  it('is null where there is none', () => {
    for (const value of [undefined, null, '', 7, {}, ['a']]) expect(readText(value)).toBeNull();
  });
});

describe('a time', () => {
  it('is read to the microsecond, a seventh digit cut and not rounded', () => {
    expect(readTime('2026-01-31T23:59:59.9999999Z').instant).toBe('2026-01-31T23:59:59.999999Z');
  });

  it('without a zone is UTC', () => {
    expect(readTime('2024-01-01T00:00:00').instant).toBe('2024-01-01T00:00:00.000000Z');
  });

  it('that is not there is not bad', () => {
    for (const value of [null, undefined]) expect(readTime(value)).toEqual({ instant: null, isBad: false });
  });

  it('that cannot be understood is no time, and bad', () => {
    for (const value of ['0001-01-01T00:00:00Z', '99999-01-01T00:00:00Z', 'yesterday', '', '2026-02-30T00:00:00Z', 1_700_000_000, true, {}])
      expect(readTime(value)).toEqual({ instant: null, isBad: true });
  });
});

describe('a count', () => {
  it('is a whole number that a number holds exactly, or none', () => {
    expect(readCount(0)).toBe(0);
    expect(readCount(2 ** 53 - 1)).toBe(2 ** 53 - 1);
    for (const value of [2 ** 53, -1, 1.5, '7', '123456789012345678901234567890', null, undefined, Number.NaN])
      expect(readCount(value)).toBeNull();
  });
});

describe('a status word', () => {
  const table = statusTable({ done: means('succeeded'), Done: means('failed', 'quota'), FAILED: { kind: 'undecided' } });

  it('is compared as it is written first, then whatever its case', () => {
    expect(readStatus('done', table, {})).toEqual(means('succeeded'));
    expect(readStatus('Done', table, {})).toEqual(means('failed', 'quota'));
    expect(readStatus('failed', table, {})).toEqual({ kind: 'undecided' });
  });

  it('that nobody knows is unknown, also one named like a property of every object', () => {
    for (const word of ['timed_out', 'constructor', '__proto__', 'toString'])
      expect(readStatus(word, table, {})).toEqual({ kind: 'unknown' });
  });

  it('can be taught by the user where the table does not know it, and only there', () => {
    expect(readStatus('timed_out', table, { timed_out: 'failed' })).toEqual(means('failed'));
    expect(readStatus('TIMED_OUT', table, { timed_out: 'failed' })).toEqual(means('failed'));
    expect(readStatus('done', table, { done: 'cancelled' })).toEqual(means('succeeded'));
    expect(readStatus('DONE', table, { DONE: 'cancelled' })).toEqual(means('failed', 'quota'));
  });
});
