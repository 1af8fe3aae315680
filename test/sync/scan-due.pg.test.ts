import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { Pagination } from '../../src/model/connector.ts';
import { freshLedger } from '../support/ledger.ts';
import { rowNumber, rowsOf, startListRig, type ListRig, type Row } from './list-rig.ts';

const PAGE: Pagination = { style: 'page', pageParameter: 'page', sizeParameter: 'size', size: 10 };
const HOUR_MS = 3_600_000;

interface Scanned {
  readonly rig: ListRig;
  readonly ledger: Ledger;
  readonly rows: Row[];
  /** Pages asked for since it was last asked. */
  readonly takePages: () => number;
}

/** A list of 300 rows that a first sync has read. */
async function scanned(hides: (row: Row) => boolean = () => false): Promise<Scanned> {
  const rows = rowsOf(300);
  const rig = await startListRig({ pagination: PAGE, rows, hides });
  const ledger = await freshLedger('postgres');
  expect(await rig.sync(ledger)).toMatchObject({ mode: 'full', error: null });
  let taken = rig.pages();
  const takePages = (): number => {
    const fresh = rig.pages() - taken;
    taken = rig.pages();
    return fresh;
  };
  return { rig, ledger, rows, takePages };
}

async function hasTotalsAgreed(ledger: Ledger): Promise<boolean> {
  const { rows } = await sql`select from runledger.streams where last_totals_agreed_at is not null`.execute(ledger.db);
  return rows.length === 1;
}

async function disappeared(ledger: Ledger): Promise<readonly string[]> {
  const { rows } = await sql<{ record_id: string }>`select record_id from runledger.events where event_type = 'disappeared'`.execute(
    ledger.db,
  );
  return rows.map((row) => row.record_id);
}

describe('a full scan that is due', () => {
  it('is spared where the totals agree, for the price of a look at the front', async () => {
    const { rig, ledger, rows, takePages } = await scanned();
    rig.passMs(12 * HOUR_MS);
    expect(await rig.sync(ledger)).toMatchObject({ mode: 'incremental' });
    expect(await hasTotalsAgreed(ledger)).toBe(false);
    rig.passMs(13 * HOUR_MS);
    rows.unshift(rowNumber(1_000));
    takePages();
    expect(await rig.sync(ledger)).toMatchObject({ mode: 'incremental', new_count: 1, is_complete: true, has_absence_proof: false });
    expect(takePages()).toBeLessThanOrEqual(3);
    expect(await hasTotalsAgreed(ledger)).toBe(true);
  });

  it('is made in the same sync where they do not, and finds a run that was deleted far back', async () => {
    const { rig, ledger, rows, takePages } = await scanned();
    const [gone] = rows.splice(250, 1);
    rig.passMs(HOUR_MS);
    expect(await rig.sync(ledger)).toMatchObject({ mode: 'incremental' });
    expect(await disappeared(ledger)).toEqual([]);
    rig.passMs(24 * HOUR_MS);
    takePages();
    expect(await rig.sync(ledger)).toMatchObject({ mode: 'full', is_complete: true, has_absence_proof: true, error: null });
    expect(takePages()).toBeLessThanOrEqual(35);
    expect(await disappeared(ledger)).toEqual([gone?.id]);
  });

  it('is made after seven intervals although the totals agreed each time', async () => {
    const { rig, ledger, rows } = await scanned();
    // One goes and one comes where nobody looks: no total tells.
    rows.splice(200, 1, { ...rowNumber(100), id: 'late' });
    const modes: string[] = [];
    for (let day = 1; day <= 8; day += 1) {
      rig.passMs(24 * HOUR_MS + 60_000);
      modes.push((await rig.sync(ledger)).mode);
    }
    expect(modes).toEqual([...Array.from({ length: 6 }, () => 'incremental'), 'full', 'incremental']);
    expect(await disappeared(ledger)).toEqual(['run-100']);
  });

  it('is not tried at every sync where it cannot be proven, but again after an eighth of the interval', async () => {
    const { rig, ledger, takePages } = await scanned(({ id }) => id === 'run-150');
    for (const [hours, mode] of [
      [1, 'incremental'],
      [1, 'incremental'],
      [1.5, 'full'],
      [1, 'incremental'],
    ] as const) {
      rig.passMs(hours * HOUR_MS);
      takePages();
      expect(await rig.sync(ledger)).toMatchObject({ mode, is_complete: false, has_absence_proof: false, error: null });
      if (mode === 'incremental') expect(takePages()).toBeLessThanOrEqual(2);
    }
  });
});
