import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { Stream } from '../../src/model/event.ts';
import type { SyncResult } from '../../src/model/sync-result.ts';
import { createRandom, derivedSeed, pick } from '../../src/simulator/random.ts';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { expectCaughtUp, expectConsistent, expectNothingInvented, expectSamePresent, readEvents } from './hold-against-truth.ts';
import { slowly, startRig, type Rig } from './rig.ts';
import { BUSY_RATES, noFault, ROUNDS, syncMeetingAnother, syncMeetingSignal, type Fault, type Round } from './story.ts';

/**
 * The laws over a world of runs and documents that moves between and during syncs, with answers that are seconds old when they arrive, syncs that meet
 * and sources that fail. More seeds: `LAW_SEEDS=100 npx vitest run --project postgres test/sync/laws.pg.test.ts`, a larger world: `LAW_RUNS=5000`.
 */
const SEEDS = Number(process.env['LAW_SEEDS'] ?? 2);
const FIRST_SEED = Number(process.env['LAW_FIRST_SEED'] ?? 1);
const RUNS = Number(process.env['LAW_RUNS'] ?? 250);
const ORDERS = ['newest_first', 'oldest_first', 'none'] as const;
const STREAMS: readonly Stream[] = ['runs', 'documents'];
const HOUR_MS = 3_600_000;

describe.each(LEDGER_KINDS)('the laws on a ledger in %s', (kind) => {
  // What differs between the kinds shows in any world; half as many on the slower one.
  const seeds = kind === 'embedded' ? Math.ceil(SEEDS / 2) : SEEDS;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + seeds; seed += 1) {
    const order = ORDERS[seed % ORDERS.length] ?? 'none';
    it(`hold for a world that moves between and during syncs, seed ${seed}, listed ${order}`, async () => {
      const random = createRandom(seed);
      // Apart from what requests draw, whose order nobody knows: the same seed is the same story.
      const story = createRandom(derivedSeed(seed, 1));
      const fault = noFault<Stream>();
      let isResting = false;
      const rig = await startRig({
        world: { seed, runs: RUNS, documents: Math.round(RUNS * 0.8), rates: RATES },
        server: (world) => {
          const { latency } = slowly(world, random, 4_000);
          return {
            order,
            foldersPerKnowledgeBase: 2,
            showsFoldersEverywhere: seed % 2 === 0,
            documentSizeParameter: seed % 4 < 2 ? 'size' : 'page_size',
            latency: (moment) => (isResting ? undefined : latency?.(moment)),
            beforeRequest: () => {
              if (random() < 0.05) fault.signal?.abort();
            },
            intercept: ({ path }) => (isRefused(fault, path, random) ? { status: 400, body: { detail: 'no' } } : null),
          };
        },
        connection: { streams: STREAMS, fullScanEveryMs: 5 * HOUR_MS },
      });
      const ledger = await freshLedger(kind);
      try {
        const syncs = 2 + Math.floor(story() * 4);
        for (let i = 0; i < syncs; i += 1) {
          await syncMeeting(pick(story, ROUNDS), rig, ledger, fault, story);
          rig.world.advanceBy(story() * 3 * HOUR_MS);
        }
        isResting = true;
        await expectAllRead(ledger, await rig.sync(ledger), { status: 'succeeded', is_complete: true });
        await expectCaughtUp(ledger, rig.world, STREAMS);
        await expectUnchangedBySync(rig, ledger);
        // However much of the world was deleted: the breaker is not what is tried here.
        const full = await rig.sync(ledger, { acceptDisappearances: true });
        const proof = full.streams.map(({ stream, error, is_complete, has_absence_proof }) => ({
          stream,
          error,
          is_complete,
          has_absence_proof,
        }));
        expect(proof).toEqual(STREAMS.map((stream) => ({ stream, error: null, is_complete: true, has_absence_proof: true })));
        await expectSamePresent(ledger, rig.world, STREAMS);
        await expectNothingInvented(ledger, rig.world);
        await expectConsistent(ledger);
      } finally {
        await ledger.close();
        await rig.close();
      }
    });
  }
});

const RATES = { ...BUSY_RATES, runsPerHour: 120, documentsPerHour: 90 };

const PATHS: Record<Stream, RegExp> = { runs: /^\/v1\/runs|\/runs$/, documents: /\/documents?\// };

function isRefused(fault: Fault<Stream>, path: string, random: () => number): boolean {
  if (fault.victim === null || !PATHS[fault.victim].test(path) || random() >= fault.share) return false;
  fault.count += 1;
  return true;
}

/** Laws 4, 8, 11 and 12, sync by sync. */
async function syncMeeting(round: Round, rig: Rig, ledger: Ledger, fault: Fault<Stream>, random: () => number): Promise<void> {
  if (round === 'another sync') {
    await syncMeetingAnother(
      (request) => rig.sync(ledger, request),
      STREAMS.map((stream) => `noxus-main ${stream}`),
    );
    return;
  }
  if (round === 'a signal') {
    await syncMeetingSignal((request) => rig.sync(ledger, request), fault);
    return;
  }
  if (round === 'nothing') {
    await expectAllRead(ledger, await rig.sync(ledger), { status: 'succeeded', error: null });
    return;
  }
  const before = await completeSince(ledger);
  Object.assign(fault, { victim: pick(random, ['runs', 'documents'] as const), share: pick(random, [0.1, 1] as const), count: 0 });
  const { streams } = await rig.sync(ledger);
  for (const { stream, status, error, is_complete: isComplete } of streams) {
    if (stream !== fault.victim || fault.count === 0)
      expect({ stream, status, error }).toEqual({ stream, status: 'succeeded', error: null });
    else {
      expect({ stream, status, isComplete }).toEqual({ stream, status: 'failed', isComplete: false });
      expect((await completeSince(ledger)).get(stream) ?? null).toBe(before.get(stream) ?? null);
    }
  }
  fault.victim = null;
}

async function completeSince(ledger: Ledger): Promise<ReadonlyMap<string, string | null>> {
  const { rows } = await sql<{ stream: string; at: string | null }>`
    select stream, last_complete_at::text as at from runledger.streams`.execute(ledger.db);
  return new Map(rows.map(({ stream, at }) => [stream, at]));
}

/** Law 8: there are fewer open records than the budget, so none is left unasked. */
async function expectAllRead(ledger: Ledger, { started_at: startedAt, streams }: SyncResult, expected: object): Promise<void> {
  expect(streams).toMatchObject(STREAMS.map((stream) => ({ stream, ...expected, unread_count: 0 })));
  const { rows } = await sql`
    select r.stream, r.record_id
    from runledger.records r
    left join runledger.sightings s using (connection, stream, record_id)
    where r.is_present and not r.is_terminal and (s.last_tried_at < ${startedAt}::timestamptz) is not false`.execute(ledger.db);
  expect(rows).toEqual([]);
}

/**
 * Law 1: of what is known nothing is appended, and the rows of finished records are the same rows, although a new run of every workflow moved the counters
 * that each of its runs embeds, and documents were edited.
 */
async function expectUnchangedBySync(rig: Rig, ledger: Ledger): Promise<void> {
  const { world } = rig;
  const before = await terminalRows(ledger);
  const position = (await readEvents(ledger)).length;
  for (const document of world.documents.filter(({ deletedAt }) => deletedAt === null).slice(-30)) world.editDocument(document.id);
  const runs = world.workflows.map((workflow) => world.addRun({ workflow }).id);
  const documents = world.collections.map((collection) => world.addDocument({ collection }).id);
  const result = await rig.sync(ledger);
  expect(result.streams).toMatchObject([
    { new_count: runs.length, changed_count: 0 },
    { new_count: documents.length, changed_count: 0 },
  ]);
  const appended = (await readEvents(ledger)).slice(position).map((event) => event.record_id);
  expect(appended.filter((id) => !runs.includes(id) && !documents.includes(id))).toEqual([]);
  expect(await terminalRows(ledger)).toEqual(before);
}

async function terminalRows(ledger: Ledger): Promise<readonly unknown[]> {
  const { rows } = await sql`
    select r.stream, r.record_id, r.xmin::text as record_xmin, a.xmin::text as attempt_xmin
    from runledger.records r
    join runledger.attempts a using (connection, stream, record_id, attempt)
    where r.is_terminal and r.is_present
    order by r.stream, r.record_id`.execute(ledger.db);
  return rows;
}
