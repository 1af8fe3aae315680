import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { openLedger } from '../../../src/db/open-ledger.ts';
import { grantStatements } from '../../../src/publish/grants.ts';
import { asAdmin, freshDatabase, withConnection } from '../../support/database.ts';
import { freshLedger, silent } from '../../support/ledger.ts';
import { freshFolder } from '../folder.ts';
import { runHere } from '../run-here.ts';
import { API_KEY, startSource } from '../source.ts';

describe('check', () => {
  it('tells what works and what does not, and what to do', async () => {
    const source = await startSource({ runs: 2 });
    const cwd = freshFolder();
    const good = await runHere(['check'], { cwd, env: { ...source.env, DATABASE_URL: 'embedded' } });
    expect(good.code, good.stdout).toBe(0);
    expect(good.stdout).toMatch(/^noxus \(noxus at http:.*\): ok, account .*\n {2}runs: ok, /m);

    const env = { ...source.env, NOXUS_API_KEY: 'another-key', DATABASE_URL: 'postgres://me:pw-secret@127.0.0.1:1/x' };
    const bad = await runHere(['check', '--json'], { cwd, env });
    expect(bad.code).toBe(3);
    expect(JSON.parse(bad.stdout)).toMatchObject({
      database: { ok: false, code: 'ledger_unreachable' },
      connections: [{ connection: 'noxus', connector: 'noxus', base_url: source.server.url, ok: false, code: 'source_unauthorized' }],
    });
    for (const secret of ['pw-secret', 'another-key', API_KEY]) expect(bad.stdout + bad.stderr).not.toContain(secret);
  });
});

describe('check of an embedded ledger', () => {
  it('does not call well what no migration mends', async () => {
    const source = await startSource({ runs: 1 });
    const path = join(freshFolder(), 'ledger');
    const given = { cwd: freshFolder(), env: { ...source.env, DATABASE_URL: `embedded:${path}` } };
    expect(await runHere(['migrate'], given)).toMatchObject({ code: 0 });
    const ledger = await openLedger({ database: { kind: 'embedded', path }, mode: 'write', log: silent });
    await sql`drop table runledger.events cascade`.execute(ledger.db);
    await ledger.close();
    expect(await runHere(['check'], given)).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^database: failed\n .*a table or view is missing/) as unknown,
    });
  });
});

describe('check of a Postgres', () => {
  it('says what the first sync will do, and what this user may not', async () => {
    const source = await startSource({ runs: 1 });
    const database = await freshDatabase();
    const ledger = await freshLedger('postgres');
    const role = `checker_${Math.random().toString(36).slice(2, 8)}`;
    const owned = ledger.target.kind === 'postgres' ? (ledger.target.url ?? '') : '';
    await asAdmin((client) => client.query(`create role ${role} login password 'x'`));
    try {
      await withConnection(owned, (client) => client.query(grantStatements(role)));
      const as = (url: string): string => Object.assign(new URL(url), { username: role, password: 'x' }).href;
      const check = (url: string) => runHere(['check'], { cwd: freshFolder(), env: { ...source.env, DATABASE_URL: url } });
      expect(await check(database.url)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^database: ok, postgres:.* \(no ledger yet; the first sync makes it\)\n/) as unknown,
      });
      expect(await check(owned)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^database: ok, postgres:[^()]*\nnoxus /) as unknown,
      });
      expect(await check(as(database.url))).toMatchObject({
        code: 3,
        stdout: expect.stringMatching(/^database: failed\n .*may not create the schema runledger\n {2}hint: grant create on/) as unknown,
      });
      expect(await check(as(owned))).toMatchObject({
        code: 3,
        stdout: expect.stringMatching(/^database: failed\n .*may not write to it\n {2}hint: /) as unknown,
      });
    } finally {
      await withConnection(owned, (client) => client.query(`drop owned by ${role}`));
      await asAdmin((client) => client.query(`drop role ${role}`));
      await database.drop();
    }
  });
});
