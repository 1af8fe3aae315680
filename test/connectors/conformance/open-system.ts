import { pino, type Logger } from 'pino';
import { expect, onTestFinished } from 'vitest';
import type { Ledger } from '../../../src/db/open-ledger.ts';
import { createApi } from '../../../src/extract/create-api.ts';
import type { ConnectionSettings } from '../../../src/model/connection.ts';
import type { Api, Connector, StreamSource } from '../../../src/model/connector.ts';
import type { Stream } from '../../../src/model/event.ts';
import type { SyncStreamResult } from '../../../src/model/sync-result.ts';
import type { ServerHooks, SourceServer } from '../../../src/simulator/source-server.ts';
import { createWorld, type World, type WorldOptions } from '../../../src/simulator/world.ts';
import { defineConnection } from '../../../src/sync/define-connection.ts';
import { sync, type SyncOptions } from '../../../src/sync/sync.ts';
import { API_KEY, START } from '../../sync/rig.ts';
import type { ConformingStream, ConformingSystem } from './conforming-system.ts';
import { mapRecords, type RecordChange } from './map-records.ts';
import { isAllowed } from './requests-of.ts';

/** A system's server over a world in which nothing happens by itself, and a connection to it. Our clock is the world's. */
export interface OpenSystem {
  readonly world: World;
  readonly server: SourceServer;
  readonly settings: ConnectionSettings;
  readonly api: Api;
  sync(ledger: Ledger, options?: Partial<SyncOptions>): Promise<Readonly<Record<Stream, SyncStreamResult>>>;
}

export interface OpenOptions {
  readonly world?: Partial<WorldOptions>;
  readonly hooks?: (world: World) => ServerHooks;
  /** What every record in every answer is changed to. */
  readonly onRecord?: RecordChange;
  /** The connector put through this, such as for smaller pages. */
  readonly adapted?: (connector: Connector) => Connector;
  readonly log?: Logger;
}

let opened = 0;

/** Open until the test is over. Whatever is asked of the server in it, must be a reading. */
export async function openSystem(system: ConformingSystem, options: OpenOptions = {}): Promise<OpenSystem> {
  const { onRecord, log = pino({ level: 'silent' }), adapted = (connector: Connector) => connector } = options;
  const world = createWorld({
    seed: 1,
    startAt: START,
    workflows: 1,
    collections: 1,
    ...options.world,
    rates: { runsPerHour: 0, deletionShare: 0, documentDeletionShare: 0, ...options.world?.rates },
  });
  const hooks = options.hooks?.(world) ?? {};
  const intercept: ServerHooks['intercept'] = async (request, honest) => {
    const canned = await hooks.intercept?.(request, honest);
    if (canned != null || onRecord === undefined) return canned;
    const answer = honest();
    return { ...answer, body: mapRecords(answer.body, system.streams, onRecord) };
  };
  const server = await system.start({ ...hooks, world, apiKey: API_KEY, intercept });
  const connector = adapted(system.connector);
  const settings = defineConnection({
    connector,
    name: `conforming-${(opened += 1)}`,
    apiKey: API_KEY,
    baseUrl: server.url,
    requests: { perSecond: Infinity, concurrency: 4 },
  });
  onTestFinished(async () => {
    await server.close();
    expect(server.requests.filter((request) => !isAllowed(connector.name, request)).map(({ method, path }) => `${method} ${path}`)).toEqual(
      [],
    );
  });
  const now = (): World['now'] => world.now;
  return {
    world,
    server,
    settings,
    api: createApi({ connection: settings, now, log, signal: new AbortController().signal }),
    sync: async (ledger, more) => {
      const { streams } = await sync(ledger, { connections: [settings], now, log, ...more });
      return Object.fromEntries(streams.map((result) => [result.stream, result])) as Record<Stream, SyncStreamResult>;
    },
  };
}

/** The connector's form of a stream in which the system answers. */
export function formOf({ settings }: OpenSystem, { stream, generation }: ConformingStream): StreamSource {
  const form = settings.connector.streams[stream]?.find((candidate) => candidate.generation === generation);
  if (form === undefined) throw new Error(`${settings.connector.title} has no form ${generation} of ${stream}`);
  return form;
}
