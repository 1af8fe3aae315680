import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, inject, it, onTestFinished } from 'vitest';
import { readVersion } from '../../src/db/check-schema.ts';
import { migrate } from '../../src/db/migrate.ts';
import { migrationNames } from '../../src/db/migration-files.ts';
import { openLedger, type Ledger } from '../../src/db/open-ledger.ts';
import { GENESIS_HASH } from '../../src/model/genesis.ts';
import { asAdmin, freshDatabase, withConnection, type TestDatabase } from '../support/database.ts';
import { freshLedger, LEDGER_KINDS, silent } from '../support/ledger.ts';

it('makes the schema once, and says what it applied', async () => {
  const ledger = await open(await newDatabase());
  expect(await readVersion(ledger.db)).toBeNull();
  expect(await migrate(ledger, { log: silent })).toEqual({ applied: migrationNames(), version: migrationNames().at(-1) });
  expect(await migrate(ledger, { log: silent })).toEqual({ applied: [], version: migrationNames().at(-1) });
  expect(await readVersion(ledger.db)).toBe(migrationNames().at(-1));
});

it.each(LEDGER_KINDS)('begins the chain with the genesis value, in %s', async (kind) => {
  const ledger = await freshLedger(kind);
  const rows = await ledger.db.selectFrom('runledger.ledger_head').select(['position', 'chain_hash']).execute();
  expect(rows.map(({ position, chain_hash }) => ({ position, hash: Buffer.from(chain_hash).toString('hex') }))).toEqual([
    { position: 0n, hash: GENESIS_HASH },
  ]);
});

it('is done by one of many that begin at once', async () => {
  const database = await newDatabase();
  const ledgers = await Promise.all(Array.from({ length: 6 }, () => open(database)));
  const results = await Promise.all(ledgers.map((ledger) => migrate(ledger, { log: silent })));
  expect(results.flatMap(({ applied }) => applied)).toEqual(migrationNames());
});

it('is done by one of two processes that begin at once', async () => {
  const database = await newDatabase();
  const children = Array.from({ length: 2 }, () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'migrate-once.ts'), database.url], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    return { child, ended: once(child, 'close'), said: () => said };
  });
  await expect.poll(() => children.every(({ said }) => said().startsWith('ready')), { timeout: 60_000 }).toBe(true);
  for (const { child } of children) child.stdin.end('go\n');
  await Promise.all(children.map(({ ended }) => ended));
  const applied = children.flatMap(({ said }) => JSON.parse(said().split('\n')[1] ?? '') as readonly string[]);
  expect(applied).toEqual(migrationNames());
});

it('leaves nothing of a migration that fails halfway', async () => {
  const database = await newDatabase();
  await withConnection(database.url, (client) => client.query('create schema runledger; create table runledger.attempts (n int)'));
  const ledger = await open(database);
  await expect(migrate(ledger, { log: silent })).rejects.toThrow('already exists');
  const { rows } = await sql`select table_name from information_schema.tables where table_schema = 'runledger'`.execute(ledger.db);
  expect(rows).toEqual([{ table_name: 'attempts' }]);
});

it('is refused where a newer version has been, to write as to read, and by a ledger that is open already', async () => {
  const ledger = await freshLedger('postgres');
  await sql`insert into runledger.migrations values ('9999_future', '2030-01-01T00:00:00.000Z')`.execute(ledger.db);
  const newer = { code: 'ledger_newer', message: expect.stringContaining('9999_future') as string };
  await expect(migrate(ledger, { log: silent })).rejects.toMatchObject(newer);
  for (const mode of ['read', 'write'] as const)
    await expect(openLedger({ database: ledger.target, mode, log: silent })).rejects.toMatchObject(newer);
});

it('is asked for where a ledger is older than the code, when it is only to be read', async () => {
  const ledger = await freshLedger('postgres');
  const last = migrationNames().at(-1) ?? '';
  await sql`delete from runledger.migrations where name = ${last}`.execute(ledger.db);
  const isFirst = migrationNames().length === 1;
  await expect(openLedger({ database: ledger.target, mode: 'read', log: silent })).rejects.toMatchObject({
    code: isFirst ? 'no_ledger' : 'ledger_behind',
    hint: expect.stringContaining('runledger migrate') as string,
  });
});

it('says which right is missing, and needs none where there is nothing to do', async () => {
  const database = await newDatabase();
  const stranger = await newRole(database);
  const theirs = await openLedger({ database: { kind: 'postgres', url: stranger.url }, mode: 'write', log: silent });
  onTestFinished(() => theirs.close());
  await expect(migrate(theirs, { log: silent })).rejects.toMatchObject({
    code: 'ledger_denied',
    hint: expect.stringContaining('grant create on database') as string,
  });
  await migrate(await open(database), { log: silent });
  await expect(openLedger({ database: { kind: 'postgres', url: stranger.url }, mode: 'read', log: silent })).rejects.toMatchObject({
    code: 'ledger_denied',
    hint: expect.stringContaining('runledger grants') as string,
  });
  await withConnection(database.url, (client) =>
    client.query(`grant usage on schema runledger to ${stranger.name}; grant select on runledger.migrations to ${stranger.name}`),
  );
  expect((await migrate(theirs, { log: silent })).applied).toEqual([]);
});

it('finds its lock free again after a pooler would have handed the connection on', async () => {
  const ledger = await open(await newDatabase());
  await migrate(ledger, { log: silent });
  const { rows } =
    await sql`select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`.execute(
      ledger.db,
    );
  expect(rows).toEqual([]);
});

async function newDatabase(): Promise<TestDatabase> {
  const database = await freshDatabase({ options: "encoding 'UTF8'" });
  onTestFinished(() => database.drop());
  return database;
}

async function open({ url }: TestDatabase): Promise<Ledger> {
  const ledger = await openLedger({ database: { kind: 'postgres', url }, mode: 'write', log: silent });
  onTestFinished(() => ledger.close());
  return ledger;
}

/** A role that may connect, and nothing else. */
async function newRole(database: TestDatabase): Promise<{ readonly name: string; readonly url: string }> {
  const name = `${database.name}_role`;
  await asAdmin((client) => client.query(`create role ${name} login password 'secret'`));
  // Hooks run last first: the database, whose rights name the role, is dropped before it.
  onTestFinished(async () => {
    await database.drop();
    await asAdmin((client) => client.query(`drop role ${name}`));
  });
  const url = new URL(inject('adminUrl'));
  url.username = name;
  url.password = 'secret';
  url.pathname = `/${database.name}`;
  return { name, url: url.href };
}
