import { sql, type Transaction } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { LedgerTables } from '../../src/db/tables.ts';
import { readCheckFiles, runCheck } from '../../src/publish/run-checks.ts';
import { LEDGER_KINDS } from '../support/ledger.ts';
import { syncedLedger, tamper } from '../sync/tamper.ts';

const OF = (position: number): string => `(select * from runledger.events where position = ${position})`;
const appended = (type: string, more = {}): string => {
  const changes = JSON.stringify({
    event_type: type,
    from_status: null,
    to_status: null,
    source_status: null,
    status_reason: null,
    ...more,
  });
  return `insert into runledger.events
    select (jsonb_populate_record(e, '${changes}'::jsonb || jsonb_build_object(
      'position', (select max(position) + 1 from runledger.events),
      'sequence', (select max(sequence) + 1 from runledger.events o where (o.connection, o.stream, o.record_id) = (e.connection, e.stream, e.record_id))
    ))).*
    from runledger.events e where e.position = 5`;
};
const NO_INTERVAL_CHECKS = `do $$ declare name text; begin
  for name in select conname from pg_constraint where conrelid = 'runledger.events'::regclass and contype = 'c' loop
    execute format('alter table runledger.events drop constraint %I', name);
  end loop; end $$`;

interface Violation {
  readonly check: string;
  readonly what: string;
  readonly statements: readonly string[];
  readonly row: object;
}

/** For every law what breaks it, and what the check says then. */
const VIOLATIONS: readonly Violation[] = [
  broken('positions_have_no_gap', 'an event is gone', ['delete from runledger.events where position = 7'], {
    position: 8n,
    expected_position: 7n,
  }),
  broken('head_is_the_last_event', 'the head is behind', ['update runledger.ledger_head set position = 3'], { head_position: 3n }),
  broken('head_is_the_last_event', 'there is no head', ['delete from runledger.ledger_head'], { head_position: null }),
  broken('head_is_the_last_event', 'the head has another hash', [`update runledger.ledger_head set chain_hash = sha256('x')`], {}),
  broken(
    'recorded_at_never_falls',
    'one is too early',
    [`update runledger.events set recorded_at = recorded_at - interval '1 day' where position = 9`],
    { position: 9n },
  ),
  broken('sequences_have_no_gap', 'one is left out', ['update runledger.events set sequence = 99 where position = 5'], {
    position: 5n,
    sequence: 99,
  }),
  broken(
    'sequences_have_no_gap',
    'one has an earlier position than the one before',
    [appended('amended'), `update runledger.events set position = 0 where position = (select max(position) from runledger.events)`],
    { position: 0n },
  ),
  broken(
    'records_begin_discovered',
    'one begins otherwise',
    [`update runledger.events set event_type = 'status_changed' where position = 1`],
    { position: 1n },
  ),
  broken('records_begin_discovered', 'one is discovered twice', [appended('discovered')], { event_type: 'discovered' }),
  broken(
    'from_status_is_the_status_before',
    'it is another',
    [`update runledger.events set from_status = 'cancelled' where position = 1`],
    {
      position: 1n,
      from_status: 'cancelled',
      status_before: null,
    },
  ),
  broken('attempts_rise_with_reopened', 'one rises without', [appended('amended', { attempt: 2 })], { attempt: 2, attempt_before: 1 }),
  broken('attempts_rise_with_reopened', 'one rises by two', [appended('reopened', { attempt: 3 })], { attempt: 3, attempt_before: 1 }),
  broken('attempts_rise_with_reopened', 'reopened does not rise', [appended('reopened')], { attempt: 1 }),
  broken('attempts_rise_with_reopened', 'the first is not 1', ['update runledger.events set attempt = 2 where position = 1'], {
    position: 1n,
  }),
  broken(
    'intervals_are_ordered',
    'the ends are exchanged',
    [
      NO_INTERVAL_CHECKS,
      `update runledger.events set reported_at = null, occurred_at = latest_at, earliest_at = latest_at + interval '1s' where position = 4`,
    ],
    { position: 4n },
  ),
  broken(
    'intervals_are_ordered',
    'occurred_at is neither',
    [NO_INTERVAL_CHECKS, `update runledger.events set occurred_at = occurred_at - interval '1s' where position = 4`],
    { position: 4n },
  ),
  broken(
    'intervals_are_ordered',
    'a reported time has another lower end',
    [`update runledger.events set reported_at = latest_at, occurred_at = latest_at, earliest_at = null where position = 4`],
    { position: 4n },
  ),
  broken(
    'events_have_an_answer',
    'it is gone',
    [`delete from runledger.responses w using ${OF(4)} e where w.response_id = e.response_id`],
    {},
  ),
  broken('events_have_an_answer', 'none is named', ['update runledger.events set response_id = null where position = 4'], { position: 4n }),
  broken('events_are_of_a_sync_of_their_stream', 'there is none', ['update runledger.events set sync_id = 999 where position = 4'], {
    sync_id: 999n,
  }),
  broken(
    'events_are_of_a_sync_of_their_stream',
    'it read another stream',
    [`update runledger.sync_streams set stream = 'documents' where sync_id = 1`],
    {
      position: 1n,
    },
  ),
  broken(
    'events_are_of_a_sync_of_their_stream',
    'the answer is of another',
    [`update runledger.responses w set sync_id = 3 from ${OF(4)} e where w.response_id = e.response_id`],
    { answer_sync_id: 3n },
  ),
  broken(
    'answers_come_after_their_requests',
    'one came before',
    [`update runledger.responses set received_at = sent_at - interval '1 microsecond' where response_id = 1`],
    { response_id: 1n },
  ),
  broken('ended_syncs_say_when', 'a stream does not', ['update runledger.sync_streams set finished_at = null where sync_id = 2'], {
    sync_id: 2n,
    stream: 'runs',
  }),
  broken('ended_syncs_say_when', 'a sync does not', ['update runledger.syncs set finished_at = null where sync_id = 2'], {
    sync_id: 2n,
    stream: null,
  }),
  broken('ended_syncs_say_when', 'a running one does', [`update runledger.syncs set status = 'running' where sync_id = 2`], {
    status: 'running',
  }),
  broken(
    'running_syncs_hold_their_streams',
    'nobody holds it',
    [`update runledger.sync_streams set status = 'running', finished_at = null where sync_id = 3`],
    { sync_id: 3n, lease_sync_id: null },
  ),
  broken('presence_alternates', 'it disappears twice', [appended('disappeared'), appended('disappeared')], { event_type: 'disappeared' }),
  broken('presence_alternates', 'it reappears while it is there', [appended('reappeared')], { event_type: 'reappeared' }),
  broken(
    'absences_are_proven',
    'no scan has proven any',
    [appended('disappeared'), 'update runledger.sync_streams set has_absence_proof = false'],
    { sync_status: 'succeeded', first_proof_sync_id: null },
  ),
  broken(
    'absences_are_proven',
    'only a later scan has, or one of another stream',
    [appended('disappeared', { sync_id: 2 }), 'update runledger.sync_streams set has_absence_proof = sync_id = 3'],
    { sync_id: 2n, first_proof_sync_id: 3n },
  ),
  broken(
    'sightings_are_of_records',
    'nobody knows the record',
    [
      `insert into runledger.sightings (connection, stream, record_id, first_seen_at, last_sent_at, last_received_at, last_tried_at)
       values ('noxus-main', 'runs', 'nobody', now(), now(), now(), now())`,
    ],
    { record_id: 'nobody' },
  ),
  broken(
    'details_are_of_events',
    'the event is gone',
    ['delete from runledger.events where position = (select min(position) from runledger.details)'],
    {
      has_event: false,
    },
  ),
  broken('details_are_of_events', 'the event has none', ['update runledger.events set details_digest = null'], { has_event: true }),
  broken(
    'redacted_records_keep_nothing',
    'a body is kept',
    [appended('redacted'), `insert into runledger.details (position, body) values (5, '{}') on conflict do nothing`],
    {
      position: 5n,
      kept: 'details',
    },
  ),
  broken(
    'redacted_records_keep_nothing',
    'the key of its errors is kept',
    [
      appended('redacted'),
      `delete from runledger.details`,
      `insert into runledger.record_salts select connection, stream, record_id, '\\x00' from ${OF(5)} e on conflict do nothing`,
    ],
    { kept: 'record_salts' },
  ),
  broken(
    'redacted_records_keep_nothing',
    'what it was doing is kept',
    [
      appended('redacted'),
      `delete from runledger.details`,
      `insert into runledger.sightings (connection, stream, record_id, first_seen_at, last_sent_at, last_received_at, last_tried_at, last_activity)
       select connection, stream, record_id, now(), now(), now(), now(), 'reading' from ${OF(5)} e
       on conflict (connection, stream, record_id) do update set last_activity = excluded.last_activity`,
    ],
    { kept: 'sightings' },
  ),
  broken('no_sync_saw_a_later_head', 'the head was put back', ['update runledger.ledger_head set position = 1'], { head_position_now: 1n }),
  broken('events_refuse_change', 'a trigger is switched off', ['alter table runledger.events disable trigger events_refuse_change'], {
    trigger_name: 'events_refuse_change',
    enabled: 'D',
  }),
  broken('events_refuse_change', 'a trigger is gone', ['drop trigger events_refuse_truncate on runledger.events'], {
    trigger_name: 'events_refuse_truncate',
    enabled: null,
  }),
];

describe.each(LEDGER_KINDS)('the laws of a ledger in %s', (kind) => {
  let ledger: Ledger;
  beforeAll(async () => {
    ledger = await syncedLedger(kind);
  });
  afterAll(() => ledger.close());

  it('hold after syncs, each in a sentence', async () => {
    for (const file of readCheckFiles()) {
      expect(file.law).toMatch(/^[A-Z].{20,}\.$/);
      expect([file.name, await runCheck(ledger.db, file)]).toEqual([file.name, null]);
    }
  });

  it.each(VIOLATIONS)('are broken, $check, where $what', async ({ check, statements, row }) => {
    expect(await rowAfter(ledger, check, statements)).toMatchObject(row);
  });

  it('allow an absence that this sync or an earlier one has proven, and one of a sync that has not said yet', async () => {
    const proof = (which: string): string => `update runledger.sync_streams set has_absence_proof = ${which}`;
    const absence = appended('disappeared', { sync_id: 2 });
    for (const which of ['sync_id = 1', 'sync_id = 2'])
      expect(await rowAfter(ledger, 'absences_are_proven', [absence, proof(which)])).toBeNull();
    for (const status of ['running', 'interrupted']) {
      const still = `update runledger.sync_streams set status = '${status}' where sync_id = 2`;
      expect(await rowAfter(ledger, 'absences_are_proven', [absence, proof('false'), still])).toBeNull();
    }
  });

  it('allow going and coming back, and a redaction without an answer', async () => {
    const coming = [appended('disappeared'), appended('reappeared'), appended('disappeared')];
    expect(await rowAfter(ledger, 'presence_alternates', coming)).toBeNull();
    const redaction = appended('redacted', { response_id: null, sync_id: null });
    for (const check of ['events_have_an_answer', 'events_are_of_a_sync_of_their_stream']) {
      expect(await rowAfter(ledger, check, [redaction])).toBeNull();
    }
  });
});

describe('the tests of the laws', () => {
  it('break every law', () => {
    expect(new Set(VIOLATIONS.map(({ check }) => check))).toEqual(new Set(readCheckFiles().map(({ name }) => name)));
  });
});

function broken(check: string, what: string, statements: readonly string[], row: object): Violation {
  return { check, what, statements, row };
}

/** What a law says after the statements, which are then taken back. */
async function rowAfter(ledger: Ledger, check: string, statements: readonly string[]): Promise<object | null> {
  const file = readCheckFiles().find(({ name }) => name === check);
  if (file === undefined) throw new Error(`there is no law ${check}`);
  const trx = await ledger.db.startTransaction().execute();
  try {
    // The triggers come back with what is taken back; some of the statements are about them.
    await tamperWithin(trx, statements);
    return await runCheck(trx, file);
  } finally {
    await trx.rollback().execute();
  }
}

async function tamperWithin(trx: Transaction<LedgerTables>, statements: readonly string[]): Promise<void> {
  await tamper(trx);
  const isOfTriggers = statements.some((statement) => statement.includes('trigger'));
  if (isOfTriggers) for (const statement of statements) await sql.raw(statement).execute(trx);
  else await tamper(trx, ...statements);
}
