import { sql } from 'kysely';
import { expect, onTestFinished } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { SyncStreamResult } from '../../src/model/sync-result.ts';
import type { ServerHooks } from '../../src/simulator/source-server.ts';
import type { SyncOptions } from '../../src/sync/sync.ts';
import { verifyLedger } from '../../src/sync/verify.ts';
import { freshLedger, type LedgerKind } from '../support/ledger.ts';
import { expectConsistent, readEvents } from './hold-against-truth.ts';
import { startRig, type Rig, type RigOptions } from './rig.ts';

export const HOUR_MS = 3_600_000;

/** A source in which nothing happens by itself, and a ledger; both closed when the test is over. */
export async function quietRig(kind: LedgerKind, options: RigOptions = {}): Promise<Watched> {
  const rates = { runsPerHour: 0, deletionShare: 0, stopShare: 0, waitingShare: 0, failureShare: 0, ...options.world?.rates };
  const rig = await startRig({ ...options, world: { collections: 0, ...options.world, rates } });
  onTestFinished(() => rig.close());
  return { rig, ledger: await freshLedger(kind) };
}

export interface Watched {
  readonly rig: Rig;
  readonly ledger: Ledger;
}

export interface Synced {
  readonly stream: SyncStreamResult;
  /** What this sync appended, in the order of record ids: `id event_type to_status`. */
  readonly events: readonly string[];
}

/** An hour later, one sync of the one stream. */
export async function syncLater({ rig, ledger }: Watched, options: Partial<SyncOptions> = {}): Promise<Synced> {
  rig.world.advanceBy(HOUR_MS);
  const before = (await readEvents(ledger)).length;
  const { streams } = await rig.sync(ledger, options);
  const events = (await readEvents(ledger)).slice(before);
  expect(streams).toHaveLength(1);
  return {
    stream: streams[0] as SyncStreamResult,
    events: events.map(({ record_id, event_type, to_status }) => [record_id, event_type, to_status ?? []].flat().join(' ')).sort(),
  };
}

export function disappearanceOf(ids: readonly string[]): readonly string[] {
  return ids.map((id) => `${id} disappeared`).sort();
}

/** The chain, the fold and every law of `sql/checks`. */
export async function expectLawful(ledger: Ledger): Promise<void> {
  await expectConsistent(ledger);
  expect((await verifyLedger(ledger)).break).toBeNull();
}

export async function presentIds(ledger: Ledger): Promise<readonly string[]> {
  const { rows } = await sql<{ record_id: string }>`
    select record_id from runledger.records where is_present order by record_id`.execute(ledger.db);
  return rows.map((row) => row.record_id);
}

export async function openRecords(ledger: Ledger): Promise<readonly { record_id: string; missing_since_at: string | null }[]> {
  const { rows } = await sql<{ record_id: string; missing_since_at: string | null }>`
    select record_id, missing_since_at from runledger.open_records order by record_id`.execute(ledger.db);
  return rows;
}

interface ListedItem {
  readonly id: string;
  readonly status: string;
}

interface Envelope {
  readonly items: readonly ListedItem[];
  readonly total: number;
  readonly page: number;
  readonly size: number;
  readonly pages: number;
}

type Intercept = NonNullable<ServerHooks['intercept']>;

/** The source as it is for a key that may not see some records: they are in no list, not counted, and not found by id. */
export function hiding(hidden: () => ReadonlySet<string>): Intercept {
  const fromList = hidingFromList(({ id }) => hidden().has(id));
  return (request, honest) => {
    if (hidden().size === 0) return null;
    const id = request.path.split('/').at(-1) ?? '';
    return hidden().has(id) ? { status: 404, body: { detail: 'Not found' } } : fromList(request, honest);
  };
}

/** The source as it is where some records are neither in the list of runs nor counted there. By id they are found. */
export function hidingFromList(isHidden: (item: ListedItem) => boolean): Intercept {
  return ({ path, query }, honest) => {
    if (path !== '/v1/runs') return null;
    const asked = { page: Number(query.get('page') ?? 1), size: Number(query.get('size') ?? 50) };
    const shown: ListedItem[] = [];
    for (let page = 1, pages = 1; page <= pages; page += 1) {
      query.set('page', String(page));
      const body = honest().body as Envelope;
      shown.push(...body.items.filter((item) => !isHidden(item)));
      pages = body.pages;
    }
    query.set('page', String(asked.page));
    const items = shown.slice((asked.page - 1) * asked.size, asked.page * asked.size);
    return { body: { ...asked, items, total: shown.length, pages: Math.ceil(shown.length / asked.size) } };
  };
}

/** What showed each disappearance: `id path status`, the base path left out. */
export async function evidenceOfAbsence(ledger: Ledger): Promise<readonly string[]> {
  const { rows } = await sql<{ record_id: string; response_path: string; response_status: number }>`
    select record_id, response_path, response_status from runledger.disappearances order by record_id`.execute(ledger.db);
  return rows.map((row) => `${row.record_id} ${row.response_path} ${row.response_status}`);
}
