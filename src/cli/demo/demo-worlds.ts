import type { Instant } from '../../model/instant.ts';
import { derivedSeed } from '../../simulator/random.ts';
import type { WorldOptions, World } from '../../simulator/world.ts';
import { createWorld } from '../../simulator/world.ts';

export const SOURCE_NAMES = ['noxus', 'morphik', 'knowledge_stack'] as const;
export type SourceName = (typeof SOURCE_NAMES)[number];

/** The truths that the demo's source systems show. Their clocks are one. */
export interface DemoWorlds {
  readonly of: Readonly<Record<SourceName, World>>;
  readonly now: Instant;
  advanceTo(instant: Instant): void;
}

const PAST_MS = 4 * 86_400_000;

/** What each of them lets happen, as far as it differs from the others: only what its source system has a word for. */
const KINDS: Readonly<Record<SourceName, Omit<WorldOptions, 'seed' | 'startAt'>>> = {
  noxus: { runs: 120, documents: 24, rates: { runsPerHour: 2, documentsPerHour: 0.25 } },
  morphik: {
    workflows: 4,
    runs: 50,
    documents: 30,
    // Nobody waits in it or stops anything; a run whose process died stays running for ever.
    rates: {
      runsPerHour: 0.8,
      stopShare: 0,
      waitingShare: 0,
      endlessShare: 0.03,
      medianRunMs: 30_000,
      documentsPerHour: 0.4,
    },
  },
  knowledge_stack: {
    workflows: 4,
    runs: 60,
    documents: 24,
    rates: {
      runsPerHour: 1,
      runRetryShare: 0.3,
      documentsPerHour: 0.3,
      documentCancelShare: 0.05,
      documentQuotaShare: 0.05,
    },
  },
};

export function createDemoWorlds(seed: number, startAt: Instant): DemoWorlds {
  const create = (name: SourceName): World =>
    createWorld({
      pastMs: PAST_MS,
      ...KINDS[name],
      startAt,
      seed: name === 'noxus' ? seed : derivedSeed(seed, SOURCE_NAMES.indexOf(name)),
    });
  const of = { noxus: create('noxus'), morphik: create('morphik'), knowledge_stack: create('knowledge_stack') };
  return {
    of,
    get now() {
      return of.noxus.now;
    },
    advanceTo(instant) {
      for (const name of SOURCE_NAMES) of[name].advanceTo(instant);
    },
  };
}
