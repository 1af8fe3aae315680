/**
 * Worlds of all source systems that go on in real time, read by the built command under faults and kills, and held against the truth at the end:
 * `npm run soak -- --minutes 30 --seed 1 --ledger both`. It ends with 1 where a ledger lost, doubled or made up a transition, and where a sync hung or crashed.
 *
 * The seed gives the worlds, their clocks, and the plans of faults and kills. Which request meets which fault is a matter of time: the same seed finds the same
 * kind of trouble again, not the same moment.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { holdLedger } from './hold-ledger.ts';
import { openLane } from './lane.ts';
import { LIVE_NAMES, startLiveSystem, type LiveSystem } from './live-system.ts';
import { runLane, settleLane } from './run-lane.ts';
import { LEDGER_KINDS, openHome, withLedger, type LedgerKind } from './soak-ledger.ts';
import { casesText, isSound, soakTable, type LaneResult } from './soak-report.ts';
import { readRows } from './stored-rows.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    ledger: { type: 'string', default: 'both' },
  },
});
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
const kinds = LEDGER_KINDS.filter((kind) => values.ledger === 'both' || values.ledger === kind);
if (!(minutes > 0) || !Number.isInteger(seed) || kinds.length === 0) {
  process.stderr.write('soak --minutes N --seed S --ledger postgres|embedded|both\n');
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'runledger-soak-'));
try {
  process.exitCode = (await soak()) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @returns whether nothing was lost, doubled or made up */
async function soak(): Promise<boolean> {
  const systems = await Promise.all(LIVE_NAMES.map((name) => startLiveSystem(name, seed)));
  const untilMs = Date.now() + minutes * 60_000;
  const rounds: Record<LedgerKind, number> = { postgres: 0, embedded: 0 };
  const worlds = Promise.withResolvers<undefined>();
  const stopping = setTimeout(() => {
    for (const system of systems) system.stop();
    worlds.resolve(undefined);
  }, untilMs - Date.now());
  try {
    const results = await Promise.all(kinds.map((kind) => soakLedger(kind, systems, untilMs, worlds.promise, progress)));
    const skews = systems.map(({ name, skewMs }) => `${name} ${skewMs} ms`).join(', ');
    process.stdout.write(`soak of ${minutes} minutes, seed ${seed}; clocks ahead of ours: ${skews}\n\n${soakTable(results)}`);
    const unsound = results.filter((result) => !isSound(result));
    for (const result of unsound) process.stdout.write(casesText(result));
    if (unsound.length > 0) process.stdout.write(`again: npm run soak -- --minutes ${minutes} --seed ${seed} --ledger ${values.ledger}\n`);
    return unsound.length === 0;
  } finally {
    clearTimeout(stopping);
    await Promise.all(systems.map((system) => system.close()));
  }

  function progress(kind: LedgerKind): void {
    rounds[kind] += 1;
    if (!process.stderr.isTTY) return;
    const leftSeconds = Math.max(0, Math.round((untilMs - Date.now()) / 1_000));
    process.stderr.write(`\r${kinds.map((each) => `${each}: ${rounds[each]} rounds`).join(', ')}; ${leftSeconds} s left \u001B[K`);
  }
}

async function soakLedger(
  kind: LedgerKind,
  systems: readonly LiveSystem[],
  untilMs: number,
  worldsStandStill: Promise<undefined>,
  onRound: (kind: LedgerKind) => void,
): Promise<LaneResult> {
  const home = await openHome(kind, join(folder, kind));
  const place = await home.fresh();
  const own = seed * LEDGER_KINDS.length + LEDGER_KINDS.indexOf(kind);
  const lane = await openLane({ place, folder: join(folder, `${kind}-lane`), systems, seed: own });
  try {
    const tally = await runLane(lane, {
      seed: own,
      untilMs,
      onRound: () => {
        onRound(kind);
      },
    });
    await worldsStandStill;
    const troubles = await settleLane(lane);
    const verdict = holdLedger(await withLedger(place, 'read', readRows), systems);
    return { kind, lane, tally, troubles, verdict };
  } finally {
    await lane.close();
    await place.remove();
    await home.close();
  }
}
