import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SyncResult } from '../../../src/model/sync-result.ts';
import { freshDatabase, withConnection } from '../../support/database.ts';
import { freshFolder } from '../folder.ts';
import { runCommand, startCommand, type RunningCommand } from '../run-command.ts';
import { startSource } from '../source.ts';

const PAGES = 60;
const ANSWERED = 30;

describe('a first sync that is killed', () => {
  it('goes on where it was killed, and misses nothing that came or changed since', async () => {
    let running: RunningCommand | null = null;
    let listPages = 0;
    const source = await startSource({
      runs: PAGES * 100 - 10,
      beforeRequest: ({ path, query }) => {
        if (path !== '/v1/runs' || !query.has('page') || query.get('size') === '1') return;
        listPages += 1;
        if (query.get('page') === String(ANSWERED + 1)) running?.kill('SIGKILL');
      },
    });
    const { world } = source;
    const changed = world.addRun();
    const database = await freshDatabase();
    onTestFinished(() => database.drop());
    const given = { cwd: freshFolder(), env: { ...source.env, DATABASE_URL: database.url } };
    // At the usual ten requests a second this would take a minute.
    const settings = 'connector: noxus, base_url: "${NOXUS_BASE_URL}", api_key: "${NOXUS_API_KEY}", requests: { per_second: 1000 }';
    writeFileSync(join(given.cwd, 'runledger.yaml'), `connections:\n  noxus: { ${settings} }\n`);
    const sync = ['sync', '--json', '--stream', 'runs'];

    running = startCommand(sync, given);
    expect(await running.done).toMatchObject({ signal: 'SIGKILL' });
    running = null;
    expect(listPages).toBeLessThan(ANSWERED + 20);

    const fresh = Array.from({ length: 5 }, () => world.addRun().id);
    world.moveRun(changed.id, 'failed');
    listPages = 0;
    const second = await runCommand(sync, given);
    expect(second.code, second.stderr).toBe(0);
    const [stream] = (JSON.parse(second.stdout) as SyncResult).streams;
    expect(stream).toMatchObject({ mode: 'full', status: 'succeeded', is_complete: true, has_absence_proof: false });
    expect(listPages).toBeLessThanOrEqual(PAGES - ANSWERED + 15);

    const records = await withConnection(database.url, async (client) => {
      const { rows } = await client.query<{ record_id: string; status: string; is_present: boolean }>(
        'select record_id, status, is_present from runledger.records',
      );
      return new Map(rows.map((row) => [row.record_id, row]));
    });
    expect(world.runs.filter((run) => run.deletedAt === null && !records.has(run.id)).map((run) => run.id)).toEqual([]);
    expect(fresh.map((id) => records.get(id)?.status)).toEqual(fresh.map(() => 'queued'));
    expect(records.get(changed.id)).toMatchObject({ status: 'failed', is_present: true });
    const verified = await runCommand(['verify', '--quiet'], given);
    expect(verified.code, verified.stdout).toBe(0);
  });
});
