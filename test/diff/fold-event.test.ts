import { describe, expect, it } from 'vitest';
import { foldEvent } from '../../src/diff/fold-event.ts';
import type { FoldableEvent } from '../../src/model/event.ts';
import { NO_FACTS } from '../../src/model/facts.ts';
import type { FoldState } from '../../src/model/record.ts';
import { at } from './observe.ts';

const seen = (seconds: number): FoldableEvent['when'] => ({
  at: at(seconds),
  reportedAt: null,
  earliestAt: at(seconds - 1),
  latestAt: at(seconds),
});

function event(position: number, fields: Partial<FoldableEvent>): FoldableEvent {
  return {
    eventType: 'status_changed',
    attempt: 1,
    fromStatus: null,
    toStatus: null,
    sourceStatus: null,
    statusReason: null,
    when: seen(position),
    facts: {},
    anomalies: [],
    position: BigInt(position * 100),
    sequence: position,
    ...fields,
  };
}

function fold(...events: readonly FoldableEvent[]): FoldState {
  const state = events.reduce<FoldState | null>((before, one) => foldEvent(before, one).state, null);
  if (state === null) throw new TypeError('no event');
  return state;
}

const discovered = event(1, {
  eventType: 'discovered',
  toStatus: 'running',
  sourceStatus: 'running',
  facts: { workflow_id: 'w', created_at: at(0) },
});

describe('the fold of a record’s events', () => {
  it('law 3: gives every column of its row and of its attempt’s', () => {
    const { record, attempt } = fold(
      discovered,
      event(2, { toStatus: 'failed', sourceStatus: 'error', statusReason: 'quota', facts: { error_digest: 'ab' } }),
    );
    expect(record).toEqual({
      status: 'failed',
      sourceStatus: 'error',
      statusReason: 'quota',
      isTerminal: true,
      isPresent: true,
      lastKnownStatus: 'failed',
      attempt: 1,
      attemptKey: null,
      errorDigest: 'ab',
      isRedacted: false,
      sourceUpdatedAt: null,
      sequence: 2,
      lastPosition: 200n,
      lastLatestAt: at(2),
      createdAt: at(0),
      startedAt: null,
      finishedAt: null,
      statusSince: seen(2),
      facts: { ...NO_FACTS, workflow_id: 'w' },
    });
    expect(attempt).toEqual({
      attempt: 1,
      attemptKey: null,
      queued: null,
      started: { at: at(1), earliestAt: at(0), latestAt: at(1) },
      finished: { at: at(2), earliestAt: at(1), latestAt: at(2) },
      outcome: 'failed',
      errorDigest: 'ab',
      errorPosition: 200n,
      isFlap: false,
      openedPosition: 100n,
    });
  });

  it('keeps what an event does not name, and clears what it names as null', () => {
    const changed = event(2, { eventType: 'amended', facts: { created_at: null, tags: ['a'], error_digest: null } });
    const { record } = fold(discovered, changed);
    expect(record).toMatchObject({ status: 'running', sourceStatus: 'running', createdAt: null, facts: { workflow_id: 'w', tags: ['a'] } });
  });

  it('opens an attempt, closes the one before only if it had no end, and tells when it did', () => {
    const open = fold(discovered);
    const reopened = event(2, { eventType: 'reopened', attempt: 2, toStatus: 'queued', facts: { attempt_key: 'k' } });
    const { state, closed } = foldEvent(open, reopened);
    expect(closed).toEqual({ ...open.attempt, outcome: 'superseded' });
    expect(state.attempt).toMatchObject({
      attempt: 2,
      attemptKey: 'k',
      queued: { at: at(2) },
      started: null,
      outcome: null,
      openedPosition: 200n,
    });
    expect(foldEvent(fold(discovered, event(2, { toStatus: 'failed' })), { ...reopened, sequence: 3 }).closed).toBeNull();
  });

  it('keeps the key of the attempt before where the new one is not told another', () => {
    const keyed = fold({ ...discovered, facts: { attempt_key: 'k' } });
    const { state } = foldEvent(keyed, event(2, { eventType: 'reopened', attempt: 2, toStatus: 'failed' }));
    expect([state.record.attemptKey, state.attempt.attemptKey]).toEqual(['k', 'k']);
  });

  it('takes an end that is followed by an open status of the same attempt back', () => {
    expect(fold(discovered, event(2, { toStatus: 'failed' }), event(3, { toStatus: 'running' }))).toMatchObject({
      record: { isTerminal: false },
      attempt: { outcome: null, finished: null, started: { at: at(1) } },
    });
  });

  it('counts the last of several ends, and none that is only told again', () => {
    const failed = event(2, { toStatus: 'failed' });
    expect(fold(discovered, failed, event(3, {}), event(4, { toStatus: 'failed' })).attempt.finished?.at).toBe(at(2));
    expect(fold(discovered, failed, event(3, { toStatus: 'cancelled' })).attempt).toMatchObject({
      outcome: 'cancelled',
      finished: { at: at(3) },
    });
  });

  it('gives the outcome of a vanished record only to an attempt without one, and takes it back when it is back', () => {
    const gone = event(2, { eventType: 'disappeared' });
    const back = event(3, { eventType: 'reappeared' });
    expect(fold(discovered, gone)).toMatchObject({ record: { isPresent: false, status: 'running' }, attempt: { outcome: 'disappeared' } });
    expect(fold(discovered, gone, back)).toMatchObject({ record: { isPresent: true }, attempt: { outcome: null } });
    const ended = { ...discovered, toStatus: 'failed' as const };
    expect(fold(ended, gone, back).attempt.outcome).toBe('failed');
  });

  it('keeps the error with which an attempt ended, whatever becomes of the record’s', () => {
    const failed = event(2, { toStatus: 'failed', facts: { error_digest: 'ab' } });
    const kept = { errorDigest: 'ab', errorPosition: 200n };
    const cleared = event(3, { eventType: 'amended', facts: { error_digest: null } });
    expect(fold(discovered, failed, cleared)).toMatchObject({ record: { errorDigest: null }, attempt: kept });
    expect(fold(discovered, failed, event(3, { facts: { error_digest: 'cd' } }))).toMatchObject({
      record: { errorDigest: 'cd' },
      attempt: kept,
    });
    const later = event(3, { eventType: 'amended', facts: { error_digest: 'cd' } });
    expect(fold(discovered, failed, later).attempt).toMatchObject({ errorDigest: 'cd', errorPosition: 300n });
    const running = event(2, { eventType: 'amended', facts: { error_digest: 'ab' } });
    expect(fold(discovered, running, cleared).attempt).toMatchObject({ errorDigest: null, errorPosition: null });
    const succeeded = event(3, { toStatus: 'succeeded', facts: { error_digest: null } });
    expect(fold(discovered, running, succeeded).attempt).toMatchObject({ errorDigest: null, errorPosition: null });
  });

  it('replaces entries by the times of an amendment', () => {
    const times = { attempt_queued_at: at(-5), attempt_started_at: at(0.5), attempt_finished_at: at(2) };
    expect(fold(discovered, event(2, { eventType: 'amended', facts: times })).attempt).toMatchObject({
      queued: { at: at(-5), earliestAt: at(-5), latestAt: at(-5) },
      started: { at: at(0.5), earliestAt: at(0.5), latestAt: at(0.5) },
      finished: { at: at(2) },
    });
  });

  it('takes a redaction for no news about the record', () => {
    const { record } = fold(discovered, event(2, { eventType: 'redacted', when: seen(900), facts: { error_digest: null } }));
    expect(record).toMatchObject({ isRedacted: true, sequence: 2, lastPosition: 200n, lastLatestAt: at(1) });
  });
});
