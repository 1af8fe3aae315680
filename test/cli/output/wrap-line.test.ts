import { describe, expect, it } from 'vitest';
import { wrapLine } from '../../../src/cli/output/wrap-line.ts';

describe('a line', () => {
  const line = '   when: between 2026-11-20T07:07:01.68Z and 2026-11-20T07:13:03.234Z';

  it('stays one where it fits, and where there is no terminal', () => {
    expect(wrapLine(line, null)).toBe(line);
    expect(wrapLine(line, line.length)).toBe(line);
  });

  it('goes on deeper, between words', () => {
    expect(wrapLine(line, line.length - 1)).toBe('   when: between 2026-11-20T07:07:01.68Z and\n     2026-11-20T07:13:03.234Z');
  });

  it('leaves a word alone that is longer than the terminal', () => {
    expect(wrapLine('   evidence: GET /v1/workflows/0dac639b-735a: 200', 12)).toBe(
      '   evidence:\n     GET\n     /v1/workflows/0dac639b-735a:\n     200',
    );
    expect(wrapLine('unbroken-and-long', 5)).toBe('unbroken-and-long');
  });
});
