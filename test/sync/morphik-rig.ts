import { sql } from 'kysely';
import { onTestFinished } from 'vitest';
import { morphik } from '../../src/connectors/morphik/morphik.ts';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { Stream } from '../../src/model/event.ts';
import {
  startMorphikSimulator,
  type MorphikSimulator,
  type MorphikSimulatorOptions,
} from '../../src/simulator/morphik/start-morphik-simulator.ts';
import { createWorld, type World, type WorldOptions } from '../../src/simulator/world.ts';
import { defineConnection, type ConnectionOptions } from '../../src/sync/define-connection.ts';
import { sync } from '../../src/sync/sync.ts';
import { freshLedger } from '../support/ledger.ts';
import type { Watched } from './absence-rig.ts';
import type { System } from './mixed-rig.ts';
import { API_KEY, START, type Rig } from './rig.ts';
import { morphikTruth } from './system-truth.ts';

/** A simulated Morphik over a world of its own, and a connection to it. */
export interface MorphikRig extends Rig {
  readonly server: MorphikSimulator;
  /** It as what holds a ledger against the truth takes it. */
  readonly system: System;
}

export interface WatchedMorphik extends Watched {
  readonly rig: MorphikRig;
}

export interface MorphikRigOptions {
  readonly world?: Partial<WorldOptions>;
  readonly server?: Partial<Omit<MorphikSimulatorOptions, 'world'>> | ((world: World) => Partial<Omit<MorphikSimulatorOptions, 'world'>>);
  readonly connection?: Partial<ConnectionOptions>;
}

/** Nothing happens by itself to runs, or to documents once they are there. */
const QUIET = {
  runsPerHour: 0,
  deletionShare: 0,
  stopShare: 0,
  waitingShare: 0,
  failureShare: 0,
  documentRetryShare: 0,
  documentRetrainShare: 0,
  documentEditShare: 0,
  documentDeletionShare: 0,
};

/** A Morphik in which nothing happens by itself, and a ledger; both closed when the test is over. */
export async function quietMorphik(streams: readonly Stream[], options: MorphikRigOptions = {}): Promise<WatchedMorphik> {
  const world = createWorld({
    seed: 3,
    startAt: START,
    workflows: 3,
    collections: 1,
    ...options.world,
    rates: { ...QUIET, ...options.world?.rates },
  });
  const hooks = typeof options.server === 'function' ? options.server(world) : options.server;
  const server = await startMorphikSimulator({ world, apiKey: API_KEY, ...hooks });
  onTestFinished(() => server.close());
  const settings = defineConnection({
    connector: morphik,
    apiKey: API_KEY,
    baseUrl: server.url,
    streams,
    requests: { perSecond: Infinity, concurrency: 4 },
    ...options.connection,
  });
  const now = (): World['now'] => world.now;
  let taken = 0;
  const rig: MorphikRig = {
    world,
    server,
    settings,
    system: { name: 'morphik', world, server, settings, truth: morphikTruth },
    now,
    sync: (ledger, more) => sync(ledger, { connections: [settings], now, ...more }),
    takeRequests: () => {
      const fresh = server.requests.slice(taken);
      taken = server.requests.length;
      return fresh.map(({ method, path }) => `${method} ${path}`);
    },
    close: () => server.close(),
  };
  return { rig, ledger: await freshLedger('postgres') };
}

/** What one query of the ledger says. */
export async function rowsIn(ledger: Ledger, query: string): Promise<readonly Record<string, unknown>[]> {
  return (await sql.raw<Record<string, unknown>>(query).execute(ledger.db)).rows;
}

export type Health = Readonly<
  Record<'last_status' | 'last_error' | 'consecutive_failure_count' | 'missing_count' | 'absence_finding', unknown>
>;

export async function healthOf(ledger: Ledger, stream: Stream): Promise<Health> {
  const { rows } = await sql<Health>`
    select last_status, last_error, consecutive_failure_count, missing_count, absence_finding
    from runledger.sync_health where stream = ${stream}`.execute(ledger.db);
  const [row] = rows;
  if (row === undefined) throw new Error(`sync_health has no stream ${stream}`);
  return row;
}
