import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshLedger } from '../support/ledger.ts';
import { freshFolder } from './folder.ts';
import { runCommand } from './run-command.ts';
import { startSource } from './source.ts';

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
  it('is made by the first sync, which has it alone, lies where the settings say, and answers the reading commands', async () => {
    const held = Promise.withResolvers<undefined>();
    const go = Promise.withResolvers<undefined>();
    let isChecked = false;
    const source = await startSource({
      runs: 5,
      latency: async () => {
        if (!isChecked) return;
        held.resolve(undefined);
        await go.promise;
      },
    });
    const cwd = freshFolder();
    const env = { ...source.env, DATABASE_URL: 'embedded:ledger' };
    expect((await runCommand(['check'], { cwd, env })).stdout).toMatch(
      /^database: ok, .*ledger \(no ledger yet; the first sync makes it\)\nnoxus \(noxus at /,
    );
    isChecked = true;
    const syncing = runCommand(['sync'], { cwd, env });
    await held.promise;
    const { code, stderr } = await runCommand(['status'], { cwd, env });
    go.resolve(undefined);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/^error: .*in use by process \d+.*\nhint: /)]);
    const synced = await syncing;
    expect(synced.code, synced.stderr).toBe(0);
    expect(synced.stdout).toContain('noxus runs: 5 new');
    expect((await runCommand(['query', 'select count(*) from runledger.runs', '--json'], { cwd, env })).stdout).toContain('"count": 5');
  });
});
