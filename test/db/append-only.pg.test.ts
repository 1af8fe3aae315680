import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';

describe.each(LEDGER_KINDS)('law 5: events in %s', (kind) => {
  it.each([
    ['an update', 'update runledger.events set attempt = 2'],
    ['an update that changes nothing', 'update runledger.events set attempt = attempt'],
    ['a deletion', 'delete from runledger.events'],
    ['truncation', 'truncate runledger.events cascade'],
    [
      'a merge that updates',
      'insert into runledger.events select * from runledger.events on conflict (position) do update set attempt = 9',
    ],
  ])("refuse %s, even by the schema's owner and a session that replays", async (_, statement) => {
    const ledger = await ledgerWithEvent(kind);
    for (const role of ['origin', 'replica']) {
      const attempt = ledger.db.transaction().execute(async (trx) => {
        await sql`set local session_replication_role = ${sql.lit(role)}`.execute(trx);
        await sql.raw(statement).execute(trx);
      });
      await expect(attempt).rejects.toMatchObject({
        code: '23001',
        message: expect.stringContaining('append-only') as string,
        hint: expect.stringContaining('runledger redact') as string,
      });
    }
    expect((await sql`select attempt from runledger.events`.execute(ledger.db)).rows).toEqual([{ attempt: 1 }]);
  });

  it('refuse a position that is taken and a sequence that is taken', async () => {
    const ledger = await ledgerWithEvent(kind);
    await expect(insertEvent(ledger, { position: 1, sequence: 2 })).rejects.toMatchObject({ code: '23505' });
    await expect(insertEvent(ledger, { position: 2, sequence: 1 })).rejects.toMatchObject({ code: '23505' });
  });
});

async function ledgerWithEvent(kind: (typeof LEDGER_KINDS)[number]): Promise<Ledger> {
  const ledger = await freshLedger(kind);
  await insertEvent(ledger, { position: 1, sequence: 1 });
  return ledger;
}

async function insertEvent(ledger: Ledger, { position, sequence }: { position: number; sequence: number }): Promise<void> {
  await sql`
    insert into runledger.events (position, connection, stream, record_id, sequence, attempt, event_type, to_status, source_status,
      occurred_at, earliest_at, latest_at, recorded_at, facts, anomalies, chain_hash)
    values (${position}, 'c', 'runs', 'r', ${sequence}, 1, 'discovered', 'queued', 'queued', now(), null, now(), now(), '{}', '{}', sha256('x'))`.execute(
    ledger.db,
  );
}
