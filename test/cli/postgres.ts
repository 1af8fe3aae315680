import { onTestFinished } from 'vitest';
import { freshDatabase, withConnection } from '../support/database.ts';

/** @returns the URL of an empty database, until the test is over */
export async function freshPostgres(): Promise<string> {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  return database.url;
}

export async function select<T extends object>(url: string, sql: string): Promise<T[]> {
  return withConnection(url, async (client) => (await client.query<T>(sql)).rows);
}
