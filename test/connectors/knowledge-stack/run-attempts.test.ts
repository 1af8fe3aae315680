import { describe, expect, it } from 'vitest';
import { observeRun } from '../../../src/connectors/knowledge-stack/observe-run.ts';
import { firstKnowledgeStackRun, secondKnowledgeStackRun } from '../../../src/connectors/knowledge-stack/run-statuses.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { confirm, newTrail, see, story } from '../../diff/trail.ts';
import { answeredAt, at } from './moments.ts';
import { FIRST_RUN, SECOND_RUN } from './run-examples.ts';

type Changes = Readonly<Record<string, unknown>>;

const QUEUED = { started_at: null, completed_at: null };
const FAILED = { execution_state: 'FAILED', started_at: at(1), completed_at: at(5), error: 'no answer' };

describe('a run of the first generation', () => {
  it('has each of its times, whichever poll showed it first', () => {
    const trail = newTrail(firstKnowledgeStackRun);
    see(trail, first(10, { created_at: at(0), started_at: at(1), completed_at: at(5), updated_at: at(5) }));
    expect(story(trail)).toEqual(['discovered queued', 'status_changed running', 'status_changed succeeded']);
    expect(trail.events.map(({ when }) => when.reportedAt)).toEqual([at(0), at(1), at(5)]);
    expect(see(trail, first(11, { created_at: at(0), started_at: at(1), completed_at: at(5), updated_at: at(5) })).kind).toBe('unchanged');
  });

  it('did not start when it began to wait, whatever its start says then', () => {
    for (const placeholder of [at(0), at(1)]) {
      const trail = newTrail(firstKnowledgeStackRun);
      const waiting = { created_at: at(0), started_at: placeholder, completed_at: null };
      see(trail, first(2, { ...waiting, status: 'PENDING', updated_at: at(0) }));
      see(trail, first(4, { ...waiting, status: 'RUNNING', updated_at: at(3) }));
      expect(story(trail)).toEqual(['discovered queued', 'status_changed running']);
      expect(trail.events[1]?.when).toMatchObject({ reportedAt: null, earliestAt: at(2), latestAt: at(3) });
      see(trail, first(6, { ...waiting, started_at: at(3), status: 'RUNNING', updated_at: at(3) }));
      expect(trail.attempts.get(1)?.started).toMatchObject({ at: at(3), earliestAt: at(3) });
    }
  });

  it('that was stopped is cancelled, also where only its error tells so, later', () => {
    const trail = newTrail(firstKnowledgeStackRun);
    const over = { status: 'FAILED', created_at: at(0), started_at: at(1), completed_at: at(5), updated_at: at(5) };
    see(trail, first(2, { ...over, status: 'RUNNING', completed_at: null, updated_at: at(1) }));
    expect(see(trail, first(6, { ...over, error: undefined })).kind).toBe('deferred');
    confirm(trail, first(7, { ...over, error: 'Stopped by user' }));
    expect(story(trail).at(-1)).toBe('status_changed cancelled');
    expect(trail.known?.record).toMatchObject({ status: 'cancelled', statusReason: 'stopped_by_user', sourceStatus: 'FAILED' });
    expect(see(trail, first(8, { ...over, error: undefined })).kind).toBe('unchanged');
  });

  it('that is open again was never expected to be', () => {
    const trail = newTrail(firstKnowledgeStackRun);
    see(trail, first(6, { status: 'FAILED', error: 'x', started_at: at(1), completed_at: at(5), updated_at: at(5) }));
    const again = { status: 'RUNNING', started_at: at(1), completed_at: null, updated_at: at(7) };
    expect(see(trail, first(8, again)).kind).toBe('deferred');
    confirm(trail, first(9, again));
    expect(trail.events.at(-1)).toMatchObject({ eventType: 'reopened', anomalies: ['illegal_transition'] });
  });
});

describe('a run of the second generation', () => {
  it('goes from uploads through waiting to its end, each at its time where one is reported', () => {
    const trail = newTrail(secondKnowledgeStackRun);
    see(trail, second(1, { ...QUEUED, execution_state: 'PENDING', updated_at: at(0) }));
    see(trail, second(3, { ...QUEUED, execution_state: 'NOT_STARTED', updated_at: at(2) }));
    see(trail, second(5, { ...QUEUED, execution_state: 'IN_PROGRESS', started_at: at(4), updated_at: at(4) }));
    see(trail, second(9, { execution_state: 'COMPLETED', started_at: at(4), completed_at: at(8), updated_at: at(8) }));
    expect(story(trail)).toEqual(['discovered queued', 'status_changed queued', 'status_changed running', 'status_changed succeeded']);
    expect(trail.events.map(({ when }) => when.reportedAt)).toEqual([at(0), null, at(4), at(8)]);
    expect([...trail.attempts.values()]).toMatchObject([{ attempt: 1, attemptKey: at(4), outcome: 'succeeded' }]);
  });

  it('whose uploads failed never ran', () => {
    const trail = newTrail(secondKnowledgeStackRun);
    see(trail, second(1, { ...QUEUED, execution_state: 'PENDING', updated_at: at(0) }));
    see(trail, second(3, { ...FAILED, started_at: null, completed_at: at(2), updated_at: at(2) }));
    expect(story(trail)).toEqual(['discovered queued', 'status_changed failed']);
    expect(trail.attempts.get(1)).toMatchObject({ attemptKey: null, started: null, outcome: 'failed' });
  });

  it('that waits for approval changes its reason and not its status; approved once it is done, it changes nothing', () => {
    const trail = newTrail(secondKnowledgeStackRun);
    see(trail, second(1, { ...QUEUED, execution_state: 'NOT_STARTED', updated_at: at(0) }));
    see(trail, second(3, { ...QUEUED, execution_state: 'NOT_STARTED', approval_state: 'pending', updated_at: at(2) }));
    expect(trail.events.at(-1)).toMatchObject({ toStatus: 'queued', statusReason: 'waiting_for_approval', attempt: 1 });
    const done = { execution_state: 'COMPLETED', started_at: at(4), completed_at: at(8) };
    see(trail, second(9, { ...done, approval_state: 'pending', updated_at: at(8) }));
    expect(see(trail, second(11, { ...done, approval_state: 'approved', updated_at: at(10) })).kind).toBe('unchanged');
  });

  it('retried is another attempt under the same id, with its own start, finish and error', () => {
    const trail = newTrail(secondKnowledgeStackRun);
    see(trail, second(6, { ...FAILED, updated_at: at(5) }));
    see(trail, second(9, { execution_state: 'IN_PROGRESS', started_at: at(8), completed_at: null, error: null, updated_at: at(8) }));
    see(trail, second(12, { execution_state: 'COMPLETED', started_at: at(8), completed_at: at(11), error: null, updated_at: at(11) }));
    expect(story(trail).slice(-3)).toEqual(['status_changed failed', 'reopened running', 'status_changed succeeded']);
    expect([...trail.attempts.values()]).toMatchObject([
      { attemptKey: at(1), outcome: 'failed', errorDigest: 'digest of no answer', finished: { at: at(5), earliestAt: at(5) } },
      { attemptKey: at(8), outcome: 'succeeded', errorDigest: null, started: { at: at(8) }, finished: { at: at(11) } },
    ]);
    expect(trail.events.flatMap(({ anomalies }) => anomalies)).toEqual([]);
  });

  it('retried and failed again between two polls is one all the same, by its start or by its finish', () => {
    for (const again of [
      { ...FAILED, started_at: at(8), completed_at: at(9), updated_at: at(9) },
      { ...FAILED, started_at: at(8), completed_at: at(5), updated_at: at(9) },
      { ...FAILED, completed_at: at(9), updated_at: at(9) },
    ]) {
      const trail = newTrail(secondKnowledgeStackRun);
      see(trail, second(6, { ...FAILED, updated_at: at(5) }));
      see(trail, second(10, again));
      expect(trail.events.some(({ eventType, attempt }) => eventType === 'reopened' && attempt === 2)).toBe(true);
      expect([...trail.attempts.values()].map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
      expect(see(trail, second(12, again)).kind).toBe('unchanged');
    }
  });

  it('resumed after a stop keeps its start: that it is open again is looked at once more', () => {
    const stopped = { ...FAILED, error: 'Stopped by user' };
    const resumed = { execution_state: 'IN_PROGRESS', started_at: at(1), completed_at: at(5), error: 'Stopped by user', updated_at: at(8) };
    const trail = newTrail(secondKnowledgeStackRun);
    see(trail, second(6, { ...stopped, updated_at: at(5) }));
    expect(see(trail, second(9, resumed)).kind).toBe('deferred');
    confirm(trail, second(10, resumed));
    see(trail, second(13, { execution_state: 'COMPLETED', started_at: at(1), completed_at: at(12), error: null, updated_at: at(12) }));
    expect(story(trail).slice(-3)).toEqual(['status_changed cancelled', 'reopened running', 'status_changed succeeded']);
    expect([...trail.attempts.values()]).toMatchObject([
      { outcome: 'cancelled', finished: { at: at(5) } },
      { outcome: 'succeeded', finished: { at: at(12) } },
    ]);
    // The start is that of the attempt before.
    expect(trail.attempts.get(2)?.started).toMatchObject({ earliestAt: at(6), latestAt: at(8) });
  });

  it('put back into the queue has no key until it starts', () => {
    const trail = newTrail(secondKnowledgeStackRun);
    see(trail, second(6, { ...FAILED, updated_at: at(5) }));
    confirm(trail, second(9, { ...FAILED, execution_state: 'NOT_STARTED', updated_at: at(8) }));
    expect(trail.attempts.get(2)).toMatchObject({ attemptKey: null, outcome: null, errorDigest: null });
    see(trail, second(12, { ...FAILED, execution_state: 'IN_PROGRESS', started_at: at(11), updated_at: at(11) }));
    expect([...trail.attempts.values()]).toMatchObject([
      { attemptKey: at(1) },
      { attemptKey: at(11), started: { at: at(11), earliestAt: at(11) } },
    ]);
  });

  it('that was done is not expected to go on', () => {
    const trail = newTrail(secondKnowledgeStackRun);
    see(trail, second(6, { execution_state: 'COMPLETED', started_at: at(1), completed_at: at(5), updated_at: at(5) }));
    see(trail, second(9, { execution_state: 'IN_PROGRESS', started_at: at(8), completed_at: null, updated_at: at(8) }));
    expect(trail.events.at(-1)).toMatchObject({ eventType: 'reopened', anomalies: ['illegal_transition'] });
  });
});

describe('a tenant that went over from the first generation to the second', () => {
  it('has its runs go on under the new words, and learns their keys', () => {
    const before = first(2, { status: 'RUNNING', created_at: at(0), started_at: at(1), completed_at: null, updated_at: at(1) });
    const trail = newTrail(secondKnowledgeStackRun);
    confirm(trail, before);
    const after = second(4, { execution_state: 'IN_PROGRESS', started_at: at(1), completed_at: null, updated_at: at(1) });
    see(trail, after);
    expect(trail.known?.record).toMatchObject({ status: 'running', sourceStatus: 'IN_PROGRESS', attempt: 1, attemptKey: at(1) });
    expect(see(trail, { ...after, response: answeredAt(5) }).kind).toBe('unchanged');
  });
});

function first(minute: number, changes: Changes): Observation {
  return observedAt(minute, { ...FIRST_RUN, created_at: at(0), ...changes });
}

function second(minute: number, changes: Changes): Observation {
  return observedAt(minute, { ...SECOND_RUN, created_at: at(0), ...changes });
}

function observedAt(minute: number, item: unknown): Observation {
  const result = observeRun(item, { response: answeredAt(minute), payloads: 'redacted', statuses: {}, parentId: null });
  if (result.kind !== 'observation') throw new Error('not observed');
  return result.observation;
}
