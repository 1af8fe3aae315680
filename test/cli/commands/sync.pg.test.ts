import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openLedger } from '../../../src/db/open-ledger.ts';
import type { SyncResult } from '../../../src/model/sync-result.ts';
import { fillEvents, makeRoom } from '../../faults/full-disk.ts';
import { silent } from '../../support/ledger.ts';
import { freshFolder } from '../folder.ts';
import { freshPostgres, select } from '../postgres.ts';
import { runHere } from '../run-here.ts';
import { API_KEY, startSource } from '../source.ts';

describe('sync', () => {
  it('with --json prints one document, keys as the columns, and logs a line a stream', async () => {
    const source = await startSource({ runs: 5 });
    const env = { ...source.env, DATABASE_URL: await freshPostgres() };
    const { code, stdout, stderr } = await runHere(['sync', '--json', '--stream', 'runs', '--connection', 'noxus'], {
      cwd: freshFolder(),
      env,
    });
    expect(code, stderr).toBe(0);
    const result = JSON.parse(stdout) as SyncResult;
    expect(result).toMatchObject({
      sync_id: 1,
      status: 'succeeded',
      streams: [{ connection: 'noxus', stream: 'runs', status: 'succeeded' }],
    });
    expect(result.head).toEqual({
      position: result.streams[0]?.appended_count,
      chain_hash: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
    });
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string });
    expect(lines).toContainEqual(expect.objectContaining({ level: 'info', connection: 'noxus', stream: 'runs', msg: 'stream read' }));
  });

  it('ends with 1 where a connection fails, says why and what to do, and lands the others', async () => {
    const source = await startSource({ runs: 5 });
    const cwd = freshFolder();
    writeFileSync(
      join(cwd, 'runledger.yaml'),
      `connections:
  good: { connector: noxus, base_url: "${source.server.url}", api_key: "\${KEY}" }
  wrong-key: { connector: noxus, base_url: "${source.server.url}", api_key: nonsense-key }`,
    );
    const env = { KEY: API_KEY, DATABASE_URL: await freshPostgres() };
    const { code, stdout } = await runHere(['sync'], { cwd, env });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^good runs: 5 new/m);
    expect(stdout).toMatch(/^wrong-key runs: failed: .*401/m);
    expect(stdout).toMatch(/^ {2}hint: .*NOXUS_API_KEY/m);
    expect(stdout).not.toContain('nonsense-key');

    const status = await runHere(['status', '--max-lag', '1h'], { cwd, env });
    expect(status.code).toBe(1);
    expect(status.stderr).toBe(
      'exceeded: wrong-key documents: never read completely, allowed 1 h\nexceeded: wrong-key runs: never read completely, allowed 1 h\n',
    );
  });

  it('ends with 3 where the database is down', async () => {
    const source = await startSource({ runs: 1 });
    const env = { ...source.env, DATABASE_URL: 'postgres://someone:its-password@127.0.0.1:1/nothing' };
    const { code, stdout, stderr } = await runHere(['sync', '--json'], { cwd: freshFolder(), env });
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ledger_unreachable' } });
    expect(stdout + stderr).not.toContain('its-password');
    expect(source.server.requests).toEqual([]);
  });

  it('ends with 3 where the disk of the database is full, says what to do, and with 0 once there is room', async () => {
    const source = await startSource();
    const url = await freshPostgres();
    const given = { cwd: freshFolder(), env: { ...source.env, DATABASE_URL: url } };
    await runHere(['migrate', '--quiet'], given);
    const ledger = await openLedger({ database: { kind: 'postgres', url }, mode: 'write', log: silent });
    onTestFinished(() => ledger.close());
    await fillEvents(ledger, 0);
    const { code, stdout } = await runHere(['sync', '--json'], given);
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ledger_full', hint: expect.stringContaining('Make room') as unknown } });
    expect(await select(url, 'select from runledger.events')).toEqual([]);
    await makeRoom(ledger);
    expect((await runHere(['sync'], given)).code).toBe(0);
  });

  it('leaves migrating to a person where the settings say so', async () => {
    const source = await startSource({ runs: 1 });
    const cwd = freshFolder();
    writeFileSync(join(cwd, 'runledger.yaml'), 'migrate: manual');
    const given = { cwd, env: { ...source.env, DATABASE_URL: await freshPostgres() } };
    const refused = await runHere(['sync'], given);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('runledger migrate')]);
    expect((await runHere(['migrate', '--quiet'], given)).stdout).toMatch(
      /^applied 0001_ledger: postgres:.* is at 0001_ledger; views published\n$/,
    );
    expect((await runHere(['sync'], given)).code).toBe(0);
  });
});

describe('sync --dry-run', () => {
  it('before there is a ledger prints the events that it would append, and creates nothing', async () => {
    const source = await startSource({ runs: 3 });
    const url = await freshPostgres();
    const cwd = freshFolder();
    for (const database of [url, 'embedded']) {
      const { code, stdout, stderr } = await runHere(['sync', '--dry-run'], { cwd, env: { ...source.env, DATABASE_URL: database } });
      expect(code, stderr).toBe(0);
      expect(stdout.match(/^noxus\/runs\/[0-9a-f-]{36} discovered, /gm)).toHaveLength(3);
      expect(stdout).toMatch(/\ntotal: \d+ events would be appended from /);
      expect(stderr).toContain('there is no ledger yet: compared with an empty one, which is temporary');
      expect(stderr).not.toMatch(/new embedded ledger|migration/);
    }
    expect(await select(url, `select from pg_namespace where nspname = 'runledger'`)).toEqual([]);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('of a ledger writes nothing to it', async () => {
    const source = await startSource({ runs: 3 });
    const url = await freshPostgres();
    const given = { cwd: freshFolder(), env: { ...source.env, DATABASE_URL: url } };
    await runHere(['sync'], given);
    const run = source.world.addRun();
    const before = await select(
      url,
      `select (select count(*) from runledger.syncs) as syncs, position, chain_hash from runledger.ledger_head`,
    );
    const { code, stdout } = await runHere(['sync', '--dry-run', '--json'], given);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      sync_id: null,
      planned_events: [{ record_id: run.id, event_type: 'discovered', to_status: 'queued' }],
    });
    expect(
      await select(url, `select (select count(*) from runledger.syncs) as syncs, position, chain_hash from runledger.ledger_head`),
    ).toEqual(before);
  });
});
