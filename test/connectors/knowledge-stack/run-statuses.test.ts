import { describe, expect, it } from 'vitest';
import { observeRun } from '../../../src/connectors/knowledge-stack/observe-run.ts';
import type { ItemContext } from '../../../src/model/connector.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { itemContext } from '../../observe/evidence.ts';
import { FIRST_RUN, ID, SECOND_RUN } from './run-examples.ts';

describe('a run’s status', () => {
  it.each([
    ['status', 'PENDING', 'queued'],
    ['status', 'RUNNING', 'running'],
    ['status', 'COMPLETED', 'succeeded'],
    ['status', 'FAILED', 'failed'],
    ['execution_state', 'PENDING', 'queued'],
    ['execution_state', 'NOT_STARTED', 'queued'],
    ['execution_state', 'IN_PROGRESS', 'running'],
    ['execution_state', 'COMPLETED', 'succeeded'],
    ['execution_state', 'FAILED', 'failed'],
    ['execution_state', 'in_progress', 'running'],
  ])('%s %s is %s', (field, word, status) => {
    expect(observed({ id: ID, error: null, [field]: word })).toMatchObject({
      reading: { kind: 'known', status, reason: null },
      sourceStatus: word,
    });
  });

  it('FAILED with the error of a stop, and no other, is cancelled, in both generations', () => {
    for (const run of [
      { ...FIRST_RUN, status: 'FAILED' },
      { ...SECOND_RUN, execution_state: 'FAILED' },
    ]) {
      expect(observed({ ...run, error: 'Stopped by user' })).toMatchObject({
        reading: { kind: 'known', status: 'cancelled', reason: 'stopped_by_user' },
        error: 'Stopped by user',
        sourceStatus: 'FAILED',
      });
      for (const error of ['Stopped by user.', 'stopped by user', ' Stopped by user', 'Timeout reading source document', null, '', 7])
        expect(observed({ ...run, error }).reading).toEqual({ kind: 'known', status: 'failed', reason: null });
    }
  });

  it('FAILED in an answer without an error field is undecided', () => {
    const first = { ...FIRST_RUN, error: undefined };
    const second = { ...SECOND_RUN, error: undefined };
    for (const run of [
      { ...first, status: 'FAILED' },
      { ...second, execution_state: 'FAILED' },
    ]) {
      expect(observed(run)).toMatchObject({
        reading: { kind: 'undecided' },
        sourceStatus: 'FAILED',
        terminalEvidence: '2026-04-01T10:05:00.000000Z',
      });
      expect(observed(run)).not.toHaveProperty('error');
    }
    expect(observed({ ...first, status: 'RUNNING' }).reading.kind).toBe('known');
  });

  it('of an open run whose approval is pending is a wait for it; of a finished one it is what it was', () => {
    const reasonOf = (execution_state: string, approval_state: unknown, error: unknown = null): unknown => {
      const { reading } = observed({ ...SECOND_RUN, execution_state, approval_state, error });
      return reading.kind === 'known' ? reading.reason : reading.kind;
    };
    for (const word of ['PENDING', 'NOT_STARTED', 'IN_PROGRESS']) {
      expect(reasonOf(word, 'pending')).toBe('waiting_for_approval');
      for (const other of ['approved', 'not_required', 'PENDING', null, 7]) expect(reasonOf(word, other)).toBeNull();
    }
    expect([reasonOf('COMPLETED', 'pending'), reasonOf('FAILED', 'pending')]).toEqual([null, null]);
    expect(reasonOf('FAILED', 'pending', 'Stopped by user')).toBe('stopped_by_user');
    expect(reasonOf('SUSPENDED', 'pending')).toBe('unknown');
  });

  it('that nobody documents is unknown and kept, cut at 200 characters, and can be mapped by the user', () => {
    expect(observed({ ...SECOND_RUN, execution_state: 'SUSPENDED' })).toMatchObject({
      reading: { kind: 'unknown' },
      sourceStatus: 'SUSPENDED',
    });
    expect(observed({ ...SECOND_RUN, execution_state: '😀'.repeat(500) }).sourceStatus).toBe('😀'.repeat(200));
    const statuses = { SUSPENDED: 'running', FAILED: 'succeeded' } as const;
    expect(observed({ ...SECOND_RUN, execution_state: 'SUSPENDED' }, { statuses }).reading).toMatchObject({ status: 'running' });
    expect(observed({ ...SECOND_RUN, execution_state: 'FAILED' }, { statuses }).reading).toMatchObject({ status: 'failed' });
  });
});

function observed(item: unknown, changes: Partial<ItemContext> = {}): Observation {
  const result = observeRun(item, itemContext(changes));
  if (result.kind !== 'observation') throw new Error(`not observed: ${result.kind}`);
  return result.observation;
}
