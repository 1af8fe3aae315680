import { onTestFinished } from 'vitest';
import { instantFromMillis } from '../../src/model/instant.ts';
import type { NoxusSimulatorOptions } from '../../src/simulator/noxus/start-noxus-simulator.ts';
import { startNoxusSimulator } from '../../src/simulator/noxus/start-noxus-simulator.ts';
import type { SourceServer } from '../../src/simulator/source-server.ts';
import type { World } from '../../src/simulator/world.ts';
import { createWorld } from '../../src/simulator/world.ts';

export const API_KEY = 'sk-that-must-never-be-seen';

export interface Source {
  readonly world: World;
  readonly server: SourceServer;
  /** The variables that make a connection `noxus` to it. */
  readonly env: Record<string, string>;
}

/** A simulated Noxus of the present day that stands still unless the test moves it; closed when the test is over. */
export async function startSource(options: { runs?: number } & Partial<Omit<NoxusSimulatorOptions, 'world'>> = {}): Promise<Source> {
  const now = () => instantFromMillis(Date.now());
  const { runs = 60, ...server } = options;
  const world = createWorld({ seed: 5, startAt: now(), runs });
  const started = await startNoxusSimulator({ world, apiKey: API_KEY, order: 'newest_first', definitionBytes: 200, now, ...server });
  onTestFinished(() => started.close());
  return { world, server: started, env: { NOXUS_API_KEY: API_KEY, NOXUS_BASE_URL: started.url } };
}
