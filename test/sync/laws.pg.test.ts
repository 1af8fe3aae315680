import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import { createRandom } from '../../src/simulator/random.ts';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { expectCaughtUp, expectConsistent, expectNothingInvented, readEvents } from './hold-against-truth.ts';
import { slowly, startRig, type Rig } from './rig.ts';

/**
 * The laws over a world of runs that moves between and during syncs, with answers that are seconds old when they arrive. More seeds:
 * `LAW_SEEDS=100 npx vitest run --project postgres test/sync/laws.pg.test.ts`, a larger world: `LAW_RUNS=5000`.
 */
const SEEDS = Number(process.env['LAW_SEEDS'] ?? 3);
const FIRST_SEED = Number(process.env['LAW_FIRST_SEED'] ?? 1);
const RUNS = Number(process.env['LAW_RUNS'] ?? 5_000);
const ORDERS = ['newest_first', 'oldest_first', 'none'] as const;

describe.each(LEDGER_KINDS)('the laws on a ledger in %s', (kind) => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) {
    const order = ORDERS[seed % ORDERS.length] ?? 'none';
    it(`hold for a world that moves between and during syncs, seed ${seed}, listed ${order}`, async () => {
      const random = createRandom(seed);
      let isResting = false;
      const rig = await startRig({
        world: { seed, runs: RUNS, rates: RATES },
        server: (world) => {
          const { latency } = slowly(world, random, 4_000);
          return { order, latency: (moment) => (isResting ? undefined : latency?.(moment)) };
        },
      });
      const ledger = await freshLedger(kind);
      try {
        const syncs = 2 + Math.floor(random() * 4);
        for (let i = 0; i < syncs; i += 1) {
          const { streams } = await rig.sync(ledger);
          expect(streams[0]?.error).toBeNull();
          rig.world.advanceBy(random() * 3 * 3_600_000);
        }
        isResting = true;
        const { streams } = await rig.sync(ledger);
        expect(streams[0]).toMatchObject({ status: 'succeeded', is_complete: true });
        await expectCaughtUp(ledger, rig.world);
        await expectNothingInvented(ledger, rig.world);
        await expectConsistent(ledger);
        await expectUnchangedBySync(rig, ledger);
      } finally {
        await ledger.close();
        await rig.close();
      }
    });
  }
});

/** Busy, with people in the way, and cleaned up after a while. */
const RATES = {
  runsPerHour: 120,
  stopShare: 0.08,
  waitingShare: 0.15,
  medianWaitMs: 3_600_000,
  medianRunMs: 300_000,
  deletionShare: 0.05,
  medianKeptMs: 6 * 3_600_000,
};

/**
 * Law 1: of what is known nothing is appended, and the rows of finished records are the same rows, although a new run of every workflow moved the counters
 * that each of its runs embeds.
 */
async function expectUnchangedBySync(rig: Rig, ledger: Ledger): Promise<void> {
  const before = await terminalRows(ledger);
  const position = (await readEvents(ledger)).length;
  const fresh = rig.world.workflows.map((workflow) => rig.world.addRun({ workflow }).id);
  const result = await rig.sync(ledger);
  expect(result.streams[0]).toMatchObject({ new_count: fresh.length, changed_count: 0 });
  const appended = (await readEvents(ledger)).slice(position).map((event) => event.record_id);
  expect(appended.filter((id) => !fresh.includes(id))).toEqual([]);
  expect(await terminalRows(ledger)).toEqual(before);
}

async function terminalRows(ledger: Ledger): Promise<readonly unknown[]> {
  const { rows } = await sql`
    select r.record_id, r.xmin::text as record_xmin, a.xmin::text as attempt_xmin
    from runledger.records r
    join runledger.attempts a using (connection, stream, record_id, attempt)
    where r.is_terminal
    order by r.record_id`.execute(ledger.db);
  return rows;
}
