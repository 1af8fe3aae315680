import type { TerminalStatus } from './status.ts';

/**
 * The lifecycle of one kind of record, as data: what `diff` must know of a source system without knowing which one it is.
 * Among open statuses every kind only goes forward (queued, running, terminal), unseen steps included.
 */
export interface RecordKind {
  readonly name: string;
  /** Terminal statuses that the source can leave again under the same id. Leaving another one is `illegal_transition`. */
  readonly reopensFrom: readonly TerminalStatus[];
  /** Whether observations carry a key that tells attempts apart. An observation of a keyed kind without one opens and closes nothing. */
  readonly isKeyed: boolean;
  /** Whether a finish time that moved while the status stayed terminal proves another attempt. */
  readonly finishTellsAttempts: boolean;
}
