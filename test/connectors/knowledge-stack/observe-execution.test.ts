import { describe, expect, it } from 'vitest';
import { observeExecution } from '../../../src/connectors/knowledge-stack/observe-execution.ts';
import type { ItemContext } from '../../../src/model/connector.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { itemContext, RESPONSE } from '../../observe/evidence.ts';
import { EXECUTION, PAGE_EXECUTION, WORKFLOW_ID } from './document-examples.ts';

const STARTED = '2026-04-01T10:00:01.000000Z';

describe('an ingestion that only the engine shows', () => {
  it('is observed in the engine’s words, by either name of its status', () => {
    const expected = {
      recordId: WORKFLOW_ID,
      reading: { kind: 'known', status: 'running', reason: null },
      sourceStatus: 'RUNNING',
      hasForeignWord: true,
      startedAt: STARTED,
      runningEvidence: STARTED,
      anomalies: [],
      response: RESPONSE,
    };
    expect(observed(PAGE_EXECUTION)).toEqual({ ...expected, facts: { engine_status: 'RUNNING' }, body: PAGE_EXECUTION });
    expect(observed(EXECUTION)).toEqual({
      ...expected,
      facts: { engine_status: 'RUNNING', run_id: 'temporal-run-1', workflow_type: 'IngestDocumentVersion' },
      body: EXECUTION,
    });
  });

  it.each([
    ['RUNNING', 'running', null],
    ['CONTINUED_AS_NEW', 'running', null],
    ['COMPLETED', 'succeeded', null],
    ['FAILED', 'failed', null],
    ['TIMED_OUT', 'failed', 'timeout'],
    ['CANCELED', 'cancelled', null],
    ['CANCELLED', 'cancelled', null],
    ['TERMINATED', 'cancelled', null],
    ['Completed', 'succeeded', null],
  ])('and is %s is %s', (word, status, reason) => {
    const closed = { close_time: '2026-04-01T10:05:01Z' };
    for (const observation of [
      observed({ ...EXECUTION, ...closed, temporal_status: word }),
      observed({ ...PAGE_EXECUTION, ...closed, execution_status: word }),
    ]) {
      expect(observation).toMatchObject({ reading: { kind: 'known', status, reason }, facts: { engine_status: word } });
      expect(observation.terminalEvidence).toBe(status === 'running' ? undefined : '2026-04-01T10:05:01.000000Z');
      expect(observation.finishedAt).toBe(observation.terminalEvidence);
    }
  });

  it('in a word that nobody documents is unknown, and can be mapped by the user', () => {
    const paused = { ...EXECUTION, temporal_status: 'PAUSED', close_time: '2026-04-01T10:05:01Z' };
    expect(observed(paused)).toMatchObject({ reading: { kind: 'unknown' }, sourceStatus: 'PAUSED' });
    expect(observed(paused)).not.toHaveProperty('finishedAt');
    expect(observed(paused, { statuses: { PAUSED: 'running' } }).reading).toMatchObject({ status: 'running' });
  });

  it('has no attempt, version or error: the engine does not tell them', () => {
    for (const field of ['attemptKey', 'sourceUpdatedAt', 'error', 'createdAt', 'queuedEvidence'])
      expect(observed({ ...EXECUTION, temporal_status: 'FAILED' })).not.toHaveProperty(field);
  });

  it('with bad times is flagged and kept', () => {
    const observation = observed({ ...EXECUTION, temporal_status: 'FAILED', start_time: 7, close_time: 'soon' });
    expect(observation.anomalies).toEqual(['bad_time']);
    for (const field of ['startedAt', 'runningEvidence', 'finishedAt']) expect(observation).not.toHaveProperty(field);
  });

  it.each([
    [null, 'it is of type null, not an object'],
    [{ ...EXECUTION, workflow_id: undefined }, 'its id is missing'],
    [{ workflow_id: WORKFLOW_ID, start_time: '2026-04-01T10:00:01Z' }, 'it has no status'],
    [{ ...EXECUTION, temporal_status: 7 }, 'its status is of type number, not a text'],
  ])('that cannot be understood is rejected, and says why (%#)', (item, reason) => {
    expect(observeExecution(item, itemContext())).toMatchObject({ kind: 'rejection', rejection: { reason } });
  });

  it('keeps nothing but what is named', () => {
    const body = observed({ ...EXECUTION, result: 'SECRET', memo: { SECRET: 1 } }).body;
    expect(body).toEqual(EXECUTION);
    expect(observed(EXECUTION, { payloads: 'none' }).body).toBeNull();
  });
});

function observed(item: unknown, changes: Partial<ItemContext> = {}): Observation {
  const result = observeExecution(item, itemContext(changes));
  if (result.kind !== 'observation') throw new Error('not observed');
  return result.observation;
}
