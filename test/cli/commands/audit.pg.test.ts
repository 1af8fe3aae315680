import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { openLedger, type Ledger } from '../../../src/db/open-ledger.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { silent } from '../../support/ledger.ts';
import { rowsOf } from '../../publish/rows-of.ts';
import { startRig, type Rig } from '../../sync/rig.ts';
import { migrateLedger } from '../../../src/sync/migrate-ledger.ts';
import { captureIo } from '../captured-io.ts';
import { freshFolder } from '../folder.ts';

let database: TestDatabase;
let ledger: Ledger;
let rig: Rig;

const RATES = {
  documentsPerHour: 10,
  documentFailureShare: 0.8,
  documentRetryShare: 0,
  documentDeletionShare: 0,
  medianTrainingMs: 600_000,
};

/** One ledger of failed and other documents; each of these finds what the one before has left. */
beforeAll(async () => {
  database = await freshDatabase();
  ledger = await openLedger({ database: { kind: 'postgres', url: database.url }, mode: 'write', log: silent });
  await migrateLedger(ledger, { log: silent });
  rig = await startRig({ world: { seed: 3, runs: 0, documents: 20, rates: RATES }, connection: { streams: ['documents'], name: 'noxus' } });
  for (let i = 0; i < 2; i += 1) {
    rig.world.advanceBy(3_600_000);
    const { streams } = await rig.sync(ledger);
    if (streams[0]?.error != null) throw new Error(streams[0].error.message);
  }
});
afterAll(async () => {
  await rig.close();
  await ledger.close();
  await database.drop();
});

async function run(args: readonly string[], cwd = freshFolder()) {
  const io = captureIo({ cwd, env: { DATABASE_URL: database.url } });
  const code = await main([...args, '-q'], io);
  return { code, stdout: io.out(), stderr: io.err() };
}

async function failedId(): Promise<string> {
  const [row] = await rowsOf(ledger, 'select record_id from runledger.documents where error is not null order by record_id limit 1');
  return String(row?.['record_id']);
}

describe('verify with an anchor', () => {
  it('writes one of what it verified, and holds the ledger against it', async () => {
    const cwd = freshFolder();
    const written = await run(['verify', '--write-anchor', 'anchor.json'], cwd);
    expect(written).toMatchObject({ code: 0, stderr: '' });
    expect(written.stdout).toMatch(
      /an anchor of position [\d,]+ was written to anchor\.json: keep it where nobody who can write to the ledger can write\n$/,
    );
    const anchor = JSON.parse(readFileSync(join(cwd, 'anchor.json'), 'utf8')) as Record<string, unknown>;
    const [head] = await rowsOf(
      ledger,
      "select ledger_id, position::integer, encode(chain_hash, 'hex') as chain_hash, recorded_at from runledger.ledger_head",
    );
    expect(anchor).toEqual({ ...head, written_at: expect.any(String) as unknown, runledger_version: expect.any(String) as unknown });
    expect(readdirSync(cwd)).toEqual(['anchor.json']);
    const held = await run(['verify', '--against', 'anchor.json'], cwd);
    expect(held.code).toBe(0);
    expect(held.stdout).toContain('  ok      anchor: It is the ledger of the anchor');
    expect(held.stdout).toMatch(/\nanchor: position [\d,]+, hash [0-9a-f]{64}, written 20/);
    expect(held.stdout).toContain('; --full reads all of them\n');
    expect((await run(['verify', '--against', 'anchor.json', '--full'], cwd)).stdout).not.toContain('--full reads all');
    const json = await run(['verify', '--against', 'anchor.json', '--write-anchor', 'next.json', '--json'], cwd);
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: true, anchors: [anchor], written_anchor: { position: anchor['position'] } });
  });

  it('exits with 2 where there is no anchor, or none to be read', async () => {
    const cwd = freshFolder();
    writeFileSync(join(cwd, 'notes.txt'), 'not an anchor');
    mkdirSync(join(cwd, 'folder'));
    for (const [file, said] of [
      ['missing.json', 'there is no anchor missing.json'],
      ['notes.txt', 'notes.txt holds no anchor: it is not JSON'],
      ['folder', 'the anchor folder cannot be read'],
    ]) {
      expect(await run(['verify', '--against', file ?? ''], cwd)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining(said ?? '?') as string,
      });
    }
    expect(await run(['verify', '--write-anchor', 'notes.txt'], cwd)).toMatchObject({ code: 2 });
    expect(await run(['verify', '--write-anchor', 'nowhere/anchor.json'], cwd)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('cannot be written') as string,
    });
    expect(readFileSync(join(cwd, 'notes.txt'), 'utf8')).toBe('not an anchor');
  });

  it('writes over no anchor of another ledger, and exits with 1 when held against it', async () => {
    const cwd = freshFolder();
    await run(['verify', '--write-anchor', 'anchor.json'], cwd);
    const text = readFileSync(join(cwd, 'anchor.json'), 'utf8')
      .replace(/"ledger_id": "[^"]+"/, '"ledger_id": "00000000-0000-4000-8000-000000000000"')
      .replace(/"chain_hash": "[^"]+"/, `"chain_hash": "${'0'.repeat(64)}"`);
    writeFileSync(join(cwd, 'anchor.json'), text);
    const refused = await run(['verify', '--write-anchor', 'anchor.json'], cwd);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('holds an anchor of another ledger') as string });
    const broken = await run(['verify', '--against', 'anchor.json', '--write-anchor', 'anchor.json'], cwd);
    expect(broken).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('the ledger is BROKEN: the anchor is of another ledger') as string,
    });
    expect(broken.stdout).toContain('no anchor was written to anchor.json');
    expect(readFileSync(join(cwd, 'anchor.json'), 'utf8')).toBe(text);
  });

  it('moves an anchor on only past what agrees with it', async () => {
    const cwd = freshFolder();
    await run(['verify', '--write-anchor', 'anchor.json'], cwd);
    const text = readFileSync(join(cwd, 'anchor.json'), 'utf8');
    const cut = text.replace(/"position": (\d+)/, (_, position: string) => `"position": ${Number(position) + 1}`);
    writeFileSync(join(cwd, 'anchor.json'), cut);
    for (const args of [
      ['--write-anchor', 'anchor.json'],
      ['--against', 'anchor.json', '--write-anchor', 'anchor.json'],
    ]) {
      expect(await run(['verify', ...args], cwd)).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('the end of the ledger was cut off') as string,
      });
      expect(readFileSync(join(cwd, 'anchor.json'), 'utf8')).toBe(cut);
    }
  });
});

describe('history --explain', () => {
  it('shows for every event the request, its answer, what was seen in it, and the sync', async () => {
    const id = await failedId();
    const { code, stdout } = await run(['history', id, '--explain']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /\n {3}why: .*\n {3}request: GET \/v1\/knowledge-bases\/\S+, page 1, sent 20\S+Z\n {3}answer: HTTP 200, received 20\S+Z, server date 20\S+Z, (request id \S+|without a request id)\n {3}saw: status .*\n/,
    );
    expect(stdout).toMatch(
      /\n {3}error: \S.*\n {3}body: \{.*\n {3}sync: \d+ of runledger \S+ on \S+, begun 20\S+Z, full, succeeded\n {3}recorded: 20\S+Z, hash [0-9a-f]{64}\n/,
    );
    const json = JSON.parse((await run(['history', id, '--explain', '--json'])).stdout) as { events: Record<string, unknown>[] };
    expect(json.events.at(-1)).toMatchObject({
      details: 'kept',
      sync_status: 'succeeded',
      response_status: 200,
      error: expect.any(String) as unknown,
    });
    expect(json.events[0]?.['chain_hash']).toMatch(/^[0-9a-f]{64}$/);
    expect(Object.keys((JSON.parse((await run(['history', id, '--json'])).stdout) as { events: object[] }).events[0] ?? {})).not.toContain(
      'body',
    );
  });
});

describe('as-of', () => {
  it('counts by connection, stream and status, by what is known and by what was', async () => {
    const time = rig.world.now;
    const shown = await run(['as-of', time]);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(
      /^as of 20\S+Z, by what was known: up to position [\d,]+\n\nconnection +stream +status +records +certain\nnoxus +documents +\w+ +\d+ +\d+\n/,
    );
    const json = JSON.parse((await run(['as-of', time, '--json', '--known-position', '5'])).stdout) as { rows: { record_count: number }[] };
    expect(json).toMatchObject({ valid_at: time, known_at: null, known_position: 5 });
    const [truth] = await rowsOf(ledger, `select count(*)::integer as count from runledger.state_as_of('${time}', known_position => 5)`);
    expect(json.rows.reduce((sum, row) => sum + row.record_count, 0)).toBe(truth?.['count']);
    const list = await run(['as-of', time, '--list']);
    expect(list.stdout).toMatch(/\nrecord +status +since +certain +next +by\nnoxus\/documents\/\S+ +\w+/);
    expect(list.stdout).toMatch(/\n\d+ records\n$/);
    expect((await run(['as-of', '1999-01-01'])).stdout).toContain('no record was there\n');
  });

  it('refuses what is no time, a position that is not there yet, and two ways of saying what was known', async () => {
    expect(await run(['as-of', 'yesterday'])).toMatchObject({ code: 2 });
    expect(await run(['as-of', '2026-03-01', '--known-position', '100000'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no position 100000 yet') as string,
    });
    expect(await run(['as-of', '2026-03-01', '--known-position', '1', '--known-at', '2026-03-01'])).toMatchObject({ code: 2 });
  });
});

describe('redact', () => {
  it('says what was taken away and what remains, and the second time when it was done', async () => {
    const id = await failedId();
    const first = await run(['redact', id]);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(
      new RegExp(
        `^noxus/documents/${id} is redacted: event \\d+, recorded 20\\S+Z\ntaken away now: 1 error text and [1-9]\\d* bod(y|ies), with their salts\n`,
      ),
    );
    expect(first.stdout).toMatch(
      /\nwhat remains:\n {2}\d+ events, each with its statuses, times and evidence.*\n {2}of the record: status, source_status, .*collection_id/,
    );
    expect((await run(['redact', `noxus/documents/${id}`])).stdout).toMatch(
      / was redacted at 20\S+Z, event \d+; nothing was appended now\ntaken away now: nothing/,
    );
    expect(JSON.parse((await run(['redact', id, '--json'])).stdout)).toMatchObject({
      was_redacted: true,
      cleared_error_count: 0,
      record_id: id,
    });
    expect(await run(['verify'])).toMatchObject({ code: 0 });
    const explained = await run(['history', id, '--explain']);
    expect(explained.stdout).toMatch(
      /redacted, attempt 1, position \d+\n {3}when: 20\S+Z\n {3}why: somebody ran `runledger redact`\n {3}request: none/,
    );
    expect(explained.stdout).toContain('error and body: taken away by a redaction');
  });

  it('says that there is no such record', async () => {
    const { code, stdout, stderr } = await run(['redact', 'nothing']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('error: there is no record nothing in ');
  });
});
