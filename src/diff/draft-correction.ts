import type { Observation } from '../model/observation.ts';
import type { AttemptState, KnownRecord } from '../model/record.ts';
import { finishDraft, newDraft, type Draft } from './draft.ts';
import { foldEvent } from './fold-event.ts';
import type { Decided } from './judge-status.ts';

export interface Correction {
  readonly draft: Draft;
  /** The attempt after it. */
  readonly attempt: AttemptState;
}

/** The same word read otherwise: nothing happened at the source, so it takes the evidence of the entry that it corrects. */
export function draftCorrection(known: KnownRecord, observation: Observation, move: Decided): Correction {
  const { record } = known;
  const dated = { when: record.statusSince, isSkewed: false };
  const draft = newDraft('reclassified', record.attempt, dated, {
    fromStatus: record.status,
    toStatus: move.status,
    sourceStatus: observation.sourceStatus,
    statusReason: move.reason,
  });
  if (move.status === null) draft.anomalies.push('unknown_status');
  if (!move.isLegal) draft.anomalies.push('illegal_transition');
  const { state } = foldEvent(known, { ...finishDraft(draft), position: 0n, sequence: 0 });
  return { draft, attempt: state.attempt };
}
