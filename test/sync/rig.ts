import { noxus } from '../../src/connectors/noxus/noxus.ts';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { ConnectionSettings } from '../../src/model/connection.ts';
import { addMicros, instantFromMillis, type Instant } from '../../src/model/instant.ts';
import type { SyncResult } from '../../src/model/sync-result.ts';
import { startNoxusSimulator, type NoxusSimulatorOptions } from '../../src/simulator/noxus/start-noxus-simulator.ts';
import type { SourceServer } from '../../src/simulator/source-server.ts';
import { createWorld, type World, type WorldOptions } from '../../src/simulator/world.ts';
import { defineConnection, type ConnectionOptions } from '../../src/sync/define-connection.ts';
import { sync, type SyncOptions } from '../../src/sync/sync.ts';

export const API_KEY = 'a-key-that-must-never-be-seen';
export const START = instantFromMillis(Date.UTC(2026, 2, 1, 9));

/** A simulated source over a world of its own, and a connection to it. Our clock is the world's unless told otherwise. */
export interface Rig {
  readonly world: World;
  readonly server: SourceServer;
  readonly settings: ConnectionSettings;
  readonly now: () => Instant;
  sync(ledger: Ledger, options?: Partial<SyncOptions>): Promise<SyncResult>;
  /** Path and query of every request since the last call. */
  takeRequests(): readonly string[];
  close(): Promise<void>;
}

export interface RigOptions {
  readonly world?: Partial<WorldOptions>;
  readonly server?: Partial<Omit<NoxusSimulatorOptions, 'world'>> | ((world: World) => Partial<Omit<NoxusSimulatorOptions, 'world'>>);
  readonly connection?: Partial<ConnectionOptions>;
  readonly now?: (world: World) => Instant;
}

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const world = createWorld({ seed: 1, startAt: START, ...options.world });
  const hooks = typeof options.server === 'function' ? options.server(world) : options.server;
  const server = await startNoxusSimulator({ world, apiKey: API_KEY, order: 'newest_first', definitionBytes: 200, ...hooks });
  const settings = defineConnection({
    connector: noxus,
    name: 'noxus-main',
    apiKey: API_KEY,
    baseUrl: server.url,
    streams: ['runs'],
    requests: { perSecond: Infinity, concurrency: 4 },
    ...options.connection,
  });
  const now = (): Instant => options.now?.(world) ?? world.now;
  let taken = 0;
  return {
    world,
    server,
    settings,
    now,
    sync: (ledger, more) => sync(ledger, { connections: [settings], now, ...more }),
    takeRequests: () => {
      const fresh = server.requests.slice(taken);
      taken = server.requests.length;
      return fresh.map(({ path, query }) => (query === '' ? path : `${path}?${query}`));
    },
    close: () => server.close(),
  };
}

/** Lets time pass on the way of every request and answer, up to so many milliseconds each, so that what an answer shows is old when it arrives. */
export function slowly(world: World, random: () => number, mostMs: number): Pick<NoxusSimulatorOptions, 'latency'> {
  return {
    latency: () => {
      world.advanceTo(addMicros(world.now, BigInt(Math.floor(random() * mostMs * 1000))));
    },
  };
}
