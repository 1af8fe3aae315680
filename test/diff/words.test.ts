import { describe, expect, it } from 'vitest';
import { KINDS } from './kinds.ts';
import { at, created, finished, observe, readingOf, started, type Fields } from './observe.ts';
import { confirm, newTrail, see, story, type Trail } from './trail.ts';

const run = KINDS['noxus run'];
const morphikRun = KINDS['morphik run'];
const document = KINDS['morphik document'];
const stackRun = KINDS['knowledge stack run, second generation'];

const attempts = ({ known }: Trail): unknown => known?.attempt;

describe('a word that nobody understands', () => {
  it('closes and reopens nothing', () => {
    for (const before of ['running', 'succeeded'] as const) {
      const trail = newTrail(document);
      see(trail, observe(before, { sent: 10 }));
      const attempt = attempts(trail);
      see(trail, observe('unknown', { ...finished(15), ...started(12), sent: 20 }));
      expect(trail.events[1]).toMatchObject({
        eventType: 'status_changed',
        toStatus: null,
        sourceStatus: 'UNKNOWN',
        anomalies: ['unknown_status'],
      });
      expect(trail.known?.record).toMatchObject({
        status: null,
        lastKnownStatus: before,
        isTerminal: before === 'succeeded',
        finishedAt: at(15),
      });
      expect(attempts(trail)).toEqual(attempt);
      expect(see(trail, observe('unknown', { sent: 30 }))).toEqual({ kind: 'unchanged' });
    }
  });

  it('does not move the entries where the status after it is the one before it', () => {
    const trail = newTrail(document);
    see(trail, observe('failed', { sent: 10 }));
    const attempt = attempts(trail);
    see(trail, observe('unknown', { sent: 20 }));
    see(trail, observe('failed', { sent: 30 }));
    expect(trail.events[2]).toMatchObject({ eventType: 'status_changed', fromStatus: null, toStatus: 'failed', anomalies: [] });
    expect(trail.known?.record.statusSince).toMatchObject({ earliestAt: at(20), latestAt: at(31) });
    expect(attempts(trail)).toEqual(attempt);
  });

  it('is followed by what the status before it would have been followed by', () => {
    const open = newTrail(run);
    see(open, observe('running', { sent: 10 }));
    see(open, observe('unknown', { sent: 20 }));
    see(open, observe('queued', { sent: 30 }));
    expect(open.events[2]?.anomalies).toEqual(['illegal_transition']);

    const closed = newTrail(document);
    see(closed, observe('failed', { sent: 10 }));
    see(closed, observe('unknown', { sent: 20 }));
    expect(see(closed, observe('running', { sent: 30 })).kind).toBe('deferred');
    see(closed, observe('succeeded', { sent: 40 }));
    expect(closed.events[2]).toMatchObject({ eventType: 'reopened', attempt: 2, when: { earliestAt: at(20) } });
  });

  it('lets another key wait for a word that is understood', () => {
    const trail = newTrail(KINDS['noxus document']);
    see(trail, observe('failed', { attemptKey: 'run 1', sent: 10 }));
    see(trail, observe('unknown', { attemptKey: 'run 2', sent: 20 }));
    expect(trail.known?.record).toMatchObject({ attempt: 1, attemptKey: 'run 1' });
    expect(see(trail, observe('unknown', { attemptKey: 'run 2', sent: 30 }))).toEqual({ kind: 'unchanged' });
    see(trail, observe('running', { attemptKey: 'run 2', sent: 40 }));
    expect(trail.events[2]).toMatchObject({
      eventType: 'reopened',
      facts: { attempt_key: 'run 2' },
      when: { earliestAt: at(30), latestAt: at(41) },
    });
  });

  it('may hide a former attempt: a record seen queued after it is not queued since its creation', () => {
    const trail = newTrail(stackRun);
    see(trail, observe('unknown', { ...created(1), attemptKey: at(3), sent: 10 }));
    see(trail, observe('queued', { ...created(1), attemptKey: null, sent: 20 }));
    expect(trail.events.at(-1)).toMatchObject({ toStatus: 'queued', when: { reportedAt: null, earliestAt: at(10) } });
    const other = newTrail(run);
    see(other, observe('unknown', { createdAt: at(1), sent: 10 }));
    see(other, observe('running', { ...created(1), sent: 20 }));
    expect(story(other)).toEqual(['discovered UNKNOWN', 'amended', 'status_changed running']);
    expect(other.known?.attempt.queued?.at).toBe(at(1));
  });

  it('has a start that it came with when it is followed by one that is understood', () => {
    const trail = newTrail(morphikRun);
    see(trail, observe('queued', { sent: 10 }));
    see(trail, observe('unknown', { ...started(15), sent: 20 }));
    see(trail, observe('succeeded', { ...started(15), ...finished(25), sent: 30 }));
    expect(trail.known?.attempt).toMatchObject({ started: { at: at(15) }, finished: { at: at(25) } });
  });
});

describe('the same word, understood otherwise', () => {
  const word: Fields = { sourceStatus: 'timed_out' };

  it('once learnt, is a correction at the time when it came', () => {
    const trail = newTrail(run);
    see(trail, observe('running', { sent: 10 }));
    see(trail, observe('unknown', { ...word, ...finished(18), sent: 20 }));
    see(trail, observe('failed', { ...word, ...finished(18), sent: 90 }));
    expect(story(trail).slice(2)).toEqual(['reclassified failed', 'amended']);
    expect(trail.events[2]).toMatchObject({ attempt: 1, fromStatus: null, when: { earliestAt: at(10), latestAt: at(21) } });
    expect(trail.known?.attempt).toMatchObject({ outcome: 'failed', finished: { at: at(18) } });
    expect(trail.known?.record.statusSince).toMatchObject({ earliestAt: at(10), latestAt: at(21) });
  });

  it('each of two that nobody understood has its own time when they are learnt', () => {
    const trail = newTrail(run);
    see(trail, observe('unknown', { sourceStatus: 'waiting', sent: 10 }));
    see(trail, observe('unknown', { sourceStatus: 'working', sent: 20 }));
    see(trail, observe('running', { sourceStatus: 'working', sent: 30 }));
    expect(trail.known?.attempt.started).toEqual({ at: at(21), earliestAt: at(10), latestAt: at(21) });
  });

  it('corrects the outcome, and keeps its time', () => {
    const trail = newTrail(run);
    see(trail, observe('failed', { ...word, ...finished(8), sent: 10 }));
    see(trail, observe('cancelled', { ...word, ...finished(8), sent: 20 }));
    expect(trail.events[1]).toMatchObject({ eventType: 'reclassified', fromStatus: 'failed', toStatus: 'cancelled', attempt: 1 });
    expect(trail.known?.attempt).toMatchObject({ outcome: 'cancelled', finished: { at: at(8) } });
  });

  it('keeps a finish that was learnt after the entry that it corrects', () => {
    const trail = newTrail(run);
    see(trail, observe('failed', { ...word, sent: 10 }));
    see(trail, observe('failed', { ...word, ...finished(8), sent: 20 }));
    see(trail, observe('cancelled', { ...word, ...finished(8), sent: 30 }));
    expect(trail.events.at(-1)).toMatchObject({ eventType: 'reclassified', when: { reportedAt: null, latestAt: at(11) } });
    expect(trail.known?.attempt).toMatchObject({ outcome: 'cancelled', finished: { at: at(8) } });
  });

  it('takes an outcome back where it is no end after all', () => {
    const trail = newTrail(run);
    see(trail, observe('failed', { ...word, sent: 10 }));
    see(trail, observe('running', { ...word, sent: 20 }));
    expect(trail.events[1]).toMatchObject({ eventType: 'reclassified', toStatus: 'running', attempt: 1 });
    expect(trail.known).toMatchObject({
      record: { isTerminal: false },
      attempt: { outcome: null, finished: null, started: { latestAt: at(11) } },
    });
  });

  it('moves the entry that rested on it, not one that was reported', () => {
    const trail = newTrail(run);
    see(trail, observe('running', { ...word, ...created(5), sent: 10 }));
    see(trail, observe('failed', { ...word, ...created(5), sent: 20 }));
    expect(trail.known?.attempt).toMatchObject({ queued: { at: at(5) }, started: null, finished: { earliestAt: at(5), latestAt: at(11) } });
    const reported = newTrail(morphikRun);
    see(reported, observe('running', { ...word, ...started(5), sent: 10 }));
    see(reported, observe('failed', { ...word, ...started(5), sent: 20 }));
    expect(reported.known?.attempt).toMatchObject({ started: { at: at(5) }, finished: { at: at(5) }, outcome: 'failed' });
  });

  it('forgotten, is a correction that takes nothing back', () => {
    const trail = newTrail(run);
    see(trail, observe('failed', { ...word, sent: 10 }));
    const attempt = attempts(trail);
    see(trail, observe('unknown', { ...word, sent: 20 }));
    expect(trail.events[1]).toMatchObject({ eventType: 'reclassified', toStatus: null, anomalies: ['unknown_status'] });
    expect(attempts(trail)).toEqual(attempt);
    see(trail, observe('failed', { ...word, sent: 30 }));
    expect(trail.events[2]).toMatchObject({ eventType: 'reclassified', toStatus: 'failed' });
    expect(attempts(trail)).toEqual(attempt);
  });

  it('learnt to be another end than the one before it, is another attempt where its kind reopens', () => {
    const trail = newTrail(document);
    see(trail, observe('failed', { sent: 10 }));
    see(trail, observe('unknown', { ...word, sent: 20 }));
    see(trail, observe('succeeded', { ...word, sent: 90 }));
    expect(trail.events[2]).toMatchObject({ eventType: 'reopened', attempt: 2, when: { earliestAt: at(10), latestAt: at(91) } });
    expect(trail.attempts.get(1)).toMatchObject({ outcome: 'failed', finished: { latestAt: at(11) } });
  });

  it('learnt to be open after an end, is another attempt after a second look', () => {
    const trail = newTrail(document);
    see(trail, observe('failed', { sent: 10 }));
    see(trail, observe('unknown', { ...word, sent: 20 }));
    expect(see(trail, observe('running', { ...word, sent: 30 })).kind).toBe('deferred');
    confirm(trail, observe('running', { ...word, sent: 32 }));
    expect(trail.events[2]).toMatchObject({ eventType: 'reopened', attempt: 2 });
  });

  it('with another reason is a change while the record is open, and a correction when it is finished', () => {
    for (const [status, eventType] of [['running', 'status_changed'] as const, ['failed', 'reclassified'] as const]) {
      const trail = newTrail(run);
      see(trail, observe(status, { ...word, sent: 10 }));
      see(trail, observe(status, { ...word, reading: readingOf(status, 'quota'), sent: 20 }));
      expect(trail.events[1]).toMatchObject({ eventType, fromStatus: status, toStatus: status, statusReason: 'quota' });
      expect(trail.known?.record.statusSince).toMatchObject({ latestAt: at(11) });
    }
  });
});

describe('a word that only its error decides', () => {
  const attempt: Fields = { ...started(5), ...finished(8), attemptKey: at(5), sourceStatus: 'FAILED' };

  it('keeps the known status where word and key are alike, and compares the rest', () => {
    const trail = newTrail(stackRun);
    see(trail, observe('cancelled', { ...attempt, error: 'Stopped by user', sent: 10 }));
    expect(see(trail, observe('undecided', { ...attempt, sent: 20 }))).toEqual({ kind: 'unchanged' });
    see(trail, observe('undecided', { ...attempt, facts: { step_count: 1 }, sent: 30 }));
    expect(trail.events.at(-1)).toMatchObject({ eventType: 'amended' });
    expect(trail.known?.record.status).toBe('cancelled');
  });

  it('is read by id where word or key differ', () => {
    const trail = newTrail(stackRun);
    see(trail, observe('running', { ...started(5), attemptKey: at(5), sent: 6 }));
    expect(see(trail, observe('undecided', { ...attempt, sent: 20 })).kind).toBe('deferred');
    see(trail, observe('failed', { ...attempt, sent: 30 }));
    expect(see(trail, observe('undecided', { ...attempt, attemptKey: at(35), sent: 40 })).kind).toBe('deferred');
  });

  it('is one that nobody understands where even the read by id does not decide it', () => {
    const trail = newTrail(stackRun);
    see(trail, observe('running', { ...started(5), attemptKey: at(5), sent: 6 }));
    confirm(trail, observe('undecided', { ...attempt, sent: 20 }));
    expect(trail.events.at(-1)).toMatchObject({ eventType: 'status_changed', toStatus: null, anomalies: ['unknown_status'] });
    expect(see(trail, observe('undecided', { ...attempt, sent: 30 }))).toEqual({ kind: 'unchanged' });
    see(trail, observe('failed', { ...attempt, sent: 40 }));
    expect(trail.known?.attempt).toMatchObject({ outcome: 'failed', finished: { at: at(8) } });
  });

  it('is corrected where its error arrives later', () => {
    const trail = newTrail(stackRun);
    see(trail, observe('failed', { ...attempt, error: null, sent: 10 }));
    const stopped = { ...attempt, error: 'Stopped by user', reading: readingOf('cancelled', 'stopped_by_user'), sent: 20 };
    see(trail, observe('cancelled', stopped));
    expect(trail.events.at(-1)).toMatchObject({
      eventType: 'reclassified',
      toStatus: 'cancelled',
      statusReason: 'stopped_by_user',
      when: { reportedAt: at(8) },
      facts: { error_digest: 'digest of Stopped by user' },
    });
  });
});

describe('a source that has changed its words', () => {
  const upgraded = (trail: Trail, observation: ReturnType<typeof observe>): void => {
    see(trail, observation, false, true);
  };

  it('is told as another reading of the same entry, and as no transition', () => {
    for (const status of ['queued', 'running', 'failed'] as const) {
      const trail = newTrail(stackRun);
      see(trail, observe(status, { sourceStatus: 'OLD', attemptKey: null, sent: 10 }));
      const { attempt } = trail.known ?? {};
      upgraded(trail, observe(status, { sourceStatus: 'NEW', attemptKey: null, sent: 20 }));
      expect(trail.events[1]).toMatchObject({
        eventType: 'reclassified',
        fromStatus: status,
        toStatus: status,
        sourceStatus: 'NEW',
        when: { earliestAt: null, latestAt: at(11) },
        anomalies: [],
      });
      expect(trail.known).toMatchObject({ record: { sourceStatus: 'NEW', statusSince: { latestAt: at(11) } }, attempt });
      expect(see(trail, observe(status, { sourceStatus: 'NEW', attemptKey: null, sent: 30 }))).toEqual({ kind: 'unchanged' });
    }
  });

  it('hides no transition, and none that comes later', () => {
    const trail = newTrail(stackRun);
    see(trail, observe('queued', { sourceStatus: 'PENDING', attemptKey: null, sent: 10 }));
    upgraded(trail, observe('running', { sourceStatus: 'IN_PROGRESS', ...started(15), attemptKey: at(15), sent: 20 }));
    see(trail, observe('running', { sourceStatus: 'WAITING', ...started(15), attemptKey: at(15), sent: 30 }));
    expect(story(trail)).toEqual(['discovered queued', 'status_changed running', 'status_changed running']);
  });

  it('is learnt the key of an attempt that had none, which is no other attempt', () => {
    const trail = newTrail(stackRun);
    see(trail, observe('running', { sourceStatus: 'RUNNING', ...started(5), attemptKey: null, sent: 10 }));
    upgraded(trail, observe('running', { sourceStatus: 'IN_PROGRESS', ...started(5), attemptKey: at(5), sent: 20 }));
    expect(story(trail)).toEqual(['discovered running', 'reclassified running']);
    expect(trail.known?.record).toMatchObject({ attempt: 1, attemptKey: at(5), startedAt: at(5) });
  });
});

describe('a word of another vocabulary', () => {
  const foreign = (word: string): Fields => ({ sourceStatus: word, hasForeignWord: true });

  it('is no change where it means what is known, and none where nobody understands it', () => {
    const trail = newTrail(document);
    see(trail, observe('running', { sourceStatus: 'processing', sent: 10 }));
    expect(see(trail, observe('running', { ...foreign('RUNNING'), sent: 20 }))).toEqual({ kind: 'unchanged' });
    expect(see(trail, observe('unknown', { ...foreign('PAUSED'), sent: 30 }))).toEqual({ kind: 'unchanged' });
    expect(trail.known?.record.sourceStatus).toBe('processing');
  });

  it('is a transition where it means another status', () => {
    const trail = newTrail(document);
    see(trail, observe('running', { sourceStatus: 'processing', sent: 10 }));
    see(trail, observe('failed', { ...foreign('TIMED_OUT'), ...finished(15), sent: 20 }));
    expect(trail.events[1]).toMatchObject({
      eventType: 'status_changed',
      toStatus: 'failed',
      sourceStatus: 'TIMED_OUT',
      when: { at: at(15) },
    });
  });

  it('tells of a record that nothing else has told of', () => {
    const trail = newTrail(document);
    see(trail, observe('running', { ...foreign('RUNNING'), sent: 10 }));
    see(trail, observe('running', { sourceStatus: 'processing', sent: 20 }));
    expect(story(trail)).toEqual(['discovered running', 'status_changed running']);
  });
});
