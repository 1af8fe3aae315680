import type { Anomaly, EventDraft, EventFacts, EventType, Interval } from '../model/event.ts';
import type { Status, StatusReason } from '../model/status.ts';
import type { Dated } from './dated.ts';

export type WritableFacts = { -readonly [Name in keyof EventFacts]: EventFacts[Name] };

/** An event while it is put together. */
export interface Draft {
  readonly eventType: EventType;
  readonly attempt: number;
  readonly status: StatusFields;
  readonly when: Interval;
  readonly facts: WritableFacts;
  readonly anomalies: Anomaly[];
}

export interface StatusFields {
  readonly fromStatus: Status | null;
  readonly toStatus: Status | null;
  readonly sourceStatus: string | null;
  readonly statusReason: StatusReason | null;
}

const NO_STATUS: StatusFields = { fromStatus: null, toStatus: null, sourceStatus: null, statusReason: null };

export function newDraft(eventType: EventType, attempt: number, { when, isSkewed }: Dated, status: StatusFields = NO_STATUS): Draft {
  return { eventType, attempt, status, when, facts: {}, anomalies: isSkewed ? ['clock_skew'] : [] };
}

export function finishDraft({ eventType, attempt, status, when, facts, anomalies }: Draft): EventDraft {
  return { eventType, attempt, ...status, when, facts, anomalies: [...new Set(anomalies)].sort() };
}
