import type { EventDraft } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';
import type { Observation } from '../model/observation.ts';
import { finishDraft, type Draft, type WritableFacts } from './draft.ts';

export interface Contents {
  readonly facts: WritableFacts;
  /** undefined: as it is known */
  readonly errorDigest: string | null | undefined;
  /** The record's version as the ledger has it. */
  readonly knownVersion: Instant | null;
  readonly hasRegression: boolean;
}

/**
 * Lays what an observation changed into its events: the facts into the first; the error into the last, whose details hold its text; and
 * what was odd, which alone makes no event, into the last.
 */
export function finishDrafts(
  drafts: readonly [Draft, ...Draft[]],
  observation: Observation,
  contents: Contents,
): [EventDraft, ...EventDraft[]] {
  const { sourceUpdatedAt, anomalies } = observation;
  const [first] = drafts;
  const last = drafts[drafts.length - 1] ?? first;
  Object.assign(first.facts, contents.facts);
  if (sourceUpdatedAt != null && sourceUpdatedAt !== contents.knownVersion) first.facts.source_updated_at = sourceUpdatedAt;
  if (contents.errorDigest !== undefined) last.facts.error_digest = contents.errorDigest;
  last.anomalies.push(...anomalies);
  if (contents.hasRegression) last.anomalies.push('time_regression');
  return drafts.map(finishDraft) as [EventDraft, ...EventDraft[]];
}
