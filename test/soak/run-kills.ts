import { pino } from 'pino';
import { createRandom, derivedSeed } from '../../src/simulator/random.ts';
import { migrateLedger } from '../../src/sync/migrate-ledger.ts';
import { killFirstScan, killIncremental, type KillResult } from './kills.ts';
import { startKillRig } from './kill-rig.ts';
import { KILL_SIGNALS, type KillSignal } from './rounds.ts';
import { openHome, withLedger, type LedgerHome, type LedgerKind, type LedgerPlace } from './soak-ledger.ts';

/** What came of kills on one kind of ledger. */
export interface KillsTally {
  readonly kind: LedgerKind;
  readonly firstScans: number;
  readonly incrementals: number;
  readonly signals: Readonly<Record<KillSignal, number>>;
  /** The most that any pair of syncs read beyond what one would have. */
  readonly mostPagesAgain: number;
  readonly troubles: readonly string[];
}

export interface KillsOptions {
  readonly kind: LedgerKind;
  /** Half of them of first scans. A sync that was over before its kill came does not count. */
  readonly kills: number;
  readonly seed: number;
  /** Of the first scan, three batches long. */
  readonly runs?: number;
  readonly folder: string;
  /** Ends it before all are done. */
  readonly onKill?: (done: number) => void;
}

/** One kill after another, each followed by a sync that is left alone. */
export async function runKills({ kind, kills, seed, runs = 1_500, folder, onKill }: KillsOptions): Promise<KillsTally> {
  const home = await openHome(kind, `${folder}/${kind}`);
  try {
    const random = createRandom(derivedSeed(seed, 1));
    const first = Math.ceil(kills / 2);
    let done = 0;
    const count = (result: KillResult): KillResult => {
      if (result.isKilled) onKill?.((done += 1));
      return result;
    };
    const firstScans = await killFirstScans(home, { seed, runs, folder, kills: first }, random, count);
    const incrementals = await killIncrementals(home, { seed, runs: 200, folder, kills: kills - first }, random, count);
    const all = [...firstScans, ...incrementals];
    const killed = (results: readonly KillResult[]): number => results.filter(({ isKilled }) => isKilled).length;
    return {
      kind,
      firstScans: killed(firstScans),
      incrementals: killed(incrementals),
      signals: Object.fromEntries(
        KILL_SIGNALS.map((signal) => [signal, killed(all.filter(({ kill }) => kill.signal === signal))]),
      ) as Record<KillSignal, number>,
      mostPagesAgain: Math.max(0, ...all.map(({ pagesAgain }) => pagesAgain)),
      troubles: all.flatMap(({ troubles }) => troubles),
    };
  } finally {
    await home.close();
  }
}

type Some = Pick<KillsOptions, 'kills' | 'seed' | 'folder'> & { readonly runs: number };
type Count = (result: KillResult) => KillResult;

async function killFirstScans(
  home: LedgerHome,
  { kills, ...options }: Some,
  random: () => number,
  count: Count,
): Promise<readonly KillResult[]> {
  const rig = await startKillRig(options);
  const template = await migrated(home);
  try {
    return await untilKilled(kills, async () => {
      const place = await home.fresh(template);
      try {
        return count(await killFirstScan(rig, place, random));
      } finally {
        await place.remove();
      }
    });
  } finally {
    await template.remove();
    await rig.close();
  }
}

/** All on one ledger, which has caught up before the first and after each. */
async function killIncrementals(
  home: LedgerHome,
  { kills, ...options }: Some,
  random: () => number,
  count: Count,
): Promise<readonly KillResult[]> {
  const rig = await startKillRig(options);
  const template = await migrated(home);
  const place = await home.fresh(template);
  try {
    await rig.sync(place);
    return await untilKilled(kills, async () => count(await killIncremental(rig, place, random)));
  } finally {
    await place.remove();
    await template.remove();
    await rig.close();
  }
}

/** An empty ledger to begin with: that a first start may be killed too is tested where ledgers are made. */
async function migrated(home: LedgerHome): Promise<LedgerPlace> {
  const place = await home.fresh();
  await withLedger(place, 'write', (ledger) => migrateLedger(ledger, { log: pino({ level: 'silent' }) }));
  return place;
}

/** So many times as many tries may it take: on a slow machine a kill may come too late, on a quick one the next. */
const MOST_TRIES_A_KILL = 4;

async function untilKilled(kills: number, once: () => Promise<KillResult>): Promise<readonly KillResult[]> {
  const results: KillResult[] = [];
  while (results.filter(({ isKilled }) => isKilled).length < kills && results.length < kills * MOST_TRIES_A_KILL)
    results.push(await once());
  return results;
}
