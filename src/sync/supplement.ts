import type { Facts } from '../model/facts.ts';
import type { Observation } from '../model/observation.ts';
import type { RecordState } from '../model/record.ts';

/**
 * An observation of a feed that is not authoritative, without what it says otherwise than what is known. Two feeds that write the same time with other digits, or a
 * record that stands in two parents' lists, would otherwise amend each other at every sync.
 */
export function supplement(record: RecordState, observation: Observation): Observation {
  const { createdAt, queuedEvidence, finishedAt, terminalEvidence, startedAt, runningEvidence, facts, ...rest } = observation;
  const unknown = Object.entries(facts).filter(([name]) => record.facts[name as keyof Facts] === null);
  return {
    ...rest,
    facts: Object.fromEntries(unknown),
    ...(record.createdAt === null && createdAt !== undefined && { createdAt }),
    ...(record.createdAt === null && queuedEvidence !== undefined && { queuedEvidence }),
    ...(record.startedAt === null && startedAt !== undefined && { startedAt }),
    ...(record.startedAt === null && runningEvidence !== undefined && { runningEvidence }),
    ...(record.finishedAt === null && finishedAt !== undefined && { finishedAt }),
    ...(record.finishedAt === null && terminalEvidence !== undefined && { terminalEvidence }),
  };
}

/** Marks what a feed showed that is not authoritative. */
export function asSupplements(observations: readonly Observation[]): readonly Observation[] {
  return observations.map((observation) => ({ ...observation, isSupplement: true }));
}
