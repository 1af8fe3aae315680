import pg from 'pg';
import { expect, onTestFinished } from 'vitest';

/** A session of somebody else's with a transaction open, whose locks others wait for. */
export interface BlockingSession {
  /** Also a statement that itself has to wait for a lock: it resolves once it has it. */
  run(statement: string): Promise<void>;
  /** Resolves once another session waits for this one. */
  untilBlocking(): Promise<void>;
  /** Resolves once this one waits for another. */
  untilBlocked(): Promise<void>;
  /** Ends the transaction, and with it all waiting. */
  release(): Promise<void>;
}

/** @param url of a superuser: it is itself never the victim of a deadlock, because it does not look for one */
export async function startBlocking(url: string): Promise<BlockingSession> {
  const [session, watcher] = [await connect(url), await connect(url)];
  onTestFinished(async () => {
    await Promise.all([session.end(), watcher.end()]);
  });
  const { rows } = await session.query<{ pid: number }>(`select pg_backend_pid() as pid`);
  const pid = rows[0]?.pid ?? 0;
  await session.query(`set deadlock_timeout = '1h'`);
  await session.query('begin');
  const until = (question: string): Promise<void> =>
    expect
      .poll(async () => (await watcher.query<{ answer: boolean }>(`select ${question} as answer`, [pid])).rows[0]?.answer, {
        interval: 10,
        timeout: 60_000,
      })
      .toBe(true);
  return {
    run: async (statement) => {
      await session.query(statement);
    },
    untilBlocking: () => until('exists (select from pg_locks where not granted and $1::int = any(pg_blocking_pids(pid)))'),
    untilBlocked: () => until('cardinality(pg_blocking_pids($1::int)) > 0'),
    release: async () => {
      await session.query('commit');
    },
  };
}

/** A server that restarts ends these sessions, too, and an error that nobody listens to would end the test run. */
async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
