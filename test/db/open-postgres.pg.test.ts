import { createServer, type AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { expect, inject, it, onTestFinished } from 'vitest';
import { openLedger, type Ledger, type OpenLedgerOptions } from '../../src/db/open-ledger.ts';
import type { RunledgerError } from '../../src/model/errors.ts';
import { asAdmin, freshDatabase, withConnection, type FreshDatabaseOptions, type TestDatabase } from '../support/database.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { freshLedger, LEDGER_KINDS, silent } from '../support/ledger.ts';

it('opens an empty database for writing, and says where it is without the password', async () => {
  const database = await newDatabase();
  const ledger = await open(database.url);
  const { hostname, port, username, password } = new URL(database.url);
  expect(ledger.place).toBe(`postgres://${username}@${hostname}:${port}/${database.name}`);
  expect(ledger.place).not.toContain(password);
});

it('reads only where a ledger is', async () => {
  const database = await newDatabase();
  expect(await failure(open(database.url, { mode: 'read' }))).toMatchObject({
    code: 'no_ledger',
    hint: expect.stringContaining('runledger') as string,
  });
});

it("takes libpq's variables for what the URL does not say", async () => {
  const database = await newDatabase();
  const { hostname, port, username, password } = new URL(database.url);
  const environment = {
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: database.name,
    PGAPPNAME: 'from the variable',
  };
  const ledger = await openLedger({ database: { kind: 'postgres', url: null }, mode: 'write', log: silent, environment });
  onTestFinished(() => ledger.close());
  const { rows } = await sql`select current_database() as name, current_setting('application_name') as application`.execute(ledger.db);
  expect(rows).toEqual([{ name: database.name, application: 'from the variable' }]);
});

it('says that nothing listens there', async () => {
  const error = await failure(open(`postgres://u:topsecret@127.0.0.1:${await closedPort()}/d`));
  expect(error).toMatchObject({
    code: 'ledger_unreachable',
    message: expect.stringMatching(/could not connect to postgres:\/\/u@127.0.0.1:\d+\/d: nothing answers/) as string,
  });
  expect(everythingOf(error)).not.toContain('topsecret');
});

it('says that a host is not known', async () => {
  expect(await failure(open('postgres://u@no-such-host.invalid/d'))).toMatchObject({
    code: 'ledger_unreachable',
    message: expect.stringContaining('no-such-host.invalid is not known') as string,
  });
});

it('says that what answers is no Postgres', async () => {
  const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  expect(await failure(open(`postgres://u@127.0.0.1:${port}/d`))).toMatchObject({ code: 'ledger_unreachable' });
});

it('gives up on a server that never answers', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const error = await failure(open(`postgres://u@127.0.0.1:${port}/d?connect_timeout=1`));
  expect(error).toMatchObject({ code: 'ledger_unreachable', message: expect.stringContaining('nothing answers') as string });
});

it('stops connecting when told to', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const error = await failure(open(`postgres://u@127.0.0.1:${port}/d`, { signal: AbortSignal.timeout(100) }));
  expect(error.code).toBe('aborted');
});

it('says that the password is wrong, or that there is none, without saying what it is', async () => {
  const wrong = new URL(inject('adminUrl'));
  wrong.password = 'topsecret';
  const error = await failure(open(wrong.href));
  expect(error).toMatchObject({ code: 'ledger_denied', message: expect.stringContaining('does not accept the password') as string });
  expect(everythingOf(error)).not.toContain('topsecret');
  wrong.password = '';
  expect(await failure(open(wrong.href, { environment: {} }))).toMatchObject({
    code: 'ledger_denied',
    message: expect.stringContaining('none is set') as string,
  });
});

it('leaves no connection open when it is not let in', async () => {
  const proxy = await startCuttingProxy(inject('adminUrl'));
  onTestFinished(() => proxy.close());
  const noPassword = new URL(proxy.url);
  noPassword.password = '';
  expect(await failure(open(noPassword.href, { environment: {} }))).toMatchObject({ code: 'ledger_denied' });
  await expect.poll(proxy.open, { timeout: 30_000 }).toBe(0);
});

it('says that the database is not there', async () => {
  const url = new URL(inject('adminUrl'));
  url.pathname = '/no_such_database';
  expect(await failure(open(url.href))).toMatchObject({
    code: 'ledger_unreachable',
    message: expect.stringContaining('"no_such_database"') as string,
  });
});

it.each(['LATIN1', 'SQL_ASCII'])('refuses a database that keeps its texts as %s', async (encoding) => {
  const database = await newDatabase({ options: `encoding '${encoding}' lc_collate 'C' lc_ctype 'C'` });
  expect(await failure(open(database.url))).toMatchObject({
    code: 'ledger_not_utf8',
    message: expect.stringContaining(encoding) as string,
  });
});

it('refuses to write where the database is read-only, and reads there', async () => {
  const ledger = await freshLedger('postgres');
  const url = ledger.target.kind === 'postgres' ? (ledger.target.url ?? '') : '';
  await asAdmin((client) => client.query(`alter database ${new URL(url).pathname.slice(1)} set default_transaction_read_only = on`));
  expect(await failure(open(url))).toMatchObject({ code: 'ledger_read_only' });
  await open(url, { mode: 'read' });
});

it('survives the end of its connections, idle or in use, and connects anew', async () => {
  const database = await newDatabase();
  const ledger = await open(database.url);
  const pid = async (): Promise<number> =>
    (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(ledger.db)).rows[0]?.pid ?? 0;
  const first = await pid();
  await asAdmin((client) => client.query('select pg_terminate_backend($1)', [first]));
  await expect.poll(pid, { timeout: 30_000 }).not.toBe(first);
  await ledger.db.connection().execute(async (db) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
    await asAdmin((client) => client.query('select pg_terminate_backend($1)', [rows[0]?.pid]));
    // Nothing waits for an answer while the news arrives.
    await new Promise((resolve) => setTimeout(resolve, 100));
    await expect(sql`select 1`.execute(db)).rejects.toThrow();
  });
  expect((await sql`select 1 as one`.execute(ledger.db)).rows).toEqual([{ one: 1 }]);
});

it('reads times alike, whatever style and zone the database is set to', async () => {
  const database = await newDatabase();
  await asAdmin(async (client) => {
    await client.query(`alter database ${database.name} set timezone = 'Asia/Kolkata'`);
    await client.query(`alter database ${database.name} set datestyle = 'German, DMY'`);
  });
  await withConnection(database.url, async (client) => {
    expect((await client.query<{ now: string }>('select now()::text as now')).rows[0]?.now).toMatch(/IST$/);
  });
  const ledger = await open(database.url);
  const { rows } = await sql`select '2024-05-06T07:08:09.123456Z'::timestamptz as at`.execute(ledger.db);
  expect(rows).toEqual([{ at: '2024-05-06T07:08:09.123456Z' }]);
});

it.each(LEDGER_KINDS)('gives and takes values of every type exactly, in %s', async (kind) => {
  const ledger = await freshLedger(kind);
  const at = '2024-05-06T07:08:09.123456Z';
  const { rows } = await sql`
    select
      ${9_007_199_254_740_993n}::bigint as big,
      (${at}::timestamptz) as at,
      ${Buffer.from([0, 255, 92])}::bytea as bytes,
      ${JSON.stringify({ a: [1, 'ü', null] })}::jsonb as json,
      1.10::numeric as exact,
      date '2024-05-06' as day,
      ${['a', 'b,"c', '']}::text[] as texts,
      array[1, null]::bigint[] as bigs,
      array[${at}::timestamptz] as times,
      ${null}::text as nothing,
      true as yes,
      1.5::float8 as half`.execute(ledger.db);
  expect(rows).toEqual([
    {
      big: 9_007_199_254_740_993n,
      at,
      bytes: Buffer.from([0, 255, 92]),
      json: { a: [1, 'ü', null] },
      exact: '1.10',
      day: '2024-05-06',
      texts: ['a', 'b,"c', ''],
      bigs: [1n, null],
      times: [at],
      nothing: null,
      yes: true,
      half: 1.5,
    },
  ]);
});

it('prepares nothing under a name, which a pooler would give to others', async () => {
  const ledger = await freshLedger('postgres');
  await ledger.db.connection().execute(async (db) => {
    await sql`select ${1}::int`.execute(db);
    const { rows } = await sql`select name from pg_prepared_statements`.execute(db);
    expect(rows).toEqual([]);
  });
});

async function newDatabase(options: FreshDatabaseOptions = {}): Promise<TestDatabase> {
  const database = await freshDatabase(options);
  onTestFinished(() => database.drop());
  return database;
}

async function open(url: string, options: Partial<OpenLedgerOptions> = {}): Promise<Ledger> {
  const ledger = await openLedger({ database: { kind: 'postgres', url }, mode: 'write', log: silent, ...options });
  onTestFinished(() => ledger.close());
  return ledger;
}

async function failure(promise: Promise<unknown>): Promise<RunledgerError> {
  return promise.then(
    () => {
      throw new Error('nothing failed');
    },
    (error: unknown) => error as RunledgerError,
  );
}

function everythingOf(error: RunledgerError): string {
  return [error.message, error.hint, error.stack, JSON.stringify(error.cause), String(error.cause)].join('\n');
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
