import { describe, expect, it } from 'vitest';
import { KINDS } from './kinds.ts';
import { at, created, finished, observe, readingOf, started } from './observe.ts';
import { newTrail, see, story } from './trail.ts';

const run = KINDS['noxus run'];
const morphikRun = KINDS['morphik run'];

describe('a record that moves on', () => {
  it('law 1: seen twice the same is unchanged, whichever feed shows it', () => {
    const trail = newTrail(run);
    const observation = observe('running', { ...created(1), facts: { tags: ['a', 'b'], workflow_id: 'w' }, sent: 10 });
    see(trail, observation);
    expect(see(trail, { ...observation, facts: { tags: ['b', 'a', 'a'] } })).toEqual({ kind: 'unchanged' });
    expect(see(trail, observe('running', { sent: 20 }))).toEqual({ kind: 'unchanged' });
    expect(trail.known?.lastSeen).toMatchObject({ sentAt: at(20), receivedAt: at(21) });
  });

  it('changed between the last request that saw it as it was and the arrival of the first answer that did not', () => {
    const trail = newTrail(run);
    see(trail, observe('queued', { sent: 10 }));
    see(trail, observe('queued', { sent: 20 }));
    see(trail, observe('running', { sent: 30, received: 34 }));
    expect(trail.events[1]?.when).toEqual({ at: at(34), reportedAt: null, earliestAt: at(20), latestAt: at(34) });
  });

  it('changed when the source says so, over a status that only a time evidences', () => {
    const trail = newTrail(morphikRun);
    see(trail, observe('queued', { sent: 10 }));
    see(trail, observe('failed', { ...started(12), ...finished(15), error: 'broken', sent: 20 }));
    expect(story(trail)).toEqual(['discovered queued', 'status_changed running', 'status_changed failed']);
    expect(trail.events.map((event) => event.when.reportedAt)).toEqual([null, at(12), at(15)]);
    expect(trail.events[1]?.facts).toEqual({ started_at: at(12), finished_at: at(15) });
    expect(trail.events[2]?.facts).toEqual({ error_digest: 'digest of broken' });
  });

  it('had changed by the time of its version, if that moved with it', () => {
    const trail = newTrail(KINDS['morphik document']);
    see(trail, observe('running', { sourceUpdatedAt: at(5), sent: 10 }));
    see(trail, observe('succeeded', { sourceUpdatedAt: at(16), sent: 20 }));
    expect(trail.events[1]?.when).toMatchObject({ earliestAt: at(10), latestAt: at(16) });
  });

  it('is not bounded by a version that stayed as it was', () => {
    const trail = newTrail(KINDS['morphik document']);
    see(trail, observe('running', { sourceUpdatedAt: at(12), sent: 10 }));
    see(trail, observe('succeeded', { sourceUpdatedAt: at(12), sent: 20 }));
    expect(trail.events[1]?.when).toMatchObject({ earliestAt: at(10), latestAt: at(21) });
  });

  it('cannot have changed before it entered the status it left', () => {
    const trail = newTrail(morphikRun);
    see(trail, observe('running', { ...started(15), sent: 10, received: 20 }));
    see(trail, observe('succeeded', { sent: 30 }));
    expect(trail.events[1]?.when).toMatchObject({ earliestAt: at(15), latestAt: at(31) });
  });

  it('may skip a status that nobody saw', () => {
    const trail = newTrail(run);
    see(trail, observe('queued'));
    see(trail, observe('cancelled', { sent: 10 }));
    expect(trail.events[1]).toMatchObject({ eventType: 'status_changed', toStatus: 'cancelled', anomalies: [] });
  });

  it('may be called by another word in the same status, without entering it again', () => {
    const trail = newTrail(run);
    see(trail, observe('running', { sent: 10 }));
    const since = trail.known?.record.statusSince;
    see(trail, observe('running', { sourceStatus: 'awaiting', reading: readingOf('running', 'waiting_for_person'), sent: 20 }));
    expect(trail.events[1]).toMatchObject({
      eventType: 'status_changed',
      fromStatus: 'running',
      toStatus: 'running',
      statusReason: 'waiting_for_person',
    });
    expect(trail.known?.record.statusSince).toBe(since);
    expect(trail.known?.attempt.started?.latestAt).toBe(at(11));
    see(trail, observe('running', { sourceStatus: 'awaiting', sent: 30 }));
    expect(trail.events[2]).toMatchObject({ eventType: 'status_changed', statusReason: null });
  });

  it('that goes back is kept and flagged', () => {
    const trail = newTrail(run);
    see(trail, observe('running', { sent: 10 }));
    see(trail, observe('queued', { sent: 20 }));
    expect(trail.events[1]).toMatchObject({ eventType: 'status_changed', toStatus: 'queued', anomalies: ['illegal_transition'] });
    expect(trail.known?.attempt).toMatchObject({ queued: null, started: { latestAt: at(11) } });
  });

  it('that goes back and forth started when it first did', () => {
    const trail = newTrail(morphikRun);
    see(trail, observe('running', { ...started(9), sent: 10 }));
    see(trail, observe('queued', { sent: 20 }));
    see(trail, observe('running', { sent: 30 }));
    expect(trail.known?.attempt.started?.at).toBe(at(9));
    expect(trail.events[2]?.when).toMatchObject({ reportedAt: null, earliestAt: at(20) });
    see(trail, observe('queued', { sent: 40 }));
    see(trail, observe('running', { ...started(45), sent: 50 }));
    expect(trail.events.slice(-2)).toMatchObject([
      { eventType: 'amended', facts: { attempt_started_at: at(45) } },
      { eventType: 'status_changed', when: { reportedAt: null, earliestAt: at(40) } },
    ]);
  });

  it('that goes from one end to another, where its kind never reopens, is kept in its attempt and flagged', () => {
    const trail = newTrail(run);
    see(trail, observe('succeeded', { ...finished(5), sent: 10 }));
    see(trail, observe('failed', { ...finished(15), error: 'broken', sent: 20 }));
    expect(trail.events[1]).toMatchObject({
      eventType: 'status_changed',
      attempt: 1,
      anomalies: ['illegal_transition'],
      when: { reportedAt: at(15) },
    });
    expect(trail.known?.attempt).toMatchObject({ outcome: 'failed', finished: { at: at(15) }, errorPosition: 2n });
  });

  it('that goes from one end to another did not start in between', () => {
    const trail = newTrail(morphikRun);
    see(trail, observe('succeeded', { ...finished(5), sent: 10 }));
    see(trail, observe('failed', { ...started(3), ...finished(5), sent: 20 }));
    expect(story(trail)).toEqual(['discovered succeeded', 'amended', 'status_changed failed']);
    expect(trail.known?.attempt.started?.at).toBe(at(3));
  });

  it('is amended where only its fields change, with what changed alone', () => {
    const trail = newTrail(run);
    see(trail, observe('running', { facts: { workflow_id: 'a', step_count: 1 }, createdAt: at(1), sourceUpdatedAt: at(2), sent: 10 }));
    see(
      trail,
      observe('running', {
        facts: { workflow_id: 'a', step_count: null },
        createdAt: null,
        sourceUpdatedAt: at(3),
        error: 'slow',
        sent: 20,
      }),
    );
    expect(trail.events[1]).toMatchObject({ eventType: 'amended', toStatus: null, when: { earliestAt: at(10), latestAt: at(21) } });
    expect(trail.events[1]?.facts).toEqual({
      created_at: null,
      step_count: null,
      source_updated_at: at(3),
      error_digest: 'digest of slow',
    });
  });

  it('is not amended for its version alone, nor for what was odd about the answer', () => {
    const trail = newTrail(run);
    see(trail, observe('running', { sourceUpdatedAt: at(2), sent: 10 }));
    expect(see(trail, observe('running', { sourceUpdatedAt: at(3), anomalies: ['bad_time'], sent: 20 }))).toEqual({ kind: 'unchanged' });
  });

  it('whose errors were redacted is compared without them', () => {
    const trail = newTrail(run);
    see(trail, observe('failed', { error: 'private', sent: 10 }));
    if (trail.known !== null) trail.known = { ...trail.known, record: { ...trail.known.record, isRedacted: true, errorDigest: null } };
    expect(see(trail, observe('failed', { error: 'private', sent: 20 }))).toEqual({ kind: 'unchanged' });
  });
});
