import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDemoStory, type Role } from '../../../src/cli/demo/demo-story.ts';
import { instantFromMillis } from '../../../src/model/instant.ts';
import { PROPERTY } from '../property.ts';

const END = instantFromMillis(Date.UTC(2026, 2, 9, 12));

describe('the story of the demo', () => {
  it('has a run that waits, one that is stopped, one that fails and is deleted, and a document that is tried again, at the scenes that say so', () => {
    expect(fates(1)).toEqual([
      { waiting: undefined, stopped: undefined, deleted: undefined, retried: undefined },
      { waiting: 'waiting', stopped: 'running', deleted: 'running', retried: 'running' },
      { waiting: 'waiting', stopped: 'stopped', deleted: 'failed', retried: 'failed' },
      { waiting: 'succeeded', stopped: 'stopped', deleted: 'gone', retried: 'succeeded' },
      { waiting: 'succeeded', stopped: 'stopped', deleted: 'gone', retried: 'succeeded' },
      { waiting: 'succeeded', stopped: 'stopped', deleted: 'gone', retried: 'succeeded' },
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

  it('ends at the moment asked for, so that no time of the ledger lies in the future', () => {
    const { world, scenes } = createDemoStory(5, END);
    for (const { move } of scenes) move();
    expect(world.now).toBe(END);
    expect([...world.runs, ...world.documents].filter(({ createdAt }) => createdAt > END)).toEqual([]);
  });
});

/** Where the cast is at the sync of each scene. */
function fates(seed: number): object[] {
  const { scenes, cast } = createDemoStory(seed, END);
  return scenes.map(({ move }) => {
    move();
    const fate = (role: Role): string | undefined => {
      const member = cast.get(role);
      return member?.deletedAt == null ? member?.state : 'gone';
    };
    return { waiting: fate('waiting'), stopped: fate('stopped'), deleted: fate('deleted'), retried: fate('retried') };
  });
}
