import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantFromMillis } from '../../src/model/instant.ts';
import type { Observation } from '../../src/model/observation.ts';
import { latestCopies } from '../../src/observe/latest-copies.ts';
import { means } from '../../src/observe/read-status.ts';
import { RESPONSE } from './evidence.ts';
import { propertyRuns } from '../support/property-runs.ts';

const queued = observed({ reading: means('queued') });
const running = observed({ reading: means('running') });
const failed = observed({ reading: means('failed') });
const early = instantFromMillis(1_000);
const late = instantFromMillis(2_000);

describe('the copies of a record on one page', () => {
  it('leave the one with the higher version, whatever else they show', () => {
    const [newer, older] = [observed({ ...queued, sourceUpdatedAt: late }), observed({ ...failed, sourceUpdatedAt: early })];
    expect(latestCopies([newer, older])).toEqual([newer]);
    expect(latestCopies([older, newer])).toEqual([newer]);
  });

  it('leave the one with the greater known key where the versions are alike', () => {
    const [newer, older] = [observed({ ...queued, attemptKey: 'b' }), observed({ ...failed, attemptKey: 'a' })];
    expect(latestCopies([newer, older, observed({ ...failed, attemptKey: null }), failed])).toEqual([newer]);
  });

  it('leave the one further in its lifecycle where the keys are alike too, an unknown word last', () => {
    expect(latestCopies([failed, running, queued, observed({ reading: { kind: 'unknown' } })])).toEqual([failed]);
  });

  it('leave the later place where nothing else tells', () => {
    const cancelled = observed({ reading: means('cancelled') });
    expect(latestCopies([failed, cancelled])).toEqual([cancelled]);
  });

  it('do not touch other records', () => {
    const other = observed({ ...queued, recordId: 'other' });
    expect(latestCopies([running, other, failed])).toEqual([failed, other]);
    expect(latestCopies([])).toEqual([]);
  });

  it('leave one a record, the same whatever their places unless all else is alike (property)', () => {
    const copy = fc
      .record({
        recordId: fc.constantFrom('a', 'b', 'c'),
        reading: fc.constantFrom(queued.reading, running.reading, failed.reading, { kind: 'unknown' } as const),
        attemptKey: fc.constantFrom(undefined, null, 'a', 'b'),
        sourceUpdatedAt: fc.constantFrom(undefined, null, early, late),
      })
      .map((changes) => observed(changes as Partial<Observation>));
    fc.assert(
      fc.property(fc.array(copy), (copies) => {
        const latest = latestCopies(copies);
        expect(latest.map(({ recordId }) => recordId).sort()).toEqual([...new Set(copies.map(({ recordId }) => recordId))].sort());
        const told = (observation: Observation) =>
          [
            observation.recordId,
            observation.sourceUpdatedAt ?? '',
            observation.attemptKey ?? '',
            JSON.stringify(observation.reading),
          ].join();
        expect(latestCopies(copies.toReversed()).map(told).sort()).toEqual(latest.map(told).sort());
      }),
      propertyRuns(),
    );
  });
});

function observed(changes: Partial<Observation>): Observation {
  return {
    recordId: 'a',
    reading: { kind: 'unknown' },
    sourceStatus: 'word',
    facts: {},
    body: null,
    anomalies: [],
    response: RESPONSE,
    ...changes,
  };
}
