import { describe, expect, it } from 'vitest';
import { KINDS } from './kinds.ts';
import { at, created, finished, observe, started } from './observe.ts';
import { newTrail, see, story } from './trail.ts';

const run = KINDS['noxus run'];
const stackRun = KINDS['knowledge stack run, first generation'];
const stackRun2 = KINDS['knowledge stack run, second generation'];
const stackDocument = KINDS['knowledge stack document'];

describe('a record that is seen for the first time', () => {
  it('is discovered in every status that its times evidence, each at its reported time', () => {
    const trail = newTrail(stackRun);
    see(trail, observe('succeeded', { ...created(10), ...started(20), ...finished(30), sent: 100 }));
    expect(story(trail)).toEqual(['discovered queued', 'status_changed running', 'status_changed succeeded']);
    expect(trail.events.map((event) => event.when.reportedAt)).toEqual([at(10), at(20), at(30)]);
    expect(trail.events.map((event) => event.fromStatus)).toEqual([null, 'queued', 'running']);
    expect(trail.known?.attempt).toMatchObject({ outcome: 'succeeded', finished: { at: at(30), earliestAt: at(30), latestAt: at(30) } });
  });

  it('has the source’s word only on the status that is shown', () => {
    const trail = newTrail(run);
    see(
      trail,
      observe('failed', {
        ...created(10),
        ...finished(30),
        sourceStatus: 'failed',
        reading: { kind: 'known', status: 'failed', reason: 'timeout' },
      }),
    );
    expect(trail.events.map((event) => [event.sourceStatus, event.statusReason])).toEqual([
      [null, null],
      ['failed', 'timeout'],
    ]);
  });

  it('is not said to have run where nothing reports a start', () => {
    const trail = newTrail(run);
    see(trail, observe('succeeded', { ...created(10), ...finished(30), sent: 100 }));
    expect(story(trail)).toEqual(['discovered queued', 'status_changed succeeded']);
    expect(trail.known?.attempt.started).toBeNull();
  });

  it('entered the status it shows between its creation and the answer where no time reports it', () => {
    const trail = newTrail(run);
    see(trail, observe('running', { createdAt: at(10), sent: 100, received: 101 }));
    expect(trail.events[0]?.when).toEqual({ at: at(101), reportedAt: null, earliestAt: at(10), latestAt: at(101) });
  });

  it('may have entered it at any time before where not even its creation is known', () => {
    const trail = newTrail(KINDS['morphik run']);
    see(trail, observe('queued', { sent: 100, received: 101 }));
    expect(trail.events[0]?.when).toMatchObject({ earliestAt: null, latestAt: at(101) });
  });

  it('had entered it by the time of its version', () => {
    const trail = newTrail(KINDS['morphik document']);
    see(trail, observe('succeeded', { createdAt: at(10), sourceUpdatedAt: at(40), sent: 100 }));
    expect(trail.events[0]?.when).toMatchObject({ earliestAt: at(10), latestAt: at(40) });
  });

  it('tells all that it carries with its first event, nothing that is null, and its error with the last', () => {
    const trail = newTrail(stackRun);
    const facts = { workflow_id: 'w', collection_id: null, tags: ['b', 'a', 'b'] };
    see(trail, observe('failed', { ...created(10), ...finished(30), startedAt: null, facts, error: 'broken', sourceUpdatedAt: at(31) }));
    expect(trail.events.map((event) => event.facts)).toEqual([
      { created_at: at(10), finished_at: at(30), workflow_id: 'w', tags: ['a', 'b'], source_updated_at: at(31) },
      { error_digest: 'digest of broken' },
    ]);
    expect(trail.known?.attempt).toMatchObject({ errorDigest: 'digest of broken', errorPosition: 2n });
  });

  it('has no queue time of months where it may have been reopened before', () => {
    const trail = newTrail(stackRun2);
    see(
      trail,
      observe('failed', { ...created(10), ...started(5_000_000), ...finished(5_000_060), attemptKey: at(5_000_000), sent: 6_000_000 }),
    );
    expect(story(trail)).toEqual(['discovered running', 'status_changed failed']);
    expect(trail.known?.attempt).toMatchObject({ queued: null, started: { at: at(5_000_000) } });
    expect(trail.known?.record.createdAt).toBe(at(10));
  });

  it('has the queue time that is its attempt’s key, even if it is that of its creation', () => {
    const trail = newTrail(stackDocument);
    see(trail, observe('succeeded', { ...created(10), attemptKey: at(10), sent: 100 }));
    expect(story(trail)).toEqual(['discovered queued', 'status_changed succeeded']);
  });

  it('is queued since its creation where it is seen queued, even in a kind that can reopen', () => {
    const trail = newTrail(KINDS['noxus document']);
    see(trail, observe('queued', { ...created(10), attemptKey: null, sent: 100 }));
    expect(trail.events[0]?.when.reportedAt).toBe(at(10));
  });

  it('has no queue time of months where it is queued again: under a key, or in a kind without keys, nothing shows that it is the first time', () => {
    const months = { ...created(10), sourceUpdatedAt: at(5_000_000), sent: 6_000_000 };
    for (const [kind, fields] of [
      [KINDS['noxus document'], { attemptKey: 'run 2' }],
      [KINDS['morphik document'], {}],
    ] as const) {
      const trail = newTrail(kind);
      see(trail, observe('queued', { ...months, ...fields }));
      expect(trail.events[0]?.when).toMatchObject({ reportedAt: null, earliestAt: at(10), latestAt: at(5_000_000) });
      expect(trail.known?.record.createdAt).toBe(at(10));
    }
  });

  it('under a word that nobody understands was queued when it was created, and then something else', () => {
    const trail = newTrail(run);
    see(trail, observe('unknown', { ...created(10), ...finished(30), sourceStatus: 'paused', sent: 100 }));
    expect(story(trail)).toEqual(['discovered queued', 'status_changed paused']);
    expect(trail.events[1]).toMatchObject({ toStatus: null, anomalies: ['unknown_status'] });
    expect(trail.known).toMatchObject({
      record: { status: null, lastKnownStatus: 'queued', isTerminal: false, finishedAt: at(30) },
      attempt: { outcome: null, finished: null },
    });
  });

  it('under a word that nobody understands, and with no times, is discovered without a status and an attempt without entries', () => {
    const trail = newTrail(KINDS['morphik document']);
    see(trail, observe('unknown', { sourceStatus: null }));
    expect(trail.events).toMatchObject([{ eventType: 'discovered', toStatus: null, sourceStatus: null, anomalies: ['unknown_status'] }]);
    expect(trail.known).toMatchObject({
      record: { isTerminal: false, attempt: 1 },
      attempt: { queued: null, started: null, finished: null },
    });
  });

  it('keeps and flags what was odd about it', () => {
    const trail = newTrail(run);
    see(trail, observe('running', { anomalies: ['status_conflict', 'bad_time'], createdAt: null }));
    expect(trail.events[0]?.anomalies).toEqual(['bad_time', 'status_conflict']);
  });

  it('is read by id first where its status depends on an error that the list does not carry', () => {
    const trail = newTrail(stackRun2);
    expect(see(trail, observe('undecided', { attemptKey: at(5) }))).toMatchObject({ kind: 'deferred' });
    expect(trail.known).toBeNull();
    see(trail, observe('undecided', { attemptKey: at(5) }), true);
    expect(trail.events[0]).toMatchObject({ toStatus: null, anomalies: ['unknown_status'] });
  });

  it('is read by id first where the list does not tell of which attempt it is', () => {
    const trail = newTrail(stackDocument);
    expect(see(trail, observe('running'))).toMatchObject({ kind: 'deferred' });
    see(trail, observe('running'), true);
    expect(trail.known?.record).toMatchObject({ status: 'running', attemptKey: null });
  });
});
