import fc from 'fast-check';
import { describe, it } from 'vitest';
import { checkAgainstTruth } from './check-against-truth.ts';
import { KIND_NAMES } from './kinds.ts';
import { propertyOptions } from './property-options.ts';

describe('whatever the latencies, clocks and feeds of a source', () => {
  it.each(KIND_NAMES)('every event of a %s is true, and at last the ledger is as the source', (name) => {
    const property = fc.property(fc.nat(), (seed) => void checkAgainstTruth(name, seed));
    fc.assert(property, propertyOptions(2_000));
  });
});
