import { describe, expect, it } from 'vitest';
import { GENESIS_HASH } from '../../src/model/genesis.ts';
import { anchorOf, parseAnchor, type Anchor } from '../../src/sync/anchor.ts';
import type { Instant } from '../../src/model/instant.ts';
import type { VerifyResult } from '../../src/sync/verify-result.ts';
import { jsonText } from '../../src/cli/output/json-text.ts';

const AT = '2026-03-01T10:00:00.000001Z' as Instant;
const ANCHOR: Anchor = {
  ledger_id: '0b5e1c9a-8b39-4c1e-9f6e-2a3d7c0f4e11',
  position: 43n,
  chain_hash: 'ab'.repeat(32),
  recorded_at: AT,
  written_at: AT,
  runledger_version: '0.1.0',
};

function problemOf(change: Record<string, unknown>): string {
  const parsed = parseAnchor(jsonText({ ...ANCHOR, ...change }, 2));
  return parsed.ok ? 'none' : parsed.problem;
}

describe('an anchor', () => {
  it('is read as it was written, also where its position is beyond what JSON numbers hold', () => {
    for (const position of [43n, 9_007_199_254_740_993n]) {
      expect(parseAnchor(jsonText({ ...ANCHOR, position }, 2))).toEqual({ ok: true, anchor: { ...ANCHOR, position } });
    }
    expect(problemOf({ position: 0, chain_hash: GENESIS_HASH })).toBe('none');
  });

  it('says what is wrong with what is none', () => {
    expect(parseAnchor('{')).toEqual({ ok: false, problem: 'it is not JSON' });
    expect(parseAnchor('[]').ok).toBe(false);
    expect(problemOf({ position: -1 })).toMatch(/^position: /);
    expect(problemOf({ position: 1.5 })).toMatch(/^position: /);
    expect(problemOf({ chain_hash: 'AB'.repeat(32) })).toMatch(/^chain_hash: /);
    expect(problemOf({ ledger_id: 'mine' })).toMatch(/^ledger_id: /);
    expect(problemOf({ written_at: 'yesterday' })).toBe('written_at: is no time');
    expect(problemOf({ position: 0 })).toContain('position 0 has the hash of an empty ledger');
  });

  it('is made of no ledger that did not hold', () => {
    const result = {
      ...{ ok: true, ledger_id: ANCHOR.ledger_id, head_position: 43n, head_hash: ANCHOR.chain_hash, head_recorded_at: AT },
      ...{ event_count: 43n, record_count: 1n, attempt_count: 1n, anchors: [], verified_after_position: 0n, break: null },
      ...{ checks: [], unseen: [] },
    } satisfies VerifyResult;
    expect(anchorOf(result, AT)).toMatchObject({ position: 43n, chain_hash: ANCHOR.chain_hash, written_at: AT });
    expect(anchorOf({ ...result, ok: false }, AT)).toBeNull();
  });
});
