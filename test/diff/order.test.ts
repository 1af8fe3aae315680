import { describe, expect, it } from 'vitest';
import { KINDS } from './kinds.ts';
import { at, finished, observe, started } from './observe.ts';
import { confirm, miss, newTrail, see, story } from './trail.ts';

const run = KINDS['noxus run'];
const document = KINDS['morphik document'];
const stackDocument = KINDS['knowledge stack document'];

describe('answers that come back in another order than they were taken', () => {
  it('law 7: one whose request left earlier than that of the known state is stale', () => {
    const trail = newTrail(run);
    see(trail, observe('succeeded', { sent: 10, received: 11 }));
    expect(see(trail, observe('running', { sent: 9, received: 50 }))).toEqual({ kind: 'stale' });
    expect(story(trail)).toEqual(['discovered succeeded']);
  });

  it('the higher version wins, whenever its request left', () => {
    const trail = newTrail(document);
    see(trail, observe('running', { sourceUpdatedAt: at(5), sent: 20 }));
    expect(see(trail, observe('succeeded', { sourceUpdatedAt: at(6), sent: 10 }))).toMatchObject({ kind: 'events' });
    expect(see(trail, observe('running', { sourceUpdatedAt: at(5), sent: 30 }))).toEqual({ kind: 'stale' });
  });

  it('the greatest version that was ever seen counts, also one that changed nothing', () => {
    const trail = newTrail(document);
    see(trail, observe('running', { sourceUpdatedAt: at(5), sent: 10 }));
    expect(see(trail, observe('running', { sourceUpdatedAt: at(9), sent: 20 }))).toEqual({ kind: 'unchanged' });
    expect(trail.known?.latestSourceUpdatedAt).toBe(at(9));
    expect(see(trail, observe('succeeded', { sourceUpdatedAt: at(8), sent: 30 }))).toEqual({ kind: 'stale' });
  });

  it('one version seen twice is as undecided as none', () => {
    const trail = newTrail(document);
    see(trail, observe('running', { sourceUpdatedAt: at(5), sent: 10 }));
    expect(see(trail, observe('succeeded', { sourceUpdatedAt: at(5), sent: 9 }))).toEqual({ kind: 'stale' });
  });

  it('of two that were under way at once, going forward is believed', () => {
    const trail = newTrail(run);
    see(trail, observe('queued', { sent: 10, received: 20 }));
    expect(see(trail, observe('running', { sent: 15, received: 25 }))).toMatchObject({ kind: 'events' });
    expect(see(trail, observe('succeeded', { ...finished(19), sent: 15, received: 22 }))).toMatchObject({ kind: 'events' });
    expect(story(trail)).toEqual(['discovered queued', 'status_changed running', 'status_changed succeeded']);
  });

  it('of two that were under way at once, nothing that goes back, opens, closes otherwise or changes its name is believed', () => {
    const trail = newTrail(stackDocument);
    see(trail, observe('failed', { attemptKey: 'one', error: 'broken', sent: 10, received: 20 }));
    const crossing = { sent: 15, received: 16, attemptKey: 'one' };
    expect(see(trail, observe('running', crossing)).kind).toBe('deferred');
    expect(see(trail, observe('succeeded', crossing)).kind).toBe('deferred');
    expect(see(trail, observe('failed', { ...crossing, attemptKey: 'two' })).kind).toBe('deferred');
    expect(see(trail, observe('failed', { ...crossing, sourceStatus: 'quota_limit' })).kind).toBe('deferred');
    expect(see(trail, observe('unknown', { ...crossing, sourceStatus: 'paused' })).kind).toBe('deferred');
    expect(see(trail, observe('failed', crossing)).kind).toBe('unchanged');
  });

  it('of two that were under way at once, values that were unknown are believed, other ones for known values are not', () => {
    const trail = newTrail(run);
    see(trail, observe('running', { facts: { workflow_id: 'a' }, createdAt: at(1), sent: 10, received: 20 }));
    const crossing = { sent: 15, received: 16 };
    expect(see(trail, observe('running', { ...crossing, facts: { step_count: 3 }, error: 'slow' })).kind).toBe('events');
    expect(see(trail, observe('running', { ...crossing, facts: { workflow_id: 'b' } })).kind).toBe('deferred');
    expect(see(trail, observe('running', { ...crossing, createdAt: at(2) })).kind).toBe('deferred');
    expect(see(trail, observe('running', { ...crossing, createdAt: null })).kind).toBe('deferred');
    expect(see(trail, observe('running', { ...crossing, error: null })).kind).toBe('deferred');
    expect(see(trail, observe('succeeded', { ...crossing, facts: { workflow_id: 'b' } })).kind).toBe('deferred');
  });

  it('of two that were under way at once, a reported start refines a seen one and does not replace a reported one', () => {
    const trail = newTrail(KINDS['morphik run']);
    see(trail, observe('queued', { sent: 5, received: 6 }));
    see(trail, observe('running', { sent: 10, received: 20 }));
    expect(see(trail, observe('running', { ...started(9), sent: 15, received: 25 })).kind).toBe('events');
    expect(see(trail, observe('running', { ...started(8), sent: 16, received: 26 })).kind).toBe('deferred');
    see(trail, observe('running', { startedAt: null, sent: 30, received: 40 }));
    expect(see(trail, observe('running', { ...started(8), sent: 35, received: 36 })).kind).toBe('deferred');
  });

  it('even the second look is not believed where it crossed an answer that was recorded meanwhile', () => {
    const trail = newTrail(document);
    see(trail, observe('succeeded', { sent: 10, received: 20 }));
    expect(confirm(trail, observe('running', { sent: 15, received: 25 })).kind).toBe('deferred');
    expect(confirm(trail, observe('running', { sent: 20, received: 26 })).kind).toBe('events');
  });

  it('the bounds of what comes next are the latest request and the latest arrival of all that saw it so', () => {
    const trail = newTrail(run);
    see(trail, observe('running', { sent: 10, received: 90 }));
    see(trail, observe('running', { sent: 20, received: 30 }));
    expect(trail.known?.lastSeen).toMatchObject({ sentAt: at(20), receivedAt: at(90) });
    expect(see(trail, observe('queued', { sent: 40, received: 41 })).kind).toBe('deferred');
  });

  it('what may be older than the proof of absence brings nothing back', () => {
    const trail = newTrail(run);
    see(trail, observe('running', { sent: 10 }));
    miss(trail, { sentAt: at(20), receivedAt: at(30) });
    expect(see(trail, observe('running', { sent: 30, sourceUpdatedAt: at(99) }))).toEqual({ kind: 'stale' });
    expect(see(trail, observe('running', { sent: 30.5 }))).toMatchObject({ kind: 'events' });
    expect(story(trail)).toEqual(['discovered running', 'disappeared', 'reappeared']);
  });
});
