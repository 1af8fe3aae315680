import { RunledgerError } from '../model/errors.ts';
import type { Instant } from '../model/instant.ts';
import type { Anchor } from './anchor.ts';

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
  /** null where the head is missing, as with all that is the head's */
  readonly ledger_id: string | null;
  readonly event_count: bigint;
  readonly record_count: bigint;
  readonly attempt_count: bigint;
  readonly head_position: bigint | null;
  /** hex */
  readonly head_hash: string | null;
  readonly head_recorded_at: Instant | null;
  /** The anchors that it was held against. */
  readonly anchors: readonly Anchor[];
  /** Events and details up to here were taken for whole, because the anchor there holds; 0 where all of them were read. */
  readonly verified_after_position: bigint;
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
  /** The ledger is held against each of them. The chain and the details are read from the earliest on, unless `isFull`, or one does not hold. */
  readonly anchors?: readonly Anchor[] | undefined;
  readonly isFull?: boolean | undefined;
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
