import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instantFromMillis } from '../../src/model/instant.ts';
import { startNoxusSimulator } from '../../src/simulator/noxus/start-noxus-simulator.ts';
import { createWorld } from '../../src/simulator/world.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const TYPESCRIPT = join(REPOSITORY, 'node_modules', 'typescript', 'bin', 'tsc');
const API_KEY = 'a-key-of-the-packed-test';

/** npm and npx find their Node by PATH: the one that runs the tests is put first. */
const PATH = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);

/** What runledger would read, and what an npm around the tests tells the npm within, which is another project's. */
const NOT_PASSED_ON =
  /^(DATABASE_URL|PG[A-Z]+|RUNLEDGER_.*|NOXUS_.*|INIT_CWD|NODE_OPTIONS|npm_(?!config_(registry|cache|cafile|userconfig)$).*)$/;
const ENVIRONMENT = Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_PASSED_ON.test(name)));

let folder: string;
let files: readonly string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runledger-packed-'));
  const packed = await run('npm', ['pack', '--json', '--pack-destination', folder], REPOSITORY);
  // What the build prints comes first.
  const [tarball] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf('[\n'))) as { filename: string; files: { path: string }[] }[];
  files = tarball?.files.map(({ path }) => path) ?? [];
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  await run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--prefer-offline', '--fetch-retries=5', join(folder, tarball?.filename ?? '')],
    folder,
  );
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the tarball', () => {
  it('has what runs, and neither sources nor tests', () => {
    expect([...new Set(files.map((path) => path.split('/')[0]))].toSorted()).toEqual(
      ['ARCHITECTURE.md', 'CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'dist', 'migrations', 'package.json', 'sql'].toSorted(),
    );
    expect(files.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual([]);
  });

  it('has every migration and every view', () => {
    for (const part of ['migrations', 'sql/views']) {
      const names = readdirSync(join(REPOSITORY, part)).filter((name) => name.endsWith('.sql'));
      expect(files).toEqual(expect.arrayContaining(names.map((name) => `${part}/${name}`)));
    }
  });
});

describe('the installed package', () => {
  it('plays the demo', async () => {
    const { stdout, stderr } = await run('npx', ['--no-install', 'runledger', 'demo'], folder);
    // npm has things of its own to say, about the settings of the machine.
    expect(stderr.split('\n').filter((line) => !line.startsWith('npm '))).toEqual(['']);
    expect(stdout).toContain('noxus-demo runs: nothing new; ');
    expect(existsSync(join(folder, '.runledger-demo', 'ledger', 'data', 'PG_VERSION'))).toBe(true);
  });

  it('answers every query of its README', async () => {
    const readme = readFileSync(join(folder, 'node_modules', 'runledger', 'README.md'), 'utf8');
    const queries = [...readme.matchAll(/```sql\n([^]*?)```/g)].map(([, query]) => query ?? '');
    expect(queries.length).toBeGreaterThan(5);
    writeFileSync(join(folder, 'queries.json'), JSON.stringify(queries));
    writeFileSync(join(folder, 'ask.js'), ASKING_SCRIPT);
    const { stdout } = await run(process.execPath, ['ask.js'], folder);
    const counts = JSON.parse(stdout) as number[];
    expect(counts).toHaveLength(queries.length);
    // Nothing has to hang in the demo's world; every other question has an answer.
    expect(counts.filter((count) => count === 0).length).toBeLessThan(2);
  });

  it('is a library that records a source into a ledger', async () => {
    const world = createWorld({ seed: 3, startAt: instantFromMillis(Date.now()), runs: 30 });
    const source = await startNoxusSimulator({ world, apiKey: API_KEY, order: 'newest_first' });
    writeFileSync(join(folder, 'poll.js'), SCRIPT);
    try {
      const { stdout } = await run(process.execPath, ['poll.js'], folder, { NOXUS_BASE_URL: source.url, NOXUS_API_KEY: API_KEY });
      const present = world.runs.filter(({ deletedAt }) => deletedAt === null).length;
      expect(JSON.parse(stdout)).toEqual({ status: 'succeeded', new_count: present, records: present });
    } finally {
      await source.close();
    }
  });

  it('has types that resolve, those of what it rests on included', async () => {
    const project = join(folder, 'typed');
    mkdirSync(project);
    writeFileSync(join(project, 'poll.ts'), TYPED_SCRIPT);
    const options = [
      '--noEmit',
      '--strict',
      '--target',
      'es2024',
      '--module',
      'nodenext',
      '--moduleResolution',
      'nodenext',
      '--skipLibCheck',
    ];
    const checked = await run(process.execPath, [TYPESCRIPT, ...options, 'poll.ts'], project);
    expect(checked.stdout).toBe('');
    const wrong = TYPED_SCRIPT.replace('result.head.position', 'result.head.nonsense');
    writeFileSync(join(project, 'wrong.ts'), wrong);
    await expect(run(process.execPath, [TYPESCRIPT, ...options, 'wrong.ts'], project)).rejects.toMatchObject({
      stdout: expect.stringContaining('nonsense') as string,
    });
  });

  it('says in one line that a Node is too old, before anything else of it is read', async () => {
    const program = join(folder, 'node_modules', 'runledger', 'bin', 'runledger.js');
    const preload = join(folder, 'old-node.cjs');
    writeFileSync(preload, PRETEND_OLD);
    const refused = await failureOf(run(process.execPath, ['--require', preload, program, 'status'], folder));
    expect(refused).toEqual({ code: 2, stdout: '', stderr: 'error: runledger needs Node.js 22.18 or newer, and this is v22.17.1\n' });
    // And in earnest, by whatever old one the machine has.
    for (const { path, version } of await oldNodes()) {
      const earnest = await failureOf(run(path, [program, 'status'], folder));
      expect(earnest).toEqual({ code: 2, stdout: '', stderr: `error: runledger needs Node.js 22.18 or newer, and this is ${version}\n` });
    }
  });

  it('brings no test and no source along', () => {
    const installed = join(folder, 'node_modules', 'runledger');
    expect(readdirSync(installed)).not.toEqual(expect.arrayContaining(['src']));
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { bin: Record<string, string> };
    expect(existsSync(join(installed, manifest.bin['runledger'] ?? ''))).toBe(true);
  });
});

const SCRIPT = `
import { pino } from 'pino';
import { defineConnection, migrateLedger, noxus, openLedger, sync } from 'runledger';

const log = pino({ level: 'silent' });
const ledger = await openLedger({ database: { kind: 'embedded', path: 'library-ledger' }, mode: 'write', log });
try {
  await migrateLedger(ledger, { log });
  const { NOXUS_API_KEY: apiKey, NOXUS_BASE_URL: baseUrl } = process.env;
  const result = await sync(ledger, { connections: [defineConnection({ connector: noxus, apiKey, baseUrl })], log });
  const { records } = await ledger.db.selectFrom('runledger.records').select((eb) => eb.fn.countAll().as('records')).executeTakeFirstOrThrow();
  console.log(JSON.stringify({ status: result.status, new_count: result.streams[0].new_count, records: Number(records) }));
} finally {
  await ledger.close();
}
`;

const ASKING_SCRIPT = `
import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { pino } from 'pino';
import { openLedger } from 'runledger';

const ledger = await openLedger({
  database: { kind: 'embedded', path: '.runledger-demo/ledger' },
  mode: 'read',
  log: pino({ level: 'silent' }),
});
const counts = [];
for (const query of JSON.parse(readFileSync('queries.json', 'utf8'))) counts.push((await sql.raw(query).execute(ledger.db)).rows.length);
await ledger.close();
console.log(JSON.stringify(counts));
`;

const TYPED_SCRIPT = `
import { noxus, sync, type Ledger, type SyncResult } from 'runledger';
const poll = async (ledger: Ledger): Promise<SyncResult> => sync(ledger, { connections: [] });
export const position = async (ledger: Ledger): Promise<bigint> => poll(ledger).then((result) => result.head.position);
export const title: string = noxus.title;
`;

const PRETEND_OLD = `
Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.17.1' } });
Object.defineProperty(process, 'version', { value: 'v22.17.1' });
`;

function run(
  file: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(file, args, { cwd, env: { ...ENVIRONMENT, ...env, PATH }, maxBuffer: 64 * 1024 * 1024 });
}

async function failureOf(running: Promise<unknown>): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const error: unknown = await running.then(
    () => null,
    (reason: unknown) => reason,
  );
  const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
  return { code, stdout, stderr };
}

async function oldNodes(): Promise<{ path: string; version: string }[]> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((each) => each !== '' && !each.includes('node_modules'));
  const paths = [...new Set(folders.map((each) => join(each, 'node')))].filter((path) => existsSync(path));
  const found = await Promise.all(paths.map(async (path) => ({ path, version: (await run(path, ['--version'], tmpdir())).stdout.trim() })));
  return found.filter(({ version }) => {
    const [major = 0, minor = 0] = version.slice(1).split('.').map(Number);
    return major < 22 || (major === 22 && minor < 18);
  });
}
