import pg from 'pg';
import { sql } from 'kysely';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { openLedger, type Ledger } from '../../src/db/open-ledger.ts';
import { addMicros } from '../../src/model/instant.ts';
import { countAsOf } from '../../src/publish/read-as-of.ts';
import { readHistory } from '../../src/publish/read-history.ts';
import { readReport } from '../../src/publish/read-report.ts';
import { readStatus } from '../../src/publish/read-status.ts';
import { runQuery } from '../../src/publish/run-query.ts';
import { migrateLedger } from '../../src/sync/migrate-ledger.ts';
import { verifyLedger } from '../../src/sync/verify.ts';
import { freshDatabase } from '../support/database.ts';
import { silent } from '../support/ledger.ts';
import { findPgBouncer, POOL_SIZE, startPgBouncer, type PgBouncer } from '../support/pgbouncer.ts';
import { START, startRig } from '../sync/rig.ts';
import { startBlocking } from './blocking-session.ts';
import { startRetryLog } from './retry-log.ts';
import { plainStory, startStory } from './scan-story.ts';

const program = findPgBouncer();
const isLeftOut = program === null && process.env['TEST_PGBOUNCER'] !== 'required';

let pooler: PgBouncer;

describe.skipIf(isLeftOut)(`PgBouncer in transaction mode${isLeftOut ? ' (left out: pgbouncer is not installed)' : ''}`, () => {
  beforeAll(async () => {
    if (program === null) throw new Error('pgbouncer is not installed, and TEST_PGBOUNCER=required. On Debian: apt-get install pgbouncer');
    pooler = await startPgBouncer(program, inject('adminUrl'));
    return () => pooler.stop();
  });

  it('is a way to a ledger that is migrated, filled, read and verified as without it', async () => {
    const { ledger, direct } = await openBoth();
    const story = await startStory();
    expect((await story.sync(ledger)).streams).toEqual((await plainStory()).streams);
    await story.expectFirst(ledger);
    await story.expectSecond(ledger);
    expect(await answersOf(ledger)).toEqual(await answersOf(direct));
  });

  it('lets one of two syncs at once do the work, and the other says who holds the stream', async () => {
    const { ledger, direct } = await openBoth();
    const story = await startStory();
    const results = await Promise.all([story.sync(ledger), story.sync(ledger)]);
    const [other, worker] = results.flatMap(({ streams }) => streams).sort((a, b) => (a.status < b.status ? -1 : 1));
    expect(other).toMatchObject({ status: 'skipped', error: { message: expect.stringMatching(/process \d+/) as string } });
    expect([worker]).toEqual((await plainStory()).streams);
    await story.expectFirst(direct);
  });

  it('gives to others what a sync has used as it would be anew: settings, locks, statements and temporary tables', async () => {
    const { ledger, direct, url, directUrl } = await openBoth();
    const rig = await startRig({ world: { runs: 60 } });
    onTestFinished(() => rig.close());
    await rig.sync(ledger);
    await answersOf(ledger);
    const used = await serverConnections(direct);
    expect(used.length).toBeGreaterThan(0);
    const [anew] = await takeAll(directUrl, 1);
    const others = await takeAll(url, POOL_SIZE);
    expect(others.map(({ pid }) => pid)).toEqual(expect.arrayContaining([...used]));
    expect(others.map(({ left }) => left)).toEqual(others.map(() => anew?.left));
  });

  it('may be killed and started again in the middle of a batch: the sync goes on as if nothing had been', async () => {
    const { ledger, direct, directUrl } = await openBoth();
    const story = await startStory();
    const { log, met } = startRetryLog();
    const session = await startBlocking(directUrl);
    const { done } = await story.syncToMiddle(ledger, () => session.run('select from runledger.ledger_head for update'), { log });
    await session.untilBlocking();
    await pooler.restart();
    // Only now does the server find that nobody waits for what the batch was doing.
    await session.release();
    expect((await done).streams).toEqual((await plainStory()).streams);
    expect(met()).toContain('Connection terminated unexpectedly');
    await story.expectFirst(direct);
    await story.expectSecond(ledger);
  });
});

interface Both {
  /** Through the pooler, and migrated through it. */
  readonly ledger: Ledger;
  readonly url: string;
  readonly direct: Ledger;
  readonly directUrl: string;
}

async function openBoth(): Promise<Both> {
  const database = await freshDatabase({ options: `encoding 'UTF8'` });
  const url = pooler.urlOf(database.name);
  const open = (through: string): Promise<Ledger> =>
    openLedger({ database: { kind: 'postgres', url: through }, mode: 'write', log: silent });
  const [ledger, direct] = [await open(url), await open(database.url)];
  onTestFinished(async () => {
    await Promise.all([ledger.close(), direct.close()]);
    await database.drop();
  });
  await migrateLedger(ledger, { log: silent });
  return { ledger, url, direct, directUrl: database.url };
}

/** What the reading commands say. */
async function answersOf(ledger: Ledger): Promise<unknown> {
  const now = addMicros(START, 86_400_000_000n);
  const { rows } = await sql<{ record_id: string }>`select record_id from runledger.records order by record_id limit 1`.execute(ledger.db);
  const recordId = rows[0]?.record_id ?? '';
  return {
    status: await readStatus(ledger, { now }),
    report: await readReport(ledger, { since: addMicros(START, -7n * 86_400_000_000n), until: now, by: 'workflow', timeZone: 'UTC' }),
    history: await readHistory(ledger, { connection: 'noxus-main', stream: 'runs', recordId }),
    asOf: await countAsOf(ledger, { validAt: START, knownAt: null, knownPosition: null }),
    query: await runQuery(ledger, 'select count(*) from runledger.events'),
    verify: await verifyLedger(ledger),
  };
}

/** The server's own, by process id. */
async function serverConnections(direct: Ledger): Promise<readonly number[]> {
  const { rows } = await sql<{ pid: number }>`
    select pid from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`.execute(direct.db);
  return rows.map(({ pid }) => pid);
}

interface Session {
  readonly pid: number;
  /** What somebody before may have left in it. */
  readonly left: unknown;
}

/** What an application finds in the sessions that it is given: all of the pool, because it takes as many at once. */
async function takeAll(url: string, count: number): Promise<readonly Session[]> {
  const clients = Array.from({ length: count }, () => new pg.Client({ connectionString: url }));
  try {
    for (const client of clients) {
      await client.connect();
      await client.query('begin');
    }
    return await Promise.all(clients.map(async (client) => (await client.query<Session>(SESSION)).rows[0] ?? { pid: 0, left: null }));
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

/** Settings with a dot are an extension's, and there once it was used. */
const SESSION = `
  select
    pg_backend_pid() as pid,
    jsonb_build_object(
      'settings', (select jsonb_object_agg(name, setting) from pg_settings where name <> 'application_name' and name not like '%.%'),
      'advisory locks', (select count(*) from pg_locks where pid = pg_backend_pid() and locktype = 'advisory'),
      'prepared statements', (select count(*) from pg_prepared_statements where name <> ''),
      'cursors', (select count(*) from pg_cursors where name <> ''),
      'channels', (select count(*) from pg_listening_channels()),
      'temporary schema', pg_my_temp_schema()
    ) as "left"`;
