import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { PlannedEvent, SyncResult } from '../../src/model/sync-result.ts';
import { findOpenScan } from '../../src/record/scans.ts';
import { createRandom, pick, type Random } from '../../src/simulator/random.ts';
import type { ServerHooks, SourceAnswer, SourceRequest } from '../../src/simulator/source-server.ts';
import type { World } from '../../src/simulator/world.ts';
import { freshLedger } from '../support/ledger.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { expectLawful, hiding, HOUR_MS, presentIds } from './absence-rig.ts';
import { readEvents } from './hold-against-truth.ts';
import { startRig, type Rig } from './rig.ts';

/** What is wrong with a source while one sync reads it. */
const FAULTS = [
  'nothing',
  'a page fails',
  'a page is empty',
  'every page is empty',
  'every page is empty and nothing is counted',
  'no record is found by id',
  'some records are not found by id',
  'reads by id fail',
  'a permission is lost',
  'knowledge bases fail',
  'rows vanish while they are read',
] as const;

type Fault = (typeof FAULTS)[number];

interface Visit {
  readonly fault: Fault;
  readonly isFull: boolean;
  /** of the present runs, deleted before the sync */
  readonly deletions: number;
  readonly hours: number;
}

const visit: fc.Arbitrary<Visit> = fc.record({
  fault: fc.constantFrom(...FAULTS),
  isFull: fc.boolean(),
  deletions: fc.integer({ min: 0, max: 8 }),
  hours: fc.integer({ min: 1, max: 30 }),
});

const REFUSAL = { status: 400, body: { detail: 'no' } };
const NOT_FOUND = { status: 404, body: { detail: 'Not found' } };

/** What the source answers under a fault; null for the truth. */
function answerUnder(
  fault: Fault,
  random: Random,
  { path, query }: SourceRequest,
  honest: () => SourceAnswer,
): ReturnType<NonNullable<ServerHooks['intercept']>> {
  const isList = path === '/v1/runs';
  const isById = /^\/v1\/runs\/./.test(path);
  const empty = (more: object = {}): Partial<SourceAnswer> => ({ body: { ...(honest().body as object), items: [], ...more } });
  switch (fault) {
    case 'a page fails':
      return isList && random() < 0.4 ? REFUSAL : null;
    case 'a page is empty':
      return isList && query.get('page') === '2' ? empty() : null;
    case 'every page is empty':
      return isList ? empty() : null;
    case 'every page is empty and nothing is counted':
      return isList ? empty({ total: 0, pages: 0 }) : null;
    case 'no record is found by id':
      return isById ? NOT_FOUND : null;
    case 'some records are not found by id':
      return isById && random() < 0.4 ? NOT_FOUND : null;
    case 'reads by id fail':
      return isById ? REFUSAL : null;
    case 'knowledge bases fail':
      return path.startsWith('/v1/knowledge-bases') && random() < 0.5 ? REFUSAL : null;
    case 'nothing':
    case 'a permission is lost':
    case 'rows vanish while they are read':
      return null;
  }
}

/** Those under which a source answers the same again. */
const ALWAYS_THE_SAME: ReadonlySet<Fault> = new Set([
  'nothing',
  'a page is empty',
  'every page is empty',
  'every page is empty and nothing is counted',
  'no record is found by id',
  'reads by id fail',
  'a permission is lost',
]);

/** How a sync of the one stream ended, and what it found gone, by id. */
interface Ending {
  readonly status: string | undefined;
  readonly code: string | undefined;
  readonly gone: readonly string[];
}

async function dryRun(rig: Rig, ledger: Ledger, full: boolean): Promise<Ending> {
  const gone: string[] = [];
  const onPlannedEvent = ({ record_id: id, event_type: type }: PlannedEvent): void => {
    if (type === 'disappeared') gone.push(id);
  };
  return endingOf(await rig.sync(ledger, { full, dryRun: true, onPlannedEvent }), gone);
}

async function realRun(rig: Rig, ledger: Ledger, full: boolean): Promise<Ending> {
  const { length } = await readEvents(ledger);
  const result = await rig.sync(ledger, { full });
  const events = (await readEvents(ledger)).slice(length);
  return endingOf(
    result,
    events.filter((event) => event.event_type === 'disappeared').map((event) => event.record_id),
  );
}

function endingOf({ streams: [stream] }: SyncResult, gone: readonly string[]): Ending {
  return { status: stream?.status, code: stream?.error?.code, gone: gone.toSorted() };
}

function deleteSome(world: World, random: Random, count: number): void {
  for (let deleted = 0; deleted < count; deleted += 1) {
    const present = world.runs.filter((run) => run.deletedAt === null);
    if (present.length > 0) world.deleteRun(pick(random, present as [(typeof present)[number]]).id);
  }
}

/** Law 6: what is called disappeared was deleted, within the interval. */
async function expectOnlyTheDeletedDisappeared(ledger: Ledger, world: World): Promise<void> {
  for (const { record_id: id, event_type: type, earliest_at: earliest, latest_at: latest } of await readEvents(ledger)) {
    expect(type).not.toBe('reappeared');
    if (type !== 'disappeared') continue;
    const deletedAt = world.run(id)?.deletedAt ?? null;
    expect(deletedAt, `${id} is there`).not.toBeNull();
    expect(
      (earliest ?? '') <= (deletedAt ?? '') && (deletedAt ?? '') <= latest,
      `${id}: ${deletedAt ?? ''} in [${earliest ?? ''}, ${latest}]`,
    ).toBe(true);
  }
}

it('law 6: whatever the source pretends, only what was deleted disappears, and in the end all of it has', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 3, max: 240 }), fc.array(visit, { maxLength: 5 }), holdsFor),
    { ...propertyRuns(6), endOnFailure: true },
  );
});

async function holdsFor(seed: number, runs: number, visits: readonly Visit[]): Promise<void> {
  const random = createRandom(seed);
  let fault: Fault = 'nothing';
  let hidden: ReadonlySet<string> = new Set();
  const rates = { runsPerHour: 2, endlessShare: 0.2, deletionShare: 0.05, medianKeptMs: 6 * HOUR_MS, failureShare: 0 };
  const rig = await startRig({
    world: { seed, runs, collections: 2, rates },
    server: (world) => ({
      latency: () => {
        world.advanceBy(1);
      },
      beforeRequest: ({ path }) => {
        if (fault === 'rows vanish while they are read' && path === '/v1/runs' && random() < 0.5) deleteSome(world, random, 1);
      },
      intercept: (request, honest) => answerUnder(fault, random, request, honest) ?? hiding(() => hidden)(request, honest),
    }),
  });
  const ledger = await freshLedger('postgres');
  try {
    for (const { fault: next, isFull, deletions, hours } of visits) {
      fault = next;
      // So many of all that it is noticed, also where the same scan finds others: that fewer are hidden and not deleted, nobody can tell.
      const known = fault === 'a permission is lost' ? await presentIds(ledger) : [];
      const there = known.filter((id) => rig.world.run(id)?.deletedAt === null);
      const all = rig.world.runs.filter((run) => run.deletedAt === null).length;
      const many = Math.ceil(all * 0.4);
      hidden = new Set(all > 50 && there.length >= many ? there.slice(0, many) : []);
      deleteSome(rig.world, random, deletions);
      const moves = rig.world.transitions.length;
      const foretold = ALWAYS_THE_SAME.has(fault) ? await dryRun(rig, ledger, isFull) : null;
      const ending = await realRun(rig, ledger, isFull);
      // Where nothing moved meanwhile, the one tells what the other does.
      if (foretold !== null && rig.world.transitions.length === moves) expect(foretold).toEqual(ending);
      await expectOnlyTheDeletedDisappeared(ledger, rig.world);
      rig.world.advanceBy(hours * HOUR_MS);
    }
    [fault, hidden] = ['nothing', new Set()];
    // A first scan that was cut off is gone on with, and proves no absence: that is for the scan after it.
    if ((await findOpenScan(ledger.db, 'noxus-main', 'runs')) !== null) await rig.sync(ledger);
    const { streams } = await rig.sync(ledger, { acceptDisappearances: true });
    expect(streams[0]).toMatchObject({ status: 'succeeded', is_complete: true, has_absence_proof: true });
    await expectOnlyTheDeletedDisappeared(ledger, rig.world);
    // A run that only its knowledge base's list ever showed can be gone, and nothing would tell.
    const { rows } = await sql<{ record_id: string; is_present: boolean; is_provable: boolean }>`
      select record_id, is_present, coalesce(is_listed or is_answered, true) as is_provable
      from runledger.records left join runledger.sightings using (connection, stream, record_id)`.execute(ledger.db);
    const isThere = (id: string): boolean => rig.world.run(id)?.deletedAt === null;
    expect(rows.filter((row) => row.is_present !== isThere(row.record_id) && (row.is_provable || isThere(row.record_id)))).toEqual([]);
    expect(rows.filter((row) => isThere(row.record_id))).toHaveLength(rig.world.runs.filter((run) => run.deletedAt === null).length);
    await expectLawful(ledger);
  } finally {
    await ledger.close();
    await rig.close();
  }
}
