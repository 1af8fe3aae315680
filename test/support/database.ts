import pg from 'pg';
import { inject } from 'vitest';

/** A database of a test's own. */
export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  /** Drops it, whoever is still connected. */
  drop(): Promise<void>;
}

export interface FreshDatabaseOptions {
  /** A database to copy. */
  readonly template?: string;
  /** What `create database` takes besides, such as `encoding 'LATIN1'`. */
  readonly options?: string;
}

let count = 0;

/** @returns an empty database, or a copy of another one */
export async function freshDatabase({ template = 'template0', options = '' }: FreshDatabaseOptions = {}): Promise<TestDatabase> {
  count += 1;
  const name = `${inject('databasePrefix')}${process.pid}_${count}_${Math.random().toString(36).slice(2, 8)}`;
  await asAdmin(async (client) => {
    await client.query(`create database ${name} template ${template} ${options}`);
    // Nothing in it outlives the tests. The servers that they start write so anyway, one that is given may wait for its disk at every commit.
    await client.query(`alter database ${name} set synchronous_commit = off`);
  });
  return {
    name,
    url: databaseUrl(name),
    drop: async () => {
      await asAdmin((client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}

export function databaseUrl(name: string): string {
  const url = new URL(inject('adminUrl'));
  url.pathname = `/${name}`;
  return url.href;
}

/** Runs with a connection of a superuser to the server's own database. */
export async function asAdmin<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  return withConnection(inject('adminUrl'), work);
}

export async function withConnection<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
