import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { Pagination } from '../../src/model/connector.ts';
import { freshLedger } from '../support/ledger.ts';
import { expectConsistent } from './hold-against-truth.ts';
import { rowNumber, rowsOf, startListRig, type ListRigOptions, type Row } from './list-rig.ts';

/** Rows of which a usual page is more than an answer may be: pages become smaller until they fit, wherever in the list that is found out, and no row is passed by. */

const PAGE: Pagination = { style: 'page', pageParameter: 'page', sizeParameter: 'size', size: 100 };
const OFFSET: Pagination = { style: 'offset', offsetParameter: 'offset', limitParameter: 'limit', limit: 100 };
const MOST_BYTES = 100_000;
const SMALL_ANSWERS = {
  connection: { requests: { perSecond: Infinity, concurrency: 4, maxBytes: MOST_BYTES } },
} satisfies Partial<ListRigOptions>;

/** 900 runs, of which forty in the middle have so many bytes each. */
function withLarge(bytes: number): Row[] {
  const content = 'x'.repeat(bytes);
  return rowsOf(900).map((row, index) => (index >= 430 && index < 470 ? { ...row, content } : row));
}

async function idsOf(ledger: Ledger): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ record_id: string }>`select record_id from runledger.records`.execute(ledger.db);
  return new Set(rows.map(({ record_id: id }) => id));
}

/** The sizes of the pages that events rest on. */
async function sizesOf(ledger: Ledger): Promise<readonly number[]> {
  const { rows } = await sql<{ size: number }>`
    select distinct substring(path from '(?:size|limit)=([0-9]+)')::int as size from runledger.responses order by size desc`.execute(
    ledger.db,
  );
  return rows.map(({ size }) => size);
}

describe.each([
  ['by number', PAGE, 60],
  ['by offset', OFFSET, 20],
])('a list with large rows in its middle, %s', (_name, pagination, cutAt) => {
  it('is read whole, in smaller pages from there on', async () => {
    const rows = withLarge(9_000);
    const rig = await startListRig({ pagination, rows, tellsSize: 'true', ...SMALL_ANSWERS });
    const ledger = await freshLedger('postgres');
    expect(await rig.sync(ledger)).toMatchObject({ status: 'succeeded', is_complete: true, has_absence_proof: true, new_count: 900 });
    expect(await sizesOf(ledger)).toEqual(expect.arrayContaining([100, 6]));
    expect(rig.pages()).toBeLessThan(100);
    await expectConsistent(ledger);
  });

  it('is read whole also while it moves', async () => {
    const rows = withLarge(9_000);
    let newest = 900;
    const beforePage = (request: number): void => {
      if (request % 7 === 0) rows.unshift(rowNumber((newest += 1)));
      if (request % 9 === 0) rows.splice((request * 31) % rows.length, 1);
    };
    const rig = await startListRig({ pagination, rows, tellsSize: 'true', beforePage, ...SMALL_ANSWERS });
    const ledger = await freshLedger('postgres');
    expect(await rig.sync(ledger)).toMatchObject({ status: 'succeeded', is_complete: true, has_drift: true });
    const ids = await idsOf(ledger);
    expect(rows.filter(({ id }) => !ids.has(id) && id <= 'run-900')).toEqual([]);
  });

  it('is gone on with in such pages by the sync after one that was cut off', async () => {
    const rows = withLarge(9_000);
    const controller = new AbortController();
    let requests = 0;
    const beforePage = (): void => {
      requests += 1;
      if (requests === cutAt) controller.abort();
    };
    const rig = await startListRig({ pagination, rows, tellsSize: 'true', beforePage, ...SMALL_ANSWERS });
    const ledger = await freshLedger('postgres');
    expect(await rig.sync(ledger, { signal: controller.signal })).toMatchObject({ status: 'interrupted' });
    const before = (await idsOf(ledger)).size;
    expect(before).toBeGreaterThan(430);
    expect(before).toBeLessThan(900);
    expect(await rig.sync(ledger)).toMatchObject({ status: 'succeeded', is_complete: true });
    expect((await idsOf(ledger)).size).toBe(900);
    await expectConsistent(ledger);
  });

  it('fails by the name of the setting where one row alone is too large, and keeps what comes before it', async () => {
    const rig = await startListRig({ pagination, rows: withLarge(2 * MOST_BYTES), tellsSize: 'true', ...SMALL_ANSWERS });
    const ledger = await freshLedger('postgres');
    const failed = await rig.sync(ledger);
    expect(failed).toMatchObject({ status: 'failed', is_complete: false, new_count: 430, error: { code: 'source_too_large' } });
    expect(failed.error?.hint).toContain('requests.max_bytes');
  });
});

it('a source that gives pages of its own size whatever it is asked for fails by the name of the setting: by number, rows would be passed by', async () => {
  const rig = await startListRig({ pagination: PAGE, rows: withLarge(9_000), fixedRows: 100, tellsSize: 'true', ...SMALL_ANSWERS });
  const ledger = await freshLedger('postgres');
  expect(await rig.sync(ledger)).toMatchObject({ status: 'failed', is_complete: false, error: { code: 'source_too_large' } });
});

it('the pages of a first answer that is too large are as much smaller as they must be, not more', async () => {
  const rows = rowsOf(200).map((row) => ({ ...row, content: 'x'.repeat(3_000) }));
  const rig = await startListRig({ pagination: PAGE, rows, tellsSize: 'true', ...SMALL_ANSWERS });
  const ledger = await freshLedger('postgres');
  expect(await rig.sync(ledger)).toMatchObject({ status: 'succeeded', is_complete: true, has_absence_proof: true, new_count: 200 });
  expect(await sizesOf(ledger)).toEqual([25]);
});

it('the rows behind a few large ones are read in usual pages again', async () => {
  const content = 'x'.repeat(60_000);
  const rows = rowsOf(2_000).map((row, index) => (index < 2 ? { ...row, content } : row));
  for (const pagination of [PAGE, OFFSET]) {
    const rig = await startListRig({ pagination, rows, tellsSize: 'true', ...SMALL_ANSWERS });
    const ledger = await freshLedger('postgres');
    expect(await rig.sync(ledger)).toMatchObject({ status: 'succeeded', is_complete: true, has_absence_proof: true, new_count: 2_000 });
    expect(rig.pages()).toBeLessThan(pagination === PAGE ? 120 : 240);
  }
});

it('a list that leaves rows out after counting them is read to its end, however small its pages become', async () => {
  const rig = await startListRig({
    pagination: OFFSET,
    rows: withLarge(30_000),
    hides: ({ id }) => Number(id.slice(4)) % 17 === 0,
    tellsSize: 'true',
    ...SMALL_ANSWERS,
  });
  const ledger = await freshLedger('postgres');
  await rig.sync(ledger);
  expect((await idsOf(ledger)).size).toBe(900 - Math.floor(900 / 17));
  expect(rig.pages()).toBeLessThan(500);
});

it('a source that gives more rows than it is asked for, and a row out of order, is read on at its own size', async () => {
  const rows = rowsOf(1_500);
  const rig = await startListRig({ pagination: PAGE, rows, fixedRows: 200 });
  const ledger = await freshLedger('postgres');
  await rig.sync(ledger);
  rig.passMs(60_000);
  rows.unshift(...rows.splice(700, 1));
  rows.splice(600, 0, rowNumber(2_000));
  await rig.sync(ledger);
  expect([...(await idsOf(ledger))]).toContain('run-2000');
});

it('a source that gives its own size and tells the one asked for fails too: it has more rows than it tells', async () => {
  const rows = withLarge(1);
  const rig = await startListRig({
    pagination: PAGE,
    rows,
    fixedRows: 100,
    tellsSize: 'asked',
    ...SMALL_ANSWERS,
  });
  const ledger = await freshLedger('postgres');
  expect(await rig.sync(ledger)).toMatchObject({ status: 'succeeded', new_count: 900 });
  rig.passMs(60_000);
  rows.splice(
    0,
    rows.length,
    ...rowsOf(900).map((row, index) => (index >= 480 && index < 500 ? { ...row, content: 'x'.repeat(9_000) } : row)),
  );
  rows.unshift(...rows.splice(700, 1));
  expect(await rig.sync(ledger)).toMatchObject({ status: 'failed', is_complete: false, error: { code: 'source_too_large' } });
});

it.each([46, 60, 80, 90])(
  'a source that gives %d rows at the most is not believed to give more once its pages grow again',
  async (mostRows) => {
    const rows = rowsOf(500).toReversed();
    const honours = { offset: 'offset', limit: 'limit' };
    const rig = await startListRig({ pagination: OFFSET, rows, honours, mostRows, ...SMALL_ANSWERS });
    const ledger = await freshLedger('postgres');
    expect(await rig.sync(ledger)).toMatchObject({ status: 'succeeded', new_count: 500 });
    rows.splice(0, 20, ...rows.slice(0, 20).map((row) => ({ ...row, content: 'x'.repeat(6_000) })));
    rows.push(...Array.from({ length: 10 }, (_, index) => rowNumber(501 + index)));
    rig.passMs(60_000);
    expect(await rig.sync(ledger)).toMatchObject({ status: 'succeeded', is_complete: true, new_count: 10 });
    expect(rig.pages()).toBeLessThan(100);
  },
);

it('a scan of a source that gives fewer rows than asked for, and leaves some out, is gone on with as ever', async () => {
  const rows = rowsOf(900);
  const controller = new AbortController();
  const rig = await startListRig({
    pagination: PAGE,
    rows,
    honours: { page: 'page', size: 'size' },
    mostRows: 46,
    hides: ({ id }) => id === 'run-700' || id === 'run-750',
    beforePage: (request) => {
      if (request === 8) controller.abort();
    },
  });
  const ledger = await freshLedger('postgres');
  expect(await rig.sync(ledger, { signal: controller.signal })).toMatchObject({ status: 'interrupted' });
  expect(await rig.sync(ledger)).toMatchObject({ status: 'succeeded' });
  expect((await idsOf(ledger)).size).toBe(898);
});

it('an old row in front of new ones does not end a reading in pages of one row', async () => {
  const content = 'x'.repeat(60_000);
  const rows = rowsOf(300).map((row, index) => (index < 10 ? { ...row, content } : row));
  const rig = await startListRig({ pagination: PAGE, rows, tellsSize: 'true', ...SMALL_ANSWERS });
  const ledger = await freshLedger('postgres');
  expect(await rig.sync(ledger)).toMatchObject({ status: 'succeeded', is_complete: true });
  rig.passMs(3_600_000);
  rows.splice(1, 0, ...[305, 304, 303, 302, 301].map((number) => ({ ...rowNumber(number), content })));
  expect(await rig.sync(ledger)).toMatchObject({ status: 'succeeded', is_complete: true, new_count: 5 });
});
