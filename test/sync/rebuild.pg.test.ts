import { hostname } from 'node:os';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import { rebuildLedger } from '../../src/sync/rebuild.ts';
import { verifyLedger } from '../../src/sync/verify.ts';
import { addRecord, reported } from '../publish/build-ledger.ts';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { startRig } from './rig.ts';
import { syncedLedger, tamper } from './tamper.ts';

const NONE = {
  records_changed_count: 0,
  records_added_count: 0,
  records_removed_count: 0,
  attempts_changed_count: 0,
  attempts_added_count: 0,
  attempts_removed_count: 0,
};
const KEY = '(connection, stream, record_id)';
const [FIRST, LAST] = ['min', 'max'].map((which) => `(select connection, stream, ${which}(record_id) from runledger.events group by 1, 2)`);

describe.each(LEDGER_KINDS)('rebuilding a ledger in %s', (kind) => {
  it('touches no row of a ledger that holds', async () => {
    const ledger = await syncedLedger(kind);
    const before = await rowsOf(ledger);
    const { head_position: head, ...result } = await rebuildLedger(ledger);
    expect(result).toMatchObject({ ...NONE, event_count: head });
    expect(await rowsOf(ledger)).toEqual(before);
  });

  it('mends rows that were edited, deleted and put there, and says how many', async () => {
    const ledger = await syncedLedger(kind);
    const before = await contentOf(ledger);
    await tamper(
      ledger.db,
      `update runledger.records set status = 'cancelled', tags = '{x}' where ${KEY} in ${FIRST}`,
      `delete from runledger.records where ${KEY} in ${LAST}`,
      ...['records', 'attempts'].flatMap((table) =>
        ['\u{10ffff}', '\u{ffee}', '!'].map(
          (id) => `insert into runledger.${table}
            select (jsonb_populate_record(r, jsonb_build_object('record_id', '${id}'))).* from runledger.${table} r where ${KEY} in ${FIRST}`,
        ),
      ),
      `update runledger.attempts set is_flap = true, finished_at = '2020-01-01' where ${KEY} in ${LAST}`,
      `delete from runledger.attempts where ${KEY} in ${FIRST}`,
    );
    expect(await verifyLedger(ledger)).toMatchObject({ ok: false });
    expect(await rebuildLedger(ledger)).toMatchObject({
      records_changed_count: 1,
      records_added_count: 1,
      records_removed_count: 3,
      attempts_changed_count: 1,
      attempts_added_count: 1,
      attempts_removed_count: 3,
    });
    expect(await contentOf(ledger)).toEqual(before);
    expect(await verifyLedger(ledger)).toMatchObject({ ok: true });
  });

  it('makes all rows anew where none is left, and leaves sightings alone', async () => {
    const ledger = await syncedLedger(kind);
    const [before, sightings] = [await contentOf(ledger), await sightingsOf(ledger)];
    expect(sightings.length).toBeGreaterThan(0);
    await tamper(ledger.db, 'delete from runledger.records', 'delete from runledger.attempts');
    const result = await rebuildLedger(ledger);
    expect(result).toMatchObject({
      ...NONE,
      records_added_count: Number(result.record_count),
      attempts_added_count: Number(result.attempt_count),
    });
    expect(await contentOf(ledger)).toEqual(before);
    expect(await sightingsOf(ledger)).toEqual(sightings);
  });

  it('pairs rows and events of ids that sort otherwise by their bytes than in JavaScript', async () => {
    const ledger = await freshLedger(kind);
    for (const recordId of ['a', '\u{ffee}', '\u{10ffff}']) {
      await addRecord(ledger, { recordId }, [reported('queued', '2026-03-01 10:00'), reported('failed', '2026-03-01 11:00')]);
    }
    await tamper(ledger.db, `delete from runledger.attempts where record_id = '\u{ffee}'`);
    expect(await rebuildLedger(ledger)).toMatchObject({ ...NONE, attempts_added_count: 1 });
  });

  it('folds nothing from a broken chain', async () => {
    const ledger = await syncedLedger(kind, 10);
    await tamper(
      ledger.db,
      `update runledger.events set to_status = 'cancelled' where position = 5`,
      `update runledger.records set status = 'cancelled' where ${KEY} in ${FIRST}`,
    );
    const before = await rowsOf(ledger);
    await expect(rebuildLedger(ledger)).rejects.toMatchObject({
      code: 'integrity',
      message: expect.stringContaining('nothing is folded from them: event 5 was edited') as string,
    });
    expect(await rowsOf(ledger)).toEqual(before);
  });

  it('changes nothing when it is stopped', async () => {
    const ledger = await syncedLedger(kind, 10);
    await tamper(ledger.db, 'delete from runledger.records');
    const stop = new AbortController();
    const stopped = rebuildLedger(ledger, {
      signal: stop.signal,
      onProgress: ({ phase }) => {
        if (phase === 'fold') stop.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
    expect((await contentOf(ledger)).records).toEqual([]);
    expect(await rebuildLedger(ledger)).toMatchObject({ records_changed_count: 0 });
  });

  it('refuses while a sync holds a stream, and not because of one that died', async () => {
    const ledger = await syncedLedger(kind, 10);
    const lease = (holder: string): Promise<unknown> =>
      sql`update runledger.streams set lease_holder = ${holder}, lease_sync_id = 1, lease_until_at = now() + interval '1 minute'`.execute(
        ledger.db,
      );
    await lease(`${hostname()} process ${process.pid} (x)`);
    await expect(rebuildLedger(ledger)).rejects.toMatchObject({
      code: 'ledger_locked',
      message: expect.stringMatching(/^a sync runs on noxus-main\/runs: .* process \d+/) as string,
    });
    await lease(`${hostname()} process 4194303 (x)`);
    expect(await rebuildLedger(ledger)).toMatchObject(NONE);
  });
});

describe('rebuilding a ledger beside syncs', () => {
  it('makes a sync wait that begins meanwhile, and both are right', async () => {
    const rig = await startRig({ world: { seed: 9, runs: 300 } });
    const ledger = await freshLedger('postgres');
    try {
      await rig.sync(ledger);
      await tamper(ledger.db, `update runledger.records set attempt_key = 'x'`, `delete from runledger.attempts`);
      rig.world.advanceBy(3_600_000);
      let syncing: ReturnType<typeof rig.sync> | null = null;
      const result = await rebuildLedger(ledger, {
        onProgress: ({ phase }) => {
          if (phase === 'fold') syncing ??= rig.sync(ledger);
        },
      });
      expect(result.records_changed_count).toBe(Number(result.record_count));
      expect((await (syncing as unknown as ReturnType<typeof rig.sync>)).status).toBe('succeeded');
      const verified = await verifyLedger(ledger);
      expect(verified.break).toBeNull();
      expect(verified.event_count).toBeGreaterThan(result.event_count);
    } finally {
      await rig.close();
    }
  });
});

async function contentOf(ledger: Ledger): Promise<{ records: readonly unknown[]; attempts: readonly unknown[] }> {
  const { rows: records } = await sql`select * from runledger.records order by connection, stream, record_id`.execute(ledger.db);
  const { rows: attempts } = await sql`select * from runledger.attempts order by connection, stream, record_id, attempt`.execute(ledger.db);
  return { records, attempts };
}

/** With the transaction that wrote each: the same where a row was not even rewritten. */
async function rowsOf(ledger: Ledger): Promise<readonly unknown[]> {
  const { rows } = await sql`
    select r.record_id, r.xmin::text as record_xmin, a.attempt, a.xmin::text as attempt_xmin
    from runledger.records r
    full join runledger.attempts a using (connection, stream, record_id)
    order by 1, 3`.execute(ledger.db);
  return rows;
}

async function sightingsOf(ledger: Ledger): Promise<readonly unknown[]> {
  const { rows } = await sql`select * from runledger.sightings order by record_id`.execute(ledger.db);
  return rows;
}
