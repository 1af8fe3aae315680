import { CONNECTORS } from '../../src/connectors/connectors.ts';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { ConnectionSettings } from '../../src/model/connection.ts';
import { addMicros, type Instant } from '../../src/model/instant.ts';
import type { SyncResult } from '../../src/model/sync-result.ts';
import {
  startKnowledgeStackSimulator,
  type KnowledgeStackSimulatorOptions,
} from '../../src/simulator/knowledge-stack/start-knowledge-stack-simulator.ts';
import { startMorphikSimulator, type MorphikSimulatorOptions } from '../../src/simulator/morphik/start-morphik-simulator.ts';
import { startNoxusSimulator, type NoxusSimulatorOptions } from '../../src/simulator/noxus/start-noxus-simulator.ts';
import type { WorldRates } from '../../src/simulator/rates.ts';
import type { ServerHooks, SourceServer } from '../../src/simulator/source-server.ts';
import { createWorld, type World, type WorldOptions } from '../../src/simulator/world.ts';
import { defineConnection, type ConnectionOptions } from '../../src/sync/define-connection.ts';
import { sync, type SyncOptions } from '../../src/sync/sync.ts';
import { API_KEY, START } from './rig.ts';
import { knowledgeStackTruth, morphikTruth, noxusTruth, type SystemTruth } from './system-truth.ts';

export const SYSTEM_NAMES = ['noxus', 'morphik', 'stack-1', 'stack-2'] as const;
export type SystemName = (typeof SYSTEM_NAMES)[number];

/** One account at one source system, over a world of its own. */
export interface System {
  readonly name: SystemName;
  readonly world: World;
  readonly server: SourceServer;
  readonly settings: ConnectionSettings;
  readonly truth: SystemTruth;
}

/** All source systems at once, Knowledge Stack in both of its generations. Their worlds and our clock go on together. */
export interface MixedRig {
  readonly systems: readonly System[];
  readonly now: () => Instant;
  advanceBy(ms: number): void;
  sync(ledger: Ledger, options?: Partial<SyncOptions>): Promise<SyncResult>;
  close(): Promise<void>;
}

export interface MixedRigOptions {
  readonly seed: number;
  readonly world?: Partial<Omit<WorldOptions, 'rates'>>;
  readonly rates?: Partial<WorldRates>;
  /** Put between request and answer of each of them. */
  readonly hooks?: (name: SystemName) => ServerHooks;
  /** Lets up to so many milliseconds pass on the way of every request and answer. */
  readonly slowness?: { readonly random: () => number; readonly mostMs: () => number };
  readonly noxus?: Partial<NoxusSimulatorOptions>;
  readonly morphik?: Partial<MorphikSimulatorOptions>;
  readonly knowledgeStack?: (generation: 1 | 2) => Partial<KnowledgeStackSimulatorOptions>;
  readonly connection?: Partial<ConnectionOptions>;
}

/** What only some sources do to their records. */
const OWN_RATES: Readonly<Record<SystemName, Partial<WorldRates>>> = {
  noxus: { documentCancelShare: 0, documentQuotaShare: 0, runRetryShare: 0 },
  morphik: { documentCancelShare: 0, documentQuotaShare: 0, runRetryShare: 0 },
  'stack-1': { runRetryShare: 0, documentQuotaShare: 0 },
  'stack-2': {},
};

export async function startMixedRig(options: MixedRigOptions): Promise<MixedRig> {
  const worlds = new Map<SystemName, World>();
  let now = START;
  const advanceTo = (instant: Instant): void => {
    now = instant;
    for (const world of worlds.values()) world.advanceTo(instant);
  };
  const latency = (): void => {
    const { slowness } = options;
    if (slowness !== undefined) advanceTo(addMicros(now, BigInt(Math.floor(slowness.random() * slowness.mostMs() * 1000))));
  };
  const systems = await Promise.all(SYSTEM_NAMES.map(startSystem));
  return {
    systems,
    now: () => now,
    advanceBy: (ms) => {
      advanceTo(addMicros(now, BigInt(Math.round(ms * 1000))));
    },
    sync: (ledger, more) => sync(ledger, { connections: systems.map(({ settings }) => settings), now: () => now, ...more }),
    async close() {
      await Promise.all(systems.map(({ server }) => server.close()));
    },
  };

  async function startSystem(name: SystemName, index: number): Promise<System> {
    const seed = options.seed * 10 + index;
    const rates = { ...options.rates, ...OWN_RATES[name] };
    const world = createWorld({ seed, startAt: START, workflows: 4, ...options.world, rates });
    worlds.set(name, world);
    const server = await startServer(name, world);
    const settings = defineConnection({
      connector: connectorOf(name),
      name,
      apiKey: API_KEY,
      baseUrl: server.url,
      requests: { perSecond: Infinity, concurrency: 4 },
      ...options.connection,
    });
    return { name, world, server, settings, truth: TRUTHS[name] };
  }

  async function startServer(name: SystemName, world: World): Promise<SourceServer> {
    const common = { world, apiKey: API_KEY, latency, ...options.hooks?.(name) };
    switch (name) {
      case 'noxus':
        return await startNoxusSimulator({ order: 'newest_first', definitionBytes: 200, ...common, ...options.noxus });
      case 'morphik':
        return await startMorphikSimulator({ ...common, ...options.morphik });
      case 'stack-1':
        return await startKnowledgeStackSimulator({ generation: 1, ...common, ...options.knowledgeStack?.(1) });
      case 'stack-2':
        return await startKnowledgeStackSimulator({ generation: 2, ...common, ...options.knowledgeStack?.(2) });
    }
  }
}

const TRUTHS: Readonly<Record<SystemName, SystemTruth>> = {
  noxus: noxusTruth,
  morphik: morphikTruth,
  'stack-1': knowledgeStackTruth(1),
  'stack-2': knowledgeStackTruth(2),
};

function connectorOf(name: SystemName): ConnectionOptions['connector'] {
  const connector = CONNECTORS[name.startsWith('stack') ? 'knowledge_stack' : name];
  if (connector === undefined) throw new Error(`there is no connector for ${name}`);
  return connector;
}
