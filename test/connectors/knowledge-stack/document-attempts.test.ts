import { describe, expect, it } from 'vitest';
import { knowledgeStackDocument } from '../../../src/connectors/knowledge-stack/document-statuses.ts';
import { observeDocument } from '../../../src/connectors/knowledge-stack/observe-document.ts';
import { observeExecution } from '../../../src/connectors/knowledge-stack/observe-execution.ts';
import type { ItemResult } from '../../../src/model/connector.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { confirm, newTrail, see, story, type Trail } from '../../diff/trail.ts';
import { DETAIL, EXECUTION, SUMMARY } from './document-examples.ts';
import { answeredAt, at } from './moments.ts';

type Changes = Readonly<Record<string, unknown>>;

const ENDS = [
  { status: 'completed', error: null },
  { status: 'failed', error: 'no text in it' },
  { status: 'cancelled', error: null },
  { status: 'quota_limit', error: 'out of quota' },
] as const;

describe('an ingestion over its life', () => {
  it('is queued when it was asked for, runs as it was seen, and ends when its state moved last', () => {
    const trail = newTrail(knowledgeStackDocument);
    see(trail, listed(1, { status: 'pending', ...times(0, null) }));
    see(trail, listed(3, { status: 'processing', ...times(0, 2) }));
    see(trail, listed(6, { status: 'completed', ...times(0, 5) }));
    expect(story(trail)).toEqual(['discovered queued', 'status_changed running', 'status_changed succeeded']);
    expect(trail.events.map(({ when }) => when.reportedAt)).toEqual([at(0), null, at(5)]);
    expect(trail.events[1]?.when).toMatchObject({ earliestAt: at(1), latestAt: at(2) });
    expect([...trail.attempts.values()]).toMatchObject([{ attempt: 1, attemptKey: at(0), outcome: 'succeeded' }]);
  });

  it('first seen at its end has the times of that attempt, however long the document has been there', () => {
    for (const end of ENDS) {
      const trail = newTrail(knowledgeStackDocument);
      see(trail, listed(6, { ...end, ...times(0, 5) }));
      expect(trail.known).toMatchObject({
        record: { createdAt: '2025-12-01T00:00:00.000000Z' },
        attempt: { attempt: 1, queued: { at: at(0), earliestAt: at(0) }, finished: { at: at(5), earliestAt: at(5) } },
      });
    }
  });

  it('shown again as it was is unchanged, listed and in detail', () => {
    for (const shown of [...ENDS, { status: 'pending' }, { status: 'processing' }, { status: 'indexing' }]) {
      const trail = newTrail(knowledgeStackDocument);
      const changes = { ...shown, ...times(0, 5), temporal_status: shown.status === 'completed' ? 'COMPLETED' : 'FAILED' };
      see(trail, listed(6, changes));
      see(trail, detail(7, changes));
      for (const again of [listed(8, changes), detail(9, changes), listed(10, { ...changes, last_activity: 'other' })])
        expect(see(trail, again).kind).toBe('unchanged');
    }
  });

  it('whose activity moves its state’s time while it is processed changes nothing by it', () => {
    const trail = newTrail(knowledgeStackDocument);
    see(trail, listed(3, { status: 'processing', ...times(0, 2) }));
    for (const minute of [4, 5, 6]) {
      const answer = detail(minute, { status: 'processing', ...times(0, minute), temporal_status: 'RUNNING', chunks_processed: minute });
      expect(see(trail, answer).kind).toBe(minute === 4 ? 'events' : 'unchanged');
    }
    expect(story(trail)).toEqual(['discovered queued', 'status_changed running', 'amended']);
  });
});

describe('a rerun', () => {
  it('is another attempt under the same id, queued when it was asked for', () => {
    const trail = finished(ENDS[1]);
    see(trail, listed(11, { status: 'pending', error: 'no text in it', ...times(10, 5) }));
    see(trail, listed(13, { status: 'processing', ...times(10, 12) }));
    see(trail, listed(16, { status: 'completed', ...times(10, 15) }));
    expect(story(trail).slice(-3)).toEqual(['reopened queued', 'status_changed running', 'status_changed succeeded']);
    expect([...trail.attempts.values()]).toMatchObject([
      { attemptKey: at(0), outcome: 'failed', errorDigest: 'digest of no text in it', finished: { at: at(5) } },
      { attemptKey: at(10), outcome: 'succeeded', errorDigest: null, queued: { at: at(10) }, finished: { at: at(15) } },
    ]);
    expect(trail.events.flatMap(({ anomalies }) => anomalies)).toEqual([]);
  });

  it('that ended like the attempt before, between two polls, is one all the same', () => {
    for (const end of ENDS) {
      const trail = finished(end);
      see(trail, listed(16, { ...end, ...times(10, 15) }));
      expect(trail.events.at(-2)).toMatchObject({ eventType: 'reopened', attempt: 2, when: { reportedAt: at(10) } });
      expect(trail.events.at(-1)).toMatchObject({ eventType: 'status_changed', when: { reportedAt: at(15) } });
      expect(trail.attempts.get(2)?.outcome).toBe(trail.attempts.get(1)?.outcome);
      expect(trail.attempts.get(2)?.errorDigest).toBe(trail.attempts.get(1)?.errorDigest);
      expect(see(trail, listed(17, { ...end, ...times(10, 15) })).kind).toBe('unchanged');
    }
  });

  it('whose document still shows how the attempt before ended has not ended so itself', () => {
    for (const end of ENDS) {
      const trail = finished(end);
      expect(see(trail, listed(11, { ...end, ...times(10, 5) })).kind).toBe('unchanged');
      see(trail, listed(13, { status: 'processing', ...times(10, 12) }));
      see(trail, listed(16, { ...end, ...times(10, 15) }));
      expect(trail.attempts.size).toBe(2);
      expect(trail.attempts.get(2)).toMatchObject({ attemptKey: at(10), queued: { at: at(10) }, finished: { at: at(15) } });
    }
  });

  it('found so at first sight is looked at once more, and is then no end of the new attempt', () => {
    const trail = newTrail(knowledgeStackDocument);
    const shown = { status: 'completed', ...times(10, 5) };
    expect(see(trail, listed(11, shown)).kind).toBe('deferred');
    confirm(trail, detail(12, shown));
    expect(trail.known).toMatchObject({ record: { status: 'succeeded', attemptKey: null, finishedAt: null }, attempt: { queued: null } });
    expect(see(trail, listed(13, shown)).kind).toBe('unchanged');
    confirm(trail, listed(15, { status: 'processing', ...times(10, 14) }));
    expect(trail.attempts.get(2)).toMatchObject({ attemptKey: at(10), outcome: null });
  });

  it('of one that is still open closes that one', () => {
    const trail = newTrail(knowledgeStackDocument);
    see(trail, listed(3, { status: 'processing', ...times(0, 2) }));
    see(trail, listed(11, { status: 'pending', ...times(10, 10) }));
    expect([...trail.attempts.values()]).toMatchObject([{ outcome: 'superseded' }, { attemptKey: at(10), outcome: null }]);
  });

  it('is an amendment of what the detail tells of the engine, and no third attempt', () => {
    const trail = finished(ENDS[0]);
    see(trail, detail(7, { status: 'completed', ...times(0, 5), temporal_status: 'COMPLETED', run_id: 'temporal-run-1' }));
    expect(trail.known?.record.facts).toMatchObject({ engine_status: 'COMPLETED', run_id: 'temporal-run-1', chunk_count: 12 });
    see(trail, listed(11, { status: 'pending', ...times(10, 10) }));
    see(trail, detail(12, { status: 'pending', ...times(10, 10), temporal_status: 'RUNNING', run_id: 'temporal-run-2' }));
    expect(story(trail).slice(-2)).toEqual(['reopened queued', 'amended']);
    expect(trail.known?.record.facts).toMatchObject({ engine_status: 'RUNNING', run_id: 'temporal-run-2', chunk_count: null });
    expect(trail.attempts.size).toBe(2);
  });
});

describe('what the engine alone shows', () => {
  it('of an open document in a word that means the same is no change of its status', () => {
    const trail = newTrail(knowledgeStackDocument);
    see(trail, listed(3, { status: 'processing', ...times(0, 2) }));
    confirm(trail, executed(5, { temporal_status: 'RUNNING' }));
    expect(trail.known?.record).toMatchObject({ status: 'running', sourceStatus: 'processing', facts: { engine_status: 'RUNNING' } });
  });

  it('of a document that nothing lists ends it, when the engine says', () => {
    const trail = newTrail(knowledgeStackDocument);
    expect(see(trail, executed(3, { temporal_status: 'RUNNING', start_time: at(1) })).kind).toBe('deferred');
    confirm(trail, executed(4, { temporal_status: 'RUNNING', start_time: at(1) }));
    confirm(trail, executed(9, { temporal_status: 'TIMED_OUT', start_time: at(1), close_time: at(8) }));
    expect(story(trail)).toEqual(['discovered running', 'status_changed failed']);
    expect(trail.events.map(({ when }) => when.reportedAt)).toEqual([at(1), at(8)]);
    expect(trail.known?.record).toMatchObject({ statusReason: 'timeout', sourceStatus: 'TIMED_OUT' });
  });

  it('does not open again what has ended', () => {
    const trail = finished(ENDS[0]);
    expect(see(trail, executed(7, { temporal_status: 'RUNNING' })).kind).toBe('deferred');
    expect(trail.attempts.size).toBe(1);
  });
});

/** Asked for in minute 0, ended in minute 5, seen in minute 6. */
function finished(end: (typeof ENDS)[number]): Trail {
  const trail = newTrail(knowledgeStackDocument);
  see(trail, listed(6, { ...end, ...times(0, 5) }));
  return trail;
}

function times(asked: number, moved: number | null): Changes {
  return { last_run_timestamp: at(asked), last_state_update_timestamp: moved === null ? null : at(moved) };
}

function listed(minute: number, changes: Changes): Observation {
  const row = Object.fromEntries(
    Object.entries({ ...SUMMARY, created_at: '2025-12-01T00:00:00Z', ...changes }).filter(([name]) => name in SUMMARY),
  );
  return observed(observeDocument(row, contextAt(minute)));
}

function detail(minute: number, changes: Changes): Observation {
  return observed(observeDocument({ ...DETAIL, created_at: '2025-12-01T00:00:00Z', ...changes }, contextAt(minute)));
}

function executed(minute: number, changes: Changes): Observation {
  return observed(observeExecution({ ...EXECUTION, ...changes }, contextAt(minute)));
}

function contextAt(minute: number): Parameters<typeof observeDocument>[1] {
  return { response: answeredAt(minute), payloads: 'redacted', statuses: {}, parentId: null };
}

function observed(result: ItemResult): Observation {
  if (result.kind !== 'observation') throw new Error('not observed');
  return result.observation;
}
