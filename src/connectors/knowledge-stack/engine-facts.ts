import type { Facts } from '../../model/facts.ts';
import type { StatusReading } from '../../model/observation.ts';
import { isTerminal } from '../../model/status.ts';
import { readId } from '../../observe/read-id.ts';
import { readStatus } from '../../observe/read-status.ts';
import { engineStatuses } from './document-statuses.ts';
import { readWord } from './read-word.ts';

/** What an answer tells of the engine's execution. Its status goes by two names: the vendor's page has the one, its OpenAPI the other. */
export interface ShownExecution {
  readonly temporal_status?: unknown;
  readonly execution_status?: unknown;
  readonly run_id?: unknown;
  readonly workflow_type?: unknown;
}

type EngineFacts = Pick<Facts, 'engine_status' | 'run_id' | 'workflow_type'>;

/** What is not there is left out: the lists tell nothing of the engine. */
export function readEngineFacts(shown: ShownExecution): Partial<EngineFacts> {
  const status = readWord(shown.temporal_status ?? shown.execution_status);
  const runId = readId(shown.run_id);
  const workflowType = readWord(shown.workflow_type);
  return {
    ...(status !== null && { engine_status: status }),
    ...(runId !== null && { run_id: runId }),
    ...(workflowType !== null && { workflow_type: workflowType }),
  };
}

/** Whether the engine is still at work by its own word. */
export function isEngineAtWork(engineStatus: string | null): boolean {
  const reading = readEngineStatus(engineStatus);
  return reading.kind === 'known' && !isTerminal(reading.status);
}

/** Whether the engine contradicts the database: the one says that it is over and the other not, or they say that it ended otherwise. */
export function isConflict(reading: StatusReading, engineStatus: string | null): boolean {
  const engine = readEngineStatus(engineStatus);
  if (reading.kind !== 'known' || engine.kind !== 'known' || reading.status === engine.status) return false;
  return isTerminal(reading.status) || isTerminal(engine.status);
}

function readEngineStatus(word: string | null): StatusReading {
  return word === null ? { kind: 'unknown' } : readStatus(word, engineStatuses, {});
}
