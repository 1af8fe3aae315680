import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observeDocument } from '../../../src/connectors/noxus/observe-document.ts';
import type { ItemContext, Rejection } from '../../../src/model/connector.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { itemContext, RESPONSE } from '../../observe/evidence.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { DOCUMENT, ID, RUN_ID } from './document-example.ts';

describe('a document', () => {
  it('is observed with its knowledge base, its ingestion run and its times', () => {
    const { body, ...rest } = observed(DOCUMENT);
    expect(rest).toEqual({
      recordId: ID,
      reading: { kind: 'known', status: 'succeeded', reason: null },
      sourceStatus: 'trained',
      createdAt: '2024-01-01T00:00:00.000000Z',
      queuedEvidence: '2024-01-01T00:00:00.000000Z',
      sourceUpdatedAt: '2024-01-02T00:00:00.000000Z',
      attemptKey: RUN_ID,
      error: null,
      facts: { document_id: ID, collection_id: 'kb-1', run_id: RUN_ID, warning_kinds: null },
      anomalies: [],
      response: RESPONSE,
    });
    expect(body).toEqual({
      id: ID,
      run_id: RUN_ID,
      file_id: '4f3b8a52-7f0b-4a51-9d0e-0d2b9a1c1111',
      status: 'trained',
      created_at: '2024-01-01T00:00:00Z',
      updated_at: '2024-01-02T00:00:00Z',
      size: 1024,
      doc_type: 'document',
      source_type: 'Document',
      content_type: 'application/pdf',
      has_conversion: false,
      dismissed: false,
      needs_reingestion: false,
    });
  });

  it('does not tell whose it is: its knowledge base does', () => {
    expect(observeDocument(DOCUMENT, context())).toMatchObject({ kind: 'observation', accountId: null });
  });

  it('that is a folder is ignored', () => {
    for (const status of ['folder', 'Folder'])
      expect(observeDocument({ ...DOCUMENT, status }, context())).toEqual({
        kind: 'ignored',
        reason: 'it is a folder, which holds documents and is none',
      });
  });
});

describe('a status', () => {
  it.each([
    ['uploaded', 'queued'],
    ['training', 'running'],
    ['trained', 'succeeded'],
    ['error', 'failed'],
    ['ERROR', 'failed'],
  ])('%s is %s', (status, canonical) => {
    expect(observed({ ...DOCUMENT, status })).toMatchObject({
      reading: { kind: 'known', status: canonical, reason: null },
      sourceStatus: status,
    });
  });

  it('that nobody documents is unknown and kept, cut at 200 characters', () => {
    expect(observed({ ...DOCUMENT, status: 'indexing' })).toMatchObject({ reading: { kind: 'unknown' }, sourceStatus: 'indexing' });
    expect(observed({ ...DOCUMENT, status: '😀'.repeat(500) }).sourceStatus).toBe('😀'.repeat(200));
  });

  it('that nobody documents can be mapped by the user', () => {
    const statuses = { indexing: 'running', trained: 'failed' } as const;
    expect(observed({ ...DOCUMENT, status: 'indexing' }, { statuses }).reading).toMatchObject({ status: 'running' });
    expect(observed(DOCUMENT, { statuses }).reading).toMatchObject({ status: 'succeeded' });
  });
});

describe('an error', () => {
  const error = (value: unknown, status = 'error'): unknown => observed({ ...DOCUMENT, status, error: value }).error;

  it.each([
    [{ code: 'NO_TEXT', message: 'The file holds no text' }, 'NO_TEXT: The file holds no text'],
    [{ message: 'The file holds no text' }, 'The file holds no text'],
    [{ code: 'NO_TEXT' }, 'NO_TEXT'],
    [{ code: 422, message: 'unprocessable' }, '422: unprocessable'],
    [{ code: 'NO_TEXT', message: 'NO_TEXT in it' }, 'NO_TEXT in it'],
    [{ detail: 'too large' }, 'too large'],
    ['broken', 'broken'],
    ['a\u0000b', 'a\\u0000b'],
    [null, null],
    ['', null],
    [{}, null],
    [[], null],
    [7, null],
    [{ code: null, message: [1], page: 'SECRET' }, null],
  ])('is told in the source’s words (%#)', (value, text) => {
    expect(error(value)).toBe(text);
  });

  it('is cut at 1,000 characters', () => {
    expect(error('x'.repeat(5_000))).toBe('x'.repeat(1_000));
  });

  it('left over in a document that has not failed is none', () => {
    for (const status of ['uploaded', 'training', 'trained']) expect(error({ message: 'of the attempt before' }, status)).toBeNull();
  });

  it('under a word that nobody understands is told: that word may be a failure', () => {
    expect(error({ message: 'out of quota' }, 'suspended')).toBe('out of quota');
    expect(observed({ ...DOCUMENT, status: 'suspended', error: 'x' }, { statuses: { suspended: 'failed' } }).error).toBe('x');
    expect(observed({ ...DOCUMENT, status: 'suspended', error: 'x' }, { statuses: { suspended: 'running' } }).error).toBeNull();
  });
});

describe('a field', () => {
  it('that the answer does not carry is left out', () => {
    const observation = observed({ id: ID, status: 'error' }, { parentId: null });
    for (const field of ['createdAt', 'queuedEvidence', 'sourceUpdatedAt', 'attemptKey', 'error'])
      expect(observation).not.toHaveProperty(field);
    expect(observation.facts).toEqual({ document_id: ID });
    for (const field of ['startedAt', 'finishedAt', 'runningEvidence', 'terminalEvidence'])
      expect(observed(DOCUMENT)).not.toHaveProperty(field);
  });

  it('run_id that is null is no key yet, and does not undo a run that was told', () => {
    const observation = observed({ ...DOCUMENT, status: 'uploaded', run_id: null });
    expect(observation.attemptKey).toBeNull();
    expect(observation.facts).not.toHaveProperty('run_id');
  });

  it('that is null and settled at creation teaches nothing', () => {
    const observation = observed({ ...DOCUMENT, created_at: null, updated_at: null });
    for (const field of ['createdAt', 'queuedEvidence', 'sourceUpdatedAt']) expect(observation).not.toHaveProperty(field);
    expect(observation.anomalies).toEqual([]);
  });

  it('of the wrong type never costs the document', () => {
    const wrong = { created_at: 7, updated_at: {}, run_id: 12, error: true, warnings: 'x', size: [], dismissed: 'yes' };
    const observation = observed({ ...DOCUMENT, status: 'error', ...wrong });
    expect(observation).toMatchObject({ recordId: ID, anomalies: ['bad_time'], error: null });
    for (const field of ['createdAt', 'sourceUpdatedAt', 'attemptKey']) expect(observation).not.toHaveProperty(field);
    expect(observation.facts).toEqual({ document_id: ID, collection_id: 'kb-1', warning_kinds: null });
  });

  it('about what people noted of the document changes nothing of it', () => {
    const noted = { ...DOCUMENT, dismissed: true, needs_reingestion: true, name: 'renamed', doc_metadata: { a: 1 }, summary: 'new' };
    expect({ ...observed(noted), body: null }).toEqual({ ...observed(DOCUMENT), body: null });
  });
});

describe('warnings', () => {
  it.each([
    [
      [{ type: 'failed_scraping', message: 'SECRET' }, { kind: 'data_ingestion' }, 'general', 'general'],
      ['data_ingestion', 'failed_scraping', 'general'],
    ],
    [{ ingestion_timeout: 2 }, ['ingestion_timeout']],
    [[{ type: 'a word that nobody documents' }], null],
    [[], null],
    [null, null],
  ])('are told by their documented kinds (%#)', (warnings, kinds) => {
    expect(observed({ ...DOCUMENT, warnings }).facts.warning_kinds).toEqual(kinds);
  });
});

describe('a time', () => {
  it('with seven digits is cut, without a zone is UTC', () => {
    const observation = observed({ ...DOCUMENT, created_at: '2026-01-01T00:00:00.1234567', updated_at: '2026-01-01 01:00:00+01:00' });
    expect(observation).toMatchObject({ createdAt: '2026-01-01T00:00:00.123456Z', sourceUpdatedAt: '2026-01-01T00:00:00.000000Z' });
  });

  it.each(['0001-01-01T00:00:00Z', 'next Tuesday', '', 1_767_225_600])('that is bad (%j) is flagged and not carried', (time) => {
    for (const field of ['created_at', 'updated_at']) expect(observed({ ...DOCUMENT, [field]: time }).anomalies).toEqual(['bad_time']);
    expect(observed({ ...DOCUMENT, created_at: time })).not.toHaveProperty('queuedEvidence');
  });
});

describe('an item that cannot be understood', () => {
  it.each([
    [null, 'it is of type null, not an object'],
    [[DOCUMENT], 'it is of type array, not an object'],
    [{ status: 'trained' }, 'its id is missing'],
    [{ ...DOCUMENT, id: 12 }, 'its id is of type number, not a text'],
    [{ ...DOCUMENT, id: 'x'.repeat(600) }, 'its id is 600 bytes long; 512 are the most that the ledger keeps'],
    [{ id: ID }, 'it has no status'],
    [{ id: ID, status: null }, 'its status is of type null, not a text'],
    [{ id: ID, status: '' }, 'its status is empty'],
  ])('is rejected, and says why (%#)', (item, reason) => {
    expect(rejected(item)).toMatchObject({ reason, raw: null, response: RESPONSE });
  });
});

describe('what is kept of a payload', () => {
  const KEPT_WORDS = ['doc_type', 'source_type', 'content_type'];

  it('holds no name, place, summary, metadata or text under redacted', () => {
    const item = {
      ...DOCUMENT,
      ...Object.fromEntries(Object.keys(CONTENT).map((name) => [name, 'SECRET'])),
      source_metadata: { url: 'https://bucket.example/SECRET?X-Amz-Signature=1' },
      doc_metadata: { author: 'SECRET' },
      download_url: 'https://bucket.example/SECRET?X-Amz-Signature=1',
      warnings: [{ type: 'general', message: 'SECRET' }],
      status: 'trained',
      error: { code: 'C', message: 'SECRET', page: 'SECRET' },
    };
    expect(JSON.stringify(observed(item), noBigints)).not.toContain('SECRET');
  });

  it('holds an error’s words in the error alone', () => {
    const { body, error } = observed({ ...DOCUMENT, status: 'error', error: { code: 'C', message: 'words' } });
    expect(error).toBe('C: words');
    expect(body).toMatchObject({ error: { code: 'C' } });
    expect(JSON.stringify(body)).not.toContain('words');
  });

  it('under redacted never lets through what stands in a place that nobody named (property)', () => {
    const secret = fc.oneof(
      fc.constant('SECRET'),
      fc.jsonValue().map((value) => ({ SECRET: value, more: ['SECRET', value] })),
    );
    const inContent = fc.record(Object.fromEntries(Object.keys(CONTENT).map((name) => [name, secret])), { requiredKeys: [] });
    const unknown = fc.dictionary(
      fc.string().map((key) => `${key}_SECRET`),
      secret,
    );
    fc.assert(
      fc.property(inContent, unknown, unknown, (content, more, inError) => {
        const item = { ...DOCUMENT, ...more, ...content, status: 'trained', error: { ...inError, code: 'C' }, warnings: [inError] };
        expect(JSON.stringify(observed(item), noBigints)).not.toContain('SECRET');
      }),
      propertyRuns(),
    );
  });

  it('is the item under full, and nothing under none', () => {
    expect(observed(DOCUMENT, { payloads: 'full' }).body).toEqual(DOCUMENT);
    expect(observed(DOCUMENT, { payloads: 'none' }).body).toBeNull();
    expect(Object.keys(observed(DOCUMENT).body as object)).toEqual(expect.arrayContaining(KEPT_WORDS));
  });
});

it('any JSON at any place gives an observation, a folder or a rejection, and the same one again (property)', () => {
  const fields = ['id', 'status', 'created_at', 'updated_at', 'run_id', 'error', 'warnings', 'size', 'name'];
  const anything = fc.jsonValue({ stringUnit: 'binary' }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
  const item = fc.oneof(anything, fc.record(Object.fromEntries(fields.map((name) => [name, anything])), { requiredKeys: [] }));
  fc.assert(
    fc.property(item, fc.boolean(), fc.constantFrom('redacted', 'full', 'none'), (odd, isDocument, payloads) => {
      const made = isDocument ? { ...(odd as object), id: ID, status: 'error' } : odd;
      const result = observeDocument(made, context({ payloads }));
      if (isDocument) expect(result.kind).toBe('observation');
      expect(observeDocument(JSON.parse(JSON.stringify(made)), context({ payloads }))).toEqual(result);
    }),
    propertyRuns(),
  );
});

const CONTENT = {
  name: 1,
  prefix: 1,
  uri: 1,
  summary: 1,
  short_summary: 1,
  source_external_id: 1,
  source_metadata: 1,
  doc_metadata: 1,
} as const;

function context(changes: Partial<ItemContext> = {}): ItemContext {
  return itemContext({ parentId: 'kb-1', ...changes });
}

function observed(item: unknown, changes: Partial<ItemContext> = {}): Observation {
  const result = observeDocument(item, context(changes));
  if (result.kind !== 'observation') throw new Error(`not observed: ${JSON.stringify(result, noBigints)}`);
  return result.observation;
}

function rejected(item: unknown): Rejection {
  const result = observeDocument(item, context());
  if (result.kind !== 'rejection') throw new Error('not rejected');
  return result.rejection;
}

function noBigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
