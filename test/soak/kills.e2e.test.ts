import { expect, it } from 'vitest';
import { freshFolder } from '../cli/folder.ts';
import { MOST_PAGES_AGAIN } from './kills.ts';
import { runKills } from './run-kills.ts';

/** A handful; two hundred a kind are `npm run soak:kills`. */
it('after a sync was killed the next one is clean, and at most a batch is read again', async () => {
  const tally = await runKills({ kind: 'postgres', kills: 2, seed: 11, folder: freshFolder() });
  expect(tally.troubles).toEqual([]);
  expect(tally.firstScans + tally.incrementals).toBe(2);
  expect(tally.mostPagesAgain).toBeLessThanOrEqual(MOST_PAGES_AGAIN);
});
