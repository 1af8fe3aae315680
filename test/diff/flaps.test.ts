import { describe, expect, it } from 'vitest';
import { KINDS } from './kinds.ts';
import { at, finished, observe, started, type Fields } from './observe.ts';
import { confirm, newTrail, see } from './trail.ts';

const document = KINDS['morphik document'];
const noxusDocument = KINDS['noxus document'];
const stackRun = KINDS['knowledge stack run, second generation'];

describe('an attempt that was open for one answer', () => {
  const blink = (closing: Fields, between: readonly Fields[] = []): ReturnType<typeof newTrail> => {
    const trail = newTrail(document);
    see(trail, observe('running', { sent: 5 }));
    see(trail, observe('failed', { error: 'broken', sent: 10 }));
    confirm(trail, observe('running', { error: null, sent: 20 }));
    for (const fields of between) see(trail, observe('running', fields));
    see(trail, observe('failed', { error: 'broken', sent: 30, ...closing }));
    return trail;
  };

  it('is a flap where everything is then as it was', () => {
    const trail = blink({});
    expect(trail.events.at(-1)?.facts).toEqual({ error_digest: 'digest of broken', is_flap: true });
    expect(trail.attempts.get(2)).toMatchObject({ isFlap: true, outcome: 'failed' });
    expect(trail.attempts.get(1)).toMatchObject({ isFlap: false });
  });

  it('is a real one where a later answer saw it open', () => {
    expect(blink({}, [{ error: null, sent: 25 }]).attempts.get(2)?.isFlap).toBe(false);
  });

  it('is a real one where anything else changed meanwhile', () => {
    expect(blink({}, [{ facts: { chunk_count: 1 }, sent: 20 }]).attempts.get(2)?.isFlap).toBe(false);
    expect(blink({ facts: { chunk_count: 1 } }).attempts.get(2)?.isFlap).toBe(false);
    expect(blink({ error: 'another' }).attempts.get(2)?.isFlap).toBe(false);
  });

  it('is a real one where its end is reported, or it has a key of its own', () => {
    expect(blink({ ...finished(25) }).attempts.get(2)?.isFlap).toBe(false);
    const shown = newTrail(document);
    see(shown, observe('failed', { sent: 10 }));
    confirm(shown, observe('running', { finishedAt: at(25), sent: 20 }));
    see(shown, observe('failed', { ...finished(25), sent: 30 }));
    expect(shown.attempts.get(2)).toMatchObject({ isFlap: false, finished: { at: at(25) } });
    const trail = newTrail(noxusDocument);
    see(trail, observe('failed', { attemptKey: 'run 1', sent: 10 }));
    see(trail, observe('running', { attemptKey: 'run 2', sent: 20 }));
    see(trail, observe('failed', { attemptKey: 'run 2', sent: 30 }));
    expect(trail.attempts.get(2)?.isFlap).toBe(false);
  });

  it('is a flap also where the first entry lay between two moments that were the same, and so looks as if reported', () => {
    const trail = newTrail(document);
    see(trail, observe('running', { createdAt: at(4), sourceUpdatedAt: at(4), sent: 5 }));
    see(trail, observe('succeeded', { createdAt: at(4), sourceUpdatedAt: at(8), sent: 10 }));
    confirm(trail, observe('running', { createdAt: at(4), sourceUpdatedAt: at(18), sent: 20 }));
    see(trail, observe('succeeded', { createdAt: at(4), sourceUpdatedAt: at(28), sent: 30 }));
    expect(trail.attempts.get(1)?.started).toEqual({ at: at(4), earliestAt: at(4), latestAt: at(4) });
    expect(trail.attempts.get(2)).toMatchObject({ isFlap: true, outcome: 'succeeded' });
  });

  it('is a real one where it ends otherwise', () => {
    const trail = newTrail(document);
    see(trail, observe('failed', { sent: 10 }));
    confirm(trail, observe('running', { sent: 20 }));
    see(trail, observe('succeeded', { sent: 30 }));
    expect(trail.attempts.get(2)?.isFlap).toBe(false);
  });

  describe('whose times were cleared while it was open', () => {
    const ended = { ...started(10), ...finished(15), attemptKey: at(10), error: 'broken' };
    const cleared = { startedAt: null, finishedAt: null, attemptKey: null, error: null };
    const blinkWith = (between: Fields, closing: Fields): ReturnType<typeof newTrail> => {
      const trail = newTrail(stackRun);
      see(trail, observe('failed', { ...ended, sent: 20 }));
      confirm(trail, observe('queued', { ...cleared, ...between, sent: 30 }));
      see(trail, observe('failed', { ...ended, ...closing, sent: 40 }));
      return trail;
    };

    it('is a flap where they are back as they were', () => {
      for (const between of [{}, { ...started(10), attemptKey: at(10) }, { finishedAt: at(15) }]) {
        const trail = blinkWith(between, {});
        expect(trail.events.at(-1)).toMatchObject({ eventType: 'status_changed', facts: { is_flap: true } });
        expect(trail.attempts.get(2)).toMatchObject({ isFlap: true, outcome: 'failed' });
        expect(see(trail, observe('failed', { ...ended, sent: 50 }))).toEqual({ kind: 'unchanged' });
      }
    });

    it('is a real one where they are back otherwise, or not at all', () => {
      for (const closing of [
        finished(35),
        { startedAt: null },
        { finishedAt: null },
        { finishedAt: at(14) },
        started(32),
        { facts: { chunk_count: 1 } },
      ])
        expect(blinkWith({}, closing).attempts.get(2)?.isFlap).toBe(false);
    });
  });
});
