import { mkdirSync } from 'node:fs';
import { createRandom, derivedSeed } from '../../src/simulator/random.ts';
import { runCommand, startCommand, type CommandResult } from '../cli/run-command.ts';
import { drawPostgresFault, NO_POSTGRES_FAULTS, SOME_POSTGRES_FAULTS, type PostgresFaultWeights } from '../faults/postgres-faults.ts';
import { startPostgresProxy, type PostgresProxy } from '../faults/postgres-proxy.ts';
import { drawFault, NO_FAULTS, SOME_FAULTS, type FaultWeights } from '../faults/source-faults.ts';
import { startSourceProxy, type SourceProxy } from '../faults/source-proxy.ts';
import type { LiveSystem } from './live-system.ts';
import { writeSettings } from './settings-file.ts';
import type { LedgerPlace } from './soak-ledger.ts';

/** The built command on one ledger, with a way to every source system, and to its database, on which things go wrong. */
export interface Lane {
  readonly place: LedgerPlace;
  readonly sources: readonly SourceProxy[];
  /** null where the ledger is embedded */
  readonly database: PostgresProxy | null;
  readonly setFaults: (hasFaults: boolean) => void;
  readonly start: (args: readonly string[]) => ReturnType<typeof startCommand>;
  readonly run: (args: readonly string[]) => Promise<CommandResult>;
  readonly close: () => Promise<void>;
}

export interface LaneOptions {
  readonly place: LedgerPlace;
  /** Of its own. */
  readonly folder: string;
  readonly systems: readonly LiveSystem[];
  readonly seed: number;
}

export async function openLane({ place, folder, systems, seed }: LaneOptions): Promise<Lane> {
  mkdirSync(folder, { recursive: true });
  let weights: FaultWeights = NO_FAULTS;
  let databaseWeights: PostgresFaultWeights = NO_POSTGRES_FAULTS;
  const ways = await Promise.all(
    systems.map(async (system, index) => {
      const random = createRandom(derivedSeed(seed, index));
      const proxy = await startSourceProxy({ target: system.server.url, nextFault: () => drawFault(random, weights), nowMs: system.nowMs });
      return { system, url: proxy.url, proxy };
    }),
  );
  const random = createRandom(derivedSeed(seed, systems.length));
  const database =
    place.target.kind === 'postgres'
      ? await startPostgresProxy({ target: place.written, nextFault: () => drawPostgresFault(random, databaseWeights) })
      : null;
  const config = writeSettings(folder, database?.url ?? place.written, ways);
  // What the command says besides is not read: only a mistake of its own makes it say more.
  const given = { cwd: folder, env: { RUNLEDGER_LOG_LEVEL: 'error' } };
  const argv = (args: readonly string[]): readonly string[] => [...args, ...config, '--quiet', '--json'];
  return {
    place,
    sources: ways.map(({ proxy }) => proxy),
    database,
    setFaults(hasFaults) {
      weights = hasFaults ? SOME_FAULTS : NO_FAULTS;
      databaseWeights = hasFaults ? SOME_POSTGRES_FAULTS : NO_POSTGRES_FAULTS;
    },
    start: (args) => startCommand(argv(args), given),
    run: (args) => runCommand(argv(args), given),
    close: async () => {
      await Promise.all([...ways.map(({ proxy }) => proxy.close()), database?.close()]);
    },
  };
}
