import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SyncResult } from '../../../src/model/sync-result.ts';
import { freshFolder } from '../folder.ts';
import { freshPostgres, select } from '../postgres.ts';
import { runCommand, startCommand } from '../run-command.ts';
import { API_KEY, startSource } from '../source.ts';

describe('sync', () => {
  it('works with two variables and no file, says what it did, and appends nothing the second time', async () => {
    const source = await startSource();
    const url = await freshPostgres();
    const given = { cwd: freshFolder(), env: { ...source.env, DATABASE_URL: url } };

    const first = await runCommand(['sync'], given);
    expect(first, first.stderr).toMatchObject({ code: 0 });
    const [head] = await select<{ position: string; hash: string }>(
      url,
      `select position::text, encode(chain_hash, 'hex') as hash from runledger.ledger_head`,
    );
    expect(first.stdout).toMatch(
      /^noxus runs: \d+ new, .*\d+ still open; \d+ events\nnoxus documents: no record at the source .*\ntotal: \d+ events appended from \d+ observations, \d+ requests in /,
    );
    expect(first.stdout).toContain(`\nledger head: position ${head?.position ?? ''}, hash ${head?.hash ?? ''}\n`);

    const second = await runCommand(['sync'], given);
    expect(second.code).toBe(0);
    expect(second.stdout).toMatch(
      /^noxus runs: nothing new; \d+ unchanged, \d+ still open\nnoxus documents: .*\ntotal: nothing to append from /,
    );
    expect(second.stdout).toContain(`position ${head?.position ?? ''}, hash ${head?.hash ?? ''}\n`);
    expect(readdirSync(given.cwd)).toEqual([]);
    for (const text of [first.stdout, first.stderr, second.stdout, second.stderr]) expect(text).not.toContain(API_KEY);
  });
});

describe('a sync that is asked to stop', () => {
  it('keeps what it has recorded and ends with 143', async () => {
    const held = Promise.withResolvers<undefined>();
    const source = await startSource({
      runs: 150,
      latency: async ({ phase, request }) => {
        if (phase === 'before' && request.path === '/v1/runs' && request.query.get('page') === '2') {
          held.resolve(undefined);
          await new Promise((resolve) => setTimeout(resolve, 60_000).unref());
        }
      },
    });
    const url = await freshPostgres();
    const command = startCommand(['sync'], { cwd: freshFolder(), env: { ...source.env, DATABASE_URL: url } });
    await held.promise;
    command.kill('SIGTERM');
    const { code, stdout, stderr } = await command.done;
    expect(code, stderr).toBe(143);
    expect(stdout).toContain('noxus runs: interrupted\n');
    expect(stderr).toContain('SIGTERM: finishing what is in hand; once more to stop at once');
    expect(await select(url, 'select status from runledger.syncs')).toEqual([{ status: 'interrupted' }]);
    expect(await select(url, 'select from runledger.streams where lease_until_at > now()')).toEqual([]);
  });
});

describe('sync --every', () => {
  it('syncs again and again, a JSON line each, shows no credential to ps, and ends with 0 at a signal', async () => {
    const source = await startSource({ runs: 3 });
    const url = await freshPostgres();
    const args = ['sync', '--every', '1s', '--json', '--database', url];
    const command = startCommand(args, { cwd: freshFolder(), env: source.env });
    await command.sawOnStdout('"sync_id":1,');
    if (process.platform === 'linux')
      expect(readFileSync(`/proc/${command.pid ?? ''}/cmdline`, 'utf8').replaceAll('\0', '')).toBe('runledger');
    source.world.addRun();
    await command.sawOnStdout('"sync_id":2,');
    command.kill('SIGINT');
    const { code, stdout, stderr } = await command.done;
    expect(code, stderr).toBe(0);
    const results = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as SyncResult);
    expect(results[0]?.streams[0]).toMatchObject({ new_count: 3 });
    expect(results[1]?.streams[0]).toMatchObject({ new_count: 1, appended_count: 1 });
  });
});
