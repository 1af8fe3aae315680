import { sql } from 'kysely';
import { expect } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';

/**
 * What a ledger says of its records, a line an event (with its details), record and attempt, sorted. Left out is what depends on when and in how many syncs and batches
 * it was recorded: positions, the chain, the answers that are evidence, and digests, which are keyed with salts.
 */
export async function ledgerLines(ledger: Ledger): Promise<readonly string[]> {
  const { rows } = await sql<{ line: string }>`
    select 'event ' || ((to_jsonb(e) - ${PLACED}::text[])
      || jsonb_build_object('facts', e.facts - 'error_digest', 'error', d.error, 'body', d.body))::text as line
    from runledger.events e
    left join runledger.details d using (position)
    union all
    select 'record ' || (to_jsonb(r) - '{last_position,error_digest}'::text[])::text
    from runledger.records r
    union all
    select 'attempt ' || (to_jsonb(a) - '{opened_position,error_position,error_digest}'::text[])::text
    from runledger.attempts a`.execute(ledger.db);
  return rows.map(({ line }) => line).sort();
}

const PLACED = sql.lit('{position,recorded_at,chain_hash,details_digest,response_id,sync_id}');

/** Lines that are shown where ledgers of thousands differ. */
const MAX_TOLD = 3;

export function expectSameLines(found: readonly string[], expected: readonly string[]): void {
  const [isFound, isExpected] = [new Set(found), new Set(expected)];
  const lost = expected.filter((line) => !isFound.has(line));
  const added = found.filter((line) => !isExpected.has(line));
  const told = { count: found.length, lost: lost.slice(0, MAX_TOLD), added: added.slice(0, MAX_TOLD) };
  expect(told, `${lost.length} lines lost, ${added.length} added`).toEqual({ count: expected.length, lost: [], added: [] });
}
