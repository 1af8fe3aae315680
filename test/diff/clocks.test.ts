import { describe, expect, it } from 'vitest';
import type { KnownRecord } from '../../src/model/record.ts';
import { KINDS } from './kinds.ts';
import { at, created, finished, observe, started } from './observe.ts';
import { confirm, miss, newTrail, see, story, type Trail } from './trail.ts';

const run = KINDS['noxus run'];
const document = KINDS['noxus document'];
const HOUR = 3_600;

/** What is known was seen by an earlier sync. */
function nextSync(trail: Trail): void {
  const { lastSeen, ...known } = trail.known as KnownRecord;
  trail.known = { ...known, lastSeen: lastSeen === null ? null : { ...lastSeen, isEarlier: true } };
}

describe('our clock, ahead by an hour and set back between two syncs', () => {
  it('takes the lower bound of a change back by what the server’s clock shows, and tells it', () => {
    const trail = newTrail(run);
    see(trail, observe('queued', { ...created(5), sent: 10 + HOUR, serverSeconds: 10.5 }));
    nextSync(trail);
    see(trail, observe('running', { sent: 100, serverSeconds: 100.5 }));
    // As narrow as a Date allows, a second and the time that both answers took: [sent − 2 s, received].
    expect(trail.events.at(-1)).toMatchObject({
      toStatus: 'running',
      when: { reportedAt: null, earliestAt: at(8), latestAt: at(101) },
      anomalies: ['clock_skew'],
    });
  });

  it('leaves the lower bound open where the server tells no time', () => {
    const trail = newTrail(run);
    see(trail, observe('queued', { sent: 10 + HOUR }));
    nextSync(trail);
    see(trail, observe('running', { sent: 100 }));
    expect(trail.events.at(-1)).toMatchObject({
      toStatus: 'running',
      when: { earliestAt: null, latestAt: at(101) },
      anomalies: ['clock_skew'],
    });
  });

  it('by less than the time between two polls is shown by the server’s clock alone', () => {
    const trail = newTrail(run);
    see(trail, observe('queued', { ...created(5), sent: 10 + 60, serverSeconds: 10.5 }));
    nextSync(trail);
    see(trail, observe('running', { sent: 100, serverSeconds: 100.5 }));
    expect(trail.events.at(-1)).toMatchObject({ when: { earliestAt: at(8), latestAt: at(101) }, anomalies: ['clock_skew'] });
  });

  it('makes no answer of a later sync stale, nor one of undecided age', () => {
    const trail = newTrail(document);
    see(trail, observe('succeeded', { sent: 10 + HOUR, attemptKey: 'one' }));
    nextSync(trail);
    expect(see(trail, observe('running', { sent: 100, attemptKey: 'two' })).kind).toBe('events');
    expect(story(trail)).toEqual(['discovered succeeded', 'reopened running']);
    expect(see(trail, observe('succeeded', { sent: 90, attemptKey: 'one' })).kind).toBe('stale');
  });

  it('keeps no reported finish from being believed', () => {
    const trail = newTrail(run);
    see(trail, observe('queued', { ...created(5), sent: 10 + HOUR, serverSeconds: 10 }));
    see(trail, observe('running', { sent: 20 + HOUR, serverSeconds: 20 }));
    nextSync(trail);
    expect(see(trail, observe('running', { sent: 60, serverSeconds: 60 })).kind).toBe('unchanged');
    see(trail, observe('succeeded', { ...finished(90), sent: 100, serverSeconds: 100 }));
    expect(trail.events.at(-1)).toMatchObject({ toStatus: 'succeeded', when: { reportedAt: at(90) }, anomalies: [] });
  });

  it('takes back the entry into a status that it had before it vanished, too', () => {
    const trail = newTrail(run);
    see(trail, observe('queued', { sent: 10 + 15, serverSeconds: 10 }));
    see(trail, observe('running', { sent: 20 + 15, serverSeconds: 20 }));
    miss(trail, { sentAt: at(30 + 15), receivedAt: at(31 + 15), serverDate: at(30) });
    nextSync(trail);
    see(trail, observe('failed', { sent: 60, serverSeconds: 60 }));
    // It was queued at 10, and may have run and failed at once: by the clock of then that was at 25.
    const { earliestAt, latestAt } = trail.events.at(-1)?.when ?? {};
    expect({ earliestAt: (earliestAt ?? '') <= at(10), latestAt }).toEqual({ earliestAt: true, latestAt: at(61) });
  });

  it('lets no bound rest on a word that came by the clock of then, and is understood only later', () => {
    const trail = newTrail(document);
    const one = { attemptKey: 'one' };
    see(trail, observe('succeeded', { ...one, sent: 10 + HOUR, serverSeconds: 10 }));
    see(trail, observe('unknown', { ...one, sent: 20 + HOUR, serverSeconds: 20 }));
    nextSync(trail);
    expect(see(trail, observe('unknown', { ...one, sent: 60, serverSeconds: 60 })).kind).toBe('unchanged');
    nextSync(trail);
    confirm(trail, observe('running', { ...one, sourceStatus: 'UNKNOWN', sent: 100, serverSeconds: 100 }));
    expect(trail.events.at(-1)).toMatchObject({ eventType: 'reopened', when: { earliestAt: null }, anomalies: ['clock_skew'] });
  });

  it('is shown by an answer that had arrived before this one was asked for, too', () => {
    const trail = newTrail(run);
    see(trail, observe('queued', { sent: 100, received: 110 }));
    nextSync(trail);
    see(trail, observe('running', { sent: 103 }));
    expect(trail.events.at(-1)).toMatchObject({ when: { earliestAt: null }, anomalies: ['clock_skew'] });
  });

  it('lets a record vanish and come back when it did', () => {
    const trail = newTrail(run);
    see(trail, observe('running', { ...created(5), sent: 10 + HOUR, serverSeconds: 10.5 }));
    nextSync(trail);
    miss(trail, { sentAt: at(100), receivedAt: at(101), serverDate: at(100) });
    expect(trail.events.at(-1)).toMatchObject({
      eventType: 'disappeared',
      when: { earliestAt: at(8), latestAt: at(101) },
      anomalies: ['clock_skew'],
    });
    nextSync(trail);
    see(trail, observe('running', { sent: 50 }));
    expect(story(trail).at(-1)).toBe('reappeared');
  });
});

describe('clocks that were not set back', () => {
  it('an hour apart change no bound, and flag nothing', () => {
    const trail = newTrail(run);
    see(trail, observe('queued', { sent: 10, serverSeconds: 10.5 + HOUR, skew: HOUR + 1 }));
    nextSync(trail);
    see(trail, observe('running', { sent: 100, serverSeconds: 100.5 + HOUR, skew: HOUR + 1 }));
    expect(trail.events.at(-1)).toMatchObject({ when: { earliestAt: at(10), latestAt: at(101) }, anomalies: [] });
  });

  it('of which ours was set forward leave the bound too early, and no earlier', () => {
    const trail = newTrail(run);
    see(trail, observe('queued', { ...created(5), sent: 10, serverSeconds: 10.5 }));
    nextSync(trail);
    see(trail, observe('running', { sent: 100 + HOUR, serverSeconds: 100.5, skew: HOUR + 1 }));
    expect(trail.events.at(-1)).toMatchObject({ when: { earliestAt: at(10), latestAt: at(101 + HOUR) }, anomalies: [] });
  });

  it('of servers behind one address that differ by little widen a bound by as much, and flag nothing', () => {
    const trail = newTrail(run);
    see(trail, observe('queued', { sent: 10, serverSeconds: 10.5 }));
    nextSync(trail);
    see(trail, observe('running', { sent: 100, serverSeconds: 104 }));
    expect(trail.events.at(-1)).toMatchObject({ when: { earliestAt: at(10 - 6), latestAt: at(101) }, anomalies: [] });
  });

  it('of which one told nonsense bound nothing', () => {
    const trail = newTrail(run);
    see(trail, observe('queued', { sent: 10, serverSeconds: -56 * 365 * 24 * HOUR }));
    nextSync(trail);
    see(trail, observe('running', { sent: 100, serverSeconds: 100 }));
    expect(trail.events.at(-1)).toMatchObject({ when: { earliestAt: null }, anomalies: ['clock_skew'] });
  });

  it('of which the source’s was ahead and is set back hide no newer version, and from then on its versions count again', () => {
    const trail = newTrail(document);
    const one = { attemptKey: 'one' };
    see(trail, observe('running', { ...one, sent: 10, serverSeconds: 10 + HOUR, skew: HOUR + 1, sourceUpdatedAt: at(5 + HOUR) }));
    nextSync(trail);
    see(trail, observe('succeeded', { ...one, sent: 700, serverSeconds: 700, sourceUpdatedAt: at(600) }));
    expect(story(trail)).toEqual(['discovered running', 'status_changed succeeded']);
    nextSync(trail);
    expect(see(trail, observe('running', { ...one, sent: 800, serverSeconds: 800, sourceUpdatedAt: at(500) })).kind).toBe('stale');
  });

  it('within one sync decide which answer is the newer, as before', () => {
    const trail = newTrail(KINDS['morphik run']);
    see(trail, observe('running', { ...started(5), sent: 20 }));
    expect(see(trail, observe('queued', { sent: 10 })).kind).toBe('stale');
    expect(confirm(trail, observe('succeeded', { sent: 30, ...finished(25) })).kind).toBe('events');
  });
});
