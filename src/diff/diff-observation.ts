import type { EventDraft } from '../model/event.ts';
import type { Observation } from '../model/observation.ts';
import type { RecordKind } from '../model/record-kind.ts';
import type { KnownRecord } from '../model/record.ts';
import { isKeyless } from './attempt-key.ts';
import { compare, isAddition, isUnchanged } from './compare.ts';
import { diffFirstSight } from './diff-first-sight.ts';
import { draftChanges } from './draft-changes.ts';
import { judgeStatus } from './judge-status.ts';
import { orderOf } from './order-of.ts';

/**
 * What an observation means for what is known: events that bring the ledger up to it; `unchanged`; `stale`, it shows the record as it was
 * before what is known; or `deferred`, it cannot be decided and is not applied: the record must be read by id.
 */
export type Diff =
  | { readonly kind: 'events'; readonly events: readonly [EventDraft, ...EventDraft[]] }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'deferred'; readonly reason: string };

export interface DiffContext {
  readonly kind: RecordKind;
  /**
   * Hex of the keyed digest of the observation's error; null where it carries none; undefined where it does not tell, or where errors of
   * this record are compared no more.
   */
  readonly errorDigest: string | null | undefined;
  /** Whether this is the read by id that a deferral asked for. */
  readonly isConfirmation: boolean;
  /**
   * Whether the source has changed its words since the record was seen last: another word for the same status is then no news of the record. Left out: it has
   * not.
   */
  readonly hasNewWords?: boolean;
}

const UNCHANGED: Diff = { kind: 'unchanged' };
const STALE: Diff = { kind: 'stale' };

/** Pure and total: every observation of a record gives an answer, whatever is known of it (null: nothing). */
export function diffObservation(known: KnownRecord | null, observation: Observation, context: DiffContext): Diff {
  if (known === null) return diffFirstSight(observation, context);
  const order = orderOf(known, observation);
  if (order === 'stale') return STALE;
  const move = judgeStatus(known, observation, context);
  if (move.kind === 'deferred') return move;
  const comparison = compare(known, observation, move, context);
  if (isUnchanged(known, comparison)) return UNCHANGED;
  if (isKeyless(context.kind, observation) && !context.isConfirmation) {
    return { kind: 'deferred', reason: 'it changed, and this answer does not tell of which attempt it is' };
  }
  if (order === 'undecided' && !isAddition(known, comparison)) {
    return {
      kind: 'deferred',
      reason: 'another answer about it was under way at the same time, and which of them is newer cannot be told',
    };
  }
  return { kind: 'events', events: draftChanges(known, observation, comparison, context) };
}
