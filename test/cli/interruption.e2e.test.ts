import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SourceRequest } from '../../src/simulator/source-server.ts';
import { freshDatabase, withConnection } from '../support/database.ts';
import { freshFolder } from './folder.ts';
import { runCommand, startCommand } from './run-command.ts';
import { startSource } from './source.ts';

const isThirdPage = ({ path, query }: SourceRequest): boolean => path === '/v1/runs' && query.get('page') === '3';

describe('a signal ends a sync within 5 seconds, with what was read recorded', () => {
  it.each([
    ['SIGINT', 130, 'an answer that does not come'],
    ['SIGTERM', 143, 'a rate limit'],
  ] as const)('%s, code %i, while it waits for %s', async (signal, code, waitsFor) => {
    const reached = Promise.withResolvers<undefined>();
    let isStuck = true;
    const source = await startSource({
      runs: 450,
      intercept: (request) => {
        if (!isStuck || !isThirdPage(request)) return null;
        reached.resolve(undefined);
        return waitsFor === 'a rate limit'
          ? { status: 429, headers: { 'retry-after': '120' }, body: { detail: 'slow down' } }
          : { status: 200, body: '', fault: 'silent' };
      },
    });
    const database = await freshDatabase();
    onTestFinished(() => database.drop());
    const given = { cwd: freshFolder(), env: { ...source.env, DATABASE_URL: database.url } };
    // At the usual ten requests a second the sync after it would take long.
    const settings = 'connector: noxus, base_url: "${NOXUS_BASE_URL}", api_key: "${NOXUS_API_KEY}", requests: { per_second: 1000 }';
    writeFileSync(join(given.cwd, 'runledger.yaml'), `connections:\n  noxus: { ${settings} }\n`);
    const command = startCommand(['sync'], given);
    await reached.promise;
    // Long enough for the answer to have arrived, or not to.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const askedAt = performance.now();
    command.kill(signal);
    const done = await command.done;
    expect(performance.now() - askedAt).toBeLessThan(5_000);
    expect(done, done.stderr).toMatchObject({ code, signal: null });
    expect(done.stdout).toMatch(/^noxus runs: interrupted\n {2}landed before that: \d+ new/m);

    const [row] = await withConnection(database.url, async (client) => {
      const { rows } = await client.query<{ records: string; leases: string; statuses: string[] }>(`
        select (select count(*) from runledger.records where stream = 'runs') as records,
          (select count(*) from runledger.streams where lease_holder is not null) as leases,
          (select array_agg(distinct status) from runledger.sync_streams where stream = 'runs') as statuses`);
      return rows;
    });
    expect(Number(row?.records)).toBeGreaterThanOrEqual(200);
    expect(row).toMatchObject({ leases: '0', statuses: ['interrupted'] });

    isStuck = false;
    // The next sync would wait for what is left of the limit.
    await withConnection(database.url, (client) => client.query('update runledger.connections set rate_limited_until_at = null'));
    const next = await runCommand(['sync'], given);
    expect(next, next.stderr).toMatchObject({ code: 0 });
    const verified = await runCommand(['verify'], given);
    expect(verified, verified.stdout).toMatchObject({ code: 0 });
  });
});
