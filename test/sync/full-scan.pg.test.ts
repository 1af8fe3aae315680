import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { SyncStreamResult } from '../../src/model/sync-result.ts';
import type { ListOrder } from '../../src/simulator/noxus/ordered-list.ts';
import { createRandom } from '../../src/simulator/random.ts';
import type { World } from '../../src/simulator/world.ts';
import { freshLedger } from '../support/ledger.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { startRig, type Rig } from './rig.ts';

/**
 * Whatever comes and goes while a list is read, a scan that says that it saw every record did. Over a world of 2,000 runs that moves at every request; 200 of
 * them: `PROPERTY_RUNS=200 npx vitest run --project postgres test/sync/full-scan.pg.test.ts`.
 */

interface Drift {
  readonly seed: number;
  /** Runs that come before a page of the list is cut, up to so many, and runs that go. */
  readonly come: number;
  readonly go: number;
  /** Pages after which nothing moves any more. */
  readonly pages: number;
  readonly concurrency: number;
  readonly order: ListOrder;
}

interface DriftingRig extends Rig {
  /** Runs that were there from the first page asked for to the last, since it was last asked. */
  takeLasting(): readonly string[];
  readonly pageCount: () => number;
}

const QUIET = { runsPerHour: 0, deletionShare: 0 };

/** The same seed may come twice into one ledger. */
let worlds = 0;

async function driftingRig({ seed, come, go, pages, concurrency, order }: Drift, runs = 2_000): Promise<DriftingRig> {
  const random = createRandom(seed);
  let pageCount = 0;
  let lasting: Set<string> | null = null;
  const present: string[] = [];
  const rig = await startRig({
    world: { seed, runs, collections: 0, rates: QUIET },
    connection: { name: `world-${(worlds += 1)}`, payloads: 'none', requests: { perSecond: Infinity, concurrency } },
    server: (world) => ({
      order,
      beforeRequest: ({ path }) => {
        if (path !== '/v1/runs') return;
        if (present.length === 0) present.push(...world.runs.map((run) => run.id));
        lasting ??= new Set(present);
        pageCount += 1;
        if (pageCount > pages) return;
        for (const id of move(world, present, random, { come, go })) lasting.delete(id);
      },
    }),
  });
  return Object.assign(rig, {
    pageCount: () => pageCount,
    takeLasting: () => {
      const ids = [...(lasting ?? [])];
      lasting = null;
      return ids;
    },
  });
}

/** @returns runs that went */
function move(world: World, present: string[], random: () => number, { come, go }: Pick<Drift, 'come' | 'go'>): readonly string[] {
  const gone: string[] = [];
  for (let count = Math.floor(random() * (come + 1)); count > 0; count -= 1) {
    world.advanceBy(500 + random() * 1_000);
    const run = world.addRun();
    world.moveRun(run.id, 'succeeded');
    present.push(run.id);
  }
  for (let count = Math.floor(random() * (go + 1)); count > 0; count -= 1) {
    const [id] = present.splice(Math.floor(random() * present.length), 1);
    if (id === undefined) continue;
    world.deleteRun(id);
    gone.push(id);
  }
  return gone;
}

async function knownTo(ledger: Ledger, { settings }: Rig): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ record_id: string }>`
    select record_id from runledger.records where connection = ${settings.name} and is_present`.execute(ledger.db);
  return new Set(rows.map((row) => row.record_id));
}

async function unknownOf(ledger: Ledger, rig: Rig, ids: readonly string[]): Promise<readonly string[]> {
  const known = await knownTo(ledger, rig);
  return ids.filter((id) => !known.has(id));
}

async function syncOne(rig: Rig, ledger: Ledger, options: Parameters<Rig['sync']>[1] = {}): Promise<SyncStreamResult> {
  const { streams } = await rig.sync(ledger, options);
  const [result] = streams;
  if (result === undefined) throw new Error('the sync read no stream');
  return result;
}

interface Verdict {
  readonly wasProven: boolean;
  readonly requests: number;
}

/** Syncs a drifting world, then the same at rest. */
async function holdScan(ledger: Ledger, drift: Drift): Promise<Verdict> {
  const rig = await driftingRig(drift);
  try {
    const first = await syncOne(rig, ledger);
    expect(first.error).toBeNull();
    const lasting = rig.takeLasting();
    const missed = await unknownOf(ledger, rig, lasting);
    if (first.has_absence_proof || first.is_complete) expect(missed, 'passed by in a scan that calls itself proven').toEqual([]);
    const requests = rig.pageCount();
    const resting = await driftRests(rig, ledger, drift);
    expect(resting).toMatchObject({ has_absence_proof: true, is_complete: true, error: null });
    expect([...(await knownTo(ledger, rig))].toSorted()).toEqual(presentRuns(rig).toSorted());
    return { wasProven: first.has_absence_proof, requests };
  } finally {
    await rig.close();
  }
}

/** Full scans until one came after all that moved. */
async function driftRests(rig: DriftingRig, ledger: Ledger, { pages }: Drift): Promise<SyncStreamResult> {
  for (;;) {
    const isAtRest = rig.pageCount() >= pages;
    rig.world.advanceBy(60_000);
    const result = await syncOne(rig, ledger, { full: true });
    const missed = await unknownOf(ledger, rig, rig.takeLasting());
    if (result.has_absence_proof) expect(missed).toEqual([]);
    if (isAtRest) return result;
  }
}

function presentRuns({ world }: Rig): readonly string[] {
  return world.runs.filter((run) => run.deletedAt === null).map((run) => run.id);
}

const anyDrift = fc.record<Drift>({
  seed: fc.integer({ min: 1, max: 2 ** 31 }),
  come: fc.integer({ min: 0, max: 2 }),
  go: fc.integer({ min: 0, max: 2 }),
  pages: fc.constantFrom(3, 10, 20, 30, 60, 100),
  concurrency: fc.constantFrom(1, 4, 8),
  order: fc.constant('newest_first'),
});

describe('a full scan of a list that is newest first and moves at every request', () => {
  it.each([1, 4, 8])('saw every run, says so only then, and says so once the list rests, with concurrency %i', async (concurrency) => {
    const verdict = await holdScan(await freshLedger('postgres'), {
      seed: 7,
      come: 2,
      go: 2,
      pages: 60,
      concurrency,
      order: 'newest_first',
    });
    expect(verdict.requests).toBeLessThan(130);
  });

  it('does so whatever moves', async () => {
    const ledger = await freshLedger('postgres');
    await fc.assert(
      fc.asyncProperty(anyDrift, async (drift) => {
        await holdScan(ledger, drift);
      }),
      { ...propertyRuns(3), endOnFailure: true },
    );
  });

  it('is proven in one reading although runs come all the while', async () => {
    for (const concurrency of [1, 4]) {
      const rig = await driftingRig({ seed: 3, come: 1, go: 0, pages: Infinity, concurrency, order: 'newest_first' });
      onTestFinished(() => rig.close());
      const ledger = await freshLedger('postgres');
      expect(await syncOne(rig, ledger)).toMatchObject({ has_absence_proof: true, is_complete: true, error: null });
      expect(rig.pageCount()).toBeLessThan(45);
    }
  });
});
