import type { Random } from '../../src/simulator/random.ts';
import { pickWeighted } from './source-faults.ts';

/**
 * What can happen to one connection to a database, once byte N has gone by in one direction. `delay`: all that comes from then on is late. `cut`: it breaks.
 * `stall`: for a while nothing goes on, and then it does. `stall_and_cut`: it does not, and breaks.
 */
export type PostgresFault =
  | { readonly kind: 'none' }
  | { readonly kind: Exclude<PostgresFaultKind, 'none'>; readonly from: Side; readonly at: number; readonly ms: number };

export type PostgresFaultKind = 'none' | 'delay' | 'cut' | 'stall' | 'stall_and_cut';

/** Whose bytes are counted, and do not arrive. */
export type Side = 'client' | 'server';

export type PostgresFaultWeights = Readonly<Record<PostgresFaultKind, number>>;

export const NO_POSTGRES_FAULTS: PostgresFaultWeights = { none: 1, delay: 0, cut: 0, stall: 0, stall_and_cut: 0 };

/** A sync has several connections, and one that it lost is opened again: each of those meets something of its own. */
export const SOME_POSTGRES_FAULTS: PostgresFaultWeights = { none: 60, delay: 8, cut: 26, stall: 3, stall_and_cut: 3 };

const MOST_BYTES = 400_000;
const LONGEST_MS: Readonly<Record<Exclude<PostgresFaultKind, 'none'>, number>> = { delay: 40, cut: 0, stall: 2_000, stall_and_cut: 2_000 };

export function drawPostgresFault(random: Random, weights: PostgresFaultWeights): PostgresFault {
  const kind = pickWeighted(random, weights);
  if (kind === 'none') return { kind };
  const from = random() < 0.5 ? 'client' : 'server';
  return { kind, from, at: Math.floor(MOST_BYTES ** random()) - 1, ms: Math.floor(random() * LONGEST_MS[kind]) };
}
