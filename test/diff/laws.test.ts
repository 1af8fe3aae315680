import fc from 'fast-check';
import { describe, it } from 'vitest';
import { histories } from './arbitrary-history.ts';
import { checkHistory } from './check-history.ts';
import { KIND_NAMES, KINDS } from './kinds.ts';
import { propertyOptions } from './property-options.ts';

describe('whatever is observed of a record, in whatever order', () => {
  it.each(KIND_NAMES)('the laws hold for a %s', (name) => {
    const property = fc.property(histories(12), (steps) => void checkHistory(KINDS[name], steps));
    fc.assert(property, propertyOptions(2_000));
  });
});
