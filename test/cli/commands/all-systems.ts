import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { instantFromMillis } from '../../../src/model/instant.ts';
import type { Document } from '../../../src/simulator/document.ts';
import { startKnowledgeStackSimulator } from '../../../src/simulator/knowledge-stack/start-knowledge-stack-simulator.ts';
import { startMorphikSimulator } from '../../../src/simulator/morphik/start-morphik-simulator.ts';
import { startNoxusSimulator } from '../../../src/simulator/noxus/start-noxus-simulator.ts';
import type { Run } from '../../../src/simulator/run.ts';
import type { ServerHooks, SourceServer } from '../../../src/simulator/source-server.ts';
import { createWorld, type World } from '../../../src/simulator/world.ts';
import { freshDatabase } from '../../support/database.ts';
import { freshFolder } from '../folder.ts';
import { API_KEY } from '../source.ts';
import { openFrontDoor, type FrontDoor } from './front-door.ts';

/** The connections, as the ledger orders them. */
export const NAMES = ['morphik', 'noxus', 'stack-1', 'stack-2'] as const;
export type Name = (typeof NAMES)[number];

export interface AllSystems {
  readonly worlds: Readonly<Record<Name, World>>;
  readonly servers: Readonly<Record<Name, SourceServer>>;
  readonly doors: Readonly<Record<Name, FrontDoor>>;
  /** Where commands find `runledger.yaml` with a connection to each, and the variables that it names. */
  readonly given: { readonly cwd: string; readonly env: Record<string, string> };
  readonly databaseUrl: string;
}

export interface AllSystemsOptions {
  readonly hooks?: Partial<Record<Name, ServerHooks>>;
  /** Whether Morphik still has workflows; true if left out. */
  readonly hasWorkflows?: boolean;
  /** Documents that Knowledge Stack answers for by id alone: those of this name. */
  readonly unlisted?: string;
}

const now = () => instantFromMillis(Date.now());

/** All source systems at once, of the present day and standing still, with an empty database; all of it gone when the test is over. */
export async function startAllSystems({ hooks = {}, hasWorkflows = true, unlisted }: AllSystemsOptions = {}): Promise<AllSystems> {
  const startAt = now();
  const worlds = eachOf((_, index) => createWorld({ seed: 50 + index, startAt, workflows: 3, runs: 25, documents: 12 }));
  const isListed = (record: Run | Document): boolean => !('name' in record) || record.name !== unlisted;
  const common = (name: Name) => ({ world: worlds[name], apiKey: API_KEY, now, ...hooks[name] });
  const servers: Readonly<Record<Name, SourceServer>> = {
    morphik: await startMorphikSimulator({ hasWorkflows, ...common('morphik') }),
    noxus: await startNoxusSimulator({ order: 'newest_first', definitionBytes: 200, ...common('noxus') }),
    'stack-1': await startKnowledgeStackSimulator({ generation: 1, isListed, ...common('stack-1') }),
    'stack-2': await startKnowledgeStackSimulator({ generation: 2, isListed, ...common('stack-2') }),
  };
  for (const name of NAMES) onTestFinished(() => servers[name].close());
  const doors = {
    morphik: await openFrontDoor(servers.morphik.url),
    noxus: await openFrontDoor(servers.noxus.url),
    'stack-1': await openFrontDoor(servers['stack-1'].url),
    'stack-2': await openFrontDoor(servers['stack-2'].url),
  };
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  const cwd = freshFolder();
  writeFileSync(join(cwd, 'runledger.yaml'), settingsFor(doors));
  return { worlds, servers, doors, given: { cwd, env: { KEY: API_KEY, DATABASE_URL: database.url } }, databaseUrl: database.url };
}

function settingsFor(doors: AllSystems['doors']): string {
  const lines = NAMES.map((name) => {
    const connector = name.startsWith('stack') ? 'knowledge_stack' : name;
    // A source that is down is given up in a second and not in half a minute.
    const requests = '{ per_second: 1000, max_wait: 100ms }';
    return `  ${name}: { connector: ${connector}, base_url: "${doors[name].url}", api_key: "\${KEY}", requests: ${requests} }\n`;
  });
  return `connections:\n${lines.join('')}`;
}

function eachOf<T>(make: (name: Name, index: number) => T): Record<Name, T> {
  const [morphik, noxus, first, second] = NAMES;
  return { morphik: make(morphik, 0), noxus: make(noxus, 1), 'stack-1': make(first, 2), 'stack-2': make(second, 3) };
}
