import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { verifyLedger } from '../../src/sync/verify.ts';
import type { VerifyProgress, VerifyResult } from '../../src/sync/verify-result.ts';
import { readCheckFiles } from '../../src/publish/run-checks.ts';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { ASIDE, LAST_KEY, MIDDLE, copyEvent, detailedPosition, exchange, expectBreak, messageOf } from './damage.ts';
import { readEvents } from './hold-against-truth.ts';
import { startRig } from './rig.ts';
import { syncedLedger, tamper } from './tamper.ts';

describe.each(LEDGER_KINDS)('verifying a ledger in %s', (kind) => {
  it('holds for one that syncs have filled, and counts what is there', async () => {
    const ledger = await syncedLedger(kind);
    const events = await readEvents(ledger);
    const last = events.at(-1);
    expect(events.length).toBeGreaterThan(100);
    const result = await verifyLedger(ledger);
    expect(result.checks.filter((check) => !check.ok)).toEqual([]);
    expect(result).toMatchObject({
      ok: true,
      break: null,
      event_count: BigInt(events.length),
      record_count: BigInt(new Set(events.map((event) => event.record_id)).size),
      head_position: last?.position,
      head_hash: Buffer.from(last?.chain_hash ?? []).toString('hex'),
    });
    expect(result.checks.map(({ name }) => name)).toEqual([
      ...['chain', 'head', 'details', 'records', 'attempts'],
      ...readCheckFiles().map(({ name }) => name),
    ]);
    expect(result.unseen[0]).toContain('cut off');
  });

  it('holds for one that is empty', async () => {
    expect(await verifyLedger(await freshLedger(kind))).toMatchObject({ ok: true, event_count: 0n, head_position: 0n });
  });

  it('finds an edited event', async () => {
    const ledger = await syncedLedger(kind);
    await tamper(ledger.db, `update runledger.events set source_status = 'fine' where position = ${MIDDLE}`);
    const result = await verifyLedger(ledger);
    expectBreak(result, 'chain', MIDDLE, `event ${MIDDLE} was edited: its columns do not give its hash, on which the next event rests`);
    expect(result.break?.found).not.toBe(result.break?.expected);
    expect(result.break?.record).toMatch(/^noxus-main\/runs\/./);
  });

  it('finds a deleted event', async () => {
    const ledger = await syncedLedger(kind);
    await tamper(ledger.db, `delete from runledger.events where position = ${MIDDLE}`);
    const result = await verifyLedger(ledger);
    expectBreak(result, 'chain', MIDDLE, `event ${MIDDLE} is missing: after event ${MIDDLE - 1} comes event ${MIDDLE + 1}`);
  });

  it('finds an inserted event', async () => {
    const ledger = await syncedLedger(kind);
    await tamper(
      ledger.db,
      `update runledger.events set position = position + ${ASIDE} where position >= ${MIDDLE}`,
      `update runledger.events set position = position - ${ASIDE} + 1 where position > ${ASIDE}`,
      copyEvent(MIDDLE - 1, MIDDLE),
      `update runledger.ledger_head set position = position + 1`,
    );
    const expected = `an event was inserted at ${MIDDLE}: the one that was recorded there stands at ${MIDDLE + 1} now`;
    expectBreak(await verifyLedger(ledger), 'chain', MIDDLE, expected);
  });

  it('finds two events swapped', async () => {
    const ledger = await syncedLedger(kind);
    await tamper(ledger.db, ...exchange(MIDDLE, MIDDLE + 7));
    const expected = `the order of events was changed: those at ${MIDDLE} and ${MIDDLE + 7} were swapped`;
    expectBreak(await verifyLedger(ledger), 'chain', MIDDLE, expected);
  });

  it('finds a head that was put back, edited or deleted', async () => {
    const ledger = await syncedLedger(kind, 10);
    const last = (await readEvents(ledger)).length;
    await tamper(ledger.db, `update runledger.ledger_head set position = position - 1`);
    expectBreak(await verifyLedger(ledger), 'head', last - 1, `the head was put back to ${last - 1}`);
    await tamper(ledger.db, `update runledger.ledger_head set position = ${last}, chain_hash = sha256('x')`);
    expectBreak(await verifyLedger(ledger), 'head', last, `the head at position ${last} has another hash than the last event`);
    await tamper(ledger.db, `delete from runledger.ledger_head`);
    expect(await verifyLedger(ledger)).toMatchObject({ ok: false, head_position: null, break: { check: 'head' } });
  });

  it('finds a details row that was put beside an event without one', async () => {
    const ledger = await syncedLedger(kind);
    const { rows } = await sql<{ position: bigint }>`select position from runledger.events where details_digest is null limit 1`.execute(
      ledger.db,
    );
    const position = Number(rows[0]?.position);
    await tamper(ledger.db, `insert into runledger.details (position, salt, error) values (${position}, '\\x00', 'boom')`);
    expectBreak(await verifyLedger(ledger), 'details', position, `event ${position} has no digest of details, and there are some`);
  });

  it('finds an attempt edited, deleted and put there, and a record likewise', async () => {
    const ledger = await syncedLedger(kind, 10);
    await tamper(ledger.db, `update runledger.attempts set is_flap = true where (connection, stream, record_id) = (${LAST_KEY})`);
    const edited = await verifyLedger(ledger);
    expect(edited.break).toMatchObject({ check: 'attempts', found: 'true', expected: 'false' });
    expect(edited.break?.message).toMatch(/^attempt 1 of noxus-main\/runs\/\S+: column is_flap is true, its events say false/);
    await tamper(
      ledger.db,
      `delete from runledger.records where (connection, stream, record_id) = (${LAST_KEY})`,
      `delete from runledger.attempts where (connection, stream, record_id) = (select connection, stream, min(record_id) from runledger.attempts group by 1, 2)`,
    );
    const deleted = await verifyLedger(ledger);
    expect(deleted.break?.message).toMatch(/^record noxus-main\/runs\/\S+ has events and no row in records: the row was deleted$/);
    expect(messageOf(deleted, 'attempts')).toMatch(/^attempt 1 of \S+ has events and no row in attempts/);
  });

  it('tells how far it is, and stops when asked to', async () => {
    const ledger = await syncedLedger(kind, 10);
    const told: VerifyProgress[] = [];
    await verifyLedger(ledger, { onProgress: (progress) => told.push(progress) });
    expect([...new Set(told.map(({ phase }) => phase))]).toEqual(['chain', 'details', 'fold', 'checks']);
    for (const phase of ['chain', 'details', 'fold', 'checks']) {
      const last = told.filter((progress) => progress.phase === phase).at(-1);
      expect(last?.done).toBe(last?.total);
    }
    await expect(verifyLedger(ledger, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    expect(await verifyLedger(ledger)).toMatchObject({ ok: true });
  });

  it('finds a record row edited by hand, and a details row deleted', async () => {
    const ledger = await syncedLedger(kind, 10);
    const position = await detailedPosition(ledger);
    await tamper(
      ledger.db,
      `update runledger.records set status = 'cancelled' where (connection, stream, record_id) = (${LAST_KEY})`,
      `delete from runledger.details where position = ${position}`,
    );
    const result = await verifyLedger(ledger);
    expectBreak(result, 'details', Number(position), `the details row of event ${position} is gone, and its record was never redacted`);
    expect(messageOf(result, 'records')).toMatch(/^record \S+: column status is cancelled, its events say \w+: the row was edited$/);
  });
});

describe('verifying a ledger of more than a page', () => {
  it('finds what is wrong on a later page, and keys that sort otherwise by their bytes', async () => {
    const ledger = await syncedLedger('postgres', 2_500);
    expect(await verifyLedger(ledger)).toMatchObject({ ok: true, break: null });
    const last = (await readEvents(ledger)).length;
    expect(last).toBeGreaterThan(4_500);
    await tamper(ledger.db, `update runledger.events set source_status = 'fine' where position = 4321`);
    expectBreak(await verifyLedger(ledger), 'chain', 4321, 'event 4321 was edited');
    await tamper(ledger.db, `delete from runledger.records where (connection, stream, record_id) = (${LAST_KEY})`);
    expect(messageOf(await verifyLedger(ledger), 'records')).toContain('has events and no row in records');
  });

  it('holds where records have disappeared', async () => {
    const rates = { runsPerHour: 40, deletionShare: 0.1, medianKeptMs: 3_600_000 };
    const rig = await startRig({ world: { seed: 6, runs: 300, rates } });
    const ledger = await freshLedger('postgres');
    try {
      for (let i = 0; i < 4; i += 1) {
        await rig.sync(ledger, { full: true });
        rig.world.advanceBy(1_800_000);
      }
      const { rows } = await sql`select from runledger.events where event_type = 'disappeared'`.execute(ledger.db);
      expect(rows.length).toBeGreaterThan(0);
      expect((await verifyLedger(ledger)).break).toBeNull();
    } finally {
      await rig.close();
    }
  });

  it('is no false alarm while a sync appends', async () => {
    const checks: Promise<VerifyResult>[] = [];
    const ledger = await freshLedger('postgres');
    const rig = await startRig({
      world: { seed: 2, runs: 1_500 },
      server: () => ({
        beforeRequest: ({ path }) => {
          if (path === '/v1/runs') checks.push(verifyLedger(ledger));
        },
      }),
    });
    try {
      expect((await rig.sync(ledger)).status).toBe('succeeded');
      const results = await Promise.all(checks);
      const { length } = await readEvents(ledger);
      expect(results.filter(({ ok }) => !ok)).toEqual([]);
      expect(results.filter((result) => result.event_count > 0 && result.event_count < length)).not.toEqual([]);
    } finally {
      await rig.close();
    }
  });
});
