import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import { verifyLedger } from '../../src/sync/verify.ts';
import type { VerifyProgress, VerifyResult } from '../../src/sync/verify-result.ts';
import { readCheckFiles } from '../../src/publish/run-checks.ts';
import { chainHash } from '../../src/record/canonical-event.ts';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { readEvents } from './hold-against-truth.ts';
import { startRig } from './rig.ts';
import { syncedLedger, tamper } from './tamper.ts';

const MIDDLE = 20;
/** Out of the way of every position, while two of them are exchanged. */
const ASIDE = 1_000_000;

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

describe('verifying a ledger', () => {
  it.each([
    ['facts', `facts = facts || '{"workflow_id": "another"}'`],
    ['a time by one microsecond', `recorded_at = recorded_at + interval '1 microsecond'`],
    ['its anomalies', `anomalies = '{bad_time}'`],
    ['its answer', `response_id = response_id + 1`],
    ['the digest of its details', `details_digest = sha256('x')`],
    ['whose it is', `record_id = record_id || 'x'`],
  ])('finds %s edited', async (_, assignment) => {
    const ledger = await syncedLedger('postgres', 10);
    await tamper(ledger.db, `update runledger.events set ${assignment} where position = 5`);
    expectBreak(await verifyLedger(ledger), 'chain', 5, 'event 5 was edited');
  });

  it('finds an edited hash, and tells it from an edited event', async () => {
    const ledger = await syncedLedger('postgres', 10);
    await tamper(ledger.db, `update runledger.events set chain_hash = sha256('x') where position = 5`);
    expectBreak(await verifyLedger(ledger), 'chain', 5, 'the hash of event 5 was edited');
  });

  it('finds the last event edited', async () => {
    const ledger = await syncedLedger('postgres', 10);
    const last = (await readEvents(ledger)).length;
    await tamper(ledger.db, `update runledger.events set attempt = 2 where position = ${last}`);
    expectBreak(await verifyLedger(ledger), 'chain', last, `event ${last}, the last, was edited or put there by hand`);
  });

  it('finds an edited event whose hash was mended, at the next one', async () => {
    const ledger = await syncedLedger('postgres', 10);
    const [before, event] = (await readEvents(ledger)).slice(3, 5);
    if (before === undefined || event === undefined) throw new Error('too few events');
    const digest = event.details_digest === null ? null : Buffer.from(event.details_digest).toString('hex');
    const mended = chainHash(before.chain_hash, { ...event, details_digest: digest, source_status: 'fine' }).toString('hex');
    await tamper(ledger.db, `update runledger.events set source_status = 'fine', chain_hash = '\\x${mended}' where position = 5`);
    expectBreak(await verifyLedger(ledger), 'chain', 6, '; or event 5 was, and was given a new hash');
  });

  it('finds a deleted event whose place was closed', async () => {
    const ledger = await syncedLedger('postgres');
    await tamper(
      ledger.db,
      `delete from runledger.events where position in (${MIDDLE}, ${MIDDLE + 1})`,
      `update runledger.events set position = position + ${ASIDE} where position > ${MIDDLE}`,
      `update runledger.events set position = position - ${ASIDE} - 2 where position > ${ASIDE}`,
    );
    expectBreak(
      await verifyLedger(ledger),
      'chain',
      MIDDLE,
      `2 events were deleted from ${MIDDLE} on, and those after them were moved down`,
    );
  });

  it('finds events cut off at the end, and the first ones', async () => {
    const ledger = await syncedLedger('postgres');
    const last = (await readEvents(ledger)).length;
    await tamper(ledger.db, `delete from runledger.events where position > ${last - 3}`);
    expectBreak(await verifyLedger(ledger), 'head', last - 2, `events ${last - 2} to ${last} are missing: the head says`);
    await tamper(ledger.db, `delete from runledger.events where position <= 2`);
    expectBreak(await verifyLedger(ledger), 'chain', 1, 'events 1 to 2 are missing');
  });

  it('finds an event that was inserted behind the last, and before the first', async () => {
    const ledger = await syncedLedger('postgres', 10);
    const last = (await readEvents(ledger)).length;
    await tamper(ledger.db, copyEvent(last, last + 1));
    expectBreak(await verifyLedger(ledger), 'chain', last + 1, `event ${last + 1}, the last, was edited or put there by hand`);
    await tamper(ledger.db, copyEvent(1, -7));
    expectBreak(await verifyLedger(ledger), 'chain', -7, 'there is an event at position -7, before the first: it was inserted');
  });

  it.each([
    ['neighbours with their hashes', 1, true],
    ['neighbours without their hashes', 1, false],
    ['two events far apart with their hashes', 30, true],
    ['two events far apart without their hashes', 30, false],
  ])('finds the order of %s swapped', async (_, distance, withHashes) => {
    const ledger = await syncedLedger('postgres');
    const other = MIDDLE + distance;
    await tamper(
      ledger.db,
      ...exchange(MIDDLE, other),
      ...(withHashes
        ? []
        : [
            `update runledger.events e set chain_hash = o.chain_hash from runledger.events o
             where (e.position, o.position) in ((${MIDDLE}, ${other}), (${other}, ${MIDDLE}))`,
          ]),
    );
    const expected = `the order of events was changed: those at ${MIDDLE} and ${other} were swapped`;
    expectBreak(await verifyLedger(ledger), 'chain', MIDDLE, expected);
  });

  it('finds the last two events swapped', async () => {
    const ledger = await syncedLedger('postgres', 10);
    const last = (await readEvents(ledger)).length;
    await tamper(ledger.db, ...exchange(last - 1, last));
    expectBreak(await verifyLedger(ledger), 'chain', last - 1, `those at ${last - 1} and ${last} were swapped`);
  });

  it.each([
    ['edited', `update runledger.details set error = 'fine' where position = $`, 'the details of event $ were edited'],
    [
      'edited in its body',
      `update runledger.details set body = body || '{"a": 1}' where position = $`,
      'the details of event $ were edited',
    ],
    [
      'deleted',
      `delete from runledger.details where position = $`,
      'the details row of event $ is gone, and its record was never redacted',
    ],
    [
      'emptied',
      `update runledger.details set salt = null, error = null, body = null where position = $`,
      'the salt of the details of event $ is gone',
    ],
  ])('finds a details row that was %s', async (_, statement, message) => {
    const ledger = await syncedLedger('postgres', 10);
    const position = await detailedPosition(ledger);
    await tamper(ledger.db, statement.replace('$', position));
    expectBreak(await verifyLedger(ledger), 'details', Number(position), message.replace('$', position));
  });

  it.each([
    ['status', `status = 'cancelled'`, 'cancelled'],
    ['is_present', `is_present = false`, 'false'],
    ['tags', `tags = '{a,b}'`, '["a","b"]'],
    ['chunk_count', `chunk_count = 7`, '7'],
    ['last_position', `last_position = 77777`, '77777'],
    ['error_digest', `error_digest = '\\xab'`, 'ab'],
    ['status_since_earliest_at', `status_since_earliest_at = '2020-01-01T00:00:00.000001Z'`, '2020-01-01T00:00:00.000001Z'],
  ])('finds %s of a record edited by hand', async (column, assignment, found) => {
    const ledger = await syncedLedger('postgres', 10);
    await tamper(ledger.db, `update runledger.records set ${assignment} where (connection, stream, record_id) = (${LAST_KEY})`);
    const result = await verifyLedger(ledger);
    expect(result).toMatchObject({ ok: false, break: { check: 'records', found } });
    expect(result.break?.message).toMatch(
      new RegExp(`^record noxus-main/runs/\\S+: column ${column} is .*, its events say .*: the row was edited$`),
    );
  });

  it('finds rows of records that no event is of, wherever their ids sort', async () => {
    for (const id of ['!', '~', '\u{10ffff}', '\u{ffee}']) {
      const ledger = await syncedLedger('postgres', 5);
      await tamper(ledger.db, copyRow('records', id), copyRow('attempts', id));
      const result = await verifyLedger(ledger);
      expect(result.break?.message).toBe(`record noxus-main/runs/${id} has a row in records and no event: the row was put there`);
      expect(messageOf(result, 'attempts')).toContain('has a row in attempts and no event');
    }
  });

  it('keeps on with the other checks, and the first break is that of the first check', async () => {
    const ledger = await syncedLedger('postgres', 10);
    await tamper(
      ledger.db,
      `update runledger.records set attempt = 5 where (connection, stream, record_id) = (${LAST_KEY})`,
      `update runledger.events set recorded_at = recorded_at - interval '1 day' where position = 5`,
    );
    const result = await verifyLedger(ledger);
    expectBreak(result, 'chain', 5, 'event 5 was edited');
    const broken = result.checks.filter((check) => !check.ok).map(({ name }) => name);
    expect(broken).toEqual(['chain', 'records', 'recorded_at_never_falls']);
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

  it('is no false alarm while a sync appends', async () => {
    const rig = await startRig({ world: { seed: 2, runs: 1_500 } });
    const ledger = await freshLedger('postgres');
    try {
      const results: VerifyResult[] = [];
      const syncing = rig.sync(ledger).then(() => true);
      while (!(await Promise.race([syncing, delay(0, false)]))) results.push(await verifyLedger(ledger));
      expect(results.filter(({ ok }) => !ok)).toEqual([]);
      expect(new Set(results.map((result) => result.event_count)).size).toBeGreaterThan(1);
    } finally {
      await rig.close();
    }
  });
});

const LAST_KEY = `select connection, stream, max(record_id) from runledger.records group by 1, 2`;

function expectBreak(result: VerifyResult, check: string, position: number, message: string): void {
  expect(result.ok).toBe(false);
  expect(result.break).toMatchObject({ check, position: BigInt(position) });
  expect(result.break?.message).toContain(message);
}

function messageOf(result: VerifyResult, check: string): string | undefined {
  return result.checks.find(({ name }) => name === check)?.break?.message;
}

/** Two events in each other's place, each with the hash that it had. */
function exchange(one: number, other: number): readonly string[] {
  return [
    `update runledger.events set position = ${ASIDE} where position = ${one}`,
    `update runledger.events set position = ${one} where position = ${other}`,
    `update runledger.events set position = ${other} where position = ${ASIDE}`,
  ];
}

/** An event like another one, of a record of its own. */
function copyEvent(from: number, to: number): string {
  return `insert into runledger.events
    select (jsonb_populate_record(e, jsonb_build_object('position', ${to}, 'record_id', 'invented ${to}', 'sequence', 1))).*
    from runledger.events e where position = ${from}`;
}

function copyRow(table: 'records' | 'attempts', recordId: string): string {
  return `insert into runledger.${table}
    select (jsonb_populate_record(r, jsonb_build_object('record_id', '${recordId}'))).* from runledger.${table} r limit 1`;
}

async function detailedPosition(ledger: Ledger): Promise<string> {
  const { rows } = await sql<{ position: bigint }>`select position from runledger.details order by position limit 1 offset 3`.execute(
    ledger.db,
  );
  return String(rows[0]?.position);
}
