import { setTimeout as sleep } from 'node:timers/promises';
import type { SyncResult, SyncStreamStatus } from '../../src/model/sync-result.ts';
import { createRandom, derivedSeed } from '../../src/simulator/random.ts';
import type { CommandResult } from '../cli/run-command.ts';
import type { Lane } from './lane.ts';
import { drawRound, type KillSignal, type PlannedCommand } from './rounds.ts';

/** What was done to one ledger, and how it ended. */
export interface LaneTally {
  readonly syncs: number;
  /** Signals that a sync got while it ran. */
  readonly kills: Readonly<Record<KillSignal, number>>;
  /** Streams by how their sync ended, of syncs that lived to tell. */
  readonly streams: Readonly<Partial<Record<SyncStreamStatus, number>>>;
  readonly complete: number;
  /** What no sync may do, whatever happens to it: hang, crash, end with a code that says something else. */
  readonly mishaps: readonly string[];
}

/** Longer than any sync takes, its waits and retries included. */
const LONGEST_SYNC_MS = 120_000;
const LONGEST_AFTER_SIGNAL_MS = 30_000;
const MOST_REST_MS = 300;

/** Syncs a ledger again and again, and kills what it will, until it is time. */
export async function runLane(
  lane: Lane,
  options: { readonly seed: number; readonly untilMs: number; readonly onRound: () => void },
): Promise<LaneTally> {
  const random = createRandom(derivedSeed(options.seed, ROUNDS));
  const tally = { syncs: 0, kills: { SIGKILL: 0, SIGTERM: 0, SIGINT: 0 }, streams: {} as Record<string, number>, complete: 0 };
  const mishaps: string[] = [];
  let usualMs = 3_000;
  while (Date.now() < options.untilMs) {
    const round = drawRound(random);
    lane.setFaults(round.hasFaults);
    await Promise.all(round.commands.map(run));
    await sleep(random() * MOST_REST_MS);
    options.onRound();
  }
  lane.setFaults(false);
  return { ...tally, mishaps };

  async function run(planned: PlannedCommand): Promise<void> {
    tally.syncs += 1;
    const startedMs = performance.now();
    const command = lane.start(['sync', ...planned.args]);
    const ended = new AbortController();
    const killing = planned.kill === null ? null : killAfter(planned.kill.signal, planned.kill.after * usualMs);
    const result = await withinTime(command.done, LONGEST_SYNC_MS + LONGEST_AFTER_SIGNAL_MS, () => {
      mishaps.push(`a sync hung: ${JSON.stringify(planned)}`);
      command.kill('SIGKILL');
    });
    ended.abort();
    const killed = (await killing) ?? null;
    const mishap = mishapOf(result, killed);
    if (mishap !== null) mishaps.push(mishap);
    if (killed === null) usualMs = 0.7 * usualMs + 0.3 * (performance.now() - startedMs);
    count(result);

    async function killAfter(signal: KillSignal, ms: number): Promise<KillSignal | null> {
      const isOver = await sleep(ms, false, { signal: ended.signal }).catch(() => true);
      if (isOver) return null;
      tally.kills[signal] += 1;
      command.kill(signal);
      return signal;
    }
  }

  function count({ stdout }: CommandResult): void {
    for (const { status, is_complete: isComplete } of streamsOf(stdout)) {
      tally.streams[status] = (tally.streams[status] ?? 0) + 1;
      if (isComplete) tally.complete += 1;
    }
  }
}

const ROUNDS = 1_000;

/** Of a sync that could not even begin there are none: it says why instead. */
function streamsOf(stdout: string): SyncResult['streams'] {
  return stdout === '' ? [] : ((JSON.parse(stdout) as Partial<SyncResult>).streams ?? []);
}

async function withinTime<T>(done: Promise<T>, ms: number, late: () => void): Promise<T> {
  const timer = setTimeout(late, ms);
  try {
    return await done;
  } finally {
    clearTimeout(timer);
  }
}

const CODE_OF: Readonly<Record<KillSignal, number | null>> = { SIGKILL: null, SIGTERM: 143, SIGINT: 130 };

/** 0: done. 1: a stream failed, and it says which. 3: the ledger could not be reached, or another sync has the embedded one. */
function mishapOf({ code, signal, stdout, stderr }: CommandResult, killed: KillSignal | null): string | null {
  const told = `a sync ended with ${String(code ?? signal)}${killed === null ? '' : ` after ${killed}`}: ${stdout.slice(0, 500)} ${stderr.slice(-2_000)}`;
  // A signal that comes before the command can listen ends the process as it ends any other.
  if (signal !== null) return signal === killed ? null : told;
  if (code === 3 || (killed !== null && code === CODE_OF[killed])) return null;
  return (code === 0 || code === 1) && streamsOf(stdout).length > 0 ? null : told;
}

/** Syncs until two in a row read everything, and then twice to see what is gone. @returns what stood in the way, if anything did */
export async function settleLane(lane: Lane): Promise<readonly string[]> {
  for (const args of [['sync'], ['sync'], ['sync', '--accept-disappearances'], ['sync', '--accept-disappearances']]) {
    const trouble = await untilClean(lane, args, args.length > 1);
    if (trouble !== null) return [trouble];
  }
  const verified = await lane.run(['verify']);
  return verified.code === 0 ? [] : [`verify: ${verified.stdout}${verified.stderr}`];
}

/** Limits that a source set hold for a while, and a lease that was left behind does. */
const MOST_TRIES = 20;

async function untilClean(lane: Lane, args: readonly string[], needsProof: boolean): Promise<string | null> {
  let trouble = '';
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const { code, stdout, stderr } = await lane.run(args);
    const streams = streamsOf(stdout);
    const unclean = streams.filter((stream) => !stream.is_complete || (needsProof && !stream.has_absence_proof));
    if (code === 0 && streams.length > 0 && unclean.length === 0) return null;
    trouble = `${args.join(' ')} with nothing in its way ended with ${String(code)}: ${JSON.stringify(unclean)} ${stderr}`;
    await sleep(500);
  }
  return trouble;
}
