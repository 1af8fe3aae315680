import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KINDS } from './kinds.ts';
import { at, observe, type Fields } from './observe.ts';
import { propertyOptions } from './property-options.ts';
import { confirm, newTrail, see, story, type Trail } from './trail.ts';

const noxusDocument = KINDS['noxus document'];
const stackDocument = KINDS['knowledge stack document'];
const stackRun = KINDS['knowledge stack run, second generation'];

describe('a key that lags behind the status', () => {
  const retried = (kind = noxusDocument as typeof noxusDocument | typeof stackRun): Trail => {
    const trail = newTrail(kind);
    see(trail, observe('failed', { attemptKey: 'run 1', error: 'broken', sent: 10 }));
    confirm(trail, observe('running', { attemptKey: 'run 1', error: null, sent: 20 }));
    return trail;
  };

  it('is learnt, and counts the retry once', () => {
    const trail = retried();
    see(trail, observe('running', { attemptKey: 'run 2', facts: { run_id: 'run 2' }, sent: 30 }));
    expect(story(trail)).toEqual(['discovered failed', 'reopened running', 'amended']);
    expect(trail.events[2]?.facts).toEqual({ run_id: 'run 2', attempt_key: 'run 2' });
    expect(trail.attempts.get(1)).toMatchObject({ attemptKey: 'run 1', outcome: 'failed' });
    expect(trail.attempts.get(2)).toMatchObject({ attemptKey: 'run 2', outcome: null, started: { latestAt: at(21) } });
    see(trail, observe('succeeded', { attemptKey: 'run 2', sent: 40 }));
    see(trail, observe('running', { attemptKey: 'run 3', sent: 50 }));
    expect(story(trail).slice(3)).toEqual(['status_changed succeeded', 'reopened running']);
    expect(trail.attempts.size).toBe(3);
  });

  it('is learnt with the end of the attempt, and after it', () => {
    const trail = retried();
    see(trail, observe('succeeded', { attemptKey: 'run 2', sent: 30 }));
    expect(trail.events.at(-1)).toMatchObject({ eventType: 'status_changed', attempt: 2, facts: { attempt_key: 'run 2' } });
    const later = retried();
    see(later, observe('succeeded', { attemptKey: 'run 1', sent: 30 }));
    see(later, observe('succeeded', { attemptKey: 'run 2', sent: 40 }));
    expect(later.events.at(-1)).toMatchObject({ eventType: 'amended', attempt: 2, facts: { attempt_key: 'run 2' } });
    see(later, observe('succeeded', { attemptKey: 'run 3', sent: 50 }));
    expect(later.events.at(-1)).toMatchObject({ eventType: 'reopened', attempt: 3 });
  });

  it('is not learnt while it is the same, nor under a word that nobody understands', () => {
    const trail = retried();
    expect(see(trail, observe('running', { attemptKey: 'run 1', error: null, sent: 30 }))).toEqual({ kind: 'unchanged' });
    see(trail, observe('unknown', { attemptKey: 'run 2', sent: 40 }));
    expect(trail.known).toMatchObject({ record: { status: null, attemptKey: 'run 1' }, attempt: { attempt: 2 } });
  });

  it('shows that what looked like a flap was a real attempt', () => {
    const trail = retried();
    see(trail, observe('failed', { attemptKey: 'run 1', error: 'broken', sent: 30 }));
    expect(trail.attempts.get(2)).toMatchObject({ isFlap: true, outcome: 'failed' });
    see(trail, observe('failed', { attemptKey: 'run 2', error: 'broken', sent: 40 }));
    expect(trail.attempts.get(2)).toMatchObject({ isFlap: false, outcome: 'failed', attemptKey: 'run 2' });
    expect(trail.attempts.size).toBe(2);
  });

  it('brings the queue time with it where it is one', () => {
    const trail = newTrail(stackDocument);
    const run = (seconds: number): Fields => ({ attemptKey: at(seconds), queuedEvidence: at(seconds), createdAt: at(1) });
    see(trail, observe('failed', { ...run(5), sent: 10 }));
    confirm(trail, observe('running', { ...run(5), sent: 20 }));
    expect(trail.attempts.get(2)).toMatchObject({ queued: null });
    see(trail, observe('running', { ...run(15), sent: 30 }));
    expect(trail.attempts.get(2)).toMatchObject({ attemptKey: at(15), queued: { at: at(15), earliestAt: at(15) } });
    expect(trail.attempts.size).toBe(2);
  });

  it('is no lag where runs go on under the key of the one before: another key is another attempt', () => {
    const trail = retried(stackRun);
    see(trail, observe('running', { attemptKey: 'run 2', sent: 30 }));
    expect(trail.events.at(-1)).toMatchObject({ eventType: 'reopened', attempt: 3 });
    expect(trail.attempts.get(2)).toMatchObject({ outcome: 'superseded' });
  });

  it('counts as many attempts as there were, whichever of their states were seen (property)', () => {
    const life = fc.array(
      fc.record({
        outcome: fc.constantFrom('succeeded', 'failed'),
        /** Seen while it ran or ended, with its own key or still with the one before. */
        seen: fc.subarray(['running, lagging', 'running', 'ended, lagging'] as const),
        isSlow: fc.boolean(),
      }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(life, (attempts) => {
        const trail = newTrail(noxusDocument);
        let sent = 0;
        let before = 'none';
        for (const [index, { outcome, seen, isSlow }] of attempts.entries()) {
          const own = `run ${index + 1}`;
          const show = (status: 'running' | 'succeeded' | 'failed', attemptKey: string): void => {
            const error = status === 'failed' ? 'broken' : null;
            const answer = (): Parameters<typeof see>[1] => observe(status, { attemptKey, error, sent: (sent += 10) });
            if (see(trail, answer()).kind === 'deferred') confirm(trail, answer());
          };
          // A key that nobody saw lag behind its status cannot be told from a lagging one: so the first is seen as it is.
          const isFirst = index === 0;
          if (!isFirst && seen.includes('running, lagging')) show('running', before);
          if (seen.includes('running') && !isSlow) show('running', own);
          if (!isFirst && seen.includes('ended, lagging') && isSlow) show(outcome, before);
          show(outcome, own);
          before = own;
        }
        expect([...trail.attempts.values()].map(({ attemptKey, outcome, isFlap }) => [attemptKey, outcome, isFlap])).toEqual(
          attempts.map(({ outcome }, index) => [`run ${index + 1}`, outcome, false]),
        );
      }),
      propertyOptions(500),
    );
  });
});
