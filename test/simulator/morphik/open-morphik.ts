import { onTestFinished } from 'vitest';
import type { MorphikSimulator, MorphikSimulatorOptions } from '../../../src/simulator/morphik/start-morphik-simulator.ts';
import { startMorphikSimulator } from '../../../src/simulator/morphik/start-morphik-simulator.ts';
import type { World } from '../../../src/simulator/world.ts';

export interface Morphik {
  readonly server: MorphikSimulator;
  /** The JSON of an answer to a request with the key. */
  ask(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }>;
  get(path: string): Promise<{ status: number; body: unknown }>;
  /** Runs or workflows of a bare array. */
  items(path: string): Promise<MorphikItem[]>;
  /** A page of `POST /documents/list_docs`. */
  listDocs(body?: object): Promise<ListDocsPage>;
  documentStatus(id: string): Promise<Record<string, unknown>>;
}

/** Of an item, what the tests look at. */
export interface MorphikItem extends Record<string, unknown> {
  readonly id: string;
  readonly status: string;
  readonly started_at: string | null;
  readonly completed_at: string | null;
}

export interface ListDocsPage {
  readonly documents: MorphikRow[];
  readonly skip: number;
  readonly limit: number;
  readonly returned_count: number;
  readonly total_count: number | null;
  readonly has_more: boolean;
  readonly next_skip: number | null;
  readonly status_counts: Record<string, number> | null;
  readonly folder_counts: { folder: string | null; count: number }[] | null;
}

export interface MorphikRow extends Record<string, unknown> {
  readonly external_id: string;
  readonly system_metadata: Record<string, unknown>;
}

/** A server that lives until the test or the property run is over. */
export async function openMorphik(world: World, options: Partial<MorphikSimulatorOptions> = {}): Promise<Morphik> {
  const server = await startMorphikSimulator({ world, apiKey: 'key', ...options });
  onTestFinished(() => server.close());
  const ask = (method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> =>
    askMorphik(server.url, method, path, body);
  return {
    server,
    ask,
    get: (path) => ask('GET', path),
    items: async (path) => (await ask('GET', path)).body as MorphikItem[],
    listDocs: async (body = {}) => (await ask('POST', '/documents/list_docs', body)).body as ListDocsPage,
    documentStatus: async (id) => (await ask('GET', `/documents/${id}/status`)).body as Record<string, unknown>,
  };
}

export async function askMorphik(url: string, method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url + path, {
    method,
    headers: { Authorization: 'Bearer key' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

/** What the ledger's connector would ask for, by the names that newer servers know. */
export const BARE_FIELDS = ['external_id', 'content_type', 'folder_path', 'status', 'error', 'created_at', 'updated_at', 'progress'];
/** The same, as every server with `list_docs` knows them. */
export const DOTTED_FIELDS = BARE_FIELDS.map((name, index) => (index < 3 ? name : `system_metadata.${name}`));
