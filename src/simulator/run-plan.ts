import type { Random } from './random.ts';
import { logNormal, pick } from './random.ts';
import type { WorldRates } from './rates.ts';
import type { Failure, RunState } from './run.ts';
import type { Workflow } from './workflow.ts';

/** What a run will do next, `afterMs` from the step before it (the first from its creation). */
export interface PlannedStep {
  readonly afterMs: number;
  /** `retried` begins another attempt under the same id, `resumed` one that keeps the start of the attempt before. */
  readonly state: RunState | 'retried' | 'resumed' | 'deleted';
  /** What went wrong, where the state is `failed`; drawn or left general when absent. */
  readonly failure?: Failure;
}

/**
 * Draws a run's whole life at its creation. Drawn as it goes, it would depend on what other runs do meanwhile, and steering one by hand would
 * change them all.
 */
export function planRun(random: Random, rates: WorldRates, workflow: Workflow): readonly PlannedStep[] {
  const steps: PlannedStep[] = [];
  const queueMs = logNormal(random, rates.medianQueueMs);
  const stoppedAt = random() < rates.stopShare ? pick(random, ['queued', 'running', 'running', 'waiting'] as const) : null;
  if (stoppedAt === 'queued') {
    steps.push({ afterMs: queueMs * random(), state: 'stopped' });
    return withDeletion();
  }
  steps.push({ afterMs: queueMs, state: 'running' });
  if (random() < rates.endlessShare) return steps;

  let remainingMs = logNormal(random, workflow.usualMs);
  if (stoppedAt === 'waiting' || random() < rates.waitingShare) {
    const beforeMs = remainingMs * random();
    steps.push({ afterMs: beforeMs, state: 'waiting' });
    const waitMs = logNormal(random, rates.medianWaitMs);
    if (stoppedAt === 'waiting') {
      steps.push({ afterMs: waitMs * random(), state: 'stopped' });
      return withDeletion();
    }
    steps.push({ afterMs: waitMs, state: 'running' });
    remainingMs -= beforeMs;
  }
  if (stoppedAt === 'running') steps.push({ afterMs: remainingMs * random(), state: 'stopped' });
  else if (random() < workflow.failureShare)
    steps.push({ afterMs: remainingMs * random(), state: 'failed', failure: pick(random, FAILURES) });
  else steps.push({ afterMs: remainingMs, state: 'succeeded' });
  return withDeletion();

  function withDeletion(): readonly PlannedStep[] {
    if (random() < rates.deletionShare) steps.push({ afterMs: logNormal(random, rates.medianKeptMs), state: 'deleted' });
    return steps;
  }
}

/**
 * Lets some runs that failed or were stopped be taken up again, before anything else becomes of them. Drawn by itself, so that the lives of all
 * others, and what came before in these, are as they would be without.
 */
export function withRetries(steps: readonly PlannedStep[], random: Random, rates: WorldRates, workflow: Workflow): readonly PlannedStep[] {
  const endsAt = steps.findLastIndex(({ state }) => state !== 'deleted');
  const end = steps[endsAt]?.state;
  if (end !== 'failed' && end !== 'stopped') return steps;
  const retries: PlannedStep[] = [];
  for (let attempt = 2; attempt <= MOST_ATTEMPTS && random() < rates.runRetryShare; attempt += 1) {
    retries.push({ afterMs: logNormal(random, rates.medianRunRetryMs), state: random() < 0.5 ? 'retried' : 'resumed' });
    const afterMs = logNormal(random, workflow.usualMs);
    if (random() >= workflow.failureShare) {
      retries.push({ afterMs, state: 'succeeded' });
      break;
    }
    retries.push({ afterMs, state: 'failed', failure: pick(random, FAILURES) });
  }
  return steps.toSpliced(endsAt + 1, 0, ...retries);
}

/** Where every share is 1 a life would have no end. */
const MOST_ATTEMPTS = 6;

export const GENERAL_FAILURE: Failure = { error: 'A step failed', failedSteps: 1, warnings: [] };

const FAILURES: readonly [Failure, ...Failure[]] = [
  { error: 'The model gave no answer within 60 seconds', failedSteps: 1, warnings: ['timeout'] },
  { error: 'The model gave no answer within 60 seconds, nor did its substitute', failedSteps: 1, warnings: ['fallback', 'timeout'] },
  { error: 'Field "amount" is not a number', failedSteps: 1, warnings: ['bad_value'] },
  { error: 'The mail service answered 503', failedSteps: 1, warnings: ['outside_service'] },
  { error: 'The mail and the calendar service answered 503', failedSteps: 2, warnings: ['outside_service'] },
  { error: 'Nothing was found for the query', failedSteps: 1, warnings: ['no_results'] },
  { error: 'The file cannot be read', failedSteps: 1, warnings: ['unreadable_file'] },
  { error: 'The document is there already', failedSteps: 1, warnings: ['duplicate'] },
  GENERAL_FAILURE,
];
