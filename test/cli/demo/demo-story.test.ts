import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Role } from '../../../src/cli/demo/demo-cast.ts';
import { createDemoStory } from '../../../src/cli/demo/demo-story.ts';
import { SOURCE_NAMES } from '../../../src/cli/demo/demo-worlds.ts';
import { instantFromMillis } from '../../../src/model/instant.ts';
import { PROPERTY } from '../property.ts';

const END = instantFromMillis(Date.UTC(2026, 2, 9, 12));

describe('the story of the demo', () => {
  it('has at Noxus a run that waits, one that is stopped, one that fails and is deleted, and a document that is tried again, at the scenes that say so', () => {
    expect(fates(1).map(({ waiting, stopped, deleted, retried }) => ({ waiting, stopped, deleted, retried }))).toEqual([
      { waiting: undefined, stopped: undefined, deleted: undefined, retried: undefined },
      { waiting: 'waiting', stopped: 'running', deleted: 'running', retried: 'running' },
      { waiting: 'waiting', stopped: 'stopped', deleted: 'failed', retried: 'failed' },
      { waiting: 'succeeded', stopped: 'stopped', deleted: 'gone', retried: 'succeeded' },
      { waiting: 'succeeded', stopped: 'stopped', deleted: 'gone', retried: 'succeeded' },
      { waiting: 'succeeded', stopped: 'stopped', deleted: 'gone', retried: 'succeeded' },
    ]);
  });

  it('has a document of Morphik that is deleted, and a run of Knowledge Stack that fails and is retried', () => {
    expect(fates(1).map(({ withdrawn, resumed }) => ({ withdrawn, resumed }))).toEqual([
      { withdrawn: undefined, resumed: undefined },
      { withdrawn: 'succeeded', resumed: 'failed' },
      { withdrawn: 'succeeded', resumed: 'succeeded' },
      { withdrawn: 'gone', resumed: 'succeeded' },
      { withdrawn: 'gone', resumed: 'succeeded' },
      { withdrawn: 'gone', resumed: 'succeeded' },
    ]);
  });

  it('tells the same fates whatever the seed', () => {
    fc.assert(
      fc.property(fc.nat(999_999_999), (seed) => {
        expect(fates(seed)).toEqual(fates(1));
      }),
      { ...PROPERTY, numRuns: Math.min(PROPERTY.numRuns, 20) },
    );
  });

  it('goes by one clock, and ends at the moment asked for, so that no time of the ledger lies in the future', () => {
    const { worlds, scenes } = createDemoStory(5, END);
    for (const { move } of scenes) {
      move();
      expect(SOURCE_NAMES.map((name) => worlds.of[name].now)).toEqual(SOURCE_NAMES.map(() => worlds.now));
    }
    expect(worlds.now).toBe(END);
    for (const name of SOURCE_NAMES) {
      const { runs, documents } = worlds.of[name];
      expect([...runs, ...documents].filter(({ createdAt }) => createdAt > END)).toEqual([]);
    }
  });

  it('shows another world by each source system, with no record of two of them', () => {
    const { worlds } = createDemoStory(0, END);
    const ids = SOURCE_NAMES.flatMap((name) => [...worlds.of[name].runs, ...worlds.of[name].documents].map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(250);
  });
});

const ROLES: readonly Role[] = ['waiting', 'stopped', 'deleted', 'retried', 'withdrawn', 'resumed'];

/** Where the cast is at the sync of each scene. */
function fates(seed: number): Partial<Record<Role, string>>[] {
  const { scenes, cast } = createDemoStory(seed, END);
  return scenes.map(({ move }) => {
    move();
    const fate = (role: Role): string | undefined => {
      const record = cast.get(role)?.record;
      return record?.deletedAt == null ? record?.state : 'gone';
    };
    return Object.fromEntries(ROLES.map((role) => [role, fate(role)]));
  });
}
