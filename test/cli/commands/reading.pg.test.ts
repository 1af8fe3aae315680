import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { instantFromMillis } from '../../../src/model/instant.ts';
import { startNoxusSimulator } from '../../../src/simulator/noxus/start-noxus-simulator.ts';
import type { SourceServer } from '../../../src/simulator/source-server.ts';
import type { World } from '../../../src/simulator/world.ts';
import { createWorld } from '../../../src/simulator/world.ts';
import type { TestDatabase } from '../../support/database.ts';
import { freshDatabase, withConnection } from '../../support/database.ts';
import { captureIo } from '../captured-io.ts';
import { freshFolder } from '../folder.ts';

const KEY = 'k';
const now = () => instantFromMillis(Date.now());

let world: World;
let server: SourceServer;
let database: TestDatabase;

/** One ledger that all of these read: two connections to one source, synced once. */
beforeAll(async () => {
  world = createWorld({ seed: 11, startAt: now(), runs: 80 });
  server = await startNoxusSimulator({ world, apiKey: KEY, order: 'newest_first', definitionBytes: 200, now });
  database = await freshDatabase();
  const settings = ['a', 'b'].map((name) => `  ${name}: { connector: noxus, base_url: "${server.url}", api_key: ${KEY} }`);
  const cwd = mkdtempSync(join(tmpdir(), 'runledger-reading-'));
  writeFileSync(join(cwd, 'runledger.yaml'), ['connections:', ...settings].join('\n'));
  const { code, stderr, stdout } = await run(['sync'], { cwd });
  rmSync(cwd, { recursive: true });
  if (code !== 0) throw new Error(`${stdout}\n${stderr}`);
});
afterAll(async () => {
  await server.close();
  await database.drop();
});

interface Given {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  readonly stdin?: string;
}

async function run(args: readonly string[], { cwd = freshFolder(), env = { DATABASE_URL: database.url }, stdin = '' }: Given = {}) {
  const io = captureIo({ cwd, env, stdin });
  const code = await main(args, io);
  return { code, stdout: io.out(), stderr: io.err() };
}

describe('a command that reads', () => {
  it('says what to do where the views are those of a release before', async () => {
    await withConnection(database.url, async (client) => {
      await client.query('drop view runledger.all_attempts cascade');
      await client.query('create view runledger.all_attempts as select connection, stream, record_id, finished_at from runledger.attempts');
      await client.query("comment on schema runledger is 'the views of a release before'");
    });
    expect(await run(['report'])).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/a column is missing.*\nhint: Run `runledger migrate`/) as string,
    });
    expect(await run(['query', 'select nothing_of_this_name from runledger.runs'])).toMatchObject({ code: 2 });
    await withConnection(database.url, (client) => client.query('drop view runledger.all_attempts'));
    expect(await run(['migrate'])).toMatchObject({ code: 0 });
    expect(await run(['report'])).toMatchObject({ code: 0 });
  });
});

describe('status', () => {
  it('shows each stream, and is a probe with limits', async () => {
    const shown = await run(['status', '--max-lag', '1h', '--max-stuck', '1000']);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(/^stream +last complete sync .*\na documents +20.*\na runs +20.*succeeded\nb documents +20.*\nb runs +20/);
    const json = await run(['status', '--json', '--max-lag', '0s']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      streams: [
        { stream: 'documents' },
        { connection: 'a', stream: 'runs', last_status: 'succeeded' },
        { connection: 'b' },
        { connection: 'b' },
      ],
      exceeded: [{ stream: 'documents' }, { connection: 'a', stream: 'runs', limit: 'max_lag' }, { connection: 'b' }, { connection: 'b' }],
    });
  });

  it('speaks to Prometheus', async () => {
    const { code, stdout } = await run(['status', '--format', 'prometheus']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^# TYPE runledger_sync_lag_seconds gauge\n.*stream="documents"\} \d.*\nrunledger_sync_lag_seconds\{connector="noxus",connection="a",stream="runs"\} \d/m,
    );
    expect(stdout.split('\n').every((line) => line === '' || /^(# (HELP|TYPE) \w+ .+|\w+\{.*\} (\+Inf|[\d.e+-]+))$/.test(line))).toBe(true);
  });
});

describe('report', () => {
  it('shows failure rates and durations by workflow, for people and as JSON', async () => {
    const text = await run(['report', '--since', '30d']);
    expect(text.code, text.stderr).toBe(0);
    expect(text.stdout).toMatch(/^runs that finished from .*\nconnection +workflow +finished +failed +cancelled +failure rate/);
    const json = await run(['report', '--since', '2020-01-01', '--by', 'connection', '--tz', 'Europe/Berlin', '--json']);
    const report = JSON.parse(json.stdout) as { rows: { connection: string; finished_count: number }[] };
    expect(report).toMatchObject({ since: '2020-01-01T00:00:00.000000Z', by: 'connection', time_zone: 'Europe/Berlin' });
    expect(report.rows.map(({ connection }) => connection).sort()).toEqual(['a', 'b']);
  });

  it('refuses a time zone that there is not', async () => {
    const { code, stderr } = await run(['report', '--tz', 'Europe/Atlantis']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('there is no time zone "Europe/Atlantis"')]);
  });
});

describe('history', () => {
  it('shows a record with the evidence of every event', async () => {
    const id = world.runs[0]?.id ?? '';
    const text = await run(['history', `a/runs/${id}`]);
    expect(text.code, text.stderr).toBe(0);
    expect(text.stdout).toMatch(new RegExp(`^a/runs/${id}, `));
    expect(text.stdout).toMatch(
      /1\. discovered queued.*\n {3}when: 20.*Z, reported by the source\n {3}evidence: GET \/v1\/runs\?page=1&size=100 \(page 1\): 200/,
    );
    const json = await run(['history', `a/runs/${id}`, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ record: { record_id: id }, attempts: [{ attempt: 1 }], events: [{ sequence: 1 }, {}] });
  });

  it('lists the candidates of an id that two connections have', async () => {
    const id = world.runs[0]?.id ?? '';
    const { code, stdout, stderr } = await run(['history', id]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`error: ${id} may be any of 2 records:\n  a/runs/${id} (`);
    expect(stderr).toContain('hint: Name one of them as connection/stream/id.\n');
  });

  it('says that there is no such record', async () => {
    const { code, stdout } = await run(['history', 'nothing', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'no_record' } });
  });
});

describe('query', () => {
  it('answers as a table and as JSON, from an argument and from stdin', async () => {
    const sql = 'select connection, count(*) as runs from runledger.runs group by 1 order by 1';
    expect((await run(['query', sql])).stdout).toMatch(/^connection {2}runs\na +\d+\nb +\d+\n2 rows\n$/);
    const json = await run(['query', '-', '--json', '--max-rows', '1'], { stdin: `${sql};\n` });
    expect(JSON.parse(json.stdout)).toEqual({
      columns: ['connection', 'runs'],
      rows: [{ connection: 'a', runs: expect.any(Number) as unknown }],
      is_truncated: true,
    });
  });

  it('takes SQL that begins with a comment', async () => {
    for (const sql of ['-- all of them\nselect 1 as one', '--all=of them\nselect 1 as one']) {
      expect(await run(['query', sql, '--max-rows', '5'])).toMatchObject({ code: 0, stdout: 'one\n  1\n1 row\n' });
      expect(await run(['query', '--', sql])).toMatchObject({ code: 0, stdout: 'one\n  1\n1 row\n' });
    }
  });

  it('counts rows that have no column', async () => {
    expect(await run(['query', 'select from generate_series(1, 2)'])).toMatchObject({ code: 0, stdout: '2 rows without a column\n' });
  });

  it('writes nothing and repeats the words of the server', async () => {
    const refused = await run(['query', 'delete from runledger.events']);
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect((await run(['query', 'selec 1'])).stderr).toContain('syntax error at or near "selec"');
  });

  it('shows no control character of the ledger to the terminal', async () => {
    const { stdout } = await run(['query', String.raw`select E'\x1b[2J' as text`]);
    expect(stdout).toContain('\\u001b[2J');
  });
});

describe('a reading command', () => {
  it('needs no key of any connection that the settings name', async () => {
    const cwd = freshFolder();
    writeFileSync(join(cwd, 'runledger.yaml'), 'connections: { a: { connector: noxus, api_key: "${UNSET}" } }');
    expect(await run(['status'], { cwd })).toMatchObject({ code: 0, stderr: '' });
  });

  it('never creates a ledger', async () => {
    const cwd = freshFolder();
    for (const args of [['status'], ['report'], ['history', 'x'], ['query', 'select 1']]) {
      const { code, stderr } = await run(args, { cwd, env: { DATABASE_URL: 'embedded' } });
      expect([args, code, stderr]).toEqual([args, 2, expect.stringContaining('hint: ')]);
    }
    expect(readdirSync(cwd)).toEqual([]);
  });
});
