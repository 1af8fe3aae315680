import { describe, expect, it } from 'vitest';
import { morphikDocument } from '../../../src/connectors/morphik/document-statuses.ts';
import { observeDocument, observeDocumentStatus } from '../../../src/connectors/morphik/observe-document.ts';
import type { Diff } from '../../../src/diff/diff-observation.ts';
import type { ItemResult } from '../../../src/model/connector.ts';
import { addMicros } from '../../../src/model/instant.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { RESPONSE } from '../../observe/evidence.ts';
import { confirm, newTrail, see, story, type Trail } from '../../diff/trail.ts';
import { bareRow, dottedRow, STATE, statusAnswer, wholeRow } from './document-rows.ts';

const CREATED = { created_at: '2026-01-01T11:00:00+00:00', updated_at: '2026-01-01T11:00:00+00:00' };
const FAILED = { status: 'failed', error: 'no parser', updated_at: '2026-01-01 11:30:00.5+00:00' };
const updated = (minute: number) => ({ updated_at: `2026-01-01 12:${String(minute).padStart(2, '0')}:00+00:00` });

describe('a document over its life', () => {
  it('is processed, and then done: each as it was seen, bounded by its times', () => {
    const trail = newTrail(morphikDocument);
    poll(trail, 1, { status: 'processing' });
    poll(trail, 5, { status: 'completed', ...updated(4) });
    expect(story(trail)).toEqual(['discovered running', 'status_changed succeeded']);
    expect(trail.events.map(({ when }) => when)).toMatchObject([
      { reportedAt: null, earliestAt: '2026-01-01T11:00:00.000000Z', latestAt: '2026-01-01T11:00:00.000000Z' },
      { reportedAt: null, latestAt: '2026-01-01T12:04:00.000000Z' },
    ]);
    expect(trail.known?.record).toMatchObject({ createdAt: '2026-01-01T11:00:00.000000Z', facts: { collection_id: 'folder-1' } });
  });

  it('first seen done did not begin when it was created: that may have been an earlier attempt', () => {
    const trail = newTrail(morphikDocument);
    poll(trail, 1, { status: 'completed', updated_at: '2026-01-01T11:45:00+00:00' });
    expect(story(trail)).toEqual(['discovered succeeded']);
    expect(trail.known?.attempt).toMatchObject({ queued: null, started: null });
    expect(trail.events[0]?.when).toMatchObject({ reportedAt: null, latestAt: '2026-01-01T11:45:00.000000Z' });
  });

  it('shown again as it was is unchanged, by whichever server and whichever read', () => {
    for (const [state, byId] of [
      [FAILED, FAILED],
      [
        { ...FAILED, error: null },
        { ...FAILED, error: 'Unknown error' },
      ],
      [{ status: 'completed' }, { status: 'completed' }],
      [{ status: 'processing' }, { status: 'processing' }],
      [{ status: null }, { status: 'unknown' }],
    ]) {
      const trail = newTrail(morphikDocument);
      const shown = { ...CREATED, ...state };
      see(trail, listed(1, bareRow(shown)));
      for (const again of [
        listed(2, bareRow(shown)),
        listed(3, dottedRow(shown)),
        listed(4, wholeRow(shown)),
        readById(5, statusAnswer({ ...CREATED, ...byId })),
        listed(6, bareRow(shown)),
      ])
        expect(see(trail, again).kind).toBe('unchanged');
    }
  });

  it.each([
    ['an edit that only moves updated_at', {}, {}],
    ['a folder’s new name', {}, { folder_path: '/renamed' }],
    ['progress that stays behind', { progress: JSON.stringify({ percentage: 10, step_name: 'x' }) }, {}],
    ['a field that nobody knows', { version: 7 }, { summary_version: 2 }],
  ])('is unchanged by %s', (_title, state, columns) => {
    const trail = newTrail(morphikDocument);
    poll(trail, 1, FAILED);
    expect(poll(trail, 2, { ...FAILED, ...updated(1), ...state }, columns).kind).toBe('unchanged');
  });

  it('moved to another folder months later is amended, and has no new attempt', () => {
    const trail = newTrail(morphikDocument);
    poll(trail, 1, { status: 'completed' });
    const moved = { status: 'completed', updated_at: '2026-05-01T00:00:00+00:00' };
    poll(trail, 200_000, moved, { folder_id: 'folder-2', folder_path: '/other' });
    poll(trail, 200_001, moved, { folder_id: null, folder_path: null });
    expect(trail.events.map(({ eventType, attempt, facts }) => [eventType, attempt, facts.collection_id])).toEqual([
      ['discovered', 1, 'folder-1'],
      ['amended', 1, 'folder-2'],
      ['amended', 1, null],
    ]);
  });

  it('without a status is known, and gets one later', () => {
    const trail = newTrail(morphikDocument);
    poll(trail, 1, { status: null });
    poll(trail, 2, { status: 'processing', ...updated(1) });
    expect(trail.events.map(({ eventType, toStatus, sourceStatus }) => [eventType, toStatus, sourceStatus])).toEqual([
      ['discovered', null, null],
      ['status_changed', 'running', 'processing'],
    ]);
  });
});

describe('a document that is processed again', () => {
  it('is looked at once more, and is then another attempt', () => {
    const trail = newTrail(morphikDocument);
    poll(trail, 1, FAILED);
    const again = { status: 'processing', error: 'no parser', ...updated(2) };
    expect(poll(trail, 3, again).kind).toBe('deferred');
    confirm(trail, readById(4, statusAnswer({ ...CREATED, ...again, error: undefined })));
    poll(trail, 5, { ...again, ...updated(4) });
    poll(trail, 9, { status: 'completed', error: 'no parser', ...updated(8) });
    expect(story(trail)).toEqual(['discovered failed', 'reopened running', 'status_changed succeeded']);
    expect([...trail.attempts.values()]).toMatchObject([
      { attempt: 1, outcome: 'failed', errorDigest: 'digest of no parser' },
      { attempt: 2, outcome: 'succeeded', errorDigest: null, isFlap: false },
    ]);
    expect(trail.known?.record.errorDigest).toBeNull();
  });

  it('and ended otherwise between two polls is one too', () => {
    const trail = newTrail(morphikDocument);
    poll(trail, 1, FAILED);
    poll(trail, 2, { status: 'completed', error: 'no parser', ...updated(1) });
    expect(story(trail)).toEqual(['discovered failed', 'reopened succeeded']);
    expect(trail.attempts.get(2)).toMatchObject({ outcome: 'succeeded', started: null });
  });

  it('for a moment only, by progress that was written late, has flapped', () => {
    const trail = newTrail(morphikDocument);
    poll(trail, 1, { status: 'completed', ...updated(0) });
    const late = { status: 'processing', progress: JSON.stringify({ percentage: 83, step_name: 'Storing' }), ...updated(2) };
    expect(poll(trail, 3, late).kind).toBe('deferred');
    confirm(trail, readById(4, statusAnswer({ ...CREATED, ...late })));
    poll(trail, 5, { status: 'completed', ...updated(4) });
    expect(story(trail)).toEqual(['discovered succeeded', 'reopened running', 'status_changed succeeded']);
    expect(trail.attempts.get(2)).toMatchObject({ outcome: 'succeeded', isFlap: true });
  });

  it('for so short a moment that the read by id finds it done is unchanged', () => {
    const trail = newTrail(morphikDocument);
    poll(trail, 1, { status: 'completed' });
    expect(poll(trail, 3, { status: 'processing', ...updated(2) }).kind).toBe('deferred');
    expect(confirm(trail, readById(4, statusAnswer({ ...CREATED, status: 'completed', ...updated(3) }))).kind).toBe('unchanged');
  });
});

it('an answer that is older by its updated_at is stale, in whichever way the two are written', () => {
  const trail = newTrail(morphikDocument);
  poll(trail, 2, { status: 'completed', updated_at: '2026-01-01 11:30:00.200000+00:00' });
  // As texts, the blank of the newer one would sort before the T of this one.
  expect(poll(trail, 3, { status: 'processing', updated_at: '2026-01-01T11:30:00.100000+00:00' }).kind).toBe('stale');
});

function poll(trail: Trail, minute: number, state: Record<string, unknown>, columns: Record<string, unknown> = {}): Diff {
  return see(trail, listed(minute, bareRow({ ...STATE, ...CREATED, ...state }, columns)));
}

function listed(minute: number, row: unknown): Observation {
  return observationOf(observeDocument(row, contextAt(minute)));
}

function readById(minute: number, body: unknown): Observation {
  return observationOf(observeDocumentStatus(body, contextAt(minute)));
}

/** @param minute after 12:00 */
function contextAt(minute: number): Parameters<typeof observeDocument>[1] {
  const later = BigInt(minute) * 60_000_000n;
  const response = { ...RESPONSE, sentAt: addMicros(RESPONSE.sentAt, later), receivedAt: addMicros(RESPONSE.receivedAt, later) };
  return { response, payloads: 'redacted', statuses: {}, parentId: null };
}

function observationOf(result: ItemResult): Observation {
  if (result.kind !== 'observation') throw new Error('not observed');
  return result.observation;
}
