import { describe, expect, it } from 'vitest';
import { parseByteSize } from '../../../src/cli/settings/byte-size.ts';

describe('a size', () => {
  it.each([
    ['8MiB', 8_388_608],
    ['512KiB', 524_288],
    ['1.5 MiB', 1_572_864],
    [' 8388608 ', 8_388_608],
    ['0', 0],
  ])('written %j is %d bytes', (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });

  it.each(['', 'MiB', '-1', '8MB', '8M', '8mib', '8GiB', '1e6', '0.0001KiB', '1.5', '8 MiB 2', 'none', '8constructor'])(
    'is not %j, whose unit or number would be a guess',
    (text) => {
      expect(parseByteSize(text)).toBeNull();
    },
  );
});
