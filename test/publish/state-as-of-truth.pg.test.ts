import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { Stream } from '../../src/model/event.ts';
import { addMicros, microsOf, type Instant } from '../../src/model/instant.ts';
import type { Status } from '../../src/model/status.ts';
import type { Document } from '../../src/simulator/document.ts';
import { createRandom } from '../../src/simulator/random.ts';
import type { Run } from '../../src/simulator/run.ts';
import { freshLedger } from '../support/ledger.ts';
import { startMixedRig, type MixedRig, type System } from '../sync/mixed-rig.ts';

/**
 * What `state_as_of` calls certain was so in truth, whatever the sources and the clock did between and during the readings. More seeds:
 * `LAW_SEEDS=100 npx vitest run --project postgres test/publish/state-as-of-truth.pg.test.ts`.
 */
const SEEDS = Number(process.env['LAW_SEEDS'] ?? 1);
const FIRST_SEED = Number(process.env['LAW_FIRST_SEED'] ?? 1);
const HOUR_MS = 3_600_000;

const RATES = {
  runsPerHour: 12,
  stopShare: 0.1,
  waitingShare: 0.15,
  failureShare: 0.2,
  medianWaitMs: HOUR_MS,
  medianRunMs: 600_000,
  deletionShare: 0.1,
  medianKeptMs: 3 * HOUR_MS,
  runRetryShare: 0.6,
  medianRunRetryMs: HOUR_MS,
  documentsPerHour: 10,
  documentFailureShare: 0.3,
  documentRetryShare: 0.6,
  documentRetrainShare: 0.3,
  documentDeletionShare: 0.1,
  medianUploadedMs: 300_000,
  medianTrainingMs: 900_000,
  medianRetryMs: HOUR_MS,
  medianSettledMs: 3 * HOUR_MS,
};

interface Claim {
  readonly connection: string;
  readonly stream: Stream;
  readonly record_id: string;
  readonly status: Status | null;
  readonly is_present: boolean | null;
  readonly is_certain: boolean;
  readonly next_event_type: string | null;
}

describe('the state as of a time, held against the truth', () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) {
    it(`claims nothing as certain that was not so, seed ${seed}`, async () => {
      const random = createRandom(seed);
      let isResting = false;
      const rig = await startMixedRig({
        seed,
        world: { runs: 14, documents: 12 },
        rates: RATES,
        slowness: { random, mostMs: () => (isResting ? 0 : 4_000) },
      });
      const ledger = await freshLedger('postgres');
      try {
        const begun = rig.now();
        for (let i = 0; i < 3; i += 1) {
          await rig.sync(ledger);
          rig.advanceBy(random() * 2 * HOUR_MS);
        }
        const position = await lastPosition(ledger);
        rig.advanceBy(HOUR_MS);
        isResting = true;
        // Two proven scans, after which nothing is missing that has not been told.
        await rig.sync(ledger, { acceptDisappearances: true });
        const ended = rig.now();
        rig.advanceBy(1_000);
        await rig.sync(ledger, { acceptDisappearances: true });
        const moments = Array.from({ length: 12 }, () => between(begun, ended, random()));
        const now = await holdAll(ledger, rig, moments, null);
        const then = await holdAll(ledger, rig, moments, position);
        // Or it would hold by claiming nothing.
        expect(now.certain / now.asked).toBeGreaterThan(0.2);
        expect(then.certain).toBeGreaterThan(0);
      } finally {
        await ledger.close();
        await rig.close();
      }
    });
  }
});

async function lastPosition(ledger: Ledger): Promise<bigint> {
  const { rows } = await sql<{ position: bigint }>`select max(position) as position from runledger.events`.execute(ledger.db);
  return rows[0]?.position ?? 0n;
}

function between(begun: Instant, ended: Instant, share: number): Instant {
  return addMicros(begun, BigInt(Math.floor(Number(microsOf(ended) - microsOf(begun)) * share)));
}

async function holdAll(
  ledger: Ledger,
  { systems }: MixedRig,
  moments: readonly Instant[],
  knownPosition: bigint | null,
): Promise<{ readonly asked: number; readonly certain: number }> {
  const byName = new Map<string, System>(systems.map((system) => [system.name, system]));
  const count = { asked: 0, certain: 0 };
  for (const validAt of moments) {
    const { rows } = await sql<Claim>`
      select connection, stream, record_id, status, is_present, is_certain, next_event_type
      from runledger.state_as_of(${validAt}::timestamptz, known_position => ${knownPosition?.toString() ?? null}::bigint)`.execute(
      ledger.db,
    );
    for (const claim of rows) {
      count.asked += 1;
      // What no later change is known of rests on readings; where not all had been found gone, a deleted one may still be taken for present.
      if (isForgotten(byName.get(claim.connection) as System, claim)) continue;
      if (!claim.is_certain || (knownPosition !== null && claim.next_event_type === null)) continue;
      count.certain += 1;
      const truth = truthAt(byName.get(claim.connection) as System, claim, validAt);
      const told = `${claim.connection}/${claim.stream}/${claim.record_id} at ${validAt} by ${knownPosition ?? 'all'}: ${truth.told}`;
      expect({ status: claim.status, isPresent: claim.is_present }, told).toEqual({
        status: claim.is_present === true ? truth.status : claim.status,
        isPresent: truth.isPresent,
      });
    }
  }
  return count;
}

function truthAt(
  { world, truth }: System,
  { stream, record_id: id }: Claim,
  validAt: Instant,
): { status: Status | null; isPresent: boolean; told: string } {
  const run = stream === 'runs' ? world.run(id) : null;
  const document = stream === 'documents' ? world.document(truth.documentOfRecord(id)) : null;
  const deletedAt = run?.deletedAt ?? document?.deletedAt ?? null;
  const entries = run !== null ? truth.runEntries(run) : document !== null ? truth.documentEntries(document) : [];
  return {
    status: entries.findLast((entry) => entry.at <= validAt)?.status ?? null,
    isPresent: deletedAt === null || deletedAt > validAt,
    told: `${entries.map((entry) => `${entry.status}#${entry.attempt}@${entry.at}`).join(' ')} deleted ${deletedAt ?? 'never'}`,
  };
}

/**
 * Whether the source keeps no trace of an attempt of this record once the next has begun: one that failed and was retried between two readings cannot be known. Only
 * these do: others tell attempts apart by a key, or never retry.
 */
function isForgotten({ name, world, truth }: System, { stream, record_id: id }: Claim): boolean {
  if (name === 'stack-2' && stream === 'runs') return truth.runEntries(world.run(id) as Run).some(({ attempt }) => attempt > 1);
  if (name !== 'morphik' || stream !== 'documents') return false;
  return truth.documentEntries(world.document(truth.documentOfRecord(id)) as Document).some(({ attempt }) => attempt > 1);
}
