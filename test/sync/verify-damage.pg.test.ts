import { describe, expect, it } from 'vitest';
import { chainHash } from '../../src/record/canonical-event.ts';
import { verifyLedger } from '../../src/sync/verify.ts';
import { ASIDE, LAST_KEY, MIDDLE, copyEvent, copyRow, detailedPosition, exchange, expectBreak, messageOf } from './damage.ts';
import { readEvents } from './hold-against-truth.ts';
import { syncedLedger, tamper } from './tamper.ts';

describe('verifying a ledger that was tampered with', () => {
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
