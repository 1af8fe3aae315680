import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { captureIo } from './captured-io.ts';

let cwd = '';

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'runledger-main-'));
});
afterEach(() => {
  rmSync(cwd, { recursive: true });
});

async function run(args: readonly string[], given: { env?: Record<string, string>; isTerminal?: boolean; stdin?: string } = {}) {
  const io = captureIo({ cwd, ...given });
  const code = await main(args, io);
  return { code, out: io.out(), err: io.err() };
}

describe('the command line', () => {
  it('without a command shows the help on stderr and ends with 2', async () => {
    const { code, out, err } = await run([]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('Usage: runledger [options] [command]');
    expect(err).not.toContain('error:');
  });

  it('tells its version, and helps on stdout with 0', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as unknown, err: '' });
    const help = await run(['sync', '--help']);
    expect([help.code, help.err]).toEqual([0, '']);
    for (const part of ['--every <duration>', 'Examples:', 'runledger sync --every 5m', '--config <file>'])
      expect(help.out).toContain(part);
  });

  it('has an example in the help of every command', async () => {
    const { out } = await run(['--help']);
    const commands = [...out.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name ?? '').filter((name) => name !== 'help');
    expect(commands).toEqual(
      expect.arrayContaining(['init', 'check', 'migrate', 'grants', 'sync', 'track', 'status', 'report', 'history', 'query']),
    );
    for (const command of commands) expect((await run([command, '--help'])).out, command).toContain(`  runledger ${command}`);
  });

  it.each<[string, readonly string[], string]>([
    ['an unknown command', ['snyc'], "error: unknown command 'snyc'\n(Did you mean sync?)\nhint: "],
    ['an unknown option', ['sync', '--evry', '5m'], "error: unknown option '--evry'\n(Did you mean --every?)"],
    ['an option without its value', ['sync', '--every'], "error: option '--every <duration>' argument missing"],
    ['an interval without a unit', ['sync', '--every', '5'], 'A duration is written 500ms, 30s, 5m, 24h or 7d.'],
    ['an interval that no timer can wait', ['sync', '--every', '60d'], 'Between 1s and 24d.'],
    ['two options that exclude each other', ['sync', '--every', '5m', '--dry-run'], 'cannot be used with option'],
    [
      'a limit that is no number',
      ['status', '--max-stuck', '-1'],
      "option '--max-stuck <n>' argument '-1' is invalid. A whole number from 0.",
    ],
    ['a limit of lag that is no duration', ['status', '--max-lag', 'soon'], 'A duration is written'],
    ['two formats at once', ['status', '--json', '--format', 'prometheus'], '--json and --format were both given'],
    ['a grouping that there is not', ['report', '--by', 'user'], 'Allowed choices are workflow, collection, connection.'],
    ['a time that is none', ['report', '--since', 'yesterday'], 'a time 2025-11-03 or 2025-11-03T12:00:00Z'],
    ['a level of logs', ['--log-level', 'loud', 'status'], 'Allowed choices are trace, debug, info, warn, error, fatal, silent.'],
    ['a role that can be none', ['grants', ''], 'can be no name of a role'],
    ['an empty query', ['query', ' '], 'the query is empty'],
    ['a missing argument', ['history'], "missing required argument 'record'"],
  ])('with %s says so and ends with 2', async (_what, args, message) => {
    const { code, out, err } = await run(args);
    expect(code).toBe(2);
    // With --json the error is the one document on stdout.
    const told = args.includes('--json') ? (JSON.parse(out) as { error: { message: string } }).error.message : err;
    expect(told).toContain(message);
    expect(err).not.toContain('    at ');
  });

  it('tells errors of usage as one JSON document, too', async () => {
    const { code, out } = await run(['sync', '--json', '--nonsense']);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toEqual({
      error: { code: 'bad_argument', message: "unknown option '--nonsense'", hint: expect.stringContaining('--help') as unknown },
    });
  });
});

describe('settings', () => {
  it('that name no database are refused where there is no terminal, and nothing is created', async () => {
    for (const command of ['sync', 'status', 'migrate', 'check']) {
      const { code, err } = await run([command], { env: { NOXUS_API_KEY: 'k' } });
      expect([command, code]).toEqual([command, 2]);
      expect(err).toContain('error: no database is named, and this is no terminal\nhint: Set DATABASE_URL');
    }
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('are told with file, line and column, and the key in them is not', async () => {
    writeFileSync(join(cwd, 'runledger.yaml'), 'connections:\n  main:\n    connector: noxus\n    api_key: sk-secret\n    overlpa: 5m\n');
    const { code, err } = await run(['sync', '--database', 'embedded']);
    expect(code).toBe(2);
    expect(err).toBe(
      'error: runledger.yaml:5:5: unknown key "overlpa" in connections.main; did you mean overlap?\n' +
        'hint: Mend the file; `runledger init` writes one with every key explained.\n',
    );
  });

  it('without any connection are refused by what needs one', async () => {
    const database = ['--database', 'embedded'];
    expect((await run(['sync', ...database])).err).toContain('error: no connection is configured\nhint: Set NOXUS_API_KEY');
    expect((await run(['check', ...database])).code).toBe(2);
    expect(existsSync(join(cwd, '.runledger'))).toBe(false);
  });

  it.each<[readonly string[], string]>([
    [['sync', '--connection', 'noxsu'], 'there is no connection "noxsu"; did you mean noxus?\nhint: Configured: noxus.'],
    [
      ['sync', '--stream', 'document'],
      'there is no stream "document" to read from Noxus; did you mean documents?\nhint: Streams: runs, documents.',
    ],
    [['sync', '--stream', 'run'], 'there is no stream "run" to read from Noxus; did you mean runs?'],
    [['track', 'other', 'runs', 'x'], 'there is no connection "other"\nhint: Configured: noxus.'],
    [['track', 'noxus', 'files', 'x'], 'there is no stream "files" to read from Noxus\nhint: Streams: runs, documents.'],
    [['track', 'noxus', 'runs', '-'], 'no record id was given'],
  ])('must know what %j names', async (args, message) => {
    const { code, err } = await run([...args, '--database', 'embedded'], { env: { NOXUS_API_KEY: 'k' } });
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(existsSync(join(cwd, '.runledger'))).toBe(false);
  });
});

describe('init', () => {
  it('writes a file, and says where and what comes next', async () => {
    const { code, out } = await run(['init']);
    expect([code, out]).toEqual([0, `wrote ${join(cwd, 'runledger.yaml')}\nnext: set NOXUS_API_KEY, then runledger check\n`]);
    expect(readFileSync(join(cwd, 'runledger.yaml'), 'utf8')).toContain('connector: noxus');
  });

  it('leaves a file alone that is there, and names one that cannot be written', async () => {
    writeFileSync(join(cwd, 'mine.yaml'), 'mine');
    const { code, err } = await run(['init', '--config', 'mine.yaml']);
    expect(code).toBe(2);
    expect(err).toContain('mine.yaml exists already and is left as it is\nhint: Name another file with --config.');
    expect(readFileSync(join(cwd, 'mine.yaml'), 'utf8')).toBe('mine');
    expect((await run(['init', '--config', 'no/where.yaml'])).err).toContain('where.yaml cannot be written (ENOENT)');
  });
});

describe('grants', () => {
  it('prints SQL without needing a ledger or settings', async () => {
    const { code, out } = await run(['grants', 'bi "reader"']);
    expect(code).toBe(0);
    expect(out).toContain('grant usage on schema runledger to "bi ""reader""";');
    expect(out).not.toMatch(/runledger\.(details|rejections|record_salts)/);
    expect(JSON.parse((await run(['grants', 'bi', '--json'])).out)).toMatchObject({ role: 'bi' });
  });
});
