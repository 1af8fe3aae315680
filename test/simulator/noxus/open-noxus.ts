import { onTestFinished } from 'vitest';
import type { NoxusSimulatorOptions } from '../../../src/simulator/noxus/start-noxus-simulator.ts';
import { startNoxusSimulator } from '../../../src/simulator/noxus/start-noxus-simulator.ts';
import type { SourceServer } from '../../../src/simulator/source-server.ts';
import type { World } from '../../../src/simulator/world.ts';

export interface Noxus {
  readonly server: SourceServer;
  /** The JSON of a GET with the key. */
  get(path: string): Promise<{ status: number; body: unknown }>;
  /** The items of a page or bare array. */
  items(path: string): Promise<NoxusItem[]>;
}

/** Of an item, what the tests look at. */
export interface NoxusItem extends Record<string, unknown> {
  readonly id: string;
  readonly status: string;
  readonly created_at: string;
  readonly finished_at: string | null;
  readonly workflow: Record<string, unknown>;
}

/** A server that lives until the test or the property run is over. */
export async function openNoxus(world: World, options: Partial<NoxusSimulatorOptions> = {}): Promise<Noxus> {
  const server = await startNoxusSimulator({ world, apiKey: 'key', order: 'newest_first', ...options });
  onTestFinished(() => server.close());
  const get = async (path: string): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${server.url}${path}`, { headers: { 'X-API-Key': 'key' } });
    return { status: response.status, body: await response.json() };
  };
  const items = async (path: string): Promise<NoxusItem[]> => {
    const { body } = await get(path);
    return Array.isArray(body) ? (body as NoxusItem[]) : (body as { items: NoxusItem[] }).items;
  };
  return { server, get, items };
}
