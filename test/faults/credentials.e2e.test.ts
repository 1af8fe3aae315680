import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { main } from '../../src/cli/main.ts';
import type { SyncResult } from '../../src/model/sync-result.ts';
import { captureIo } from '../cli/captured-io.ts';
import { startCommand } from '../cli/run-command.ts';
import { asAdmin, databaseUrl, freshDatabase } from '../support/database.ts';
import { freshLedger } from '../support/ledger.ts';
import { startEchoingPostgres } from './echoing-postgres.ts';
import { give, listOf, runText, startHostileSource, type Answer, type Hostility } from './hostile-source.ts';
import { leaksIn, ledgerText, markedSecret } from './marked-secrets.ts';
import { compiledOnce } from './measured-command.ts';

/** Law 13: a credential is in no log at any level, no error, no row, no output and no process title, whatever fails. */
const KEY = markedSecret('key');
const OTHER_KEY = markedSecret('other');
const PASSWORD = markedSecret('password');
const SECRETS = [KEY, OTHER_KEY, PASSWORD];

interface Given {
  readonly env?: Record<string, string>;
  readonly settings?: string;
  readonly files?: Readonly<Record<string, string>>;
}

/** Runs the command in this process with all that it logs, once for people and once as JSON. @returns all that it printed, in which no secret is */
async function run(args: readonly string[], { env = {}, settings, files = {} }: Given = {}): Promise<string> {
  const cwd = folderWith({ ...files, ...(settings === undefined ? {} : { 'runledger.yaml': settings }) });
  const runOnce = async (form: readonly string[]): Promise<string> => {
    const io = captureIo({ cwd, env });
    const code = await main([...args, ...form, '--log-level', 'trace'], io);
    return `exit code ${code}\n${io.out()}\n${io.err()}`;
  };
  const printed = (await Promise.all([[], ['--json']].map(runOnce))).join('\n');
  expect(leaksIn(printed, SECRETS), printed).toEqual([]);
  return printed;
}

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'runledger-credentials-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

async function serve(answer: Hostility): Promise<string> {
  const source = await startHostileSource(answer);
  onTestFinished(source.close);
  return source.url;
}

/** Where nobody listens any more. */
async function closedUrl(): Promise<string> {
  const source = await startHostileSource(() => null);
  source.close();
  return source.url;
}

describe('a source that repeats the key', () => {
  /** In a header, in contents, in names, in places of the JSON where no value is, and written so that it looks otherwise. */
  const escaped = Array.from(KEY, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  const echo = (body: string): Answer => give(body, { headers: { 'x-request-id': KEY, 'x-echo': KEY } });
  const runs = [
    runText(
      1,
      { workflow: { id: KEY, name: `flow ${KEY}`, type: KEY }, source: KEY, input: 'RAW' },
      `{"${KEY}":["Bearer ${KEY}","${escaped}"]}`,
    ),
    runText(2, { status: KEY, group_id: KEY, workflow_version_id: KEY }),
    runText(3, { id: `run ${KEY}` }),
    runText(4, { workflow: { id: 'w', name: 'RAW', type: 'flow' } }, `"${escaped}"`),
  ];
  const knowledgeBase = JSON.stringify({ id: 'kb', name: KEY });
  const document = JSON.stringify({
    id: 'document',
    status: 'error',
    run_id: 'r',
    warnings: [KEY],
    error: `{"authorization":"${KEY}"}`,
    [KEY]: KEY,
  });

  it('leaves none of it in a log, an output or a row; no process title and no statement shows it either', async () => {
    const database = await freshDatabase();
    onTestFinished(() => database.drop());
    const role = await roleOf(database.name);
    let seen: Promise<string> | null = null;
    const url = await serve(({ path }) => {
      seen ??= asAdmin(async (client) => {
        const { rows } = await client.query('select * from pg_stat_activity where datname = $1', [database.name]);
        const ofProcess = process.platform === 'linux' ? readFileSync(`/proc/${command.pid ?? ''}/cmdline`, 'utf8') : 'runledger';
        return `${ofProcess}\n${JSON.stringify(rows)}`;
      });
      if (path === '/v1/knowledge-bases') return echo(listOf([knowledgeBase]));
      if (path === '/v1/runs') return echo(listOf(runs));
      if (path.endsWith('/documents/error')) return echo(listOf([document]));
      if (path.includes('/document/')) return echo(document);
      return path.endsWith('/runs') ? echo('[]') : echo(listOf([]));
    });
    const cwd = folderWith({
      'runledger.yaml': `connections: { noxus: { connector: noxus, base_url: "${url}", api_key: "\${THE_KEY}", payloads: full } }`,
    });
    const password = encodeURIComponent(PASSWORD);
    const args = ['sync', '--json', '--log-level', 'trace', '--database', database.url.replace(/\/\/[^@]*@/, `//${role}:${password}@`)];
    const command = startCommand(args, { cwd, env: { ...compiledOnce(), THE_KEY: KEY } });
    const { code, stdout, stderr } = await command.done;
    expect(code, stderr).toBe(0);
    const { streams } = JSON.parse(stdout) as SyncResult;
    expect(streams).toMatchObject([
      { stream: 'runs', new_count: 3, rejected_count: 1 },
      { stream: 'documents', new_count: 1, rejected_count: 0 },
    ]);
    const shown = await (seen as Promise<string> | null);
    expect(shown).toMatch(/^runledger\0*\n/);
    expect(shown).toContain('"application_name":"runledger"');
    const rows = await ledgerText(database.url);
    expect(rows).toContain('flow [api key]');
    expect(rows).toContain('""authorization"":""[api key]""');
    expect(leaksIn([stdout, stderr, shown, rows].join('\n'), SECRETS)).toEqual([]);
  });

  /** A role that owns the database, and comes in with the password. */
  async function roleOf(database: string): Promise<string> {
    const role = `${database}_owner`;
    await asAdmin(async (client) => {
      await client.query(`create role ${role} login password '${PASSWORD}'`);
      await client.query(`alter database ${database} owner to ${role}`);
    });
    onTestFinished(async () => {
      await asAdmin(async (client) => {
        await client.query(`drop database if exists ${database} with (force)`);
        await client.query(`drop role ${role}`);
      });
    });
    return role;
  }
});

describe('whatever fails at a source', () => {
  const body = JSON.stringify({ detail: `the key ${KEY} is wrong`, [KEY]: KEY });
  const html = { headers: { 'content-type': `text/html; key=${KEY}`, 'x-request-id': KEY } };
  const answers: Readonly<Record<string, Answer>> = {
    unauthorized: give(body, { status: 401 }),
    forbidden: give(body, { status: 403 }),
    bad: give(JSON.stringify({ detail: [{ loc: ['header', KEY], msg: KEY, input: KEY }] }), { status: 422 }),
    moved: give('', { status: 302, headers: { location: `https://elsewhere.example/${KEY}?t=${KEY}` } }),
    page: give(`<html>${KEY}</html>`, html),
    shape: give(body),
    list: give(JSON.stringify([KEY])),
    items: give(JSON.stringify({ items: { [KEY]: KEY } })),
    down: give(body, { status: 500 }),
    cut: (response) => response.writeHead(200, { 'content-length': 10_000 }).end(`{"items":["${KEY}`, () => response.destroy()),
    broken: give(`{"items":["${KEY}`),
    silent: () => undefined,
    nonsense: (response) => response.socket?.end(`HTTP/1.1 200 OK\r\n${KEY}: \u0000${KEY}\r\n\r\n{}`),
  };
  /** Those that are asked again and again by a sync; `check` asks them once more. */
  const worthRetries = ['down', 'cut', 'broken', 'silent', 'nonsense', 'refused', 'unknown', 'tls'];

  async function settingsOf(names: (name: string) => boolean): Promise<string> {
    const url = await serve(({ path }) => answers[path.split('/')[1] ?? ''] ?? null);
    const urls = {
      ...Object.fromEntries(Object.keys(answers).map((name) => [name, `${url}/${name}`])),
      refused: await closedUrl(),
      unknown: 'https://no-such-host.invalid',
      tls: url.replace('http:', 'https:'),
    };
    const lines = Object.entries(urls)
      .filter(([name]) => names(name))
      .map(([name, base]) => {
        const timeout = name === 'silent' ? '300ms' : '10s';
        return `  ${name}: { connector: noxus, base_url: "${base}", api_key: "\${THE_KEY}", requests: { timeout: ${timeout} } }`;
      });
    return `connections:\n${lines.join('\n')}\n`;
  }

  it('check does not show the key', async () => {
    const database = await freshDatabase();
    onTestFinished(() => database.drop());
    const printed = await run(['check'], { settings: await settingsOf(() => true), env: { THE_KEY: KEY, DATABASE_URL: database.url } });
    for (const code of [
      '401',
      '403',
      '422',
      '302',
      '500',
      'certificate|TLS|SSL|packet|wrong version',
      'ECONNREFUSED',
      'ENOTFOUND|EAI_AGAIN',
    ])
      expect(printed).toMatch(new RegExp(code, 'i'));
  });

  it('a sync and a dry run neither show the key nor record it', async () => {
    const { target } = await freshLedger('postgres');
    const url = target.kind === 'postgres' ? (target.url ?? '') : '';
    const settings = await settingsOf((name) => !worthRetries.includes(name));
    for (const args of [['sync', '--dry-run'], ['sync'], ['status']])
      await run(args, { settings, env: { THE_KEY: KEY, DATABASE_URL: url } });
    const rows = await ledgerText(url);
    expect(rows).toContain('answered 401');
    expect(leaksIn(rows, SECRETS)).toEqual([]);
  });
});

describe('whatever fails at the database', () => {
  const password = encodeURIComponent(PASSWORD);
  const commands = [['status'], ['check'], ['sync'], ['sync', '--dry-run'], ['verify'], ['query', 'select 1'], ['history', 'x']];
  const env = { NOXUS_API_KEY: KEY, NOXUS_BASE_URL: 'http://127.0.0.1:1' };

  it('the password is not shown: a wrong one, a database that is down, and one that repeats what it was told', async () => {
    const echoing = await startEchoingPostgres();
    onTestFinished(echoing.close);
    const server = new URL(databaseUrl('nothing'));
    const urls = [
      `postgres://someone:${password}@${server.host}/nothing`,
      `postgres://someone@${server.host}/nothing?password=${password}`,
      `postgres://someone:${password}@127.0.0.1:1/nothing`,
      `postgres://someone:${password}@no-such-host.invalid/nothing`,
      `postgres://someone:${password}@127.0.0.1:${echoing.port}/nothing`,
    ];
    for (const url of urls) {
      for (const args of commands) {
        const printed = await run(args, { env: { ...env, DATABASE_URL: url } });
        expect(printed).toMatch(/exit code 3/);
      }
      await run(['status', '--database', url]);
      await run(['status'], { settings: `database: "${url}"` });
    }
    const libpq = { PGHOST: '127.0.0.1', PGUSER: 'someone', PGPASSWORD: PASSWORD, PGDATABASE: 'nothing', PGSSLMODE: 'disable' };
    for (const port of [server.port, '1', String(echoing.port)]) await run(['check'], { env: { ...env, ...libpq, PGPORT: port } });
  });

  it.each([
    ['is not encoded', `postgres://someone:${PASSWORD}@127.0.0.1:1/nothing`],
    ['begins like a port', `postgres://someone:12/${PASSWORD}@127.0.0.1:1/nothing`],
    ['begins like a port and goes on like a query', `postgres://someone:12?${PASSWORD}@127.0.0.1:1/nothing`],
    ['has a % that encodes nothing', `postgres://someone:%zz${password}@127.0.0.1:1/nothing`],
    ['stands where the scheme is wrong', `mysql://someone:${password}@127.0.0.1:1/nothing`],
    ['stands in a connection string', `host=127.0.0.1 user=someone password=${PASSWORD}`],
    ['stands behind embedded', `embedded:postgres://someone:${password}@127.0.0.1:1/nothing`],
  ])('a password that %s is not shown', async (_name, url) => {
    await run(['status'], { env: { DATABASE_URL: url } });
    await run(['status', '--database', url]);
    await run(['check'], { settings: `database: "${url}"\nconnections: {}` });
  });

  it('a query that fails does not show what it was asked to connect to', async () => {
    const { target } = await freshLedger('postgres');
    const url = target.kind === 'postgres' ? (target.url ?? '') : '';
    for (const sql of [`select dblink('postgres://u:${password}@h/x')`, `select 'host=h password=${PASSWORD}'::int`])
      await run(['query', sql], { env: { DATABASE_URL: url } });
  });
});

describe('whatever is wrong with settings and arguments', () => {
  const noxus = (line: string): string => `connections:\n  main:\n    connector: noxus\n    ${line}\n`;

  it.each<[string, Given]>([
    ['without the blank behind its colon, in braces', { settings: `connections: { main: { connector: noxus, api_key:${KEY} } }` }],
    ['without the blank behind its colon', { settings: noxus(`api_key:${KEY}`) }],
    ['with another sign in place of the colon', { settings: `connections: { main: { connector: noxus, api_key=${KEY} } }` }],
    ['under a mistyped name', { settings: noxus(`api_keys: ${KEY}`) }],
    ['in a list', { settings: noxus(`api_key: [${KEY}]`) }],
    ['in a map', { settings: noxus(`api_key: { ${KEY}: ${KEY} }`) }],
    ['in quotation marks that are never closed', { settings: noxus(`api_key: "${KEY}`) }],
    ['as an alias', { settings: noxus(`api_key: *${KEY}`) }],
    ['as a tag', { settings: noxus(`api_key: !${KEY} x`) }],
    ['in a variable with a blank', { settings: noxus('api_key: ${THE_KEY}'), env: { THE_KEY: `${KEY} ${KEY}` } }],
    ['as the name of a variable', { settings: noxus(`api_key: \${${KEY}}`) }],
    ['in the address, as a user', { settings: noxus(`base_url: "https://${encodeURIComponent(KEY)}@host"`), env: { NOXUS_API_KEY: KEY } }],
    [
      'in the address, as a password',
      { settings: noxus(`base_url: "https://u:${encodeURIComponent(KEY)}@host"`), env: { NOXUS_API_KEY: KEY } },
    ],
    ['in the address, as a query', { settings: noxus(`base_url: "https://host?key=${KEY}"`), env: { NOXUS_API_KEY: KEY } }],
    ['in the address, as a path', { settings: noxus(`base_url: "https://host/${KEY}"`), env: { NOXUS_API_KEY: KEY } }],
    ['in the variable of the address', { env: { NOXUS_API_KEY: KEY, NOXUS_BASE_URL: `https://u:${KEY}@host` } }],
    ['in the variable that names its file', { env: { NOXUS_API_KEY_FILE: KEY } }],
    ['twice', { env: { NOXUS_API_KEY: KEY, NOXUS_API_KEY_FILE: 'key' }, files: { key: OTHER_KEY } }],
    ['in a file, with a line too many', { env: { NOXUS_API_KEY_FILE: 'key' }, files: { key: `${KEY}\n${OTHER_KEY}\n` } }],
  ])('a key %s is not shown', async (_name, given) => {
    for (const args of [['check'], ['sync'], ['init']])
      await run(args, { ...given, env: { DATABASE_URL: 'postgres://u@127.0.0.1:1/x', ...given.env } });
  });

  it.each([
    [[`--databse=postgres://u:${encodeURIComponent(PASSWORD)}@h/x`, 'status']],
    [[`--databse=${PASSWORD}`, 'status']],
    [[`--api-key=${KEY}`, 'sync']],
    [['sync', KEY]],
    [['sync', `postgres://u:${PASSWORD}@h/x`]],
    [['status', '--config', `postgres://u:${encodeURIComponent(PASSWORD)}@h/x`]],
    [['status', `-d=postgres://u:${PASSWORD}@h/x`]],
  ])('nor where an argument stands in the wrong place: %j', async (args) => {
    await run(args);
  });
});
