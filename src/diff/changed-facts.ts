import { FACT_NAMES } from '../model/facts.ts';
import type { Observation } from '../model/observation.ts';
import type { RecordState } from '../model/record.ts';
import type { WritableFacts } from './draft.ts';

export interface ChangedFacts {
  readonly facts: WritableFacts;
  /** Whether they only tell what was unknown. */
  readonly isAddition: boolean;
}

/**
 * The carried fields of an observation that are not as they are known; null where all are. Attempt key and error have rules of their own.
 *
 * @param record null: nothing is known, so a field that is carried as null says nothing new
 * @param isOfAttempt whether the observation tells of which attempt it is: start and finish of an unknown one are not the record's
 */
export function changedFacts(record: RecordState | null, observation: Observation, isOfAttempt: boolean): ChangedFacts | null {
  let facts: WritableFacts | null = null;
  let isAddition = true;

  const { createdAt } = observation;
  const startedAt = isOfAttempt ? observation.startedAt : undefined;
  const finishedAt = isOfAttempt ? observation.finishedAt : undefined;
  if (createdAt !== undefined && createdAt !== (record?.createdAt ?? null)) {
    (facts ??= {}).created_at = createdAt;
    isAddition &&= record?.createdAt == null;
  }
  if (startedAt !== undefined && startedAt !== (record?.startedAt ?? null)) {
    (facts ??= {}).started_at = startedAt;
    isAddition &&= record?.startedAt == null;
  }
  if (finishedAt !== undefined && finishedAt !== (record?.finishedAt ?? null)) {
    (facts ??= {}).finished_at = finishedAt;
    isAddition &&= record?.finishedAt == null;
  }
  for (const name of FACT_NAMES) {
    const carried = observation.facts[name];
    if (carried === undefined) continue;
    const known = record?.facts[name] ?? null;
    if (carried === known || isSameSet(carried, known)) continue;
    facts ??= {};
    Object.assign(facts, { [name]: Array.isArray(carried) ? asSet(carried as readonly string[]) : carried });
    isAddition &&= known === null;
  }
  return facts === null ? null : { facts, isAddition };
}

type FactValue = string | number | readonly string[] | null;

/** Lists are sets: a source that shuffles or repeats its tags has changed nothing. */
function isSameSet(carried: FactValue, known: FactValue): boolean {
  if (!isList(carried) || !isList(known)) return false;
  if (carried.length === known.length && carried.every((member, index) => member === known[index])) return true;
  const members = asSet(carried);
  const knownMembers = asSet(known);
  return members.length === knownMembers.length && members.every((member, index) => member === knownMembers[index]);
}

function isList(value: FactValue): value is readonly string[] {
  return Array.isArray(value);
}

function asSet(members: readonly string[]): readonly string[] {
  return [...new Set(members)].sort();
}
