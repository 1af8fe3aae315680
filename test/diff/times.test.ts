import { describe, expect, it } from 'vitest';
import { KINDS } from './kinds.ts';
import { at, created, finished, observe, started } from './observe.ts';
import { confirm, newTrail, see, story } from './trail.ts';

const run = KINDS['noxus run'];
const morphikRun = KINDS['morphik run'];
const stackRun1 = KINDS['knowledge stack run, first generation'];
const stackRun2 = KINDS['knowledge stack run, second generation'];

describe('a reported time', () => {
  it('that comes late replaces the attempt’s', () => {
    const trail = newTrail(run);
    see(trail, observe('succeeded', { finishedAt: null, sent: 10 }));
    see(trail, observe('succeeded', { ...created(2), ...finished(8), sent: 20 }));
    expect(trail.events[1]).toMatchObject({
      eventType: 'amended',
      when: { earliestAt: at(10), latestAt: at(21) },
      facts: { created_at: at(2), finished_at: at(8), attempt_queued_at: at(2), attempt_finished_at: at(8) },
    });
    expect(trail.known?.attempt).toMatchObject({ queued: { at: at(2) }, finished: { at: at(8), earliestAt: at(8), latestAt: at(8) } });
  });

  it('that changes replaces the attempt’s, that is cleared changes the record only', () => {
    const trail = newTrail(morphikRun);
    see(trail, observe('succeeded', { ...started(2), ...finished(8), sent: 10 }));
    see(trail, observe('succeeded', { ...started(3), ...finished(8), sent: 20 }));
    expect(trail.known?.attempt.started?.at).toBe(at(3));
    see(trail, observe('succeeded', { startedAt: null, runningEvidence: null, ...finished(8), sent: 30 }));
    expect(trail.events.at(-1)?.facts).toEqual({ started_at: null });
    expect(trail.known).toMatchObject({ record: { startedAt: null }, attempt: { started: { at: at(3) } } });
  });

  it('that comes late is amended beside the status that came with it', () => {
    const trail = newTrail(run);
    see(trail, observe('running', { sent: 10 }));
    see(trail, observe('succeeded', { ...created(2), ...finished(15), sent: 20 }));
    expect(story(trail)).toEqual(['discovered running', 'amended', 'status_changed succeeded']);
    expect(trail.events[1]?.facts).toEqual({ created_at: at(2), finished_at: at(15), attempt_queued_at: at(2) });
  });

  it('of a later status than the one shown is a fact and no evidence', () => {
    const trail = newTrail(morphikRun);
    see(trail, observe('queued', { ...started(5), ...finished(6), sent: 10 }));
    expect(story(trail)).toEqual(['discovered queued']);
    expect(trail.known?.record).toMatchObject({ startedAt: at(5), finishedAt: at(6) });
  });

  it('of a start that was shown while it was queued is a placeholder, for ever', () => {
    const trail = newTrail(stackRun1);
    see(trail, observe('queued', { ...created(1), startedAt: at(3), sent: 10 }));
    see(trail, observe('running', { ...created(1), ...started(3), sent: 20 }));
    expect(trail.events.at(-1)).toMatchObject({ toStatus: 'running', when: { reportedAt: null, earliestAt: at(10) } });
    expect(see(trail, observe('running', { ...created(1), ...started(3), sent: 30 }))).toEqual({ kind: 'unchanged' });
    see(trail, observe('running', { ...created(1), ...started(18), sent: 40 }));
    expect(trail.events.at(-1)).toMatchObject({ eventType: 'amended', facts: { attempt_started_at: at(18) } });
  });

  it('of a start that is only its creation is a placeholder where it was seen queued', () => {
    const trail = newTrail(stackRun1);
    see(trail, observe('queued', { ...created(1), sent: 10 }));
    see(trail, observe('failed', { ...created(1), ...started(1), ...finished(15), sent: 20 }));
    expect(story(trail)).toEqual(['discovered queued', 'status_changed failed']);
  });

  it('of a finish counts even if it was shown a moment before the status', () => {
    const trail = newTrail(morphikRun);
    see(trail, observe('running', { ...started(5), finishedAt: at(9), sent: 10 }));
    see(trail, observe('succeeded', { ...started(5), ...finished(9), sent: 20 }));
    expect(trail.events.at(-1)).toMatchObject({ toStatus: 'succeeded', when: { reportedAt: at(9) } });
  });

  it('before that of an earlier status is flagged, a fact and no evidence', () => {
    const trail = newTrail(stackRun1);
    see(trail, observe('succeeded', { ...created(10), ...started(5), ...finished(7), sent: 20, received: 21 }));
    expect(story(trail)).toEqual(['discovered queued', 'status_changed succeeded']);
    expect(trail.events.at(-1)).toMatchObject({
      when: { reportedAt: null, earliestAt: at(10), latestAt: at(21) },
      anomalies: ['time_regression'],
    });
    expect(trail.known?.record).toMatchObject({ startedAt: at(5), finishedAt: at(7) });
    expect(see(trail, observe('succeeded', { ...created(10), ...started(5), ...finished(7), sent: 30 }))).toEqual({ kind: 'unchanged' });
  });

  it('before what is known to have come earlier is no evidence either', () => {
    const trail = newTrail(morphikRun);
    see(trail, observe('running', { ...started(50), sent: 60 }));
    see(trail, observe('succeeded', { ...finished(40), sent: 70 }));
    expect(trail.events.at(-1)).toMatchObject({ when: { reportedAt: null, earliestAt: at(60) }, anomalies: ['time_regression'] });
  });

  it('before the record was seen in an earlier status is none, but for what the clocks can differ', () => {
    const finish = (skew: number): unknown => {
      const trail = newTrail(run);
      see(trail, observe('queued', { sent: 10 }));
      see(trail, observe('running', { sent: 20 }));
      see(trail, observe('succeeded', { ...finished(9), skew, sent: 30 }));
      return trail.events.at(-1)?.when.reportedAt;
    };
    expect(finish(0)).toBeNull();
    expect(finish(2)).toBe(at(9));
  });

  it('of a start after the reported finish, or of a queue after the reported start, is none', () => {
    const trail = newTrail(stackRun1);
    see(trail, observe('succeeded', { ...created(1), ...started(2), ...finished(8), sent: 10 }));
    see(trail, observe('succeeded', { ...created(5), ...started(9), ...finished(8), sent: 20 }));
    expect(trail.events.at(-1)).toMatchObject({
      eventType: 'amended',
      anomalies: ['time_regression'],
      facts: { created_at: at(5), started_at: at(9) },
    });
    expect(trail.known?.attempt).toMatchObject({ queued: { at: at(1) }, started: { at: at(2) } });
  });

  it('of another end before the first one is none', () => {
    const trail = newTrail(run);
    see(trail, observe('succeeded', { ...finished(8), sent: 10 }));
    see(trail, observe('failed', { ...finished(7), sent: 20 }));
    expect(trail.events.at(-1)).toMatchObject({ toStatus: 'failed', when: { reportedAt: null } });
  });

  it('from before an attempt is none of its own', () => {
    const trail = newTrail(stackRun2);
    see(trail, observe('failed', { ...started(10), ...finished(15), attemptKey: 'a', sent: 20 }));
    see(trail, observe('succeeded', { ...created(1), ...started(14), ...finished(15), attemptKey: 'b', sent: 30 }));
    expect(story(trail).slice(2)).toEqual(['reopened succeeded']);
    expect(trail.events.at(-1)).toMatchObject({ when: { reportedAt: null, earliestAt: at(20) } });
    const other = newTrail(stackRun2);
    see(other, observe('failed', { ...started(10), ...finished(15), attemptKey: 'a', sent: 20 }));
    see(other, observe('running', { ...started(15), attemptKey: 'b', sent: 30 }));
    expect(other.events.at(-1)).toMatchObject({ eventType: 'reopened', when: { reportedAt: null } });
  });

  it('that is its creation is not the queue time of a later attempt', () => {
    const trail = newTrail(KINDS['noxus document']);
    see(trail, observe('failed', { attemptKey: 'a', sent: 20 }));
    see(trail, observe('queued', { ...created(1), attemptKey: 'b', sent: 30 }));
    expect(trail.events.at(-1)).toMatchObject({ eventType: 'reopened', toStatus: 'queued', when: { reportedAt: null } });
  });

  it('refused once is not accepted when the same answer comes back', () => {
    const trail = newTrail(run);
    see(trail, observe('cancelled', { ...finished(1), sent: 2 }));
    const observation = observe('failed', { ...finished(0), sent: 5 });
    see(trail, observation);
    expect(see(trail, observation)).toEqual({ kind: 'unchanged' });
  });

  it('that the answer does not carry as such is no evidence', () => {
    const trail = newTrail(morphikRun);
    see(trail, observe('succeeded', { runningEvidence: at(3), terminalEvidence: at(4), queuedEvidence: at(2), sent: 10 }));
    expect(story(trail)).toEqual(['discovered succeeded']);
  });

  it('in the future is kept and flagged, and does not bound what comes next', () => {
    const trail = newTrail(KINDS['morphik document']);
    see(trail, observe('succeeded', { ...finished(9_000), skew: 1, sent: 10 }));
    expect(trail.events[0]).toMatchObject({ when: { reportedAt: at(9_000) }, anomalies: ['clock_skew'] });
    confirm(trail, observe('running', { skew: 1, sent: 20, received: 21 }));
    expect(trail.events.at(-1)).toMatchObject({ when: { earliestAt: at(10), latestAt: at(21) }, anomalies: ['clock_skew'] });
  });
});

describe('an interval between two clocks', () => {
  it('is widened at both ends by what they can differ', () => {
    const trail = newTrail(run);
    see(trail, observe('running', { createdAt: at(10), skew: 2, sent: 20, received: 21 }));
    expect(trail.events[0]).toMatchObject({ when: { at: at(23), earliestAt: at(8), latestAt: at(23) }, anomalies: [] });
  });

  it('is left as it is where both ends are by one clock', () => {
    const trail = newTrail(KINDS['morphik document']);
    see(trail, observe('running', { createdAt: at(10), sourceUpdatedAt: at(15), skew: 2, sent: 20 }));
    see(trail, observe('running', { skew: 2, sent: 30 }));
    see(trail, observe('succeeded', { skew: 2, sent: 40 }));
    expect(trail.events.map(({ when }) => [when.earliestAt, when.latestAt])).toEqual([
      [at(10), at(15)],
      [at(30), at(41)],
    ]);
  });

  it('does without the source’s end where that contradicts ours', () => {
    const trail = newTrail(KINDS['morphik document']);
    see(trail, observe('running', { createdAt: at(5_000), sent: 10 }));
    expect(trail.events[0]).toMatchObject({ when: { earliestAt: null, latestAt: at(11) }, anomalies: ['clock_skew'] });
    see(trail, observe('succeeded', { sourceUpdatedAt: at(3), sent: 20 }));
    expect(trail.events.at(-1)).toMatchObject({ when: { earliestAt: at(10), latestAt: at(21) }, anomalies: ['clock_skew'] });
  });

  it('stays within the years that can be written, whatever a server’s Date says', () => {
    const trail = newTrail(run);
    see(trail, observe('running', { createdAt: at(10), skew: 3e11, sent: 20 }));
    expect(trail.events[0]?.when).toMatchObject({ earliestAt: '0001-01-01T00:00:00.000000Z', latestAt: '9999-12-31T23:59:59.999999Z' });
  });
});
