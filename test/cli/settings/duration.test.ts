import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../../src/cli/settings/duration.ts';

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['1.5h', 5_400_000],
    [' 10 s ', 10_000],
    ['0s', 0],
  ])('written %s is %d milliseconds', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', '30', 's', '-5m', '5 minutes', '5M', '1h30m', 'constructor', '5__proto__', '999999999999d', '1e3s', '٣s'])(
    'is not %j, whose unit or number would be a guess',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );
});
