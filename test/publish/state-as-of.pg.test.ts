import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { EventFacts, EventType } from '../../src/model/event.ts';
import { addMicros, type Instant } from '../../src/model/instant.ts';
import type { Status } from '../../src/model/status.ts';
import type { EventRow } from '../../src/record/canonical-event.ts';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { readEvents } from '../sync/hold-against-truth.ts';
import { addRecord, addStream, at, CONNECTION, noted, reported, seen, type Step } from './build-ledger.ts';
import { plainStateAsOf, type PlainState, type Question, type Reading } from './plain-state-as-of.ts';

const COLUMNS = `record_key, status, source_status, status_reason, attempt, is_present, entered_at, entered_earliest_at, entered_latest_at, is_certain,
  next_event_type, next_status, next_at, next_earliest_at, next_latest_at, read_until_at`;

async function stateAsOf(ledger: Ledger, { validAt, knownAt, knownPosition }: Question): Promise<readonly PlainState[]> {
  const { rows } = await sql<PlainState>`
    select ${sql.raw(COLUMNS)}
    from runledger.state_as_of(${validAt}::timestamptz, ${knownAt}::timestamptz, ${knownPosition?.toString() ?? null}::bigint)
    order by record_key collate "C"`.execute(ledger.db);
  return rows;
}

/** As of a time, by all that is known. */
async function at10(ledger: Ledger, time: string, knownPosition: bigint | null = null): Promise<PlainState | undefined> {
  const [row] = await stateAsOf(ledger, { validAt: at(`2026-03-01 ${time}`), knownAt: null, knownPosition });
  return row;
}

async function addReading(ledger: Ledger, reading: Reading): Promise<void> {
  const { rows } = await sql<{ sync_id: bigint }>`
    insert into runledger.syncs (runledger_version, host, process_id, config_digest, status, started_at, finished_at)
    values ('0.1.0', 'h', 1, 'd', 'succeeded', ${reading.startedAt}::timestamptz, ${reading.finishedAt}::timestamptz)
    returning sync_id`.execute(ledger.db);
  await sql`
    insert into runledger.sync_streams (sync_id, connection, stream, mode, status, is_complete, head_position, started_at, finished_at)
    values (${rows[0]?.sync_id.toString()}::bigint, ${reading.connection}, ${reading.stream}, 'incremental', 'succeeded', ${reading.isComplete},
      ${reading.headPosition.toString()}::bigint, ${reading.startedAt}::timestamptz, ${reading.finishedAt}::timestamptz)`.execute(
    ledger.db,
  );
}

function readAt(time: string, headPosition: bigint): Reading {
  const startedAt = at(`2026-03-01 ${time}`);
  return { connection: CONNECTION, stream: 'runs', isComplete: true, headPosition, startedAt, finishedAt: startedAt };
}

describe.each(LEDGER_KINDS)('the state as of a time in %s', (kind) => {
  it('is the status that a record had then, with the change that came next', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [
      reported('queued', '2026-03-01 10:00', { facts: { created_at: at('2026-03-01 09:00') } }),
      reported('running', '2026-03-01 10:10', { word: 'RUNNING' }),
      seen('failed', '2026-03-01 10:20', '2026-03-01 10:30', { reason: 'timeout' }),
    ]);
    await addReading(ledger, readAt('11:00', 3n));
    expect(await at10(ledger, '08:59')).toBeUndefined();
    expect(await at10(ledger, '09:30')).toMatchObject({
      status: null,
      attempt: null,
      is_present: null,
      is_certain: false,
      next_status: 'queued',
    });
    expect(await at10(ledger, '10:00')).toMatchObject({ status: 'queued', is_certain: true, next_status: 'running', is_present: true });
    expect(await at10(ledger, '10:10')).toMatchObject({ status: 'running', source_status: 'RUNNING', entered_at: at('2026-03-01 10:10') });
    expect(await at10(ledger, '10:19')).toMatchObject({ status: 'running', is_certain: true });
    expect(await at10(ledger, '10:20')).toMatchObject({ status: 'running', is_certain: false, next_latest_at: at('2026-03-01 10:30') });
    expect(await at10(ledger, '10:30')).toMatchObject({ status: 'failed', status_reason: 'timeout', is_certain: true, next_status: null });
  });

  it('is not certain after the stream was last read completely, as far as is known', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [reported('queued', '2026-03-01 10:00')]);
    expect(await at10(ledger, '10:30')).toMatchObject({ status: 'queued', is_certain: false, read_until_at: null });
    await addReading(ledger, readAt('11:00', 1n));
    expect(await at10(ledger, '11:00')).toMatchObject({ is_certain: true, read_until_at: at('2026-03-01 11:00') });
    expect(await at10(ledger, '11:01')).toMatchObject({ status: 'queued', is_certain: false });
    // When position 1 was given, that reading was not over.
    expect(await at10(ledger, '10:30', 1n)).toMatchObject({ status: 'queued', is_certain: false, read_until_at: null });
  });

  it('is not certain where a step may have gone unseen', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [
      reported('queued', '2026-03-01 10:00'),
      reported('failed', '2026-03-01 10:30'),
      reported('queued', '2026-03-01 11:00', { type: 'reopened' }),
      reported('running', '2026-03-01 11:10'),
    ]);
    expect(await at10(ledger, '10:15')).toMatchObject({ status: 'queued', is_certain: false, next_status: 'failed' });
    expect(await at10(ledger, '10:45')).toMatchObject({ status: 'failed', is_certain: false, next_event_type: 'reopened' });
    expect(await at10(ledger, '11:05')).toMatchObject({ status: 'queued', attempt: 2, is_certain: true });
  });

  it('keeps apart what was so and what was known', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [
      seen('running', null, '2026-03-01 10:00'),
      seen(null, '2026-03-01 10:00', '2026-03-01 10:20', { word: 'HALTED' }),
      seen('cancelled', '2026-03-01 10:00', '2026-03-01 10:20', { type: 'reclassified', word: 'HALTED' }),
      noted('amended', '2026-03-01 10:20', '2026-03-01 10:40', { facts: { attempt_finished_at: at('2026-03-01 10:05') } }),
    ]);
    expect(await at10(ledger, '10:10', 1n)).toMatchObject({ status: 'running', next_status: null });
    expect(await at10(ledger, '10:10', 2n)).toMatchObject({ status: 'running', next_event_type: 'status_changed', next_status: null });
    expect(await at10(ledger, '10:30', 2n)).toMatchObject({ status: null, source_status: 'HALTED', entered_at: at('2026-03-01 10:20') });
    expect(await at10(ledger, '10:30', 3n)).toMatchObject({ status: 'cancelled', entered_at: at('2026-03-01 10:20') });
    expect(await at10(ledger, '10:10', 4n)).toMatchObject({ status: 'cancelled', entered_at: at('2026-03-01 10:05') });
  });

  it('shows a record that had gone with what it was, and one that came back', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [
      reported('running', '2026-03-01 10:00'),
      noted('disappeared', '2026-03-01 10:10', '2026-03-01 10:20'),
      noted('reappeared', '2026-03-01 10:20', '2026-03-01 10:40'),
      seen('running', '2026-03-01 10:40', '2026-03-01 10:50', { word: 'still' }),
    ]);
    expect(await at10(ledger, '10:05')).toMatchObject({
      is_present: true,
      is_certain: true,
      next_event_type: 'disappeared',
      next_status: null,
    });
    expect(await at10(ledger, '10:15')).toMatchObject({ is_present: true, is_certain: false });
    expect(await at10(ledger, '10:30')).toMatchObject({
      status: 'running',
      is_present: false,
      next_event_type: 'reappeared',
      is_certain: false,
    });
    expect(await at10(ledger, '10:55')).toMatchObject({
      status: 'running',
      source_status: 'still',
      is_present: true,
      next_event_type: null,
    });
  });

  it('is for every ledger, time and position what a plain reading of the events gives', async () => {
    const ledger = await freshLedger(kind);
    const isServer = kind === 'postgres';
    const lives = fc.sample(life, { numRuns: isServer ? 80 : 25, ...seeded() });
    await addStream(ledger, { stream: 'documents' });
    for (const [index, { isDocument, steps }] of lives.entries()) {
      await addRecord(ledger, { recordId: `r${index}`, stream: isDocument ? 'documents' : 'runs' }, stepsOf(steps));
    }
    const events = (await readEvents(ledger)) as unknown as readonly EventRow[];
    const readings: readonly Reading[] = [5, 20, 30, 41].flatMap((minute, index) => [
      { ...readAt('10:00', BigInt(Math.floor((events.length * index) / 4))), startedAt: moment(minute), isComplete: index !== 2 },
    ]);
    for (const reading of readings) await addReading(ledger, reading);
    const question: fc.Arbitrary<Question> = fc.record({
      validAt: fc.integer({ min: -2, max: 70 }).map(moment),
      knownAt: fc.option(fc.constantFrom(...events.map((event) => event.recorded_at)), { nil: null, freq: 3 }),
      knownPosition: fc.option(fc.integer({ min: 0, max: events.length }).map(BigInt), { nil: null, freq: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(question, async (asked) => {
        expect(await stateAsOf(ledger, asked)).toEqual(plainStateAsOf(events, readings, asked));
      }),
      propertyRuns(isServer ? 60 : 10),
    );
  });
});

it('the same position answers the same, whatever is recorded and read afterwards', async () => {
  const ledger = await freshLedger('postgres');
  const lives = fc.sample(life, { numRuns: 20, ...seeded() });
  const answers = new Map<bigint, readonly PlainState[]>();
  const ask = (position: bigint): Promise<readonly PlainState[]> =>
    stateAsOf(ledger, { validAt: moment(25), knownAt: null, knownPosition: position });
  for (const [index, { steps }] of lives.entries()) {
    await addRecord(ledger, { recordId: `r${index}` }, stepsOf(steps));
    const position = BigInt((await readEvents(ledger)).length);
    answers.set(position, await ask(position));
    await addReading(ledger, { ...readAt('10:00', position), startedAt: moment(index) });
  }
  for (const [position, answer] of answers) expect(await ask(position)).toEqual(answer);
});

function moment(minute: number): Instant {
  return addMicros(at('2026-03-01 10:00'), BigInt(minute) * 60_000_000n);
}

function seeded(): { seed?: number } {
  const seed = process.env['PROPERTY_SEED'];
  return seed === undefined ? {} : { seed: Number(seed) };
}

interface Happening {
  readonly kind: EventType;
  readonly status: Status | null;
  /** Minutes after what came before; now and then before it. */
  readonly later: number;
  readonly isReported: boolean;
  /** Minutes between the ends of the interval; null: without a lower end. */
  readonly width: number | null;
  readonly told: 'attempt_queued_at' | 'attempt_started_at' | 'attempt_finished_at' | 'created_at';
}

const happening: fc.Arbitrary<Happening> = fc.record({
  kind: fc.oneof(
    { weight: 8, arbitrary: fc.constant<EventType>('status_changed') },
    { weight: 6, arbitrary: fc.constantFrom<EventType>('reopened', 'reclassified', 'amended', 'disappeared', 'redacted') },
  ),
  status: fc.constantFrom<Status | null>('queued', 'running', 'running', 'succeeded', 'failed', 'cancelled', null),
  later: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 9 }) }, { weight: 1, arbitrary: fc.integer({ min: -9, max: -1 }) }),
  isReported: fc.boolean(),
  width: fc.option(fc.integer({ min: 0, max: 12 }), { nil: null, freq: 6 }),
  told: fc.constantFrom('attempt_queued_at', 'attempt_started_at', 'attempt_finished_at', 'created_at'),
});

const life = fc.record({ isDocument: fc.boolean(), steps: fc.array(happening, { minLength: 1, maxLength: 9 }) });

function stepsOf(happenings: readonly Happening[]): readonly Step[] {
  let minute = 0;
  let isPresent = true;
  return happenings.map(({ kind, status, later, isReported, width, told }, index): Step => {
    minute += later;
    const latest = moment(minute);
    const earliest = width === null ? null : moment(minute - width);
    const when = { at: latest, reportedAt: null, earliestAt: earliest, latestAt: latest };
    const exact = { at: latest, reportedAt: latest, earliestAt: latest, latestAt: latest };
    const facts: EventFacts = told === 'created_at' ? { created_at: moment(minute - 3) } : {};
    if (index === 0) return { status, when: isReported ? exact : when, facts };
    if (kind === 'disappeared') {
      isPresent = !isPresent;
      return { type: isPresent ? 'reappeared' : kind, when };
    }
    if (kind === 'amended') return { type: kind, when, facts: { [told]: moment(minute - (width ?? 1)) } };
    if (kind === 'redacted') return { type: kind, when, isUnanswered: true };
    const isExact = isReported && kind !== 'reclassified';
    return { type: kind, status, word: `${status ?? 'odd'} ${later}`, when: isExact ? exact : when };
  });
}
