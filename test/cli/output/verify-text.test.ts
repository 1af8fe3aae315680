import { describe, expect, it } from 'vitest';
import { rebuildText, verifyProgressText, verifyText } from '../../../src/cli/output/verify-text.ts';
import type { VerifyBreak, VerifyResult } from '../../../src/sync/verify-result.ts';

const BREAK: VerifyBreak = {
  check: 'chain',
  position: 17n,
  record: 'noxus/runs/r\u001b[2J',
  found: 'ab',
  expected: 'cd',
  message: 'event 17 was edited',
};
const HEAD = { ledger_id: '0b5e1c9a-8b39-4c1e-9f6e-2a3d7c0f4e11', head_recorded_at: null, anchors: [], verified_after_position: 0n };
const COUNTS = { ...HEAD, event_count: 12_345n, record_count: 1n, attempt_count: 4_100n, head_position: 12_345n, head_hash: 'ef' };

function result(...breaks: readonly (VerifyBreak | null)[]): VerifyResult {
  const checks = breaks.map((found, index) => ({
    name: found?.check ?? `law_${index}`,
    law: 'It holds.',
    ok: found === null,
    break: found,
  }));
  const first = breaks.find((found) => found !== null) ?? null;
  return { ok: first === null, ...COUNTS, break: first, checks, unseen: ['what it cannot'] };
}

describe('the result of verify', () => {
  it('says that the ledger holds, what of it, and what was not seen', () => {
    expect(verifyText(result(null, null), null)).toBe(
      [
        'the ledger holds: nothing in it contradicts anything else',
        '',
        '12,345 events, 1 record, 4,100 attempts',
        'head: position 12,345, hash ef',
        'checks: 2 of 2 hold',
        '  ok      law_0: It holds.',
        '  ok      law_1: It holds.',
        'this cannot see:',
        '  what it cannot',
        'keep the head where nobody who can write to the ledger can write (--write-anchor FILE): the same position must have the same hash for ever',
        '',
      ].join('\n'),
    );
  });

  it('begins with the first break, names the others, and steers no terminal', () => {
    const text = verifyText(result(BREAK, null, { ...BREAK, check: 'records', message: 'a row was edited', position: null }), null);
    expect(text).toMatch(
      /^the ledger is BROKEN: event 17 was edited\n {2}check: chain\n {2}position: 17\n {2}record: noxus\/runs\/r\\u001b\[2J\n {2}found: ab\n {2}expected: cd\nalso broken: records: a row was edited\n\n/,
    );
    expect(text).toContain('checks: 1 of 3 hold\n  BROKEN  chain: It holds.\n  ok      law_1: It holds.\n  BROKEN  records: It holds.\n');
  });

  it('fits a terminal', () => {
    const lines = verifyText(result({ ...BREAK, message: 'event 17 '.repeat(30) }), 60).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(60);
  });
});

describe('the progress of verify', () => {
  it('says what is done and how far', () => {
    expect(verifyProgressText({ phase: 'chain', done: 12_000, total: 340_000 })).toBe('verifying the chain, 12,000 of 340,000 events');
    expect(verifyProgressText({ phase: 'checks', done: 3, total: 20 })).toBe('verifying laws, 3 of 20 laws');
  });
});

describe('the result of rebuild', () => {
  const none = {
    records_changed_count: 0,
    records_added_count: 0,
    records_removed_count: 0,
    attempts_changed_count: 0,
    attempts_added_count: 0,
    attempts_removed_count: 0,
  };

  it('says how many rows differed, and of which table', () => {
    expect(rebuildText({ ...COUNTS, ...none, records_changed_count: 2, attempts_removed_count: 1_000 })).toBe(
      [
        'rows that differed were written anew:',
        '  records: 2 changed, 0 added, 0 removed',
        '  attempts: 0 changed, 0 added, 1,000 removed',
        '12,345 events, 1 record, 4,100 attempts',
        'head: position 12,345, hash ef',
        '',
      ].join('\n'),
    );
  });

  it('says that none did', () => {
    expect(rebuildText({ ...COUNTS, ...none })).toMatch(/^nothing differed: every row is what its events fold into\n/);
  });
});
