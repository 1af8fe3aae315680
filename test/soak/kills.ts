import { sql } from 'kysely';
import type { SyncResult } from '../../src/model/sync-result.ts';
import { NOXUS_STATUS } from '../../src/simulator/noxus/words.ts';
import { pick, type Random } from '../../src/simulator/random.ts';
import { verifyLedger } from '../../src/sync/verify.ts';
import type { CommandResult } from '../cli/run-command.ts';
import { PAGE_SIZE, type Kill, type KillRig } from './kill-rig.ts';
import { KILL_SIGNALS } from './rounds.ts';
import { withLedger, type LedgerPlace } from './soak-ledger.ts';

/** What came of a sync that was to be killed, and of the one after it. */
export interface KillResult {
  readonly kill: Kill;
  /** Whether it came to it: a sync may be over before. */
  readonly isKilled: boolean;
  /** Pages of the list, of both syncs, beyond those that one sync alone would have read. */
  readonly pagesAgain: number;
  /** What should not have been: empty where all is well. */
  readonly troubles: readonly string[];
}

/** A batch, what was asked for beside it at the time, and the front of the list, which is read again where a scan is taken up. */
const BATCH_PAGES = 10;
const PAGES_IN_FLIGHT = 4;
const FRONT_PAGES = 2;
export const MOST_PAGES_AGAIN = BATCH_PAGES + PAGES_IN_FLIGHT + FRONT_PAGES;

const LONGEST_AFTER_PAGE_MS = 40;

/** Kills the first sync of an empty ledger somewhere in its scan. Runs come and end before it is taken up again: open ones would be looked for in the list. */
export async function killFirstScan(rig: KillRig, place: LedgerPlace, random: Random): Promise<KillResult> {
  const kill = drawKill(random, Math.ceil(presentCount(rig) / PAGE_SIZE));
  return await killAndSync(rig, place, kill, () => {
    for (const { id } of addRuns(rig, 3)) {
      rig.world.moveRun(id, 'running');
      rig.world.moveRun(id, 'succeeded');
    }
    return Math.ceil(presentCount(rig) / PAGE_SIZE);
  });
}

/** Kills a sync that has new and changed runs to read. @param place a ledger that has caught up */
export async function killIncremental(rig: KillRig, place: LedgerPlace, random: Random): Promise<KillResult> {
  const pages = 1 + Math.floor(random() * 3);
  addRuns(rig, pages * PAGE_SIZE);
  const open = rig.world.runs.findLast(({ state, deletedAt }) => state === 'queued' && deletedAt === null);
  if (open !== undefined) rig.world.moveRun(open.id, 'running');
  return await killAndSync(rig, place, drawKill(random, pages), () => 0);
}

function drawKill(random: Random, pages: number): Kill {
  return {
    signal: pick(random, KILL_SIGNALS),
    page: 1 + Math.floor(random() * pages),
    afterMs: Math.floor(random() * LONGEST_AFTER_PAGE_MS),
  };
}

/** @param meanwhile lets happen what happens before the next sync, and tells how many pages the scan has that was killed; 0 where it was none */
async function killAndSync(rig: KillRig, place: LedgerPlace, kill: Kill, meanwhile: () => number): Promise<KillResult> {
  rig.takePages();
  const killed = await rig.killedSync(place, kill);
  const pagesBefore = rig.takePages();
  const isKilled = killed.signal !== null || killed.code === 130 || killed.code === 143;
  const scanned = meanwhile();
  const next = await rig.sync(place);
  const pagesAfter = rig.takePages();
  // A signal can come when the scan is over: the next sync then makes none.
  const needed = isFullScan(next) || !isKilled ? Math.ceil(presentCount(rig) / PAGE_SIZE) : scanned + pagesAfter;
  const pagesAgain = isKilled ? Math.max(0, pagesBefore + pagesAfter - needed) : 0;
  const troubles = [
    ...(isKilled || killed.code === 0 ? [] : [`the sync that was to be killed: ${told(killed)}`]),
    ...troublesOfSync(next),
    ...(pagesAgain <= MOST_PAGES_AGAIN
      ? []
      : [`${pagesAgain} pages were read again: ${pagesBefore} and then ${pagesAfter}, where ${needed} are needed`]),
    ...(await withLedger(place, 'read', async (ledger) => {
      const { break: found } = await verifyLedger(ledger);
      const { rows } = await sql<{ record_id: string; source_status: string }>`
        select record_id, source_status from runledger.records where stream = 'runs' and is_present`.execute(ledger.db);
      return [
        ...(found === null
          ? []
          : [`verify: ${JSON.stringify(found, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`]),
        ...differences(rig, rows),
      ];
    })),
  ];
  return { kill, isKilled, pagesAgain, troubles: troubles.map((trouble) => `${JSON.stringify(kill)}: ${trouble}`) };
}

function troublesOfSync(result: CommandResult): readonly string[] {
  if (result.code !== 0) return [`the next sync: ${told(result)}`];
  const unclean = (JSON.parse(result.stdout) as SyncResult).streams.filter(({ is_complete: isComplete }) => !isComplete);
  return unclean.length === 0 ? [] : [`the next sync: ${told(result)}`];
}

function isFullScan({ code, stdout }: CommandResult): boolean {
  return code === 0 && (JSON.parse(stdout) as SyncResult).streams.some(({ mode }) => mode === 'full');
}

function differences(
  { world }: KillRig,
  rows: readonly { readonly record_id: string; readonly source_status: string }[],
): readonly string[] {
  const known = new Map(rows.map((row) => [row.record_id, row.source_status]));
  const present = world.runs.filter(({ deletedAt }) => deletedAt === null);
  const wrong = present.filter(({ id, state }) => known.get(id) !== NOXUS_STATUS[state]);
  return [
    ...wrong.slice(0, 3).map(({ id, state }) => `run ${id} is ${NOXUS_STATUS[state]}, and in the ledger ${known.get(id) ?? 'not at all'}`),
    ...(known.size === present.length ? [] : [`${known.size} runs in the ledger for ${present.length}`]),
  ];
}

function told({ code, signal, stdout, stderr }: CommandResult): string {
  return `ended with ${String(code ?? signal)}: ${stdout.slice(0, 1_000)} ${stderr.slice(-1_000)}`;
}

function addRuns({ world, catchUp }: KillRig, count: number): readonly { readonly id: string }[] {
  catchUp();
  return Array.from({ length: count }, () => world.addRun());
}

function presentCount({ world }: KillRig): number {
  return world.runs.filter(({ deletedAt }) => deletedAt === null).length;
}
