import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { Pagination } from '../../src/model/connector.ts';
import { createRandom } from '../../src/simulator/random.ts';
import { freshLedger } from '../support/ledger.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { rowNumber, rowsOf, startListRig, type ListRig, type ListRigOptions, type Row } from './list-rig.ts';

/** Lists that a change moves a row in: those sorted by the last change, and windows of what changed since. */

const OFFSET: Pagination = { style: 'offset', offsetParameter: 'offset', limitParameter: 'limit', limit: 10 };
const PROVEN = { has_absence_proof: true, is_complete: true, error: null };
const HOUR_MS = 3_600_000;

/** Rows that have not changed since they were created. */
function unchangedRows(count: number): Row[] {
  return rowsOf(count).map((row) => ({ ...row, changedAt: row.at, version: 0 }));
}

interface Moving {
  readonly rig: ListRig;
  readonly ledger: Ledger;
  readonly rows: Row[];
  /** Rows that were there from the beginning and were never deleted. */
  readonly lasting: Set<string>;
  /** Changes a row: it goes to the front. */
  readonly change: (index: number) => void;
}

async function movingRig(count: number, options: Partial<ListRigOptions>, onPage: (moving: Moving, page: number) => void): Promise<Moving> {
  const rows = unchangedRows(count);
  const rig = await startListRig({
    pagination: OFFSET,
    rows,
    connection: { overlapMs: 1_000 },
    ...options,
    beforePage: (number) => {
      rig.passMs(1_700);
      onPage(moving, number);
    },
  });
  const moving: Moving = {
    rig,
    ledger: await freshLedger('postgres'),
    rows,
    lasting: new Set(rows.map(({ id }) => id)),
    change: (index) => {
      const [row] = rows.splice(index, 1);
      if (row !== undefined) rows.unshift({ ...row, changedAt: rig.now(), version: (row.version ?? 0) + 1 });
    },
  };
  return moving;
}

/** What the ledger has of each present row. */
async function knownVersions(ledger: Ledger): Promise<Record<string, number>> {
  const { rows } = await sql<{ record_id: string; chunk_count: bigint }>`
    select record_id, chunk_count from runledger.records where is_present`.execute(ledger.db);
  return Object.fromEntries(rows.map((row) => [row.record_id, Number(row.chunk_count)]));
}

function versionsOf(rows: readonly Row[]): Record<string, number> {
  return Object.fromEntries(rows.map((row) => [row.id, row.version ?? 0]));
}

function anythingMoves(random: () => number): (moving: Moving) => void {
  let next = 1_000;
  return ({ rig, rows, lasting, change }) => {
    if (random() < 0.6) change(Math.floor(random() * rows.length));
    if (random() < 0.3) rows.unshift({ ...rowNumber((next += 1)), changedAt: rig.now(), version: 0 });
    if (random() < 0.3) for (const { id } of rows.splice(Math.floor(random() * rows.length), 1)) lasting.delete(id);
  };
}

describe('a list sorted by the last change', () => {
  const list = { sortedBy: 'updated' } as const;

  it('is read once and proven where it stands still, and later as far as it is new', async () => {
    const { rig, ledger, rows, change } = await movingRig(91, { list }, () => undefined);
    expect(await rig.sync(ledger)).toMatchObject(PROVEN);
    // Ten pages, and the front once more.
    expect(rig.pages()).toBe(11);
    rig.passMs(HOUR_MS);
    change(70);
    const before = rig.pages();
    expect(await rig.sync(ledger)).toMatchObject({ changed_count: 1, is_complete: true });
    expect(rig.pages() - before).toBe(2);
    expect(await knownVersions(ledger)).toEqual(versionsOf(rows));
  });

  it('shows in its front what changed while it was read, and would else have been passed by', async () => {
    const { rig, ledger, rows } = await movingRig(91, { list }, ({ change }, number) => {
      // From the part that was not read yet to where it was read already.
      if (number === 3) change(85);
    });
    expect(await rig.sync(ledger)).toMatchObject(PROVEN);
    expect(await knownVersions(ledger)).toEqual(versionsOf(rows));
  });

  it('is never proven with a row passed by, and caught up with once it rests', async () => {
    for (let seed = 1; seed <= propertyRuns(6).numRuns; seed += 1) {
      const random = createRandom(seed);
      const move = anythingMoves(random);
      let isMoving = true;
      const { rig, ledger, rows, lasting } = await movingRig(80, { list, ...(seed % 3 === 0 && { total: () => null }) }, (moving) => {
        if (isMoving) move(moving);
      });
      const first = await rig.sync(ledger);
      const known = await knownVersions(ledger);
      if (first.has_absence_proof)
        expect(
          [...lasting].filter((id) => !(id in known)),
          `seed ${seed}`,
        ).toEqual([]);
      await rig.sync(ledger);
      isMoving = false;
      rig.passMs(HOUR_MS);
      const last = await rig.sync(ledger, { full: true, acceptDisappearances: true });
      expect(last, `seed ${seed}`).toMatchObject(PROVEN);
      expect(await knownVersions(ledger), `seed ${seed}`).toEqual(versionsOf(rows));
    }
  });
});

describe('a source that filters by the last change', () => {
  it('is asked once where nothing changed, and for what changed else', async () => {
    const { rig, ledger, rows, change } = await movingRig(91, { hasWindows: true }, () => undefined);
    expect(await rig.sync(ledger)).toMatchObject(PROVEN);
    rig.passMs(HOUR_MS);
    const before = rig.pages();
    expect(await rig.sync(ledger)).toMatchObject({ is_complete: true, observed_count: 0 });
    expect(rig.pages() - before).toBe(1);
    for (const index of [90, 60, 30]) change(index);
    expect(await rig.sync(ledger)).toMatchObject({ changed_count: 3, observed_count: 3 });
    expect(rig.pages() - before).toBe(2);
    expect(await knownVersions(ledger)).toEqual(versionsOf(rows));
  });

  it('has shown all that changed before its last answer, in the very second of the first one too, once a sync is complete', async () => {
    let onNext: (moving: Moving) => void = () => undefined;
    const moving = await movingRig(91, { hasWindows: true }, (each) => {
      onNext(each);
      onNext = () => undefined;
    });
    const { rig, ledger, rows, change } = moving;
    await rig.sync(ledger);
    rig.passMs(HOUR_MS);
    for (let index = 0; index < 30; index += 1) change(rows.length - 1);
    rig.passMs(HOUR_MS);
    // A Date is cut to the second: asked for what changed before it, the source leaves this one out.
    onNext = () => {
      change(40);
    };
    const before = rig.pages();
    expect(await rig.sync(ledger)).toMatchObject({ changed_count: 31, is_complete: true });
    expect(await knownVersions(ledger)).toEqual(versionsOf(rows));
    // One page to see that there are more, four of those, and one of what changed since.
    expect(rig.pages() - before).toBe(6);
  });

  it('is found by the next sync what it stamped before it showed it, however many windows this one took', async () => {
    let onPage: (page: number) => void = () => undefined;
    let pages = 0;
    const { rig, ledger, rows, change } = await movingRig(91, { hasWindows: true, connection: { overlapMs: 10_000 } }, () => {
      onPage((pages += 1));
    });
    await rig.sync(ledger);
    rig.passMs(HOUR_MS);
    for (let index = 0; index < 30; index += 1) change(10 + index);
    rig.passMs(HOUR_MS);
    const stampedAt = rig.now();
    pages = 0;
    onPage = (page) => {
      if (page !== 5) return;
      for (let index = 0; index < 30; index += 1) change(40 + index);
      const [row] = rows.splice(
        rows.findIndex(({ id }) => id === 'run-1'),
        1,
      ) as [Row];
      rows.unshift({ ...row, changedAt: stampedAt, version: 1 });
    };
    await rig.sync(ledger);
    onPage = () => undefined;
    rig.passMs(60_000);
    await rig.sync(ledger);
    expect(await knownVersions(ledger)).toEqual(versionsOf(rows));
  });

  it('keeps what its first window showed where a later one fails', async () => {
    const windows = new Set<string>();
    const refuses = (query: URLSearchParams): boolean => windows.add(query.get('from') ?? '').size > 2;
    const { rig, ledger, change, rows } = await movingRig(91, { hasWindows: true, refuses }, () => undefined);
    await rig.sync(ledger);
    const watermark = async (): Promise<unknown> => (await sql`select watermark from runledger.streams`.execute(ledger.db)).rows[0];
    const before = await watermark();
    rig.passMs(HOUR_MS);
    for (let index = 0; index < 30; index += 1) change(rows.length - 1);
    rig.passMs(HOUR_MS);
    expect(await rig.sync(ledger)).toMatchObject({ status: 'failed', changed_count: 30 });
    expect(await watermark()).not.toEqual(before);
  });

  it('is caught up with one sync after it rests, whatever changed and vanished while its windows were read', async () => {
    for (let seed = 1; seed <= propertyRuns(6).numRuns; seed += 1) {
      const random = createRandom(seed);
      let isMoving = true;
      const { rig, ledger, rows } = await movingRig(90, { hasWindows: true }, (moving) => {
        if (!isMoving) return;
        // Whatever moves a row in a window takes it out of it: the rest moves up.
        for (let count = Math.floor(random() * 12); count > 0; count -= 1) moving.change(Math.floor(random() * moving.rows.length));
      });
      isMoving = false;
      await rig.sync(ledger);
      isMoving = true;
      for (let syncs = 0; syncs < 3; syncs += 1) {
        rig.passMs(HOUR_MS);
        for (let index = 0; index < 60; index += 1) {
          const [row] = rows.splice(Math.floor(random() * rows.length), 1);
          if (row !== undefined) rows.unshift({ ...row, changedAt: rig.now(), version: (row.version ?? 0) + 1 });
        }
        rig.passMs(HOUR_MS / 60);
        expect((await rig.sync(ledger)).error).toBeNull();
      }
      isMoving = false;
      rig.passMs(HOUR_MS);
      expect(await rig.sync(ledger)).toMatchObject({ is_complete: true, error: null });
      expect(await knownVersions(ledger), `seed ${seed}`).toEqual(versionsOf(rows));
    }
  });

  it('is counted before it is read whole: a scan is due only where the total tells that some are gone', async () => {
    const { rig, ledger, rows } = await movingRig(91, { hasWindows: true }, () => undefined);
    await rig.sync(ledger);
    rig.passMs(25 * HOUR_MS);
    const before = rig.pages();
    expect(await rig.sync(ledger)).toMatchObject({ mode: 'incremental', is_complete: true });
    expect(rig.pages() - before).toBe(2);
    rows.splice(50, 1);
    rig.passMs(25 * HOUR_MS);
    expect(await rig.sync(ledger)).toMatchObject({ mode: 'full', disappeared_count: 1 });
  });
});

describe('a list whose pages are asked for by offset and by number at once', () => {
  const pagination: Pagination = { ...OFFSET, alsoAsPage: { pageParameter: 'page', sizeParameter: 'page_size' } };
  const byOffset = { offset: 'offset', limit: 'limit' };
  const byNumber = { page: 'page', size: 'page_size' };

  it.each([
    ['offsets', byOffset, Infinity],
    ['numbers', byNumber, Infinity],
    ['offsets, fewer rows than asked for', byOffset, 4],
    ['numbers, fewer rows than asked for', byNumber, 4],
  ])('is read whole from a source that knows %s', async (_, honours, mostRows) => {
    for (const total of [(exact: number) => exact, () => null]) {
      const rows = rowsOf(93);
      const rig = await startListRig({ pagination, rows, honours, mostRows, total });
      const ledger = await freshLedger('postgres');
      expect(await rig.sync(ledger)).toMatchObject(PROVEN);
      const { rows: known } = await sql`select from runledger.records`.execute(ledger.db);
      expect(known).toHaveLength(93);
    }
  });

  it('is an error, and no loop, where the source knows neither', async () => {
    const rig = await startListRig({ pagination, rows: rowsOf(93), honours: { offset: 'start', limit: 'limit' } });
    expect(await rig.sync(await freshLedger('postgres'))).toMatchObject({ status: 'failed', error: { code: 'source_repeats' } });
  });

  it('is never proven with a row passed by, whatever vanishes', async () => {
    for (let seed = 1; seed <= propertyRuns(4).numRuns; seed += 1) {
      const random = createRandom(seed);
      const rows = rowsOf(80);
      const lasting = new Set(rows.map(({ id }) => id));
      const beforePage = (): void => {
        if (random() < 0.5) for (const { id } of rows.splice(Math.floor(random() * rows.length), 1)) lasting.delete(id);
      };
      const rig = await startListRig({ pagination, rows, honours: seed % 2 === 0 ? byOffset : byNumber, beforePage });
      const ledger = await freshLedger('postgres');
      const result = await rig.sync(ledger);
      const { rows: known } = await sql<{ record_id: string }>`select record_id from runledger.records`.execute(ledger.db);
      const ids = new Set(known.map((row) => row.record_id));
      if (result.has_absence_proof)
        expect(
          [...lasting].filter((id) => !ids.has(id)),
          `seed ${seed}`,
        ).toEqual([]);
      expect(result.error).toBeNull();
    }
  });
});
