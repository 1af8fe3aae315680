import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observeDocument, observeDocumentStatus } from '../../../src/connectors/morphik/observe-document.ts';
import type { ItemContext, ItemResult } from '../../../src/model/connector.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { itemContext, RESPONSE } from '../../observe/evidence.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { bareRow, dottedRow, ID, PROGRESS, ROWS, STATE, statusAnswer, wholeRow } from './document-rows.ts';

describe('a document', () => {
  const expected = {
    recordId: ID,
    reading: { kind: 'known', status: 'succeeded', reason: null },
    sourceStatus: 'completed',
    createdAt: '2026-07-01T17:00:00.123456Z',
    sourceUpdatedAt: '2026-07-01T17:06:16.654321Z',
    error: null,
    anomalies: [],
    response: RESPONSE,
  };

  it.each(Object.entries(ROWS))('of a server that knows %s is observed alike', (_title, row) => {
    expect(observeDocument(row(), itemContext())).toEqual({
      kind: 'observation',
      accountId: 'app-1',
      observation: {
        ...expected,
        facts: { document_id: ID, collection_id: 'folder-1' },
        progressPercent: 100,
        lastActivity: 'Finalizing',
        body: { external_id: ID, app_id: 'app-1', folder_id: 'folder-1', content_type: 'application/pdf', system_metadata: STATE },
      },
    });
  });

  it('read by id is the same, as far as that answer goes', () => {
    expect(observeDocumentStatus(statusAnswer(), itemContext())).toEqual({
      kind: 'observation',
      accountId: null,
      observation: { ...expected, facts: { document_id: ID }, body: { document_id: ID, ...STATE } },
    });
  });
});

describe('a status', () => {
  it.each([
    ['processing', 'running'],
    ['queued', 'queued'],
    ['completed', 'succeeded'],
    ['failed', 'failed'],
    ['Failed', 'failed'],
  ])('%s is %s, listed and read by id', (status, canonical) => {
    for (const observation of [observed(bareRow({ status })), read(statusAnswer({ status }))])
      expect(observation).toMatchObject({ reading: { kind: 'known', status: canonical, reason: null }, sourceStatus: status });
  });

  it('that is null, missing or no word is unknown, and never costs the document', () => {
    const rows = [bareRow({ status: null }), dottedRow({ status: undefined }), bareRow({ status: 7 }), bareRow({ status: '' })];
    for (const row of [...rows, bareRow({}, { system_metadata: undefined }), bareRow({}, { system_metadata: 'odd' })])
      expect(observed(row)).toMatchObject({ reading: { kind: 'unknown' }, sourceStatus: null });
  });

  it('that is missing at the server is the same in a list, where it is null, and read by id, where it is called unknown', () => {
    for (const status of ['unknown', null, undefined])
      expect(read(statusAnswer({ status }))).toMatchObject({ reading: { kind: 'unknown' }, sourceStatus: null });
    expect(read(statusAnswer({ status: 'unknown' })).body).toMatchObject({ status: 'unknown' });
    expect(read(statusAnswer({ status: 'unknown' }), { statuses: { unknown: 'queued' } }).reading).toEqual({ kind: 'unknown' });
  });

  it('that nobody documents is unknown and kept, and can be mapped by the user', () => {
    const row = bareRow({ status: 'archived' });
    expect(observed(row)).toMatchObject({ reading: { kind: 'unknown' }, sourceStatus: 'archived' });
    expect(observed(bareRow({ status: 'unknown' }))).toMatchObject({ reading: { kind: 'unknown' }, sourceStatus: 'unknown' });
    expect(observed(row, { statuses: { archived: 'cancelled' } }).reading).toMatchObject({ status: 'cancelled' });
    expect(observed(bareRow(), { statuses: { completed: 'failed' } }).reading).toMatchObject({ status: 'succeeded' });
    expect(observed(bareRow({ status: '😀'.repeat(500) })).sourceStatus).toBe('😀'.repeat(200));
  });
});

describe('a time', () => {
  it.each([
    ['2026-07-01T17:06:16.123456+00:00', '2026-07-01T17:06:16.123456Z'],
    ['2026-07-01 17:06:16.123456+00:00', '2026-07-01T17:06:16.123456Z'],
    ['2026-07-01T17:06:16+00:00', '2026-07-01T17:06:16.000000Z'],
    ['2026-07-01 17:06:16+00:00', '2026-07-01T17:06:16.000000Z'],
    ['2026-07-01 17:06:16.123456', '2026-07-01T17:06:16.123456Z'],
  ])('may be written %s', (written, instant) => {
    const times = { created_at: written, updated_at: written };
    for (const observation of [observed(bareRow(times)), read(statusAnswer(times))])
      expect(observation).toMatchObject({ createdAt: instant, sourceUpdatedAt: instant, anomalies: [] });
  });

  it('reports no status: nothing tells which attempt it is of', () => {
    for (const status of ['processing', 'queued', 'completed', 'failed'])
      for (const field of ['queuedEvidence', 'runningEvidence', 'terminalEvidence', 'startedAt', 'finishedAt', 'attemptKey'])
        expect(observed(bareRow({ status }))).not.toHaveProperty(field);
  });

  it('that is null or missing teaches nothing', () => {
    for (const row of [bareRow({ created_at: null, updated_at: null }), dottedRow({ created_at: undefined, updated_at: undefined })]) {
      const observation = observed(row);
      for (const field of ['createdAt', 'sourceUpdatedAt']) expect(observation).not.toHaveProperty(field);
      expect(observation.anomalies).toEqual([]);
    }
  });

  it.each(['0001-01-01T00:00:00Z', 'yesterday', '', 1_767_225_600])('that is bad (%j) is flagged and not carried', (time) => {
    for (const name of ['created_at', 'updated_at']) expect(observed(bareRow({ [name]: time })).anomalies).toEqual(['bad_time']);
    expect(observed(bareRow({ updated_at: time }))).not.toHaveProperty('sourceUpdatedAt');
  });
});

describe('an error', () => {
  it('of a failed document is told in the source’s words', () => {
    for (const observation of [
      observed(bareRow({ status: 'failed', error: 'no parser' })),
      read(statusAnswer({ status: 'failed', error: 'no parser' })),
    ])
      expect(observation.error).toBe('no parser');
    expect(observed(bareRow({ status: 'failed', error: 'x'.repeat(5_000) })).error).toBe('x'.repeat(1_000));
    expect(observed(bareRow({ status: 'failed', error: { page: 'SECRET' } })).error).toBeNull();
  });

  it('left over from the attempt before is none', () => {
    for (const status of ['processing', 'completed', 'queued']) expect(observed(bareRow({ status, error: 'old' })).error).toBeNull();
  });

  it('under a word that nobody understands may be one', () => {
    expect(observed(bareRow({ status: 'archived', error: 'why' })).error).toBe('why');
  });

  it('that the server does not have is none, also where a read by id calls it unknown', () => {
    expect(read(statusAnswer({ status: 'failed', error: 'Unknown error' })).error).toBeNull();
    expect(observed(bareRow({ status: 'failed', error: null })).error).toBeNull();
  });

  it('that is not carried does not clear one that was', () => {
    expect(observed(dottedRow({ status: 'failed' }))).not.toHaveProperty('error');
    expect(read(statusAnswer({ status: 'unknown' }))).not.toHaveProperty('error');
  });
});

describe('progress', () => {
  it.each([
    [PROGRESS, 100, 'Finalizing'],
    [JSON.stringify({ percentage: 33.3, step_name: 'Parsing' }), 33.3, 'Parsing'],
    [{ percentage: 101, step_name: '' }, undefined, undefined],
    [{ percentage: -1 }, undefined, undefined],
    [{ percentage: '50', step_name: 7 }, undefined, undefined],
    ['{"percentage": 5', undefined, undefined],
    [JSON.stringify({ percentage: 5, step_name: 'x'.repeat(20_000) }), undefined, undefined],
    ['null', undefined, undefined],
    [[], undefined, undefined],
    [null, undefined, undefined],
  ])('is told as far as it is understood (%#)', (progress, percent, activity) => {
    const { progressPercent, lastActivity } = observed(bareRow({ status: 'processing', progress }));
    expect([progressPercent, lastActivity]).toEqual([percent, activity]);
  });

  it('is no fact: it stays behind when the document is done', () => {
    const done = observed(bareRow({ progress: null }));
    expect(observed(bareRow())).toEqual({ ...done, progressPercent: 100, lastActivity: 'Finalizing' });
  });
});

describe('the folder', () => {
  const collection = (columns: Record<string, unknown>): unknown => observed(bareRow({}, columns)).facts.collection_id;

  it('is told by its id, and never by its path', () => {
    expect(collection({ folder_id: 'f', folder_path: '/renamed' })).toBe('f');
    expect(collection({ folder_id: null })).toBeNull();
  });

  it('is unknown where the answer does not carry it, or as no id', () => {
    for (const folder_id of [undefined, 7, '', '..']) expect(observed(bareRow({}, { folder_id })).facts).toEqual({ document_id: ID });
  });
});

describe('an item that cannot be understood', () => {
  it.each([
    [null, 'it is of type null, not an object'],
    [[bareRow()], 'it is of type array, not an object'],
    [{ system_metadata: STATE }, 'its id is missing'],
    [bareRow({}, { external_id: 12 }), 'its id is of type number, not a text'],
    [bareRow({}, { external_id: 'x'.repeat(600) }), 'its id is 600 bytes long; 512 are the most that the ledger keeps'],
  ])('is rejected, and says why (%#)', (item, reason) => {
    expect(observeDocument(item, itemContext())).toMatchObject({ kind: 'rejection', rejection: { reason, raw: null, response: RESPONSE } });
  });

  it('read by id is one too, an error answer among them', () => {
    for (const body of [{ detail: 'Document not found' }, null, bareRow()])
      expect(observeDocumentStatus(body, itemContext()).kind).toBe('rejection');
  });

  it('keeps no text of a document, whatever is kept', () => {
    const result = observeDocument(wholeRow({}, { external_id: 7 }), itemContext({ payloads: 'full' }));
    if (result.kind !== 'rejection') throw new Error('not rejected');
    expect(result.rejection.raw).toContain('page_count');
    expect(result.rejection.raw).not.toContain('TEXT');
  });
});

describe('what is kept of a payload', () => {
  it('holds no name, path, metadata, progress or text under redacted', () => {
    const secret = { error: 'SECRET', error_message: 'SECRET', progress: { step_name: 'SECRET' }, content: 'SECRET', status: 'failed' };
    for (const row of Object.values(ROWS))
      expect(JSON.stringify(observed(row(secret, { folder_path: '/SECRET' })).body)).not.toContain('SECRET');
    expect(JSON.stringify(read(statusAnswer(secret)).body)).not.toContain('SECRET');
  });

  it('under redacted never lets through what stands in a place that nobody named (property)', () => {
    const unknown = fc.dictionary(
      fc.string().map((key) => `${key}_SECRET`),
      fc.jsonValue().map((value) => ({ SECRET: value, more: ['SECRET', value] })),
    );
    fc.assert(
      fc.property(unknown, unknown, (inRow, inState) => {
        expect(JSON.stringify(observed(wholeRow(inState, inRow)).body)).not.toContain('SECRET');
      }),
      propertyRuns(),
    );
  });

  it('is the item as it came under full, without the document’s text', () => {
    expect(observed(bareRow(), { payloads: 'full' }).body).toEqual(bareRow());
    expect(read(statusAnswer(), { payloads: 'full' }).body).toEqual(statusAnswer());
    const whole = wholeRow() as { readonly system_metadata: object };
    const state = { ...whole.system_metadata, content: undefined };
    expect(observed(whole, { payloads: 'full' }).body).toEqual({ ...whole, system_metadata: state });
    expect(JSON.stringify(observed(whole, { payloads: 'full' }).body)).not.toContain('TEXT');
  });

  it('is nothing under none', () => {
    expect(observed(bareRow(), { payloads: 'none' }).body).toBeNull();
  });
});

it('any JSON at any place gives an observation or a rejection, and the same one again (property)', () => {
  const anything = fc.jsonValue({ stringUnit: 'binary' }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
  const some = (names: readonly string[]) => fc.record(Object.fromEntries(names.map((name) => [name, anything])), { requiredKeys: [] });
  const state = ['status', 'error', 'created_at', 'updated_at', 'progress', 'content'];
  const row = fc.tuple(some(['app_id', 'folder_id', 'system_metadata', ...state]), fc.option(some(state))).map(([columns, metadata]) => ({
    ...columns,
    ...(metadata !== null && { system_metadata: metadata }),
  }));
  const observers = [observeDocument, observeDocumentStatus] as const;
  fc.assert(
    fc.property(fc.oneof(anything, row), fc.boolean(), fc.constantFrom(...observers), (odd, isDocument, observe) => {
      const made = isDocument ? { ...(odd as object), external_id: ID, document_id: ID } : odd;
      const result = observe(made, itemContext({ payloads: 'full' }));
      if (isDocument) expect(result.kind).toBe('observation');
      expect(observe(JSON.parse(JSON.stringify(made)), itemContext({ payloads: 'full' }))).toEqual(result);
    }),
    propertyRuns(),
  );
});

function observed(item: unknown, context: Partial<ItemContext> = {}): Observation {
  return observationOf(observeDocument(item, itemContext(context)));
}

function read(body: unknown, context: Partial<ItemContext> = {}): Observation {
  return observationOf(observeDocumentStatus(body, itemContext(context)));
}

function observationOf(result: ItemResult): Observation {
  if (result.kind !== 'observation') throw new Error(`not observed: ${result.kind}`);
  return result.observation;
}
