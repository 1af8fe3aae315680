import type { EventDraft } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';
import type { Observation, ResponseEvidence } from '../model/observation.ts';
import type { RecordKind } from '../model/record-kind.ts';
import type { KnownRecord } from '../model/record.ts';
import { asKnown } from '../diff/as-known.ts';
import { diffObservation } from '../diff/diff-observation.ts';
import { errorDigest, newRecordSalt } from '../record/event-details.ts';
import { supplement } from './supplement.ts';
import type { LoadedRecord } from '../record/load-known.ts';

/** What a batch of observations means for one record. */
export interface RecordPlan {
  readonly recordId: string;
  readonly before: LoadedRecord | null;
  /** With all its events in it, as far as they are known before they have a position; null only for a deferred first sight. */
  after: KnownRecord | null;
  readonly events: PlannedDraft[];
  /** The key of its error texts, when this batch made it. */
  newSalt: Buffer | null;
  /** The last observation that showed the record as it is now known. */
  seen: Observation | null;
  /** The last observation that could not be decided: the record must be read again by id. */
  deferred: Observation | null;
}

export interface PlannedDraft {
  readonly draft: EventDraft;
  /** The evidence. */
  readonly response: ResponseEvidence;
  /** The observation, whose error text and body go with the last event of it; null for every other. */
  readonly content: Pick<Observation, 'error' | 'body'> | null;
}

export interface BatchPlan {
  /** Sorted by record id. */
  readonly records: readonly RecordPlan[];
  readonly unchanged: number;
  /** Of those, records that this sync had seen before: lists overlap. */
  readonly seenAgain: number;
  readonly stale: number;
  readonly deferred: number;
}

/**
 * Takes the observations of a batch through the diff, one after the other, those of one record in the order in which their requests were sent.
 *
 * @param options.isConfirmation whether these are the reads by id that a deferral asked for
 * @param options.wordsSince since when the source uses the words that it uses now, where it had used others before
 */
export function diffBatch(
  kind: RecordKind,
  loaded: ReadonlyMap<string, LoadedRecord>,
  observations: readonly Observation[],
  options: { readonly isConfirmation: boolean; readonly wordsSince: Instant | null },
): BatchPlan {
  const plans = new Map<string, RecordPlan>();
  const { isConfirmation, wordsSince } = options;
  const counts = { unchanged: 0, seenAgain: 0, stale: 0, deferred: 0 };
  const bySending = observations.toSorted((a, b) => compare(a.response.sentAt, b.response.sentAt));
  for (const sent of bySending) {
    const plan = planOf(plans, loaded, sent.recordId);
    const observation = sent.isSupplement === true && plan.after !== null ? supplement(plan.after.record, sent) : sent;
    const diff = diffObservation(plan.after, observation, {
      kind,
      errorDigest: digestOf(plan, observation),
      isConfirmation,
      hasNewWords: hasNewWords(plan.after, wordsSince),
    });
    switch (diff.kind) {
      case 'events':
        diff.events.forEach((draft, index) =>
          plan.events.push({ draft, response: observation.response, content: index === diff.events.length - 1 ? observation : null }),
        );
        plan.after = asKnown(plan.after, diff.events, observation);
        plan.seen = observation;
        plan.deferred = null;
        break;
      case 'unchanged':
        counts.unchanged += 1;
        if (plan.after?.lastSeen?.isEarlier === false) counts.seenAgain += 1;
        plan.after = asKnown(plan.after, [], observation);
        plan.seen = observation;
        plan.deferred = null;
        break;
      case 'stale':
        counts.stale += 1;
        break;
      case 'deferred':
        counts.deferred += 1;
        plan.deferred = observation;
        break;
    }
  }
  const records = [...plans.values()].sort((a, b) => compare(a.recordId, b.recordId));
  return { records, ...counts };
}

function planOf(plans: Map<string, RecordPlan>, loaded: ReadonlyMap<string, LoadedRecord>, recordId: string): RecordPlan {
  const known = plans.get(recordId);
  if (known !== undefined) return known;
  const before = loaded.get(recordId) ?? null;
  const plan: RecordPlan = { recordId, before, after: before?.known ?? null, events: [], newSalt: null, seen: null, deferred: null };
  plans.set(recordId, plan);
  return plan;
}

/** Whether the source spoke otherwise when this record was seen last. */
function hasNewWords(known: KnownRecord | null, wordsSince: Instant | null): boolean {
  return known !== null && wordsSince !== null && (known.lastSeen === null || known.lastSeen.sentAt < wordsSince);
}

/** undefined: this observation carries no error, or the record was redacted and its errors are compared no more. */
function digestOf(plan: RecordPlan, observation: Observation): string | null | undefined {
  const { error } = observation;
  if (error === undefined || plan.after?.record.isRedacted === true) return undefined;
  if (error === null) return null;
  const salt = plan.before?.salt ?? plan.newSalt ?? newRecordSalt();
  if (plan.before?.salt == null) plan.newSalt = salt;
  return errorDigest(salt, error);
}

function compare(a: string | Instant, b: string | Instant): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
