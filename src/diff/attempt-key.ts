import type { Observation } from '../model/observation.ts';
import type { RecordKind } from '../model/record-kind.ts';

/** The attempt key that an observation carries: undefined where it carries none, or where the kind has no keys. */
export function attemptKeyOf(kind: RecordKind, observation: Observation): string | null | undefined {
  return kind.isKeyed ? observation.attemptKey : undefined;
}

/** In a keyed kind, an observation without its key: of whatever attempt it tells, nobody knows. */
export function isKeyless(kind: RecordKind, observation: Observation): boolean {
  return kind.isKeyed && observation.attemptKey === undefined;
}
