import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLedger, type Ledger } from '../../src/db/open-ledger.ts';
import { runCommand, type CommandResult } from './run-command.ts';
import { runHere } from './run-here.ts';

const log = pino({ level: 'silent' });

let folder: string;
let told: CommandResult;
/** The demo's, while it is asked something. */
let ledger: Ledger | null = null;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runledger-demo-'));
  told = await runCommand(['demo'], { cwd: folder });
});

afterAll(async () => {
  await letGo();
  rmSync(folder, { recursive: true, force: true });
});

describe('the demo, in an empty folder and without any setting', () => {
  it('ends well, with nothing to complain about', () => {
    expect(told).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(folder)).toEqual(['.runledger-demo']);
  });

  it('says that its sources are simulated', () => {
    const told = stdoutLines().filter((line) => / answers at /.test(line));
    expect(told).toEqual([
      expect.stringMatching(/^ {2}Noxus answers at http:\/\/127\.0\.0\.1:\d+: 1\d\d runs of 10 workflows, \d\d documents$/) as unknown,
      expect.stringMatching(/^ {2}Morphik .* answers at http:\/\/127\.0\.0\.1:\d+: \d\d runs of 6 workflows, \d\d documents$/) as unknown,
      expect.stringMatching(
        /^ {2}Knowledge Stack .* answers at http:\/\/127\.0\.0\.1:\d+: \d\d runs of 6 workflows, \d\d documents$/,
      ) as unknown,
    ]);
  });

  it('reads both streams of each of them in every sync, and completely', async () => {
    const synced = await ask(
      `select connection, stream, count(*) as syncs, bool_and(is_complete) as is_complete from runledger.sync_streams group by 1, 2 order by 1, 2`,
    );
    const names = ['knowledge-stack-demo', 'morphik-demo', 'noxus-demo'];
    expect(synced).toEqual(
      names.flatMap((connection) => ['documents', 'runs'].map((stream) => ({ connection, stream, syncs: 6n, is_complete: true }))),
    );
    for (const name of names) {
      for (const stream of ['runs', 'documents']) {
        const lines = stdoutLines().filter((line) => line.startsWith(`  ${name} ${stream}: `));
        expect(lines).toHaveLength(6);
        expect(lines.at(-1)).toContain('nothing new');
      }
    }
  });

  it('tells as many events of each sync as the ledger has of it, and the head that the ledger has', async () => {
    const perSync = [...told.stdout.matchAll(/^ {2}total: .*$/gm)].map(([line]) => numberIn(/([\d,]+) events? appended/, line));
    const counted = await ask<{ count: bigint }>(
      `select count(e.position) as count from runledger.syncs s left join runledger.events e using (sync_id) group by s.sync_id order by s.sync_id`,
    );
    expect(perSync).toEqual(counted.map(({ count }) => Number(count)));
    expect(perSync.at(-1)).toBe(0);

    const [head] = await ask<{ position: bigint; hash: string }>(
      `select position, encode(chain_hash, 'hex') as hash from runledger.ledger_head`,
    );
    const heads = [...told.stdout.matchAll(/ledger head: position (\d+), hash ([0-9a-f]{64})$/gm)];
    expect(heads).toHaveLength(6);
    expect(heads.at(-1)?.slice(1)).toEqual([String(head?.position), head?.hash]);
    expect(told.stdout).toContain(`no gap; the head is the hash of the last: ${head?.hash ?? ''}`);
    expect(told.stdout).toContain('runledger.events is append-only: DELETE refused');
  });

  it.each([
    [
      'a run that waits for a person',
      /Contract review: noxus-demo\/runs\/(\S+) .*\(source: awaiting_human_feedback\)/,
      'succeeded',
      'completed',
    ],
    [
      'a run that is stopped',
      /Report drafting: noxus-demo\/runs\/(\S+) .*running to cancelled \(source: stopped\)/,
      'cancelled',
      'stopped',
    ],
    ['a run that fails', /Invoice extraction: noxus-demo\/runs\/(\S+) .*running to failed \(source: failed\)/, 'failed', 'failed'],
  ])('follows %s, as the ledger has it', async (_, pattern, status, word) => {
    const id = pattern.exec(told.stdout)?.[1] ?? '';
    const [run] = await ask(`select status, source_status from runledger.runs where record_id = '${id}'`);
    expect(run).toEqual({ status, source_status: word });
  });

  it('follows a document that fails and is ingested once more, as another attempt', async () => {
    const id =
      /Price list\.pdf: noxus-demo\/documents\/(\S+) reopened, failed to succeeded \(source: trained\)/.exec(told.stdout)?.[1] ?? '';
    const attempts = await ask(
      `select attempt, outcome, error from runledger.document_attempts where record_id = '${id}' order by attempt`,
    );
    expect(attempts).toEqual([
      { attempt: 1, outcome: 'failed', error: 'ingestion_failed: The file is protected by a password' },
      { attempt: 2, outcome: 'succeeded', error: null },
    ]);
  });

  it('follows a run of Knowledge Stack that fails and is retried under its id, as another attempt', async () => {
    const id = /Lead enrichment: knowledge-stack-demo\/runs\/(\S+) reopened, failed to running/.exec(told.stdout)?.[1] ?? '';
    const attempts = await ask(`select attempt, outcome, error from runledger.run_attempts where record_id = '${id}' order by attempt`);
    expect(attempts).toEqual([
      { attempt: 1, outcome: 'failed', error: 'The mail service answered 503' },
      { attempt: 2, outcome: 'succeeded', error: null },
    ]);
  });

  it('believes that a document of Morphik is gone only after two full scans', async () => {
    const id = /Offer\.pdf: morphik-demo\/documents\/(\S+) disappeared/.exec(told.stdout)?.[1] ?? '';
    const [gone] = await ask(
      `select e.sync_id, d.outcome, (select count(*) from runledger.sync_streams s
         where s.connection = e.connection and s.stream = e.stream and s.has_absence_proof and s.sync_id <= e.sync_id) as scans
       from runledger.disappearances d join runledger.events e using (position) where d.record_id = '${id}'`,
    );
    // The first of the three saw it not yet, the second no more.
    expect(gone).toEqual({ sync_id: 5n, outcome: 'succeeded', scans: 3n });
  });

  it('still has the run that the source does not know any more, with its reasons and the evidence of each event', async () => {
    const id = /GET \/v1\/runs\/(\S+): 404$/m.exec(told.stdout)?.[1] ?? '';
    const [run] = await ask(`select status, warning_kinds from runledger.runs where record_id = '${id}'`);
    expect(run).toEqual({ status: 'failed', warning_kinds: ['model_fallback', 'model_timeout'] });
    const history = told.stdout.slice(told.stdout.indexOf('== The deleted run'));
    const events = await ask<{ sequence: number; event_type: string }>(
      `select sequence, event_type from runledger.events where record_id = '${id}' order by sequence`,
    );
    expect(events.length).toBeGreaterThan(2);
    for (const { sequence, event_type: type } of events) expect(history).toContain(`${sequence}. ${type}`);
    expect(history.match(/ {3}evidence: GET /g)).toHaveLength(events.length);
  });

  it('reports what the ledger answers', async () => {
    const [all] = await ask<{ finished: bigint; failed: bigint }>(
      `select count(*) as finished, count(*) filter (where outcome = 'failed') as failed
       from runledger.run_attempts where outcome is not null and finished_at > now() - interval '7 days'`,
    );
    const [, finished, failed] = /^all +([\d,]+) +([\d,]+) /m.exec(told.stdout) ?? [];
    expect([Number(finished), Number(failed)]).toEqual([Number(all?.finished), Number(all?.failed)]);
    expect(Number(failed)).toBeGreaterThan(5);
  });

  it('ends with commands that work when they are pasted', async () => {
    const commands = [...told.stdout.matchAll(/^npx runledger (.* --database .*)$/gm)].map(([, command]) => command ?? '');
    expect(commands.length).toBeGreaterThan(3);
    await letGo();
    for (const command of commands) {
      // As a shell takes it apart.
      const { stdout: words } = await promisify(execFile)('sh', ['-c', `printf '%s\\n' ${command}`]);
      const { code, stdout } = await runHere(words.trimEnd().split('\n'), { cwd: folder });
      expect(code, command).toBe(0);
      expect(stdout).toMatch(/noxus|Invoice extraction|\d+ rows/);
    }
  });
});

describe('the demo, run again', () => {
  it('begins anew, and the same seed makes the same runs', async () => {
    const before = await ask('select record_id, status from runledger.records order by record_id');
    await letGo();
    const again = await runHere(['demo', '--json'], { cwd: folder });
    expect(again).toMatchObject({ code: 0, stderr: '' });
    const { seed, steps } = JSON.parse(again.stdout) as { seed: number; steps: readonly { kind: string }[] };
    expect(seed).toBe(1);
    expect(steps.map(({ kind }) => kind)).toEqual(['sources', ...Array<string>(6).fill('sync'), 'gone', 'report', 'history', 'proof']);
    expect(await ask('select record_id, status from runledger.records order by record_id')).toEqual(before);
    expect(await ask('select max(sync_id) as last from runledger.syncs')).toEqual([{ last: 6n }]);
  });
});

describe('the demo, asked for something it must not do', () => {
  it('leaves a folder alone that no demo made', async () => {
    const mine = join(folder, 'mine');
    mkdirSync(mine);
    writeFileSync(join(mine, 'thesis.txt'), 'all I have');
    const refused = await runCommand(['demo', '--dir', 'mine'], { cwd: folder });
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^error: .*mine is there, and no demo made it: it is left as it is\nhint: .*--dir/);
    expect(readdirSync(mine)).toEqual(['thesis.txt']);
  });

  it('writes into no database that is named to it', async () => {
    const refused = await runCommand(['demo', '--database', 'embedded:elsewhere'], { cwd: folder });
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('--dir');
  });
});

function stdoutLines(): string[] {
  return told.stdout.split('\n');
}

/** Opened by the first question, because that takes a second, and kept until a command needs it. */
async function ask<T = object>(query: string): Promise<T[]> {
  const path = join(folder, '.runledger-demo', 'ledger');
  ledger ??= await openLedger({ database: { kind: 'embedded', path }, mode: 'read', log });
  return (await sql.raw<T>(query).execute(ledger.db)).rows;
}

async function letGo(): Promise<void> {
  await ledger?.close();
  ledger = null;
}

function numberIn(pattern: RegExp, text: string): number {
  return Number((pattern.exec(text)?.[1] ?? '0').replaceAll(',', ''));
}
