import { knowledgeStack } from '../../connectors/knowledge-stack/knowledge-stack.ts';
import { morphik } from '../../connectors/morphik/morphik.ts';
import { noxus } from '../../connectors/noxus/noxus.ts';
import type { ConnectionSettings } from '../../model/connection.ts';
import type { Connector } from '../../model/connector.ts';
import { addMicros } from '../../model/instant.ts';
import { startKnowledgeStackSimulator } from '../../simulator/knowledge-stack/start-knowledge-stack-simulator.ts';
import { startMorphikSimulator } from '../../simulator/morphik/start-morphik-simulator.ts';
import { startNoxusSimulator } from '../../simulator/noxus/start-noxus-simulator.ts';
import type { ServerHooks, SourceServer } from '../../simulator/source-server.ts';
import type { World } from '../../simulator/world.ts';
import { defineConnection } from '../../sync/define-connection.ts';
import type { DemoWorlds, SourceName } from './demo-worlds.ts';
import { SOURCE_NAMES } from './demo-worlds.ts';

/** A simulated source system that listens, and the connection to it. */
export interface DemoSource {
  readonly name: SourceName;
  readonly title: string;
  readonly world: World;
  readonly connection: ConnectionSettings;
  readonly close: () => Promise<void>;
}

export const CONNECTION_NAMES: Readonly<Record<SourceName, string>> = {
  noxus: 'noxus-demo',
  morphik: 'morphik-demo',
  knowledge_stack: 'knowledge-stack-demo',
};

interface Kind {
  /** How it is called in the story. */
  readonly title: string;
  readonly connector: Connector;
  readonly start: (options: ServerHooks & { readonly world: World; readonly apiKey: string }) => Promise<SourceServer>;
}

const KINDS: Readonly<Record<SourceName, Kind>> = {
  noxus: { title: 'Noxus', connector: noxus, start: (options) => startNoxusSimulator({ order: 'newest_first', ...options }) },
  morphik: {
    title: 'Morphik as of October 2025, the last to have workflows',
    connector: morphik,
    start: (options) => startMorphikSimulator({ server: 'dotted_only', hasWorkflows: true, ...options }),
  },
  knowledge_stack: {
    title: 'Knowledge Stack in its second generation',
    connector: knowledgeStack,
    start: (options) => startKnowledgeStackSimulator({ generation: 2, ...options }),
  },
};

/** Between two machines time passes on the way; without it every interval of evidence would be empty. */
const LATENCY_MICROS = 40_000n;
const UNLIMITED = { perSecond: Infinity };

/** One server a world, each on a free port of 127.0.0.1. @param isFrozen whether the worlds stand still on the way, asked at each request */
export async function startDemoSources(worlds: DemoWorlds, isFrozen: () => boolean): Promise<readonly DemoSource[]> {
  const latency = (): void => {
    if (!isFrozen()) worlds.advanceTo(addMicros(worlds.now, LATENCY_MICROS));
  };
  return Promise.all(
    SOURCE_NAMES.map(async (name) => {
      const { title, connector, start } = KINDS[name];
      const world = worlds.of[name];
      const apiKey = `key-of-world-${world.seed}`;
      const server = await start({ world, apiKey, latency });
      const connection = defineConnection({
        connector,
        name: CONNECTION_NAMES[name],
        label: 'simulated',
        apiKey,
        baseUrl: server.url,
        requests: UNLIMITED,
      });
      return { name, title, world, connection, close: () => server.close() };
    }),
  );
}
