import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, onTestFinished } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { SyncResult, SyncStreamResult } from '../../src/model/sync-result.ts';
import { readHead } from '../../src/record/read-head.ts';
import type { SyncOptions } from '../../src/sync/sync.ts';
import { verifyLedger } from '../../src/sync/verify.ts';
import { freshLedger } from '../support/ledger.ts';
import { startRig } from '../sync/rig.ts';
import { expectSameLines, ledgerLines } from './ledger-lines.ts';

/**
 * A first scan of several batches, and the sync after it, an hour later. The world is the same in every story and stands still while it is read, so what a ledger
 * has in the end is the same, too, whatever happens to its database on the way.
 */
export interface ScanStory {
  /** The first sync, or another one at the same moment. */
  sync(ledger: Ledger, options?: Partial<SyncOptions>): Promise<SyncResult>;
  /**
   * The first sync up to its middle, where a batch is recorded and others are to come: there the source lets a page wait until something is done.
   *
   * @returns what becomes of the sync then
   */
  syncToMiddle(
    ledger: Ledger,
    midScan: () => void | Promise<void>,
    options?: Partial<SyncOptions>,
  ): Promise<{ readonly done: Promise<SyncResult> }>;
  /** The second one. */
  syncLater(ledger: Ledger): Promise<SyncResult>;
  /** Holds a ledger against one that met with no fault: after the first sync. */
  expectFirst(ledger: Ledger): Promise<void>;
  /** Syncs later, holds the ledger against one that met with no fault in either sync, and verifies it. */
  expectSecond(ledger: Ledger): Promise<void>;
}

/** What a story without a fault comes to. */
export interface PlainStory {
  readonly streams: readonly SyncStreamResult[];
  readonly afterFirst: readonly string[];
  readonly afterSecond: readonly string[];
}

/** Three batches of a scan that can be gone on with. */
const RUNS = 1_000;
/** The first batch has the first four, and two are on their way at a time. */
const MIDDLE_PAGE = '8';
const HOUR_MS = 3_600_000;

/** @returns a story whose source is closed when the test is over */
export async function startStory(): Promise<ScanStory> {
  let atMiddle: (() => Promise<void>) | null = null;
  const rig = await startRig({
    world: { runs: RUNS, collections: 0, rates: { deletionShare: 0, failureShare: 0.02, endlessShare: 0.01 } },
    connection: { requests: { perSecond: Infinity, concurrency: 2 } },
    server: {
      beforeRequest: async ({ path, query }) => {
        if (path === '/v1/runs' && query.get('page') === MIDDLE_PAGE) await atMiddle?.();
      },
    },
  });
  onTestFinished(() => rig.close());
  const sync: ScanStory['sync'] = (ledger, options) => rig.sync(ledger, options);
  const syncLater: ScanStory['syncLater'] = (ledger) => {
    rig.world.advanceBy(HOUR_MS);
    return sync(ledger);
  };
  return {
    sync,
    async syncToMiddle(ledger, midScan, options) {
      const reached = Promise.withResolvers<undefined>();
      atMiddle = async () => {
        atMiddle = null;
        await midScan();
        reached.resolve(undefined);
      };
      const done = sync(ledger, options);
      // Whoever awaits it hears of a failure; until then it is nobody's.
      done.catch(() => undefined);
      await Promise.race([reached.promise, done]);
      return { done };
    },
    async expectFirst(ledger) {
      expectSameLines(await ledgerLines(ledger), (await plainStory()).afterFirst);
    },
    syncLater,
    async expectSecond(ledger) {
      const { streams } = await syncLater(ledger);
      expect(streams).toMatchObject([{ status: 'succeeded', is_complete: true }]);
      expectSameLines(await ledgerLines(ledger), (await plainStory()).afterSecond);
      expect((await verifyLedger(ledger)).break).toBeNull();
    },
  };
}

let plain: Promise<PlainStory> | null = null;

/** Told once a test run: the first of the test files that needs it leaves it to the others. */
export function plainStory(): Promise<PlainStory> {
  plain ??= rememberPlainStory();
  return plain;
}

async function rememberPlainStory(): Promise<PlainStory> {
  const file = join(inject('runFolder'), 'plain-story.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as PlainStory;
  const story = await tellPlainStory();
  // Under another name until it is whole: who finds the file does not wait. Two who come to it at once write the same.
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(story));
  renameSync(draft, file);
  return story;
}

async function tellPlainStory(): Promise<PlainStory> {
  const ledger = await freshLedger('postgres');
  const story = await startStory();
  let half = 0n;
  const { done } = await story.syncToMiddle(ledger, async () => {
    half = (await readHead(ledger.db)).position;
  });
  const { streams, head } = await done;
  expect(half, 'the middle of a scan has something before it').toBeGreaterThan(0n);
  expect(half, 'and something behind it').toBeLessThan(head.position);
  const afterFirst = await ledgerLines(ledger);
  await story.syncLater(ledger);
  return { streams, afterFirst, afterSecond: await ledgerLines(ledger) };
}
