import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom, derivedSeed, exponential, hashText, logNormal, pick, uuid } from '../../src/simulator/random.ts';
import { propertyRuns } from '../support/property-runs.ts';

describe('chance by seed', () => {
  test('the same seed gives the same numbers for ever', () => {
    const random = createRandom(42);
    expect([random(), random(), random()]).toEqual([0.21884025167673826, 0.9193855235353112, 0.07482402282766998]);
  });

  test('two seeds part at once', () => {
    expect(createRandom(1)()).not.toBe(createRandom(2)());
    expect(derivedSeed(1, 1)).not.toBe(derivedSeed(1, 2));
    expect(derivedSeed(1, 1)).not.toBe(derivedSeed(2, 1));
  });

  test('numbers lie in [0, 1) and spread evenly', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = createRandom(seed);
        const tenths = new Array<number>(10).fill(0);
        for (let draw = 0; draw < 2_000; draw += 1) {
          const tenth = Math.floor(random() * 10);
          tenths[tenth] = (tenths[tenth] ?? NaN) + 1;
        }
        for (const count of tenths) expect(count).toBeGreaterThan(110);
      }),
      propertyRuns(50),
    );
  });

  test('a drawn id is a version 4 UUID, and none comes twice', () => {
    const random = createRandom(7);
    const ids = Array.from({ length: 1_000 }, () => uuid(random));
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(1_000);
  });

  test('durations lie round their median, arrivals round their mean', () => {
    const random = createRandom(3);
    const durations = Float64Array.from({ length: 4_001 }, () => logNormal(random, 1_000)).sort();
    expect(durations[2_000]).toBeGreaterThan(900);
    expect(durations[2_000]).toBeLessThan(1_100);
    expect(durations[0]).toBeGreaterThan(0);
    const gaps = Array.from({ length: 4_000 }, () => exponential(random, 1_000));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    expect(mean).toBeGreaterThan(930);
    expect(mean).toBeLessThan(1_070);
  });

  test('a pick reaches every value', () => {
    const random = createRandom(5);
    expect(new Set(Array.from({ length: 100 }, () => pick(random, ['a', 'b', 'c'])))).toEqual(new Set(['a', 'b', 'c']));
  });

  test('a text hashes to the same number each time', () => {
    expect(hashText('run')).toBe(hashText('run'));
    expect(hashText('run')).not.toBe(hashText('ruN'));
  });
});
