import { instantFromMillis, type Instant } from '../../src/model/instant.ts';
import { startKnowledgeStackSimulator } from '../../src/simulator/knowledge-stack/start-knowledge-stack-simulator.ts';
import { startMorphikSimulator } from '../../src/simulator/morphik/start-morphik-simulator.ts';
import { startNoxusSimulator } from '../../src/simulator/noxus/start-noxus-simulator.ts';
import { createRandom, derivedSeed } from '../../src/simulator/random.ts';
import type { WorldRates } from '../../src/simulator/rates.ts';
import type { SourceServer } from '../../src/simulator/source-server.ts';
import { createWorld, type World } from '../../src/simulator/world.ts';
import { knowledgeStackTruth, morphikTruth, noxusTruth, type SystemTruth } from '../sync/system-truth.ts';

export const LIVE_NAMES = ['noxus', 'morphik', 'stack-1', 'stack-2'] as const;
export type LiveName = (typeof LIVE_NAMES)[number];

export const API_KEY = 'sk-that-must-never-be-seen';

/** A source system whose world goes on by itself, with the time of this machine and not quite by its clock. */
export interface LiveSystem {
  readonly name: LiveName;
  readonly connector: string;
  readonly world: World;
  readonly truth: SystemTruth;
  readonly server: SourceServer;
  /** By how much its clock is ahead of ours. */
  readonly skewMs: number;
  /** What its clock shows, in milliseconds since 1970; it goes on when the world does not. */
  readonly nowMs: () => number;
  /** From now on nothing happens in its world. */
  readonly stop: () => void;
  readonly close: () => Promise<void>;
}

const SECOND_MS = 1_000;

/** Hours of a usual world in seconds: what is open is over within a few polls, and some of it between two. */
const RATES: Partial<WorldRates> = {
  runsPerHour: 1_000,
  stopShare: 0.1,
  waitingShare: 0.15,
  failureShare: 0.15,
  deletionShare: 0.05,
  medianQueueMs: 2 * SECOND_MS,
  medianRunMs: 5 * SECOND_MS,
  medianWaitMs: 5 * SECOND_MS,
  medianKeptMs: 15 * SECOND_MS,
  runRetryShare: 0.6,
  medianRunRetryMs: 4 * SECOND_MS,
  documentsPerHour: 600,
  documentFailureShare: 0.25,
  documentCancelShare: 0.1,
  documentQuotaShare: 0.1,
  documentRetryShare: 0.6,
  documentRetrainShare: 0.3,
  documentEditShare: 0.2,
  documentDeletionShare: 0.05,
  medianUploadedMs: 2 * SECOND_MS,
  medianTrainingMs: 5 * SECOND_MS,
  medianRetryMs: 5 * SECOND_MS,
  medianSettledMs: 8 * SECOND_MS,
};

/** What a source does not do to its records. */
const NEVER: Readonly<Record<LiveName, Partial<WorldRates>>> = {
  noxus: { documentCancelShare: 0, documentQuotaShare: 0, runRetryShare: 0 },
  morphik: { documentCancelShare: 0, documentQuotaShare: 0, runRetryShare: 0 },
  'stack-1': { runRetryShare: 0, documentQuotaShare: 0 },
  'stack-2': {},
};

const TRUTHS: Readonly<Record<LiveName, SystemTruth>> = {
  noxus: noxusTruth,
  morphik: morphikTruth,
  'stack-1': knowledgeStackTruth(1),
  'stack-2': knowledgeStackTruth(2),
};

const CONNECTOR_OF: Readonly<Record<LiveName, string>> = {
  noxus: 'noxus',
  morphik: 'morphik',
  'stack-1': 'knowledge_stack',
  'stack-2': 'knowledge_stack',
};

const TICK_MS = 20;

/** Half of the clocks are right, the others up to so much ahead or behind. */
const MOST_SKEW_MS = 3_000;

const CLOCK = 100;

export async function startLiveSystem(name: LiveName, seed: number): Promise<LiveSystem> {
  const own = seed * LIVE_NAMES.length + LIVE_NAMES.indexOf(name);
  const random = createRandom(derivedSeed(own, CLOCK));
  const isRight = (seed + LIVE_NAMES.indexOf(name)) % 2 === 0;
  const skewMs = isRight ? 0 : Math.round((random() * 2 - 1) * MOST_SKEW_MS);
  const nowMs = (): number => Date.now() + skewMs;
  const startAt = instantFromMillis(nowMs());
  const world = createWorld({ seed: own, startAt, workflows: 4, runs: 60, documents: 40, rates: { ...RATES, ...NEVER[name] } });
  let isMoving = true;
  const move = (): void => {
    if (!isMoving) return;
    const to = instantFromMillis(nowMs());
    // The machine's clock may be set back: the world waits for it to catch up.
    if (to > world.now) world.advanceTo(to);
  };
  const timer = setInterval(move, TICK_MS);
  const server = await startServer(name, own, world, { beforeRequest: move, now: () => instantFromMillis(nowMs()) });
  return {
    name,
    connector: CONNECTOR_OF[name],
    world,
    truth: TRUTHS[name],
    server,
    skewMs,
    nowMs,
    stop: () => {
      isMoving = false;
      clearInterval(timer);
    },
    close: async () => {
      clearInterval(timer);
      await server.close();
    },
  };
}

interface Hooks {
  readonly beforeRequest: () => void;
  readonly now: () => Instant;
}

async function startServer(name: LiveName, seed: number, world: World, hooks: Hooks): Promise<SourceServer> {
  const common = { world, apiKey: API_KEY, ...hooks };
  switch (name) {
    case 'noxus':
      return await startNoxusSimulator({ order: 'newest_first', definitionBytes: 200, ...common });
    case 'morphik':
      return await startMorphikSimulator({ server: seed % 3 === 0 ? 'dotted_only' : 'current', ...common });
    case 'stack-1':
      return await startKnowledgeStackSimulator({ generation: 1, paging: seed % 2 === 0 ? 'pages' : 'limit_offset', ...common });
    case 'stack-2':
      return await startKnowledgeStackSimulator({ generation: 2, ...common });
  }
}
