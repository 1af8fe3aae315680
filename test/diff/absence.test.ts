import { describe, expect, it } from 'vitest';
import { diffObservation } from '../../src/diff/diff-observation.ts';
import { KINDS } from './kinds.ts';
import { at, finished, observe, started } from './observe.ts';
import { confirm, miss, newTrail, see, story } from './trail.ts';

const run = KINDS['morphik run'];
const document = KINDS['morphik document'];

describe('a record that is gone', () => {
  it('vanished after it was last seen, and ends an attempt that had no end', () => {
    const trail = newTrail(run);
    see(trail, observe('running', { sent: 10 }));
    expect(miss(trail, { sentAt: at(20), receivedAt: at(25) })).toMatchObject({
      eventType: 'disappeared',
      when: { at: at(25), reportedAt: null, earliestAt: at(10), latestAt: at(25) },
      toStatus: null,
      facts: {},
    });
    expect(trail.known).toMatchObject({
      record: { isPresent: false, status: 'running' },
      attempt: { outcome: 'disappeared', finished: null },
    });
    expect(trail.known?.lastSeen?.sentAt).toBe(at(20));
  });

  it('keeps the end that its attempt had', () => {
    const trail = newTrail(run);
    see(trail, observe('failed', { sent: 10 }));
    miss(trail, { sentAt: at(20), receivedAt: at(25) });
    expect(trail.known?.attempt.outcome).toBe('failed');
  });

  it('is gone once', () => {
    const trail = newTrail(run);
    see(trail, observe('failed', { sent: 10 }));
    miss(trail, { sentAt: at(20), receivedAt: at(25) });
    expect(miss(trail, { sentAt: at(30), receivedAt: at(35) })).toBeNull();
  });

  it('is not gone where the proof began before the last answer that showed it', () => {
    const trail = newTrail(run);
    see(trail, observe('running', { sent: 10, received: 22 }));
    expect(miss(trail, { sentAt: at(20), receivedAt: at(25) })).toBeNull();
  });

  it('comes back, and takes that end back', () => {
    const trail = newTrail(run);
    see(trail, observe('running', { sent: 10 }));
    miss(trail, { sentAt: at(20), receivedAt: at(25) });
    see(trail, observe('running', { facts: { step_count: 1 }, sent: 40 }));
    expect(trail.events[2]).toMatchObject({
      eventType: 'reappeared',
      toStatus: null,
      when: { earliestAt: at(20), latestAt: at(41) },
      facts: { step_count: 1 },
    });
    expect(trail.known).toMatchObject({ record: { isPresent: true }, attempt: { outcome: null } });
  });

  it('comes back with a changed status as an event of its own', () => {
    const trail = newTrail(run);
    see(trail, observe('queued', { sent: 10 }));
    miss(trail, { sentAt: at(20), receivedAt: at(25) });
    see(trail, observe('failed', { ...started(12), ...finished(15), error: 'broken', sent: 40 }));
    expect(story(trail).slice(2)).toEqual(['reappeared', 'status_changed running', 'status_changed failed']);
    expect(trail.events.at(-1)?.facts).toEqual({ error_digest: 'digest of broken' });
  });

  it('may have changed at any time since it was in the status before, also before it vanished', () => {
    const trail = newTrail(document);
    see(trail, observe('running', { createdAt: at(1), sent: 10 }));
    see(trail, observe('running', { sent: 12 }));
    miss(trail, { sentAt: at(20), receivedAt: at(25) });
    if (trail.known === null) throw new TypeError('it is known');
    // As the ledger may remember it: the last answer about it is the one that did not find it.
    const known = { ...trail.known, lastSeen: { sentAt: at(20), receivedAt: at(25), serverDate: null, isEarlier: false } };
    const context = { kind: document, errorDigest: undefined, isConfirmation: false };
    const changeOf = (skew: number): unknown => {
      const diff = diffObservation(known, observe('failed', { sent: 40, skew }), context);
      return diff.kind === 'events' ? diff.events[1]?.when : diff;
    };
    expect(changeOf(0)).toMatchObject({ earliestAt: at(1), latestAt: at(41) });
    // By whose clock that bound is, nobody remembers.
    expect(changeOf(0.5)).toMatchObject({ earliestAt: at(0.5), latestAt: at(41.5) });
  });

  it('that finished and vanished comes back open only after a second look', () => {
    const trail = newTrail(document);
    see(trail, observe('succeeded', { sent: 10 }));
    miss(trail, { sentAt: at(20), receivedAt: at(25) });
    expect(see(trail, observe('running', { sent: 40 })).kind).toBe('deferred');
    expect(trail.known?.record.isPresent).toBe(false);
    confirm(trail, observe('running', { sent: 42 }));
    expect(story(trail).slice(2)).toEqual(['reappeared', 'reopened running']);
    expect(trail.attempts.get(1)?.outcome).toBe('succeeded');
  });

  it('comes back only with its key where it had one', () => {
    const trail = newTrail(KINDS['noxus document']);
    see(trail, observe('running', { attemptKey: 'a', sent: 10 }));
    miss(trail, { sentAt: at(20), receivedAt: at(25) });
    expect(see(trail, observe('running', { sent: 40 })).kind).toBe('deferred');
    confirm(trail, observe('running', { attemptKey: 'a', sent: 42 }));
    expect(story(trail).slice(2)).toEqual(['reappeared']);
  });

  it('that comes back under another key has its old attempt superseded', () => {
    const trail = newTrail(KINDS['noxus document']);
    see(trail, observe('running', { attemptKey: 'a', sent: 10 }));
    miss(trail, { sentAt: at(20), receivedAt: at(25) });
    see(trail, observe('running', { attemptKey: 'b', sent: 40 }));
    expect(story(trail).slice(2)).toEqual(['reappeared', 'reopened running']);
    expect(trail.attempts.get(1)).toMatchObject({ attemptKey: 'a', outcome: 'superseded' });
    expect(trail.attempts.get(2)).toMatchObject({ attemptKey: 'b', outcome: null });
  });
});
