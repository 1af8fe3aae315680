import { describe, expect, it } from 'vitest';
import { grantStatements } from '../../src/publish/grants.ts';

describe('the SQL for a reading role', () => {
  it('grants the views and the facts, and says that it is to be run again after an upgrade', () => {
    const text = grantStatements('bi_reader');
    expect(text).toContain('grant usage on schema runledger to "bi_reader";');
    expect(text).toMatch(/^--.*after an upgrade/);
    for (const object of ['runs', 'status_history', 'sync_health', 'events', 'records', 'attempts', 'syncs', 'sync_streams']) {
      expect(text).toMatch(new RegExp(`^ {2}runledger\\.${object},?$`, 'm'));
    }
    expect(text).not.toMatch(/details|rejections|record_salts/);
  });

  it('quotes whatever the name holds', () => {
    expect(grantStatements('Bi"; drop schema runledger; --')).toContain('to "Bi""; drop schema runledger; --";');
  });

  it('refuses what is no name of one role', () => {
    for (const role of ['', 'a'.repeat(64), 'é'.repeat(32), 'a\nb', 'a\u0000b', '\ud800', 'public', 'none']) {
      expect(() => grantStatements(role)).toThrow(expect.objectContaining({ code: 'bad_argument' }) as Error);
    }
  });
});
