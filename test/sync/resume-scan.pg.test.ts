import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { PlannedEvent } from '../../src/model/sync-result.ts';
import type { Pagination } from '../../src/model/connector.ts';
import { freshLedger } from '../support/ledger.ts';
import { expectConsistent } from './hold-against-truth.ts';
import { rowNumber, rowsOf, startListRig, type ListRig, type Row } from './list-rig.ts';

/** A first scan that is cut off goes on where it was left; and pages that are fetched several at a time are believed only of a list that stood still. */

const PAGE: Pagination = { style: 'page', pageParameter: 'page', sizeParameter: 'size', size: 100 };
const PAGES = 40;

async function unknownOf(ledger: Ledger, rows: readonly Row[]): Promise<readonly string[]> {
  const { rows: known } = await sql<{ record_id: string }>`select record_id from runledger.records`.execute(ledger.db);
  const ids = new Set(known.map((row) => row.record_id));
  return rows.map(({ id }) => id).filter((id) => !ids.has(id));
}

interface CutOff {
  readonly rig: ListRig;
  readonly ledger: Ledger;
  readonly rows: Row[];
}

/** A first scan that a signal ends at page 25, with what happens before that to the list. */
async function cutOff(beforePage: (asked: number, rows: Row[]) => void | Promise<void> = () => undefined): Promise<CutOff> {
  const rows = rowsOf(PAGES * 100);
  const controller = new AbortController();
  const rig = await startListRig({
    pagination: PAGE,
    rows,
    beforePage: async (_, asked) => {
      if (controller.signal.aborted) return;
      await beforePage(asked, rows);
      if (asked >= 25) controller.abort();
    },
  });
  const ledger = await freshLedger('postgres');
  expect(await rig.sync(ledger, { signal: controller.signal })).toMatchObject({ status: 'interrupted', is_complete: false });
  return { rig, ledger, rows };
}

/**
 * Page 15 is answered after page 16, and in between a run comes and the oldest one goes, so that the total stays as it was: the last row of page 15 moves to
 * page 16, which has been cut already.
 */
function answeredOutOfOrder(): (asked: number, rows: Row[]) => Promise<void> {
  let release = (): void => undefined;
  const moved = new Promise<void>((resolve) => {
    release = resolve;
  });
  let hasMoved = false;
  return async (asked, rows) => {
    if (asked === 15 && !hasMoved) await moved;
    if (asked !== 16 || hasMoved) return;
    hasMoved = true;
    setTimeout(() => {
      rows.unshift(rowNumber(9_000));
      rows.pop();
      release();
    }, 50);
  };
}

describe('pages that are fetched several at a time', () => {
  it('are read again where the list moved between their answers, though its total did not', async () => {
    const rows = rowsOf(PAGES * 100);
    const move = answeredOutOfOrder();
    const rig = await startListRig({ pagination: PAGE, rows, beforePage: (_, asked) => move(asked, rows) });
    const ledger = await freshLedger('postgres');
    expect(await rig.sync(ledger)).toMatchObject({ has_absence_proof: true, is_complete: true, has_drift: true });
    expect(rows[0]?.id).toBe('run-9000');
    expect(await unknownOf(ledger, rows)).toEqual([]);
  });

  it('cost a look at the front for every 64 of them', async () => {
    const rows = rowsOf(1_500);
    const rig = await startListRig({ pagination: { ...PAGE, size: 10 }, rows });
    const ledger = await freshLedger('postgres');
    expect(await rig.sync(ledger)).toMatchObject({ has_absence_proof: true, is_complete: true, has_drift: false });
    expect(rig.pages()).toBeLessThanOrEqual(150 + Math.ceil(150 / 64) + 5);
    expect(await unknownOf(ledger, rows)).toEqual([]);
  });
});

describe('a first scan that was cut off', () => {
  it('is gone on with in a dry run too, which then tells of no absence', async () => {
    const { rig, ledger, rows } = await cutOff();
    rows.splice(100, 3);
    const told: string[] = [];
    const onPlannedEvent = ({ event_type: type }: PlannedEvent): void => void told.push(type);
    expect(await rig.sync(ledger, { dryRun: true, onPlannedEvent })).toMatchObject({ is_complete: true, has_absence_proof: false });
    expect(told).not.toContain('disappeared');
    expect(await rig.sync(ledger)).toMatchObject({
      is_complete: true,
      has_absence_proof: false,
      disappeared_count: 0,
      appended_count: told.length,
    });
  });

  it('goes on where it was left, is then complete, and proves no absence', async () => {
    const { rig, ledger, rows } = await cutOff();
    const before = rig.pages();
    for (let number = 8_000; number < 8_030; number += 1) rows.unshift(rowNumber(number));
    expect(await rig.sync(ledger)).toMatchObject({ mode: 'full', status: 'succeeded', is_complete: true, has_absence_proof: false });
    expect(rig.pages() - before).toBeLessThanOrEqual(PAGES - 25 + 10 + 5);
    expect(await unknownOf(ledger, rows)).toEqual([]);
    await expectConsistent(ledger);
    const { rows: left } = await sql`select from runledger.checkpoints`.execute(ledger.db);
    expect(left).toEqual([]);
  });

  it('goes back as far as rows vanished meanwhile', async () => {
    const { rig, ledger, rows } = await cutOff();
    rows.splice(100, 700);
    rows.unshift(rowNumber(8_000));
    expect(await rig.sync(ledger)).toMatchObject({ mode: 'full', is_complete: true, has_absence_proof: false });
    expect(await unknownOf(ledger, rows)).toEqual([]);
  });

  it('reads again what it had fetched several pages at a time, if the list has moved since', async () => {
    const { rig, ledger, rows } = await cutOff(answeredOutOfOrder());
    expect(rows[0]?.id).toBe('run-9000');
    expect(await unknownOf(ledger, rows.slice(0, 2_000))).not.toEqual([]);
    // One that was seen goes, so that as many were seen as there are: the count alone would not tell.
    rows.splice(500, 1);
    expect(await rig.sync(ledger)).toMatchObject({ mode: 'full', is_complete: true, has_absence_proof: false });
    expect(await unknownOf(ledger, rows)).toEqual([]);
  });

  it('is begun anew where a crash of the database has emptied what it had seen', async () => {
    const { rig, ledger, rows } = await cutOff();
    await sql`truncate runledger.scan_seen`.execute(ledger.db);
    expect(await rig.sync(ledger)).toMatchObject({ mode: 'full', is_complete: true });
    expect(await unknownOf(ledger, rows)).toEqual([]);
  });

  it('is followed by a scan that proves absence, once one is due', async () => {
    const { rig, ledger, rows } = await cutOff();
    const [gone] = rows.splice(2_000, 1);
    await rig.sync(ledger);
    rig.passMs(8 * 86_400_000);
    expect(await rig.sync(ledger)).toMatchObject({ mode: 'full', is_complete: true, has_absence_proof: true });
    const { rows: present } = await sql`select from runledger.records where record_id = ${gone?.id} and is_present`.execute(ledger.db);
    expect(present).toEqual([]);
  });
});
