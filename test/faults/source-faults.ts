import type { Random } from '../../src/simulator/random.ts';

/**
 * What can happen to a request on its way to a source system and back. `duplicate`: the source gets it twice and the second answer is given. `refused`: another
 * status, with or without a Retry-After. `cut`: the connection breaks at byte N of the body. `truncate`: the body ends at byte N, and by the rules of HTTP it is
 * whole. `stall`: no answer comes.
 */
export type SourceFault =
  | { readonly kind: 'none' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'refused'; readonly status: RefusedStatus; readonly retryAfter: RetryAfter | null }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'truncate'; readonly at: number }
  | { readonly kind: 'stall'; readonly ms: number };

export type SourceFaultKind = SourceFault['kind'];

export const REFUSED_STATUSES = [429, 500, 502, 503, 504] as const;
export type RefusedStatus = (typeof REFUSED_STATUSES)[number];

export interface RetryAfter {
  readonly form: 'seconds' | 'date';
  readonly seconds: number;
}

/** How often each comes, as parts of their sum. */
export type FaultWeights = Readonly<Record<SourceFaultKind, number>>;

export const NO_FAULTS: FaultWeights = { none: 1, delay: 0, duplicate: 0, refused: 0, cut: 0, truncate: 0, stall: 0 };

/** One request in seven meets something, seldom so much of it that no sync would ever be complete. */
export const SOME_FAULTS: FaultWeights = { none: 86, delay: 5, duplicate: 2, refused: 3, cut: 2, truncate: 1.6, stall: 0.4 };

const LONGEST_DELAY_MS = 400;
const LONGEST_STALL_MS = 4_000;
const LONGEST_BODY = 30_000;

/** The next fault of a plan: the same plan again for the same chance, whichever request meets it. */
export function drawFault(random: Random, weights: FaultWeights): SourceFault {
  return FAULTS[pickWeighted(random, weights)](random);
}

const FAULTS: { readonly [K in SourceFaultKind]: (random: Random) => SourceFault } = {
  none: () => ({ kind: 'none' }),
  delay: (random) => ({ kind: 'delay', ms: Math.floor(random() * LONGEST_DELAY_MS) }),
  duplicate: () => ({ kind: 'duplicate' }),
  refused: (random) => ({
    kind: 'refused',
    status: REFUSED_STATUSES[Math.floor(random() * REFUSED_STATUSES.length)] ?? 500,
    retryAfter: random() < 0.5 ? null : { form: random() < 0.5 ? 'seconds' : 'date', seconds: Math.round(random()) },
  }),
  cut: (random) => ({ kind: 'cut', at: byteNumber(random) }),
  truncate: (random) => ({ kind: 'truncate', at: byteNumber(random) }),
  stall: (random) => ({ kind: 'stall', ms: Math.floor(random() * LONGEST_STALL_MS) }),
};

/** Mostly near the beginning: a body is short or long, and must break within to be broken. */
function byteNumber(random: Random): number {
  return Math.floor(LONGEST_BODY ** random()) - 1;
}

/** @returns a key of the weights, each as often as its part of their sum */
export function pickWeighted<K extends string>(random: Random, weights: Readonly<Record<K, number>>): K {
  const entries = Object.entries<number>(weights) as [K, number][];
  let left = random() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [key, weight] of entries) {
    left -= weight;
    if (left < 0) return key;
  }
  throw new Error('there is nothing to pick from');
}
