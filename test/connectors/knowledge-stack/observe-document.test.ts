import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observeDocument } from '../../../src/connectors/knowledge-stack/observe-document.ts';
import type { ItemContext, Rejection } from '../../../src/model/connector.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { itemContext, RESPONSE } from '../../observe/evidence.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { DETAIL, DOCUMENT_ID, PAGE_DETAIL, SUMMARY, VERSION_ID, WORKFLOW_ID } from './document-examples.ts';

const ASKED = '2026-04-01T10:00:00.000000Z';
const MOVED = '2026-04-01T10:05:00.000000Z';

describe('an ingestion', () => {
  const expected = {
    recordId: WORKFLOW_ID,
    reading: { kind: 'known', status: 'succeeded', reason: null },
    sourceStatus: 'completed',
    createdAt: '2026-03-01T00:00:00.000000Z',
    attemptKey: ASKED,
    queuedEvidence: ASKED,
    finishedAt: MOVED,
    terminalEvidence: MOVED,
    sourceUpdatedAt: MOVED,
    error: null,
    facts: { document_id: DOCUMENT_ID, document_version_id: VERSION_ID },
    lastActivity: 'index_chunks',
    anomalies: [],
    response: RESPONSE,
  };

  it('is observed as the page lists it', () => {
    const { body, ...rest } = observed(SUMMARY);
    expect(rest).toEqual(expected);
    expect(body).toEqual({ ...SUMMARY, last_activity: undefined, error: undefined });
    expect(Object.keys(body as object)).not.toContain('last_activity');
  });

  it('in detail is the same, with what the engine tells, by either name of its status', () => {
    const facts = { ...expected.facts, engine_status: 'COMPLETED', chunk_count: 12 };
    expect(observed(PAGE_DETAIL)).toMatchObject({ ...expected, facts });
    expect(Object.keys(observed(PAGE_DETAIL).facts).sort()).toEqual(Object.keys(facts).sort());
    expect(observed(DETAIL).facts).toEqual({ ...facts, run_id: 'temporal-run-1', workflow_type: 'IngestDocumentVersion' });
    expect(observed({ ...PAGE_DETAIL, temporal_status: 'RUNNING' }).facts.engine_status).toBe('RUNNING');
    expect(observed({ ...PAGE_DETAIL, temporal_status: null }).facts.engine_status).toBe('COMPLETED');
  });

  it('has no start: the engine’s own times are kept with the body, and report no status', () => {
    for (const detail of [PAGE_DETAIL, DETAIL]) {
      const observation = observed({ ...detail, status: 'processing', close_time: null });
      for (const field of ['startedAt', 'runningEvidence', 'terminalEvidence']) expect(observation).not.toHaveProperty(field);
      expect(observation.body).toMatchObject({ start_time: '2026-04-01T10:00:01Z', close_time: null });
    }
  });

  it('names no tenant', () => {
    expect(observeDocument(SUMMARY, itemContext())).toMatchObject({ kind: 'observation', accountId: null });
  });
});

describe('a status', () => {
  it.each([
    ['pending', 'queued', null],
    ['processing', 'running', null],
    ['completed', 'succeeded', null],
    ['failed', 'failed', null],
    ['cancelled', 'cancelled', null],
    ['quota_limit', 'failed', 'quota'],
    ['FAILED', 'failed', null],
  ])('%s is %s', (status, canonical, reason) => {
    for (const shown of [SUMMARY, PAGE_DETAIL, DETAIL])
      expect(observed({ ...shown, status })).toMatchObject({ reading: { kind: 'known', status: canonical, reason }, sourceStatus: status });
  });

  it('that nobody documents is unknown and kept, and can be mapped by the user', () => {
    expect(observed({ ...SUMMARY, status: 'indexing' })).toMatchObject({ reading: { kind: 'unknown' }, sourceStatus: 'indexing' });
    expect(observed({ ...SUMMARY, status: '😀'.repeat(500) }).sourceStatus).toBe('😀'.repeat(200));
    const statuses = { indexing: 'running', completed: 'failed' } as const;
    expect(observed({ ...SUMMARY, status: 'indexing' }, { statuses }).reading).toMatchObject({ status: 'running' });
    expect(observed(SUMMARY, { statuses }).reading).toMatchObject({ status: 'succeeded' });
  });

  it('that the engine contradicts is flagged, and stands', () => {
    const conflictOf = (status: string, temporal_status: string): boolean => {
      const { reading, anomalies } = observed({ ...DETAIL, status, temporal_status });
      expect(reading).toEqual(observed({ ...SUMMARY, status }).reading);
      return anomalies.includes('status_conflict');
    };
    for (const [status, engine] of [
      ['completed', 'RUNNING'],
      ['processing', 'COMPLETED'],
      ['pending', 'TERMINATED'],
      ['completed', 'FAILED'],
      ['failed', 'CANCELED'],
      ['cancelled', 'TIMED_OUT'],
      ['failed', 'CONTINUED_AS_NEW'],
    ] as const)
      expect(conflictOf(status, engine)).toBe(true);
    for (const [status, engine] of [
      ['completed', 'COMPLETED'],
      ['failed', 'TIMED_OUT'],
      ['quota_limit', 'FAILED'],
      ['cancelled', 'CANCELED'],
      ['cancelled', 'CANCELLED'],
      ['cancelled', 'TERMINATED'],
      ['pending', 'RUNNING'],
      ['processing', 'CONTINUED_AS_NEW'],
      ['completed', 'PAUSED'],
      ['indexing', 'COMPLETED'],
    ] as const)
      expect(conflictOf(status, engine)).toBe(false);
  });
});

describe('an error', () => {
  it('is told only of an ingestion that failed or was cancelled', () => {
    const errorOf = (status: string): unknown => observed({ ...SUMMARY, status, error: 'left over' }).error;
    expect(['pending', 'processing', 'completed'].map(errorOf)).toEqual([null, null, null]);
    expect(['failed', 'quota_limit', 'cancelled', 'indexing'].map(errorOf)).toEqual(['left over', 'left over', 'left over', 'left over']);
    expect(observed({ ...SUMMARY, status: 'failed', error: undefined })).not.toHaveProperty('error');
  });
});

describe('the times of an attempt', () => {
  it('that is open are when it was asked for; when its state moved is only a bound', () => {
    for (const status of ['pending', 'processing']) {
      const observation = observed({ ...SUMMARY, status });
      expect(observation).toMatchObject({ attemptKey: ASKED, queuedEvidence: ASKED, sourceUpdatedAt: MOVED, finishedAt: null });
      expect(observation).not.toHaveProperty('terminalEvidence');
    }
  });

  it('whose state has not moved yet make a version by the later of the two', () => {
    const rerun = { ...SUMMARY, status: 'pending', last_run_timestamp: '2026-04-01T11:00:00Z' };
    expect(observed(rerun).sourceUpdatedAt).toBe('2026-04-01T11:00:00.000000Z');
    expect(observed({ ...rerun, last_state_update_timestamp: null }).sourceUpdatedAt).toBe('2026-04-01T11:00:00.000000Z');
    expect(observed({ ...rerun, last_run_timestamp: null }).sourceUpdatedAt).toBe(MOVED);
  });

  it('tell nothing of it while the end of the one before is shown still', () => {
    for (const status of ['completed', 'failed', 'cancelled', 'quota_limit']) {
      const observation = observed({ ...SUMMARY, status, last_run_timestamp: '2026-04-01T10:05:00.000001Z' });
      for (const field of ['attemptKey', 'queuedEvidence', 'finishedAt', 'terminalEvidence']) expect(observation).not.toHaveProperty(field);
      expect(observation.sourceUpdatedAt).toBe('2026-04-01T10:05:00.000001Z');
    }
    expect(observed({ ...SUMMARY, last_run_timestamp: SUMMARY.last_state_update_timestamp })).toMatchObject({
      attemptKey: MOVED,
      terminalEvidence: MOVED,
    });
  });

  it('that are missing are unknown, and the attempt without its key where it is not told', () => {
    const finished = observed({ ...SUMMARY, last_state_update_timestamp: null });
    expect(finished.attemptKey).toBe(ASKED);
    for (const field of ['finishedAt', 'terminalEvidence']) expect(finished).not.toHaveProperty(field);
    for (const last_run_timestamp of [undefined, null, 'soon', 7]) {
      const observation = observed({ ...SUMMARY, last_run_timestamp });
      for (const field of ['attemptKey', 'queuedEvidence']) expect(observation).not.toHaveProperty(field);
    }
  });

  it.each(['created_at', 'last_run_timestamp', 'last_state_update_timestamp'])('with a bad %s are flagged', (field) => {
    for (const time of ['0001-01-01T00:00:00Z', 'next Tuesday', 1_767_225_600])
      expect(observed({ ...SUMMARY, [field]: time }).anomalies).toEqual(['bad_time']);
  });
});

describe('a field', () => {
  it('that the answer does not carry is left out', () => {
    const observation = observed({ workflow_id: WORKFLOW_ID, status: 'indexing' });
    expect(Object.keys(observation).sort()).toEqual(['anomalies', 'body', 'facts', 'reading', 'recordId', 'response', 'sourceStatus']);
    expect(observation.facts).toEqual({});
  });

  it('that counts chunks is a fact once they are all there', () => {
    const countOf = (status: string, chunks_processed: unknown): unknown =>
      observed({ ...DETAIL, status, chunks_processed }).facts.chunk_count;
    expect([countOf('completed', 12), countOf('failed', 3), countOf('completed', null)]).toEqual([12, 3, null]);
    expect([countOf('processing', 5), countOf('pending', 12)]).toEqual([null, null]);
    expect([countOf('completed', undefined), countOf('indexing', 5)]).toEqual([undefined, undefined]);
  });

  it('of the wrong type never costs the ingestion', () => {
    const wrong = {
      document_id: 7,
      document_version_id: null,
      last_activity: {},
      temporal_status: ['RUNNING'],
      execution_status: 'see https://x.example/?sig=1',
      workflow_type: '/a/path',
      run_id: 7,
      chunks_processed: 'many',
    };
    expect(observed({ ...DETAIL, ...wrong })).toMatchObject({ facts: { chunk_count: null }, anomalies: [] });
    expect(Object.keys(observed({ ...DETAIL, ...wrong }).facts)).toEqual(['chunk_count']);
  });

  it('that no release knows changes nothing', () => {
    expect(observed({ ...DETAIL, priority: 3, path: { a: 1 } })).toEqual(observed(DETAIL));
  });
});

describe('an item that cannot be understood', () => {
  it.each([
    [null, 'it is of type null, not an object'],
    [[SUMMARY], 'it is of type array, not an object'],
    [{ status: 'completed' }, 'its id is missing'],
    [{ ...SUMMARY, workflow_id: '..' }, 'its id is "..", which no URL path can carry'],
    [{ workflow_id: WORKFLOW_ID }, 'it has no status'],
    [{ ...SUMMARY, status: null }, 'its status is of type null, not a text'],
    [{ ...SUMMARY, status: '' }, 'its status is empty'],
  ])('is rejected, and says why (%#)', (item, reason) => {
    expect(rejected(item)).toMatchObject({ reason, raw: null, response: RESPONSE });
  });
});

describe('what is kept of a payload', () => {
  it('holds no presigned URL, content or activity under redacted', () => {
    const item = {
      ...DETAIL,
      last_activity: null,
      asset_s3_url: 'https://SECRET',
      fast_plaintext_url: 'https://SECRET',
      system_metadata: { source_s3: 'SECRET' },
      name: 'SECRET.pdf',
    };
    expect(JSON.stringify(observed(item), noBigints)).not.toContain('SECRET');
    expect(JSON.stringify(observed({ ...DETAIL, last_activity: 'SECRET' }).body)).not.toContain('SECRET');
  });

  it('is the item under full, and nothing under none', () => {
    expect(observed(DETAIL, { payloads: 'full' }).body).toEqual(DETAIL);
    expect(observed(DETAIL, { payloads: 'none' }).body).toBeNull();
  });
});

it('any JSON at any place gives an observation or a rejection, and the same one again (property)', () => {
  const anything = fc.jsonValue({ stringUnit: 'binary', maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
  const name = fc.constantFrom(...Object.keys({ ...DETAIL, ...PAGE_DETAIL }));
  const item = fc.oneof(
    anything,
    fc.array(fc.tuple(name, anything), { maxLength: 6 }).map((entries): unknown => Object.fromEntries(entries)),
  );
  fc.assert(
    fc.property(item, fc.boolean(), fc.constantFrom('redacted', 'full', 'none'), (odd, isDocument, payloads) => {
      const made = isDocument ? { ...(odd as object), workflow_id: WORKFLOW_ID, status: 'failed' } : odd;
      const result = observeDocument(made, itemContext({ payloads }));
      expect(['observation', 'rejection']).toContain(result.kind);
      if (isDocument) expect(result.kind).toBe('observation');
      expect(observeDocument(JSON.parse(JSON.stringify(made)), itemContext({ payloads }))).toEqual(result);
    }),
    propertyRuns(200),
  );
});

function observed(item: unknown, changes: Partial<ItemContext> = {}): Observation {
  const result = observeDocument(item, itemContext(changes));
  if (result.kind !== 'observation') throw new Error(`not observed: ${JSON.stringify(result, noBigints)}`);
  return result.observation;
}

function rejected(item: unknown): Rejection {
  const result = observeDocument(item, itemContext());
  if (result.kind !== 'rejection') throw new Error('not rejected');
  return result.rejection;
}

function noBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
