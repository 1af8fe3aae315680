/**
 * Random kills of first scans and of incremental syncs, and a sync that is left alone after each: `npm run soak:kills -- --kills 200 --seed 1 --ledger both`. It ends
 * with 1 where a sync after a kill was not clean, where `verify` found something, and where more than a batch was read again.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { runKills } from './run-kills.ts';
import { LEDGER_KINDS } from './soak-ledger.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    ledger: { type: 'string', default: 'both' },
  },
});
const [kills, seed] = [Number(values.kills), Number(values.seed)];
const kinds = LEDGER_KINDS.filter((kind) => values.ledger === 'both' || values.ledger === kind);
if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed) || kinds.length === 0) {
  process.stderr.write('soak:kills --kills N --seed S --ledger postgres|embedded|both\n');
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'runledger-kills-'));
try {
  for (const kind of kinds) {
    const onKill = (done: number): void => {
      if (process.stderr.isTTY) process.stderr.write(`\r${kind}: ${done} kills \u001B[K`);
    };
    const tally = await runKills({ kind, kills, seed, folder, onKill });
    const { firstScans, incrementals, signals, mostPagesAgain, troubles } = tally;
    const each = Object.entries(signals).map(([signal, count]) => `${signal} ${count}`);
    process.stdout.write(
      `${kind}: killed ${firstScans} first scans and ${incrementals} incremental syncs (${each.join(', ')}); at most ${mostPagesAgain} pages of 100 read again; ${troubles.length} troubles\n`,
    );
    for (const trouble of troubles.slice(0, 10)) process.stdout.write(`  ${trouble}\n`);
    if (troubles.length > 0 || firstScans + incrementals < kills) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
