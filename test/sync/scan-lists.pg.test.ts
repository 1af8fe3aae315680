import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { Pagination } from '../../src/model/connector.ts';
import { createRandom } from '../../src/simulator/random.ts';
import { freshLedger } from '../support/ledger.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { rowNumber, rowsOf, startListRig, type ListRig, type ListRigOptions, type Row } from './list-rig.ts';

/** Lists that are not numbered pages, newest first, with a total that can be believed: what proves that they were read whole. */

const OFFSET: Pagination = { style: 'offset', offsetParameter: 'offset', limitParameter: 'limit', limit: 10 };
const PAGE: Pagination = { style: 'page', pageParameter: 'page', sizeParameter: 'size', size: 10 };
const ARRAY: Pagination = { style: 'array' };

const PROVEN = { has_absence_proof: true, is_complete: true, error: null };
const NOT_PROVEN = { has_absence_proof: false, is_complete: false };

async function listRig(options: ListRigOptions): Promise<{ rig: ListRig; ledger: Ledger }> {
  return { rig: await startListRig(options), ledger: await freshLedger('postgres') };
}

async function knownIds(ledger: Ledger): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ record_id: string }>`select record_id from runledger.records where is_present`.execute(ledger.db);
  return new Set(rows.map((row) => row.record_id));
}

async function missing(ledger: Ledger, rows: readonly Row[]): Promise<readonly string[]> {
  const known = await knownIds(ledger);
  return rows.map(({ id }) => id).filter((id) => !known.has(id));
}

const unordered = (rows: readonly Row[]): Row[] => rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
const oldestFirst = (rows: readonly Row[]): Row[] => rows.toReversed();

describe('a list in no order, or oldest first', () => {
  it.each([
    ['no order', unordered],
    ['oldest first', oldestFirst],
  ])('is read twice, and proven where it stands still: %s', async (_, arrange) => {
    for (const total of [(exact: number) => exact, () => null]) {
      const rows = arrange(rowsOf(95));
      const { rig, ledger } = await listRig({ pagination: PAGE, rows, total });
      expect(await rig.sync(ledger)).toMatchObject(PROVEN);
      expect(rig.pages()).toBeLessThanOrEqual(24);
      expect(await missing(ledger, rows)).toEqual([]);
    }
  });

  it('is told incomplete while it moves, and proven once it rests', async () => {
    for (const arrange of [unordered, oldestFirst]) {
      let isMoving = true;
      let next = 200;
      const rows = arrange(rowsOf(95));
      const beforePage = (): void => {
        if (!isMoving) return;
        rows.shift();
        rows.push(rowNumber((next += 1)));
      };
      const { rig, ledger } = await listRig({ pagination: PAGE, rows, beforePage });
      expect(await rig.sync(ledger)).toMatchObject(NOT_PROVEN);
      isMoving = false;
      expect(await rig.sync(ledger, { full: true, acceptDisappearances: true })).toMatchObject(PROVEN);
      expect(await missing(ledger, rows)).toEqual([]);
    }
  });

  it('is never proven where a row was passed by in both readings', async () => {
    for (let seed = 1; seed <= propertyRuns(4).numRuns; seed += 1) {
      const random = createRandom(seed);
      const rows = unordered(rowsOf(60));
      const lasting = new Set(rows);
      let next = 100;
      const beforePage = (): void => {
        if (random() < 0.4) for (const row of rows.splice(Math.floor(random() * rows.length), 1)) lasting.delete(row);
        if (random() < 0.4) rows.splice(Math.floor(random() * rows.length), 0, rowNumber((next += 1)));
      };
      const { rig, ledger } = await listRig({ pagination: PAGE, rows, beforePage });
      const result = await rig.sync(ledger);
      if (result.has_absence_proof || result.is_complete) expect(await missing(ledger, [...lasting])).toEqual([]);
    }
  });
});

describe('a list by offset', () => {
  it('is read once where it stands still, each page with the last row of the one before', async () => {
    const rows = rowsOf(91);
    const { rig, ledger } = await listRig({ pagination: OFFSET, rows });
    expect(await rig.sync(ledger)).toMatchObject(PROVEN);
    expect(rig.pages()).toBe(10);
    expect(await missing(ledger, rows)).toEqual([]);
  });

  it.each([
    ['without a total', () => null],
    ['with a total that stays what it was', () => 95],
  ])('tells by that row that rows vanished, %s', async (_, total) => {
    for (const arrange of [(rows: Row[]) => rows, oldestFirst]) {
      const rows = arrange(rowsOf(95));
      const beforePage = (number: number): void => {
        if (number === 3 || number === 6) rows.splice(1, 3);
      };
      const { rig, ledger } = await listRig({ pagination: OFFSET, rows, total, beforePage });
      const result = await rig.sync(ledger);
      expect(await missing(ledger, rows)).toEqual([]);
      expect(result.error).toBeNull();
    }
  });

  it('is never proven with a row passed by, whatever moves', async () => {
    for (let seed = 1; seed <= propertyRuns(4).numRuns; seed += 1) {
      const random = createRandom(seed);
      const rows = seed % 2 === 0 ? rowsOf(80) : oldestFirst(rowsOf(80));
      const lasting = new Set(rows);
      let next = 100;
      const beforePage = (): void => {
        if (random() < 0.4) for (const row of rows.splice(Math.floor(random() * rows.length), 1)) lasting.delete(row);
        if (random() < 0.4) rows.splice(seed % 2 === 0 ? 0 : rows.length, 0, rowNumber((next += 1)));
      };
      const { rig, ledger } = await listRig({ pagination: OFFSET, rows, beforePage, ...(seed % 3 === 0 && { total: () => null }) });
      const result = await rig.sync(ledger);
      expect(await missing(ledger, [...lasting]), `seed ${seed}`).toEqual([]);
      expect(result.error, `seed ${seed}`).toBeNull();
    }
  });
});

describe('a bare array', () => {
  it('is one moment, and proves itself with one request', async () => {
    const rows = rowsOf(1_500);
    const { rig, ledger } = await listRig({ pagination: ARRAY, rows });
    expect(await rig.sync(ledger)).toMatchObject(PROVEN);
    expect(rig.pages()).toBe(1);
    expect(await missing(ledger, rows)).toEqual([]);
  });
});

describe('a source whose total is not what it shows', () => {
  it('is never complete where it leaves rows out of its pages', async () => {
    const { rig, ledger } = await listRig({ pagination: PAGE, rows: rowsOf(95), hides: ({ id }) => id === 'run-42' });
    expect(await rig.sync(ledger)).toMatchObject({ ...NOT_PROVEN, error: null });
    expect(rig.pages()).toBeLessThanOrEqual(3 * 12);
    rig.passMs(3_600_000);
    expect(await rig.sync(ledger, { full: true })).toMatchObject(NOT_PROVEN);
  });

  it('is read to its end and twice where its total lies low, is cut off, or is not told', async () => {
    for (const total of [(exact: number) => Math.floor(exact / 2), () => 33, () => null]) {
      const rows = rowsOf(95);
      const { rig, ledger } = await listRig({ pagination: PAGE, rows, total });
      expect(await rig.sync(ledger)).toMatchObject(PROVEN);
      expect(await missing(ledger, rows)).toEqual([]);
      expect(rig.pages()).toBeGreaterThanOrEqual(20);
    }
  });

  it('is not believed where its total stays what it was although rows vanish', async () => {
    const rows = rowsOf(95);
    const lasting = new Set(rows);
    const beforePage = (): void => {
      for (const row of rows.splice(0, 1)) lasting.delete(row);
    };
    const { rig, ledger } = await listRig({ pagination: PAGE, rows, total: () => 33, beforePage });
    const result = await rig.sync(ledger);
    if (result.has_absence_proof || result.is_complete) expect(await missing(ledger, [...lasting])).toEqual([]);
    else expect(result).toMatchObject(NOT_PROVEN);
  });
});

describe('what a scan has seen', () => {
  it('proves nothing once a crash of the database has emptied it, and the list is read again', async () => {
    const rows = rowsOf(2_500);
    const ledger = await freshLedger('postgres');
    let isCrashed = false;
    const beforePage = async (number: number): Promise<void> => {
      if (number < 24 || isCrashed) return;
      isCrashed = true;
      await sql`truncate runledger.scan_seen`.execute(ledger.db);
    };
    // Without a total, so that nothing else tells that most of it is lost.
    const pagination: Pagination = { ...OFFSET, limit: 100 };
    const rig = await startListRig({ pagination, rows, beforePage, total: () => null });
    onTestFinished(() => ledger.close());
    expect(await rig.sync(ledger)).toMatchObject(PROVEN);
    expect(isCrashed).toBe(true);
    expect(rig.pages()).toBeGreaterThanOrEqual(50);
    expect(await missing(ledger, rows)).toEqual([]);
    const { rows: absent } = await sql`select from runledger.sightings where missing_since_at is not null`.execute(ledger.db);
    expect(absent).toEqual([]);
  });
});
