import { expect, it } from 'vitest';
import { freshFolder } from '../cli/folder.ts';
import { MOST_PAGES_AGAIN } from './kills.ts';
import { runKills } from './run-kills.ts';
import { LEDGER_KINDS } from './soak-ledger.ts';

/** A handful; two hundred a kind are `npm run soak:kills`. */
it.each(LEDGER_KINDS)('after a sync was killed the next one is clean, and at most a batch is read again (%s)', async (kind) => {
  // Begins with a SIGKILL in the middle of a scan.
  const tally = await runKills({ kind, kills: 2, seed: 6, folder: freshFolder() });
  expect(tally.troubles).toEqual([]);
  expect(tally.firstScans + tally.incrementals).toBe(2);
  expect(tally.mostPagesAgain).toBeLessThanOrEqual(MOST_PAGES_AGAIN);
});
