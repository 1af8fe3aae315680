import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { grantStatements } from '../../src/publish/grants.ts';
import { asAdmin, freshDatabase, withConnection } from '../support/database.ts';
import { freshLedger } from '../support/ledger.ts';
import { freshFolder } from './folder.ts';
import { runCommand } from './run-command.ts';
import { API_KEY, startSource } from './source.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'bin', 'runledger.js');

/** Its results go into a pipe that is closed at once, or at the first byte of them, as `| head` does. */
async function runUnread(
  args: readonly string[],
  closes: 'at once' | 'at the first byte',
  env: Record<string, string>,
): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
  });
  if (closes === 'at once') child.stdout.destroy();
  else child.stdout.once('data', () => child.stdout.destroy());
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
}

describe('the program', () => {
  it('says in one line that a Node is too old, and ends with 2', async () => {
    const pretend = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"22.17.9"})';
    const { code, stdout, stderr } = await runCommand(['--version'], { cwd: freshFolder(), nodeOptions: ['--import', pretend] });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: runledger needs Node\.js 22\.18 or newer, and this is v[\d.]+\n$/);
  });

  it('prints nothing on stderr when all is well', async () => {
    expect(await runCommand(['--version'], { cwd: freshFolder() })).toMatchObject({ code: 0, stderr: '' });
  });

  it('ends quietly when nobody reads its help', async () => {
    expect(await runUnread(['--help'], 'at once', {})).toEqual({ code: 0, stderr: '' });
  });

  it('ends quietly when nobody reads its results to their end', async () => {
    const ledger = await freshLedger('postgres');
    const url = ledger.target.kind === 'postgres' ? (ledger.target.url ?? '') : '';
    const sql = `select repeat('x', 1000) as text from generate_series(1, 2000)`;
    expect(await runUnread(['query', sql], 'at the first byte', { DATABASE_URL: url })).toEqual({ code: 0, stderr: '' });
  });
});

describe('a signal that comes while the program is still being loaded', () => {
  const atLoading =
    'data:text/javascript,import{registerHooks}from"node:module";registerHooks({load(url,context,next){' +
    'if(url.endsWith("/cli/main.ts"))process.kill(process.pid,"SIGTERM");return next(url,context)}})';

  it.each([
    [['sync'], 143],
    [['migrate'], 143],
    [['demo'], 143],
    [['status'], 143],
    [['sync', '--every', '5m'], 0],
  ])('ends %j before it has begun, with %i', async (args, expected) => {
    const source = await startSource({ runs: 1 });
    const cwd = freshFolder();
    const env = args[0] === 'demo' ? {} : { ...source.env, DATABASE_URL: 'embedded' };
    const { code, signal, stdout } = await runCommand(args, { cwd, env, nodeOptions: ['--import', atLoading] });
    expect([code, signal, stdout]).toEqual([expected, null, '']);
    expect(source.server.requests).toEqual([]);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe('the embedded ledger', () => {
  it('is made by the first sync, lies where the settings say, and answers the reading commands', async () => {
    const source = await startSource({ runs: 5 });
    const cwd = freshFolder();
    const env = { ...source.env, DATABASE_URL: 'embedded:ledger' };
    expect((await runCommand(['check'], { cwd, env })).stdout).toMatch(
      /^database: ok, .*ledger \(no ledger yet; the first sync makes it\)\nnoxus \(noxus at /,
    );
    const synced = await runCommand(['sync'], { cwd, env });
    expect(synced.code, synced.stderr).toBe(0);
    expect(synced.stdout).toContain('noxus runs: 5 new');
    expect((await runCommand(['query', 'select count(*) from runledger.runs', '--json'], { cwd, env })).stdout).toContain('"count": 5');
  });

  it('is open to one process at a time, and says which one has it', async () => {
    const held = Promise.withResolvers<undefined>();
    const go = Promise.withResolvers<undefined>();
    const source = await startSource({
      runs: 1,
      latency: async () => {
        held.resolve(undefined);
        await go.promise;
      },
    });
    const given = { cwd: freshFolder(), env: { ...source.env, DATABASE_URL: 'embedded' } };
    const syncing = runCommand(['sync'], given);
    await held.promise;
    const { code, stderr } = await runCommand(['status'], given);
    go.resolve(undefined);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/^error: .*\nhint: /)]);
    expect((await syncing).code).toBe(0);
  });
});

describe('check', () => {
  it('tells what works and what does not, and what to do', async () => {
    const source = await startSource({ runs: 2 });
    const cwd = freshFolder();
    const good = await runCommand(['check'], { cwd, env: { ...source.env, DATABASE_URL: 'embedded' } });
    expect(good.code, good.stdout).toBe(0);
    expect(good.stdout).toMatch(/^noxus \(noxus at http:.*\): ok, account .*\n {2}runs: ok, /m);

    const env = { ...source.env, NOXUS_API_KEY: 'another-key', DATABASE_URL: 'postgres://me:pw-secret@127.0.0.1:1/x' };
    const bad = await runCommand(['check', '--json'], { cwd, env });
    expect(bad.code).toBe(3);
    expect(JSON.parse(bad.stdout)).toMatchObject({
      database: { ok: false, code: 'ledger_unreachable' },
      connections: [{ connection: 'noxus', connector: 'noxus', base_url: source.server.url, ok: false, code: 'source_unauthorized' }],
    });
    for (const secret of ['pw-secret', 'another-key', API_KEY]) expect(bad.stdout + bad.stderr).not.toContain(secret);
  });
});

describe('check of a Postgres', () => {
  it('says what the first sync will do, and what this user may not', async () => {
    const source = await startSource({ runs: 1 });
    const database = await freshDatabase();
    const ledger = await freshLedger('postgres');
    const role = `checker_${Math.random().toString(36).slice(2, 8)}`;
    const owned = ledger.target.kind === 'postgres' ? (ledger.target.url ?? '') : '';
    await asAdmin((client) => client.query(`create role ${role} login password 'x'`));
    try {
      await withConnection(owned, (client) => client.query(grantStatements(role)));
      const as = (url: string): string => Object.assign(new URL(url), { username: role, password: 'x' }).href;
      const check = (url: string) => runCommand(['check'], { cwd: freshFolder(), env: { ...source.env, DATABASE_URL: url } });
      expect(await check(database.url)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^database: ok, postgres:.* \(no ledger yet; the first sync makes it\)\n/) as unknown,
      });
      expect(await check(owned)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^database: ok, postgres:[^()]*\nnoxus /) as unknown,
      });
      expect(await check(as(database.url))).toMatchObject({
        code: 3,
        stdout: expect.stringMatching(/^database: failed\n .*may not create the schema runledger\n {2}hint: grant create on/) as unknown,
      });
      expect(await check(as(owned))).toMatchObject({
        code: 3,
        stdout: expect.stringMatching(/^database: failed\n .*may not write to it\n {2}hint: /) as unknown,
      });
    } finally {
      await withConnection(owned, (client) => client.query(`drop owned by ${role}`));
      await asAdmin((client) => client.query(`drop role ${role}`));
      await database.drop();
    }
  });
});

describe('track', () => {
  it('adds ids from arguments and from stdin, each once, and the next sync reads them', async () => {
    const source = await startSource({ runs: 2, isListed: () => false });
    const [first, second] = source.world.runs;
    const given = { cwd: freshFolder(), env: { ...source.env, DATABASE_URL: 'embedded' } };
    const added = await runCommand(['track', 'noxus', 'runs', first?.id ?? '', '-', '--json'], {
      ...given,
      stdin: `\n ${second?.id ?? ''} \r\n`,
    });
    expect(added.code, added.stderr).toBe(0);
    expect(JSON.parse(added.stdout)).toEqual({ connection: 'noxus', stream: 'runs', added: 2, known: 0 });
    expect((await runCommand(['track', 'noxus', 'runs', first?.id ?? ''], given)).stdout).toBe(
      '0 records added to those that every sync of noxus reads, 1 known already\n',
    );
    expect((await runCommand(['sync'], given)).stdout).toMatch(/^noxus runs: 2 new/);
  });
});
