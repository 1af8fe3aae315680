import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { instantFromMillis, type Instant } from '../../src/model/instant.ts';
import { startNoxusSimulator } from '../../src/simulator/noxus/start-noxus-simulator.ts';
import type { SourceRequest, SourceServer } from '../../src/simulator/source-server.ts';
import { createWorld, type World } from '../../src/simulator/world.ts';
import { runCommand, startCommand, type CommandResult } from '../cli/run-command.ts';
import { API_KEY } from './live-system.ts';
import type { KillSignal } from './rounds.ts';
import { writeSettings } from './settings-file.ts';
import type { LedgerPlace } from './soak-ledger.ts';

export const PAGE_SIZE = 100;

/** A source that stands still unless it is moved, counts the pages of its list of runs that it is asked for, and can kill whoever asks. */
export interface KillRig {
  readonly world: World;
  /** Pages asked for since the last call. */
  readonly takePages: () => number;
  /** Lets its time go on to now: what is moved by hand happens then. */
  readonly catchUp: () => void;
  readonly sync: (place: LedgerPlace) => Promise<CommandResult>;
  /** The same, killed so many milliseconds after it has asked for so many pages. */
  readonly killedSync: (place: LedgerPlace, kill: Kill) => Promise<CommandResult>;
  readonly close: () => Promise<void>;
}

export interface Kill {
  readonly signal: KillSignal;
  readonly page: number;
  readonly afterMs: number;
}

export async function startKillRig(options: { readonly seed: number; readonly runs: number; readonly folder: string }): Promise<KillRig> {
  mkdirSync(options.folder, { recursive: true });
  const now = (): Instant => instantFromMillis(Date.now());
  const world = createWorld({ seed: options.seed, startAt: now(), runs: options.runs, rates: { runsPerHour: 0, documentsPerHour: 0 } });
  let pages = 0;
  let onPage: (() => void) | null = null;
  const server: SourceServer = await startNoxusSimulator({
    ...{ world, apiKey: API_KEY, order: 'newest_first', definitionBytes: 200, now },
    beforeRequest: (request) => {
      if (!isListPage(request)) return;
      pages += 1;
      onPage?.();
    },
  });
  const given = { cwd: options.folder };
  const argv = ({ written }: LedgerPlace): readonly string[] => {
    const system = { name: 'noxus', connector: 'noxus' } as const;
    const config = writeSettings(options.folder, written, [{ system, url: server.url }]);
    return ['sync', '--stream', 'runs', ...config, '--quiet', '--json'];
  };
  return {
    world,
    takePages: () => {
      const taken = pages;
      pages = 0;
      return taken;
    },
    catchUp: () => {
      const to = now();
      if (to > world.now) world.advanceTo(to);
    },
    sync: (place) => runCommand(argv(place), given),
    killedSync: async (place, { signal, page, afterMs }) => {
      const command = startCommand(argv(place), given);
      const first = pages;
      onPage = () => {
        if (pages - first < page) return;
        onPage = null;
        void sleep(afterMs).then(() => {
          command.kill(signal);
        });
      };
      const result = await command.done;
      onPage = null;
      return result;
    },
    close: () => server.close(),
  };
}

/** A page of one is asked for to learn the total. */
function isListPage({ path, query }: SourceRequest): boolean {
  return path === '/v1/runs' && query.has('page') && query.get('size') !== '1';
}
