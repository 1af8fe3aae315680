import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { Pagination } from '../../src/model/connector.ts';
import { createRandom } from '../../src/simulator/random.ts';
import { freshLedger } from '../support/ledger.ts';
import { rowNumber, rowsOf, startListRig, type ListRigOptions } from './list-rig.ts';

/**
 * Lists in which large rows lie anywhere, so that pages shrink and grow again, while rows come and go at every request and a sync may be cut off: a sync that says
 * it is complete has passed no row by that was there all the while, and once nothing moves any more all are found. `SEEDS=1..200` runs others.
 */
const BY_OFFSET_OR_PAGE: Pagination = {
  style: 'offset',
  offsetParameter: 'offset',
  limitParameter: 'limit',
  limit: 100,
  alsoAsPage: { pageParameter: 'page', sizeParameter: 'page_size' },
};
const LISTS: readonly Pick<ListRigOptions, 'pagination' | 'honours'>[] = [
  { pagination: { style: 'page', pageParameter: 'page', sizeParameter: 'size', size: 100 }, honours: { page: 'page', size: 'size' } },
  {
    pagination: { style: 'offset', offsetParameter: 'offset', limitParameter: 'limit', limit: 100 },
    honours: { offset: 'offset', limit: 'limit' },
  },
  { pagination: BY_OFFSET_OR_PAGE, honours: { offset: 'offset', limit: 'limit' } },
  { pagination: BY_OFFSET_OR_PAGE, honours: { page: 'page', size: 'page_size' } },
];

const [first = 1, last = 16] = (process.env['SEEDS'] ?? '').split('..').filter(Boolean).map(Number);

it.each(Array.from({ length: last - first + 1 }, (_, index) => first + index))('of seed %d', async (seed) => {
  const random = createRandom(seed);
  const chance = (share: number): boolean => random() < share;
  const upTo = (most: number): number => Math.floor(random() * most);
  const large = () => (chance(0.05) ? { content: 'x'.repeat(upTo(40_000)) } : {});
  const rows = rowsOf(300 + upTo(700)).map((row) => ({ ...row, ...large() }));
  const lasting = new Set(rows.map(({ id }) => id));
  const [coming, going] = [0.3 * random(), 0.2 * random()];
  const cap = chance(0.3) ? { mostRows: 10 + upTo(90) } : {};
  let newest = rows.length;
  let isMoving = true;
  let cutAfter = chance(0.5) ? 3 + upTo(60) : Infinity;
  let controller = new AbortController();
  const beforePage = (): void => {
    if ((cutAfter -= 1) === 0) controller.abort();
    if (!isMoving) return;
    if (chance(coming)) rows.unshift({ ...rowNumber((newest += 1)), ...large() });
    if (chance(going)) for (const { id } of rows.splice(upTo(rows.length), 1)) lasting.delete(id);
  };
  const rig = await startListRig({
    ...(LISTS[seed % LISTS.length] as (typeof LISTS)[number]),
    ...cap,
    tellsSize: 'true',
    rows,
    beforePage,
    connection: { requests: { perSecond: Infinity, concurrency: 4, maxBytes: 100_000 } },
  });
  const ledger = await freshLedger('postgres');
  for (let syncs = 0; syncs < 3; syncs += 1) {
    controller = new AbortController();
    const result = await rig.sync(ledger, { signal: controller.signal });
    expect(result.error === null || result.error.code === 'aborted', result.error?.message).toBe(true);
    if (result.is_complete) expect(await unknownOf(ledger, lasting)).toEqual([]);
    cutAfter = Infinity;
    rig.passMs(chance(0.5) ? 60_000 : 26 * 3_600_000);
  }
  isMoving = false;
  expect(await rig.sync(ledger, { full: true })).toMatchObject({ status: 'succeeded', is_complete: true, has_absence_proof: true });
  expect(await unknownOf(ledger, new Set(rows.map(({ id }) => id)))).toEqual([]);
});

async function unknownOf(ledger: Ledger, ids: ReadonlySet<string>): Promise<readonly string[]> {
  const { rows } = await sql<{ record_id: string }>`select record_id from runledger.records`.execute(ledger.db);
  const known = new Set(rows.map(({ record_id: id }) => id));
  return [...ids].filter((id) => !known.has(id));
}
