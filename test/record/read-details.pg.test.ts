import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { keysetPages } from '../../src/record/keyset-pages.ts';
import { readDetailsAfter, type DigestedDetails } from '../../src/record/read-details.ts';
import { LEDGER_KINDS } from '../support/ledger.ts';
import { syncedLedger, tamper } from '../sync/tamper.ts';

describe.each(LEDGER_KINDS)('details read from %s', (kind) => {
  it('come in pages of a few megabytes, however large each is, and none is left out', async () => {
    const ledger = await syncedLedger(kind, 20);
    await tamper(
      ledger.db,
      `update runledger.details set error = (select string_agg(md5(i::text), '') from generate_series(1, 15000) i)
       where position in (select position from runledger.details order by position limit 7)`,
    );
    const pages: number[][] = [];
    const positions: number[] = [];
    await ledger.db.transaction().execute(async (trx) => {
      for await (const page of keysetPages<DigestedDetails>((last) => readDetailsAfter(trx, last?.position ?? 0n))) {
        pages.push(page.map(({ error }) => error?.length ?? 0));
        positions.push(...page.map(({ position }) => Number(position)));
      }
    });
    const { rows } = await sql<{ count: bigint }>`select count(*) from runledger.events`.execute(ledger.db);
    expect(positions).toEqual(Array.from({ length: Number(rows[0]?.count) }, (_, index) => index + 1));
    expect(pages.length).toBeGreaterThan(2);
    for (const sizes of pages) expect(sizes.filter((size) => size > 400_000).length).toBeLessThanOrEqual(3);
  });
});
