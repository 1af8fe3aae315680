import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { exitCodeOf, signalExitCode } from '../../src/cli/exit-code.ts';
import type { ErrorCode, ErrorKind } from '../../src/model/errors.ts';
import { ERROR_KINDS, RunledgerError } from '../../src/model/errors.ts';

const EXPECTED: Record<ErrorKind, number> = { usage: 2, ledger: 3, source: 1, integrity: 1, aborted: 130 };

describe('the exit code', () => {
  it.each(Object.entries(ERROR_KINDS))('of the error %s is that of its kind, %s', (code, kind) => {
    expect(exitCodeOf(new RunledgerError(code as ErrorCode, 'x'), null)).toBe(EXPECTED[kind]);
  });

  it('of what a signal ended is 128 and the number of the signal', () => {
    expect(exitCodeOf(new RunledgerError('aborted', 'x'), 'SIGTERM')).toBe(143);
    expect([signalExitCode('SIGINT'), signalExitCode('SIGTERM')]).toEqual([130, 143]);
    expect(exitCodeOf(new DOMException('x', 'AbortError'), 'SIGINT')).toBe(130);
  });

  it('of what nobody foresaw is 1', () => {
    expect(exitCodeOf(new TypeError('x is not a function'), null)).toBe(1);
    expect(exitCodeOf('thrown text', null)).toBe(1);
  });

  it('of a wrong command line is 2, and of help 0', () => {
    expect(exitCodeOf(new CommanderError(1, 'commander.unknownOption', 'x'), null)).toBe(2);
    expect(exitCodeOf(new CommanderError(0, 'commander.helpDisplayed', 'x'), null)).toBe(0);
  });
});
