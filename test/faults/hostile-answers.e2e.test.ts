import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DEFAULT_REQUESTS } from '../../src/model/connection.ts';
import type { SyncResult, SyncStreamResult } from '../../src/model/sync-result.ts';
import { freshDatabase, withConnection } from '../support/database.ts';
import { drip, give, listOf, pour, runText, startHostileSource, type Answer, type Hostility, type Question } from './hostile-source.ts';
import { measureCommand } from './measured-command.ts';

/**
 * A hostile answer costs at most a rejected item or a failed stream, within 300 MB of memory: of the whole process, at the limits that settings have when nobody
 * sets them. The answers are those that come nearest to what each limit still lets through, and those far beyond.
 */
const MOST_MEGABYTES = 300;

const MIB = 1024 * 1024;
const MOST_BYTES = DEFAULT_REQUESTS.maxBytes;
/** Values that one answer may hold, and rows. */
const MOST_VALUES = Math.floor(MOST_BYTES / 40);
const MOST_ROWS = Math.ceil(MOST_BYTES / 320);

const FAST = 'requests: { per_second: 1000 }';

interface Outcome {
  readonly result: SyncResult;
  readonly runs: SyncStreamResult;
  /** How each record stands in the ledger. */
  readonly statuses: readonly (string | null)[];
}

/** Syncs once. @param settings of the connection, besides what it must have */
async function syncFrom(hostility: Hostility, settings = ''): Promise<Outcome> {
  const source = await startHostileSource(hostility);
  const database = await freshDatabase();
  try {
    const { code, stdout, stderr, peakMegabytes, isPolluted } = await measureCommand(['sync', '--json', '--quiet'], {
      settings: `connections: { noxus: { connector: noxus, ${settings} } }`,
      env: { DATABASE_URL: database.url, NOXUS_BASE_URL: source.url, NOXUS_API_KEY: 'a-key-of-noxus' },
    });
    expect(code, stdout + stderr).toBeLessThanOrEqual(1);
    expect(peakMegabytes).toBeLessThanOrEqual(MOST_MEGABYTES);
    expect(isPolluted).toBe(false);
    const result = JSON.parse(stdout) as Partial<SyncResult>;
    const runs = result.streams?.find(({ stream }) => stream === 'runs');
    if (runs === undefined) throw new Error(stdout);
    return { result: result as SyncResult, runs, statuses: await statusesIn(database.url) };
  } finally {
    source.close();
    await database.drop();
  }
}

async function statusesIn(url: string): Promise<readonly (string | null)[]> {
  return withConnection(url, async (client) => {
    const { rows } = await client.query<{ status: string | null }>('select status from runledger.records');
    return rows.map(({ status }) => status);
  });
}

const atRuns =
  (answer: (question: Question) => Answer | null): Hostility =>
  (question) =>
    question.path === '/v1/runs' ? answer(question) : null;
const always = (answer: Answer): Hostility => atRuns(() => answer);
/** The next time it is asked, the source has one run to show. */
const once = (answer: Answer): Hostility => atRuns(({ time }) => (time === 1 ? answer : give(listOf([runText(1)]))));

const many = (count: number, text: (index: number) => string): string => Array.from({ length: count }, (_, index) => text(index)).join(',');
/** Objects inside of each other, each of a form that no other has: nothing takes more memory for its bytes. */
const nested = (depth: number): string =>
  `${Array.from({ length: depth }, (_, index) => `{"${index.toString(36)}":`).join('')}1${'}'.repeat(depth)}`;
const textOf = (bytes: number, letter = 'x'): string => `"${letter.repeat(bytes / Buffer.byteLength(letter))}"`;

describe('an answer that is too large', { concurrent: true }, () => {
  const bomb = (): Buffer => gzipSync(gzipSync(Buffer.alloc(300 * MIB, 0x20)));

  it.each<[string, () => Answer]>([
    ['of 100 MB', () => pour(100)],
    ['of a few hundred bytes that unpack to 300 MB', () => give(bomb(), { headers: { 'content-encoding': 'gzip, gzip' } })],
    ['of lists in lists, as deep as it is long', () => give(listOf(['['.repeat(MOST_BYTES / 2 - 100) + ']'.repeat(MOST_BYTES / 2 - 100)]))],
    ['of objects of which none is like another', () => give(listOf([many(MOST_BYTES / 16, (index) => `{"${index.toString(36)}":1}`)]))],
    ['of a million items', () => give(listOf([many(1_000_000, () => '0')]))],
    ['of more rows than an answer may list', () => give(listOf([many(MOST_ROWS + 1, () => '0')]))],
  ])('%s fails the stream, and names the setting', async (_name, answer) => {
    const { runs } = await syncFrom(always(answer()));
    expect(runs).toMatchObject({ status: 'failed', observed_count: 0, rejected_count: 0, error: { code: 'source_too_large' } });
    expect(runs.error?.hint).toContain('requests.max_bytes');
  });

  it('because it is an error of 100 MB, is an error like any other', async () => {
    const { runs } = await syncFrom(always(pour(100, { status: 400 })));
    expect(runs).toMatchObject({ status: 'failed', error: { code: 'source_bad_request' } });
  });
});

describe('an answer that is hardly small enough', { concurrent: true }, () => {
  it.each<[string, () => string]>([
    ['JSON 10,000 deep', () => '['.repeat(10_000) + ']'.repeat(10_000)],
    ['one text of letters that take two bytes', () => textOf(MOST_BYTES - 1_000, 'я')],
    ['as many values as it may have, each in the one before', () => `{"a":${nested(MOST_VALUES - 100)},"b":${textOf(4 * MIB)},"c":"я"}`],
    [
      'as many keys as it may have',
      () => `{${many(MOST_VALUES - 100, (index) => `"${index.toString(36)}":1`)},"b":${textOf(4 * MIB)},"c":"я"}`,
    ],
    ['as many inexact numbers as it may have', () => `[${textOf(5 * MIB)},"я",${many(MOST_VALUES - 100, () => '1e400')}]`],
  ])('of %s, is a rejected item', async (_name, item) => {
    const { runs, statuses } = await syncFrom(always(give(listOf([item(), runText(1)]))));
    expect(runs).toMatchObject({ status: 'succeeded', new_count: 1, rejected_count: 1 });
    expect(statuses).toEqual(['succeeded']);
  });

  it('of as many rows as it may list, is as many rejected items', async () => {
    const row = (index: number): string => `{"id":${index},"${'k'.repeat(150)}${index}":1,"a${index}":{},"b${index}":{}}`;
    const { runs } = await syncFrom(always(give(listOf([many(MOST_ROWS, row)]))));
    expect(runs).toMatchObject({ rejected_count: MOST_ROWS, new_count: 0 });
  });

  it.each(['redacted', 'full'])('of runs with a megabyte of content each, is recorded, under payloads: %s', async (payloads) => {
    const items = (page: number): string[] =>
      Array.from({ length: 7 }, (_, index) => runText(7 * page + index, { input: `${'x'.repeat(990_000)}я` }));
    const { runs } = await syncFrom(
      atRuns(({ page }) => give(listOf(items(page), { page, pages: 4 }))),
      `payloads: ${payloads}, ${FAST}`,
    );
    expect(runs).toMatchObject({ status: 'succeeded', new_count: 28, rejected_count: 0 });
  });

  it.each([0.24, 0.9])('is no worse where several are on their way at once, each %d of what one may be', async (share) => {
    const depth = Math.floor((share * MOST_VALUES) / 10) - 20;
    const content = { input: 'RAW', output: `${'x'.repeat((share * MOST_BYTES) / 10 - 10 * depth)}я` };
    const items = (page: number): string[] => Array.from({ length: 10 }, (_, index) => runText(10 * page + index, content, nested(depth)));
    const { runs } = await syncFrom(
      atRuns(({ page }) => give(listOf(items(page), { page, pages: 8 }))),
      FAST,
    );
    expect(runs).toMatchObject({ status: 'succeeded', new_count: 80, rejected_count: 0 });
  });

  it('is no worse where every list of every stream has one at once', async () => {
    const knowledgeBase = (number: number): string => JSON.stringify({ id: `99999999-1111-4111-8111-00000000000${number}`, name: 'x' });
    const hostile = give(listOf([`{"a":${nested(MOST_VALUES - 100)},"b":${textOf(5 * MIB)},"c":"я"}`]));
    const { result } = await syncFrom(({ path }) => {
      if (path === '/v1/knowledge-bases') return give(listOf([1, 2, 3].map(knowledgeBase)));
      return /(?:runs|uploaded)$/.test(path) ? hostile : null;
    }, FAST);
    expect(result.streams.map(({ stream, new_count: count }) => [stream, count])).toEqual([
      ['runs', 0],
      ['documents', 0],
    ]);
  });
});

describe('an answer that lies', { concurrent: true }, () => {
  it.each<[string, Answer]>([
    [
      'about its length, because it is shorter',
      (response) => {
        response.writeHead(200, { 'content-length': 10_000 }).write(listOf([runText(2)]));
        response.destroy();
      },
    ],
    [
      'in 10 MB of headers',
      give('{}', { headers: Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`x-${n}`, 'y'.repeat(10_000)])) }),
    ],
  ])('%s, costs another request', async (_name, answer) => {
    const { runs } = await syncFrom(once(answer));
    expect(runs).toMatchObject({ status: 'succeeded', new_count: 1, retry_count: 1 });
  });

  it('about its end, because it never comes, fails the stream after twice its time', async () => {
    const { runs } = await syncFrom(always(drip('{"items":[')), 'requests: { timeout: 3s }');
    expect(runs).toMatchObject({ status: 'failed', request_count: 3, error: { code: 'source_timeout' } });
  });

  it('with the names of what every object has, changes no object', async () => {
    const poison = '{"__proto__":{"polluted":1,"status":"failed"},"constructor":{"prototype":{"polluted":1}},"toString":1}';
    const run = runText(1, { workflow: 'RAW', input: 'RAW' }, poison).replace('{', `{"__proto__":{"polluted":1,"status":"failed"},`);
    const bad = `{"__proto__":{"id":"from-the-prototype","status":"failed"},"hasOwnProperty":1}`;
    const { runs, statuses } = await syncFrom(always(give(listOf([run, bad]))), 'payloads: full');
    expect(runs).toMatchObject({ status: 'succeeded', new_count: 1, rejected_count: 1 });
    expect(statuses).toEqual(['succeeded']);
  });
});
