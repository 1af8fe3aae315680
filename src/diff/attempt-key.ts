import type { Observation } from '../model/observation.ts';
import type { RecordKind } from '../model/record-kind.ts';
import type { KnownRecord } from '../model/record.ts';

/** The attempt key that an observation carries: undefined where it carries none, or where the kind has no keys. */
export function attemptKeyOf(kind: RecordKind, observation: Observation): string | null | undefined {
  return kind.isKeyed ? observation.attemptKey : undefined;
}

/** In a keyed kind, an observation without its key: of whatever attempt it tells, nobody knows. */
export function isKeyless(kind: RecordKind, observation: Observation): boolean {
  return kind.isKeyed && observation.attemptKey === undefined;
}

/**
 * The key of the present attempt, as far as it is its own. A source can show a record open again a moment before it shows the new key: an
 * attempt that stands under the key of the one before it has none yet, and the next key is that of no third attempt.
 *
 * Where a finish is needed to tell attempts apart, keys do not: there an attempt may go on under the key of the one before.
 */
export function ownKeyOf({ record, previousAttempt }: KnownRecord, kind: RecordKind): string | null {
  const isLeftOver = previousAttempt !== null && previousAttempt.attemptKey === record.attemptKey;
  return isLeftOver && !kind.finishTellsAttempts ? null : record.attemptKey;
}
