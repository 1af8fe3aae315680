import { describe, expect, it } from 'vitest';
import { KINDS } from './kinds.ts';
import { at, created, finished, observe, started, type Fields } from './observe.ts';
import { confirm, newTrail, see, story } from './trail.ts';

const run = KINDS['noxus run'];
const document = KINDS['morphik document'];
const noxusDocument = KINDS['noxus document'];
const stackRun = KINDS['knowledge stack run, second generation'];
const stackDocument = KINDS['knowledge stack document'];

describe('a finished record that is open again', () => {
  it('is looked at once more before that is believed', () => {
    const trail = newTrail(document);
    see(trail, observe('failed', { error: 'broken', sent: 10 }));
    expect(see(trail, observe('running', { sent: 20 })).kind).toBe('deferred');
    expect(trail.known?.lastSeen?.sentAt).toBe(at(10));
    expect(confirm(trail, observe('running', { sent: 22 })).kind).toBe('events');
    expect(trail.events[1]).toMatchObject({
      eventType: 'reopened',
      attempt: 2,
      fromStatus: 'failed',
      toStatus: 'running',
      when: { earliestAt: at(10), latestAt: at(23) },
      facts: { error_digest: null },
      anomalies: [],
    });
    expect(trail.attempts.get(1)).toMatchObject({ outcome: 'failed', errorDigest: 'digest of broken', errorPosition: 1n });
    expect(trail.attempts.get(2)).toMatchObject({ outcome: null, errorDigest: null, started: { latestAt: at(23) }, openedPosition: 2n });
  });

  it('is not believed where the second look finds it finished', () => {
    const trail = newTrail(document);
    see(trail, observe('succeeded', { sent: 10 }));
    see(trail, observe('running', { sent: 20 }));
    expect(confirm(trail, observe('succeeded', { sent: 22 }))).toEqual({ kind: 'unchanged' });
  });

  it('is flagged where its kind never reopens', () => {
    const trail = newTrail(run);
    see(trail, observe('failed', { sent: 10 }));
    confirm(trail, observe('running', { sent: 20 }));
    expect(trail.events[1]).toMatchObject({ eventType: 'reopened', attempt: 2, anomalies: ['illegal_transition'] });
  });

  it('keeps an error that the source does not clear, as one of the new attempt', () => {
    const trail = newTrail(document);
    see(trail, observe('failed', { error: 'broken', sent: 10 }));
    confirm(trail, observe('running', { error: 'broken', sent: 20 }));
    expect(trail.events[1]?.facts).toEqual({ error_digest: 'digest of broken' });
    expect(trail.attempts.get(2)).toMatchObject({ errorDigest: 'digest of broken', errorPosition: 2n });
  });

  it('has not the times of its former attempt', () => {
    const trail = newTrail(stackRun);
    const key = at(12);
    see(trail, observe('failed', { ...created(1), ...started(12), ...finished(15), attemptKey: key, sent: 20 }));
    confirm(trail, observe('running', { ...created(1), ...started(12), finishedAt: at(15), attemptKey: key, sent: 30 }));
    expect(story(trail).slice(2)).toEqual(['reopened running']);
    expect(trail.known?.attempt).toMatchObject({ queued: null, started: { earliestAt: at(20), latestAt: at(31) }, attemptKey: key });
    see(trail, observe('failed', { ...created(1), ...started(12), ...finished(40), attemptKey: key, sent: 50 }));
    expect(trail.events.at(-1)).toMatchObject({ eventType: 'status_changed', attempt: 2, when: { reportedAt: at(40) } });
  });

  it('is reopened by its other end where its kind can, its start unknown', () => {
    const trail = newTrail(document);
    see(trail, observe('failed', { error: 'broken', sent: 10 }));
    see(trail, observe('succeeded', { error: 'broken', sent: 20 }));
    expect(trail.events[1]).toMatchObject({
      eventType: 'reopened',
      toStatus: 'succeeded',
      attempt: 2,
      when: { earliestAt: at(10), latestAt: at(21) },
    });
    expect(trail.attempts.get(2)).toMatchObject({ started: null, outcome: 'succeeded', errorPosition: 2n });
  });

  it('is reopened through every status that the new attempt’s times evidence', () => {
    const trail = newTrail(stackRun);
    see(trail, observe('failed', { ...started(12), ...finished(15), attemptKey: null, sent: 20 }));
    see(trail, observe('succeeded', { ...started(32), ...finished(35), attemptKey: null, sent: 40 }));
    expect(story(trail).slice(2)).toEqual(['reopened running', 'status_changed succeeded']);
    expect(trail.events.slice(2).map((event) => event.when.reportedAt)).toEqual([at(32), at(35)]);
  });
});

describe('a record whose attempts have keys', () => {
  const first = { attemptKey: at(10), queuedEvidence: at(10), createdAt: at(1) };
  const second = { attemptKey: at(50), queuedEvidence: at(50), createdAt: at(1) };

  it('runs again under another key, even if it ends alike', () => {
    const trail = newTrail(stackDocument);
    see(trail, observe('succeeded', { ...first, sent: 20 }));
    see(trail, observe('succeeded', { ...second, sent: 60 }));
    expect(story(trail)).toEqual(['discovered queued', 'status_changed succeeded', 'reopened queued', 'status_changed succeeded']);
    expect(trail.events[2]).toMatchObject({
      attempt: 2,
      fromStatus: 'succeeded',
      when: { reportedAt: at(50) },
      facts: { attempt_key: at(50) },
    });
    expect(trail.attempts.get(1)).toMatchObject({ attemptKey: at(10), outcome: 'succeeded' });
    expect(trail.attempts.get(2)).toMatchObject({ attemptKey: at(50), queued: { at: at(50) }, outcome: 'succeeded' });
  });

  it('is reopened by one event where only its end is evidenced', () => {
    const trail = newTrail(noxusDocument);
    see(trail, observe('succeeded', { attemptKey: 'run 1', sent: 20 }));
    see(trail, observe('succeeded', { attemptKey: 'run 2', sent: 60 }));
    expect(trail.events[1]).toMatchObject({ eventType: 'reopened', toStatus: 'succeeded', when: { earliestAt: at(20), latestAt: at(61) } });
  });

  it('has the old attempt superseded where that was still open', () => {
    const trail = newTrail(stackDocument);
    see(trail, observe('running', { ...first, sent: 20 }));
    see(trail, observe('running', { ...second, sent: 60 }));
    expect(story(trail).slice(2)).toEqual(['reopened queued', 'status_changed running']);
    expect(trail.events[2]?.anomalies).toEqual([]);
    expect(trail.attempts.get(1)).toMatchObject({ outcome: 'superseded', finished: null });
  });

  it('is flagged where it could not be left', () => {
    const trail = newTrail(stackRun);
    see(trail, observe('succeeded', { attemptKey: 'a', sent: 20 }));
    see(trail, observe('running', { attemptKey: 'b', sent: 60 }));
    expect(trail.events[1]).toMatchObject({ eventType: 'reopened', anomalies: ['illegal_transition'] });
  });

  it('learns its key without running again', () => {
    const trail = newTrail(noxusDocument);
    see(trail, observe('queued', { attemptKey: null, sent: 10 }));
    see(trail, observe('running', { attemptKey: 'run 1', sent: 20 }));
    expect(trail.events[1]).toMatchObject({ eventType: 'status_changed', attempt: 1, facts: { attempt_key: 'run 1' } });
    const other = newTrail(noxusDocument);
    see(other, observe('succeeded', { attemptKey: null, sent: 10 }));
    see(other, observe('succeeded', { attemptKey: 'run 1', sent: 20 }));
    expect(other.events[1]).toMatchObject({ eventType: 'amended', facts: { attempt_key: 'run 1' } });
    expect(other.known?.attempt.attemptKey).toBe('run 1');
  });

  it('keeps its key where none is told', () => {
    const trail = newTrail(noxusDocument);
    see(trail, observe('running', { attemptKey: 'run 1', sent: 10 }));
    expect(see(trail, observe('running', { attemptKey: null, sent: 20 }))).toEqual({ kind: 'unchanged' });
    expect(trail.known?.record.attemptKey).toBe('run 1');
  });

  it('loses its key when it is queued again without one, after a second look', () => {
    const trail = newTrail(stackRun);
    see(trail, observe('failed', { ...started(10), ...finished(15), attemptKey: at(10), sent: 20 }));
    expect(see(trail, observe('queued', { startedAt: null, attemptKey: null, sent: 30 })).kind).toBe('deferred');
    confirm(trail, observe('queued', { startedAt: null, attemptKey: null, sent: 32 }));
    expect(trail.events.at(-1)).toMatchObject({
      eventType: 'reopened',
      toStatus: 'queued',
      facts: { attempt_key: null, started_at: null },
    });
    see(trail, observe('running', { ...started(40), attemptKey: at(40), sent: 50 }));
    expect(trail.events.at(-1)).toMatchObject({ eventType: 'status_changed', attempt: 2, facts: { attempt_key: at(40) } });
  });

  it('without its key opens and closes nothing, and asks for a read by id', () => {
    const trail = newTrail(stackDocument);
    see(trail, observe('running', { ...first, sent: 20 }));
    expect(see(trail, observe('succeeded', { sent: 30 })).kind).toBe('deferred');
    expect(see(trail, observe('unknown', { sent: 31 })).kind).toBe('deferred');
    expect(see(trail, observe('running', { sourceStatus: 'another word', sent: 32 })).kind).toBe('deferred');
    expect(see(trail, observe('running', { sent: 33 })).kind).toBe('unchanged');
    expect(confirm(trail, observe('succeeded', { sent: 34 })).kind).toBe('events');
    expect(trail.known?.record).toMatchObject({ status: 'succeeded', attempt: 1, attemptKey: at(10) });
  });

  it('without its key tells no start, finish or error, and is no sighting of the attempt that is known', () => {
    const trail = newTrail(stackDocument);
    see(trail, observe('failed', { ...first, error: 'broken', sent: 20 }));
    const keyless: Fields = { ...started(60), ...finished(70), error: 'of the second attempt' };
    expect(see(trail, observe('failed', { ...keyless, sent: 80 })).kind).toBe('unchanged');
    expect(see(trail, observe('failed', { ...keyless, facts: { chunk_count: 2 }, sent: 81 })).kind).toBe('deferred');
    expect(trail.known?.lastSeen?.sentAt).toBe(at(20));
    see(trail, observe('failed', { attemptKey: at(50), error: 'of the second attempt', sent: 90 }));
    expect(trail.events.at(-1)).toMatchObject({ eventType: 'reopened', when: { earliestAt: at(20), latestAt: at(91) } });
  });
});

describe('a run whose finish tells its attempts', () => {
  const attempt = { ...started(10), attemptKey: at(10) };

  it('ran again where it stayed finished and finished later', () => {
    const trail = newTrail(stackRun);
    see(trail, observe('failed', { ...attempt, ...finished(15), error: 'broken', sent: 20 }));
    see(trail, observe('failed', { ...attempt, ...finished(35), error: 'broken', sent: 40 }));
    expect(trail.events.at(-1)).toMatchObject({ eventType: 'reopened', toStatus: 'failed', attempt: 2, when: { reportedAt: at(35) } });
    expect(trail.attempts.get(2)).toMatchObject({ attemptKey: at(10), started: null, outcome: 'failed', errorDigest: 'digest of broken' });
  });

  it('ran again, and was not only understood otherwise, where the same word stands for another end', () => {
    const trail = newTrail(stackRun);
    see(trail, observe('failed', { ...attempt, ...finished(15), sourceStatus: 'FAILED', sent: 20 }));
    see(trail, observe('cancelled', { ...attempt, ...finished(35), sourceStatus: 'FAILED', sent: 40 }));
    expect(trail.events.at(-1)).toMatchObject({ eventType: 'reopened', toStatus: 'cancelled' });
  });

  it('did not run again where its finish is learnt, moves back, or belongs to a former attempt', () => {
    const trail = newTrail(stackRun);
    see(trail, observe('failed', { ...attempt, sent: 20 }));
    see(trail, observe('failed', { ...attempt, ...finished(15), sent: 30 }));
    see(trail, observe('failed', { ...attempt, ...finished(14), sent: 40 }));
    expect(trail.events.slice(-2)).toMatchObject([
      { eventType: 'amended', facts: { attempt_finished_at: at(15) } },
      { eventType: 'amended' },
    ]);
    confirm(trail, observe('running', { ...attempt, finishedAt: at(14), sent: 50 }));
    see(trail, observe('failed', { ...attempt, sent: 60 }));
    see(trail, observe('failed', { ...attempt, ...finished(55), sent: 70 }));
    expect(trail.events.at(-1)).toMatchObject({ eventType: 'amended', attempt: 2, facts: { attempt_finished_at: at(55) } });
  });

  it('is amended where it cannot be left, and in kinds whose finish tells nothing', () => {
    for (const [kind, status] of [[stackRun, 'succeeded'] as const, [noxusDocument, 'failed'] as const]) {
      const trail = newTrail(kind);
      see(trail, observe(status, { ...attempt, ...finished(15), sent: 20 }));
      see(trail, observe(status, { ...attempt, ...finished(35), sent: 40 }));
      expect(trail.events.at(-1)).toMatchObject({ eventType: 'amended', facts: { finished_at: at(35), attempt_finished_at: at(35) } });
    }
  });

  it('is read by id where its end depends on an error that the answer does not carry', () => {
    const trail = newTrail(stackRun);
    see(trail, observe('failed', { ...attempt, ...finished(15), sourceStatus: 'FAILED', sent: 20 }));
    const again = { ...attempt, ...finished(35), sourceStatus: 'FAILED' };
    expect(see(trail, observe('undecided', { ...again, sent: 40 })).kind).toBe('deferred');
    confirm(trail, observe('undecided', { ...again, sent: 42 }));
    expect(trail.events.at(-1)).toMatchObject({ eventType: 'reopened', toStatus: 'failed' });
  });
});
