import { describe, expect, it } from 'vitest';
import { noxusDocument } from '../../../src/connectors/noxus/document-statuses.ts';
import { observeDocument } from '../../../src/connectors/noxus/observe-document.ts';
import type { Diff } from '../../../src/diff/diff-observation.ts';
import { addMicros } from '../../../src/model/instant.ts';
import { RESPONSE } from '../../observe/evidence.ts';
import { confirm, newTrail, see, story, type Trail } from '../../diff/trail.ts';
import { DOCUMENT } from './document-example.ts';

const FAILED = { ...DOCUMENT, status: 'error', run_id: 'run 1', error: { code: 'E', message: 'unreadable' } };

describe('a document over its life', () => {
  it('is queued since it was created, and then has what was seen', () => {
    const trail = newTrail(noxusDocument);
    poll(trail, 1, { status: 'uploaded', run_id: null });
    poll(trail, 2, { status: 'training', run_id: 'run 1' });
    poll(trail, 3, { status: 'trained', run_id: 'run 1' });
    expect(story(trail)).toEqual(['discovered queued', 'status_changed running', 'status_changed succeeded']);
    expect(trail.events[0]?.when.reportedAt).toBe('2024-01-01T00:00:00.000000Z');
    expect(trail.events.slice(1).map(({ when }) => when.reportedAt)).toEqual([null, null]);
    expect([...trail.attempts.values()]).toMatchObject([{ attempt: 1, attemptKey: 'run 1', outcome: 'succeeded' }]);
  });

  it('first seen trained was not queued when it was created: that may have been for an earlier run', () => {
    const trail = newTrail(noxusDocument);
    poll(trail, 1, {});
    expect(story(trail)).toEqual(['discovered succeeded']);
    expect(trail.known).toMatchObject({ record: { createdAt: '2024-01-01T00:00:00.000000Z' }, attempt: { queued: null } });
    expect(trail.events[0]?.when).toMatchObject({ reportedAt: null, latestAt: '2024-01-02T00:00:00.000000Z' });
  });

  it('listed again as it was is unchanged', () => {
    for (const shown of [DOCUMENT, FAILED, { status: 'uploaded', run_id: null }, { status: 'training' }]) {
      const trail = newTrail(noxusDocument);
      poll(trail, 1, shown);
      expect(poll(trail, 2, shown).kind).toBe('unchanged');
    }
  });

  it.each([
    ['an edit that only moves updated_at', {}],
    ['an error that is dismissed', { dismissed: true }],
    ['the note that it should be ingested again', { needs_reingestion: true }],
    ['another name and summary', { name: 'new', summary: 'new', doc_metadata: { a: 1 } }],
  ])('is unchanged by %s', (_title, edit) => {
    for (const shown of [DOCUMENT, FAILED]) {
      const trail = newTrail(noxusDocument);
      poll(trail, 1, shown);
      expect(poll(trail, 2, { ...shown, ...edit, updated_at: '2024-02-01T00:00:00Z' }).kind).toBe('unchanged');
    }
  });
});

describe('a retry', () => {
  it('is another attempt, under its own run', () => {
    const trail = newTrail(noxusDocument);
    poll(trail, 1, FAILED);
    poll(trail, 2, { ...FAILED, status: 'training', run_id: 'run 2', updated_at: '2024-01-03T00:00:00Z' });
    poll(trail, 3, { status: 'trained', run_id: 'run 2', updated_at: '2024-01-04T00:00:00Z' });
    expect(story(trail)).toEqual(['discovered failed', 'reopened running', 'status_changed succeeded']);
    expect([...trail.attempts.values()]).toMatchObject([
      { attemptKey: 'run 1', outcome: 'failed', errorDigest: 'digest of E: unreadable' },
      { attemptKey: 'run 2', outcome: 'succeeded', errorDigest: null },
    ]);
    expect(trail.known?.record).toMatchObject({ facts: { run_id: 'run 2' }, errorDigest: null });
  });

  it('that ended like the attempt before, between two polls, is one all the same', () => {
    for (const shown of [DOCUMENT, FAILED]) {
      const trail = newTrail(noxusDocument);
      poll(trail, 1, { ...shown, run_id: 'run 1' });
      poll(trail, 2, { ...shown, run_id: 'run 2', updated_at: '2024-01-03T00:00:00Z' });
      expect(trail.events[1]).toMatchObject({ eventType: 'reopened', attempt: 2, facts: { attempt_key: 'run 2', run_id: 'run 2' } });
      expect(trail.attempts.get(1)?.outcome).toBe(trail.attempts.get(2)?.outcome);
      expect(trail.attempts.get(2)?.errorDigest).toBe(trail.attempts.get(1)?.errorDigest);
    }
  });

  it('whose run is not shown yet is looked at once more', () => {
    const trail = newTrail(noxusDocument);
    poll(trail, 1, FAILED);
    expect(poll(trail, 2, { ...FAILED, status: 'training', run_id: null }).kind).toBe('deferred');
    confirmed(trail, 3, { ...FAILED, status: 'training', run_id: 'run 2' });
    expect(trail.attempts.get(2)).toMatchObject({ attemptKey: 'run 2', outcome: null });
    expect(trail.attempts.size).toBe(2);
  });

  it('that an answer without the run may show is read by id', () => {
    const trail = newTrail(noxusDocument);
    poll(trail, 1, FAILED);
    expect(poll(trail, 2, { ...DOCUMENT, run_id: undefined }).kind).toBe('deferred');
    expect(poll(trail, 3, { ...FAILED, run_id: undefined }).kind).toBe('unchanged');
  });
});

function poll(trail: Trail, minute: number, changes: Record<string, unknown>): Diff {
  return see(trail, observedAt(minute, changes));
}

function confirmed(trail: Trail, minute: number, changes: Record<string, unknown>): Diff {
  return confirm(trail, observedAt(minute, changes));
}

function observedAt(minute: number, changes: Record<string, unknown>): Parameters<typeof see>[1] {
  const later = BigInt(minute) * 60_000_000n;
  const response = { ...RESPONSE, sentAt: addMicros(RESPONSE.sentAt, later), receivedAt: addMicros(RESPONSE.receivedAt, later) };
  const result = observeDocument({ ...DOCUMENT, ...changes }, { response, payloads: 'redacted', statuses: {}, parentId: 'kb-1' });
  if (result.kind !== 'observation') throw new Error('not observed');
  return result.observation;
}
