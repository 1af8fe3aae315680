import { RunledgerError } from '../model/errors.ts';

/** What contradicts what, where. */
export interface VerifyBreak {
  /** The name of the check that found it. */
  readonly check: string;
  readonly position: bigint | null;
  /** connection/stream/id */
  readonly record: string | null;
  readonly found: string | null;
  readonly expected: string | null;
  /** In words: what was found where, and what it means. */
  readonly message: string;
}

export interface VerifyCheck {
  readonly name: string;
  /** What holds if it is ok. */
  readonly law: string;
  readonly ok: boolean;
  /** The first contradiction. */
  readonly break: VerifyBreak | null;
}

/** Keys named as the SQL columns, so that `--json` prints it as it is. */
export interface VerifyResult {
  readonly ok: boolean;
  readonly event_count: bigint;
  readonly record_count: bigint;
  readonly attempt_count: bigint;
  /** null where the head is missing */
  readonly head_position: bigint | null;
  /** hex */
  readonly head_hash: string | null;
  /** That of the first check that is not ok. */
  readonly break: VerifyBreak | null;
  readonly checks: readonly VerifyCheck[];
  /** What could be wrong with a ledger that verifies. */
  readonly unseen: readonly string[];
}

export interface VerifyProgress {
  readonly phase: 'chain' | 'details' | 'fold' | 'checks';
  /** Events, in the phase `checks` laws. */
  readonly done: number;
  readonly total: number;
}

export interface VerifyOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

export function brokenAt(check: string, message: string, at: Partial<Omit<VerifyBreak, 'check' | 'message'>>): VerifyBreak {
  return { check, position: null, record: null, found: null, expected: null, ...at, message };
}

export function checked(name: string, law: string, found: VerifyBreak | null): VerifyCheck {
  return { name, law, ok: found === null, break: found };
}

/** @throws RunledgerError aborted */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted !== true) return;
  throw new RunledgerError('aborted', `stopped while ${what}`, { cause: signal.reason });
}
