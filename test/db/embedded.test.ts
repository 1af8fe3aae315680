import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { EMBEDDED_POSTGRES } from '../../src/db/embedded-folder.ts';
import { migrate } from '../../src/db/migrate.ts';
import { openLedger, type Ledger } from '../../src/db/open-ledger.ts';

const log = pino({ level: 'silent' });

/** Made once, because it takes seconds, and copied. */
const made = mkdtempSync(join(tmpdir(), 'runledger-embedded-'));

beforeAll(async () => {
  const ledger = await openLedger({ database: { kind: 'embedded', path: join(made, 'ledger') }, mode: 'write', log });
  await migrate(ledger, { log });
  await ledger.close();
});

afterAll(() => {
  rmSync(made, { recursive: true, force: true });
});

it('keeps what was written, and opens again', async () => {
  const path = copiedLedger();
  const first = await open(path);
  await sql`insert into runledger.workflows (connection, workflow_id, name, seen_at) values ('c', 'w', 'Invoices', now())`.execute(
    first.db,
  );
  await first.close();
  const second = await open(path, 'read');
  expect(await second.db.selectFrom('runledger.workflows').select('name').execute()).toEqual([{ name: 'Invoices' }]);
  expect(second.place).toBe(`embedded:${path}`);
  expect(readdirSync(path).sort()).toEqual(['.gitignore', 'data', 'lock']);
});

it('is the Postgres whose files it says it can open', async () => {
  const ledger = await open(copiedLedger());
  const { rows } = await sql<{ version: string }>`select current_setting('server_version') as version`.execute(ledger.db);
  expect(rows[0]?.version.split('.')[0]).toBe(EMBEDDED_POSTGRES);
});

it('opens for one at a time, and says who has it', async () => {
  const path = copiedLedger();
  await open(path);
  await expect(open(path, 'read')).rejects.toMatchObject({
    code: 'ledger_locked',
    message: expect.stringContaining(`by process ${process.pid}`) as string,
  });
});

it('opens for one process at a time, and again as soon as that one is killed, with all that it had committed', async () => {
  const path = copiedLedger();
  const child = holder(path);
  const committed = await untilLine(child, 20);
  await expect(open(path)).rejects.toMatchObject({
    code: 'ledger_locked',
    message: expect.stringMatching(new RegExp(`in use by process ${String(child.pid)} \\(hold-ledger\\.ts\\) on .+ since 2`)) as string,
    hint: expect.stringContaining('a sync may be running') as string,
  });
  await kill(child);
  const ledger = await open(path);
  const { rows } = await sql<{ count: bigint; total: bigint }>`
    select count(*), sum(length(name))::bigint as total from runledger.workflows`.execute(ledger.db);
  expect(rows[0]?.count).toBeGreaterThanOrEqual(BigInt(committed));
  expect(rows[0]?.total).toBe((rows[0]?.count ?? 0n) * 5000n);
});

it('recovers from a first start that was killed', async () => {
  const path = newPath();
  const child = holder(path);
  const starting = (): boolean => existsSync(path) && readdirSync(path).some((name) => name.startsWith('data.new-'));
  while (!starting()) await sleep(5);
  await kill(child);
  expect(readdirSync(path)).not.toContain('data');
  await expect(open(path, 'read')).rejects.toMatchObject({ code: 'no_ledger' });
  const ledger = await open(path);
  expect((await migrate(ledger, { log })).applied).toContain('0001_ledger');
  expect(starting()).toBe(false);
});

it('tidies up after much was written, because nobody else does', async () => {
  const path = copiedLedger();
  const first = await open(path);
  await sql`insert into runledger.workflows (connection, workflow_id, name, seen_at) select 'c', n::text, repeat('x', 1000), now() from generate_series(1, 5000) n`.execute(
    first.db,
  );
  await first.close();
  const second = await open(path, 'read');
  const { rows } = await sql`select reltuples from pg_class where oid = 'runledger.workflows'::regclass`.execute(second.db);
  expect(rows).toEqual([{ reltuples: 5000 }]);
});

it('creates nothing when it is only to be read', async () => {
  const path = newPath();
  await expect(open(path, 'read')).rejects.toMatchObject({ code: 'no_ledger', hint: expect.stringContaining('runledger sync') as string });
  expect(existsSync(path)).toBe(false);
});

it('refuses a folder of something else, and a file, and leaves them as they are', async () => {
  const path = newPath();
  mkdirSync(path);
  writeFileSync(join(path, 'thesis.tex'), 'x');
  for (const mode of ['read', 'write'] as const) {
    await expect(open(path, mode)).rejects.toMatchObject({
      code: 'bad_settings',
      message: expect.stringContaining('thesis.tex') as string,
    });
    await expect(open(join(path, 'thesis.tex'), mode)).rejects.toMatchObject({
      code: 'bad_settings',
      message: expect.stringContaining('is a file') as string,
    });
  }
  expect(readdirSync(path)).toEqual(['thesis.tex']);
});

it('refuses the files of another Postgres version, and says which way to go', async () => {
  const path = newPath();
  mkdirSync(join(path, 'data'), { recursive: true });
  writeFileSync(join(path, 'data', 'PG_VERSION'), '16\n');
  await expect(open(path)).rejects.toMatchObject({ code: 'ledger_behind', message: expect.stringContaining('Postgres 16') as string });
  writeFileSync(join(path, 'data', 'PG_VERSION'), '99\n');
  await expect(open(path, 'read')).rejects.toMatchObject({ code: 'ledger_newer' });
});

it('says that damaged files do not start, and lets the lock go', async () => {
  const path = newPath();
  mkdirSync(join(path, 'data'), { recursive: true });
  writeFileSync(join(path, 'data', 'PG_VERSION'), `${EMBEDDED_POSTGRES}\n`);
  for (let i = 0; i < 2; i += 1) {
    await expect(open(path)).rejects.toMatchObject({
      code: 'ledger_unreachable',
      message: expect.stringContaining('does not start') as string,
    });
  }
});

it('runs scripts of several statements, and a failing one leaves nothing behind', async () => {
  const ledger = await open(copiedLedger());
  const script = sql.raw(
    'create table a (n int); create function f() returns int language sql as $$ select 1; $$; insert into a values (1), (2);',
  );
  await ledger.db.transaction().execute((trx) => script.execute(trx));
  expect((await sql`select f() as f, n from a`.execute(ledger.db)).rows).toEqual([
    { f: 1, n: 1 },
    { f: 1, n: 2 },
  ]);
  await expect(ledger.db.transaction().execute((trx) => sql.raw('insert into a values (3); select 1 / 0;').execute(trx))).rejects.toThrow(
    'division by zero',
  );
  expect((await sql`select count(*) from a`.execute(ledger.db)).rows).toEqual([{ count: 2n }]);
});

async function open(path: string, mode: 'read' | 'write' = 'write'): Promise<Ledger> {
  const ledger = await openLedger({ database: { kind: 'embedded', path }, mode, log });
  onTestFinished(() => ledger.close());
  return ledger;
}

function copiedLedger(): string {
  const path = newPath();
  cpSync(join(made, 'ledger'), path, { recursive: true });
  return path;
}

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'runledger-embedded-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return join(folder, 'ledger');
}

type Child = ChildProcessByStdio<null, Readable, null>;

function holder(path: string): Child {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'hold-ledger.ts'), path], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => kill(child));
  return child;
}

async function kill(child: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** @returns the last number that the child said, at least the one asked for */
async function untilLine(child: Child, number: number): Promise<number> {
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  for (;;) {
    const said = Number(text.split('\n').at(-2) ?? '0');
    if (said >= number) return said;
    await sleep(20);
  }
}
