import { readdirSync } from 'node:fs';
import { sql } from 'kysely';
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { openLedger, type Ledger } from '../../../src/db/open-ledger.ts';
import type { TestDatabase } from '../../support/database.ts';
import { freshDatabase } from '../../support/database.ts';
import { silent } from '../../support/ledger.ts';
import { tamper } from '../../sync/tamper.ts';
import { captureIo } from '../captured-io.ts';
import { freshFolder } from '../folder.ts';
import { startSource } from '../source.ts';

let database: TestDatabase;
let ledger: Ledger;

beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(async () => {
  await ledger.close();
  await database.drop();
});

async function run(args: readonly string[], env: Record<string, string> = { DATABASE_URL: database.url }) {
  const io = captureIo({ cwd: freshFolder(), env });
  const code = await main(args, io);
  return { code, stdout: io.out(), stderr: io.err() };
}

/** In this order: each finds what the one before has left. */
describe('verify and rebuild', () => {
  it('say that there is no ledger, and make none', async () => {
    const cwd = freshFolder();
    for (const command of ['verify', 'rebuild']) {
      const io = captureIo({ cwd, env: { DATABASE_URL: 'embedded' } });
      expect([await main([command], io), io.err()]).toEqual([2, expect.stringContaining('there is no ledger')]);
      expect(await run([command])).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no ledger') as string });
    }
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('show what was checked, where the ledger ends and what cannot be seen', async () => {
    const source = await startSource({ runs: 30 });
    expect(await run(['sync'], { DATABASE_URL: database.url, ...source.env })).toMatchObject({ code: 0 });
    ledger = await openLedger({ database: { kind: 'postgres', url: database.url }, mode: 'write', log: silent });
    const { code, stdout, stderr } = await run(['verify']);
    expect(code).toBe(0);
    const { rows } = await sql<{
      position: bigint;
      hash: string;
    }>`select position, encode(chain_hash, 'hex') as hash from runledger.ledger_head`.execute(ledger.db);
    const [head] = rows;
    expect(stdout).toMatch(/^the ledger holds: nothing in it contradicts anything else\n\n\d+ events, \d+ records, \d+ attempts\n/);
    expect(stdout).toContain(`head: position ${head?.position}, hash ${head?.hash}\nchecks: 25 of 25 hold\n`);
    expect(stdout).toContain('  ok      chain: Every event stands at the next position');
    expect(stdout).toContain('this cannot see:\n  that events were cut off at the end');
    const told = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { phase: string });
    expect(told.map(({ phase }) => phase)).toEqual(['chain', 'details', 'fold', 'checks']);
    expect((await run(['verify', '--quiet'])).stderr).toBe('');
  });

  it('find a row that was edited by hand, and mend it', async () => {
    await tamper(ledger.db, `update runledger.records set status = 'cancelled', source_status = E'\\x1b[2J' where status <> 'cancelled'`);
    const found = await run(['verify', '-q']);
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(
      /^the ledger is BROKEN: record noxus\/runs\/\S+: column status is cancelled, its events say \w+: the row was edited\n {2}check: records\n {2}record: noxus\/runs\/\S+\n {2}found: cancelled\n/,
    );
    expect(found.stdout).toContain('\n  BROKEN  records: ');
    const json = await run(['verify', '--json', '-q']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, break: { check: 'records', position: null, found: 'cancelled' } });

    const rebuilt = await run(['rebuild', '-q']);
    expect(rebuilt).toMatchObject({ code: 0, stderr: '' });
    expect(rebuilt.stdout).toMatch(
      /^rows that differed were written anew:\n {2}records: \d+ changed, 0 added, 0 removed\n {2}attempts: 0 changed, 0 added, 0 removed\n/,
    );
    expect(await run(['verify', '-q'])).toMatchObject({ code: 0 });
    expect((await run(['rebuild', '-q'])).stdout).toMatch(/^nothing differed: every row is what its events fold into\n/);
    expect(JSON.parse((await run(['rebuild', '--json', '-q'])).stdout)).toMatchObject({
      records_changed_count: 0,
      head_hash: expect.any(String) as string,
    });
  });

  it('fold nothing from events that were edited', async () => {
    await tamper(ledger.db, `update runledger.events set source_status = 'fine' where position = 3`);
    const json = await run(['verify', '--json', '-q']);
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, break: { check: 'chain', position: 3 } });
    const refused = await run(['rebuild', '-q']);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(
      'error: the events are not those that were recorded, so nothing is folded from them: event 3 was edited',
    );
  });
});
