import { describe, expect, it } from 'vitest';
import { documents } from '../../../src/connectors/knowledge-stack/documents.ts';
import type { FeedList, ListFeed, StreamSource } from '../../../src/model/connector.ts';
import { NO_FACTS } from '../../../src/model/facts.ts';
import type { RecordState } from '../../../src/model/record.ts';
import { itemContext } from '../../observe/evidence.ts';
import { KINDS } from '../../diff/kinds.ts';
import { DETAIL, DOCUMENT_ID, EXECUTION, PAGE_EXECUTION, SUMMARY, WORKFLOW_ID } from './document-examples.ts';

const [newer, older] = documents as readonly [StreamSource, StreamSource];
const TARGET = { recordId: WORKFLOW_ID, workflowId: null, collectionId: null };
const ENCODED = WORKFLOW_ID.replace(':', '%3A');
const FORMS = [
  ['system-jobs', newer],
  ['workflows', older],
] as const;

describe('the forms of a server', () => {
  it('are the two places of the list, the newer first', () => {
    expect(documents.map(({ generation }) => generation)).toEqual(['system-jobs', 'workflows']);
    expect(newer.recognition?.request).toEqual({ method: 'GET', path: '/v1/system-jobs/document_versions', query: { limit: 1 } });
    const isSpoken = newer.recognition?.isSpoken;
    expect([{ items: [] }, { items: [SUMMARY] }, [], { detail: 'x' }, null].map((body) => isSpoken?.(body))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(older.recognition?.request.path).toBe('/v1/workflows/document_versions');
    expect(documents.map(({ recognition }) => recognition?.mayTakeOver)).toEqual([true, true]);
  });

  it('have the lifecycle that the diff is tested with', () => {
    const kind = { ...KINDS['knowledge stack document'], name: 'knowledge_stack_document' };
    expect(documents.map((form) => form.kind)).toEqual([kind, kind]);
  });
});

describe.each(FORMS)('the ingestions below %s', (name, form) => {
  const [feed, ...others] = form.feeds as readonly [ListFeed];
  const [list, ...otherLists] = feed.lists(null) as readonly [FeedList];

  it('are one list, in pages under both pairs of names', () => {
    expect(list).toMatchObject({
      request: { method: 'GET', path: `/v1/${name}/document_versions` },
      pagination: {
        style: 'offset',
        offsetParameter: 'offset',
        limitParameter: 'limit',
        limit: 100,
        alsoAsPage: { pageParameter: 'page', sizeParameter: 'page_size' },
      },
    });
    expect([feed.parents, feed.showsAll, feed.changedSince, others, otherLists]).toEqual([null, true, null, [], []]);
    expect(list.keyOf?.(SUMMARY)).toBe(WORKFLOW_ID);
  });

  it('are read by either echo of the place', () => {
    expect(list.parse({ items: [SUMMARY], total: 201, limit: 100, offset: 200 })).toMatchObject({ total: 201, position: 200, size: 100 });
    expect(list.parse({ items: [SUMMARY], total: 201, page: 3, page_size: 100 })).toMatchObject({ total: 201, position: 200, size: 100 });
    expect(feed.observe(SUMMARY, itemContext())).toMatchObject({
      observation: { recordId: WORKFLOW_ID, facts: { document_id: DOCUMENT_ID } },
    });
  });

  it('are read by an encoded id, and a 404 proves little', () => {
    const request = { method: 'GET', path: `/v1/${name}/document_versions/${ENCODED}`, accept: [404] };
    expect(form.byId.request(TARGET)).toEqual(request);
    expect(form.detail?.request(TARGET)).toEqual(request);
    expect(form.byId.absence).toBe('unlisted');
    for (const observe of [form.byId.observe, form.detail?.observe])
      expect(observe?.(DETAIL, itemContext())).toMatchObject({
        observation: { recordId: WORKFLOW_ID, facts: { engine_status: 'COMPLETED' } },
      });
    expect(form.byId.observe({ detail: 'Not found' }, itemContext()).kind).toBe('rejection');
  });

  it('are asked for from the engine where the detail is gone', () => {
    expect(form.byId.otherwise?.request(TARGET)).toEqual({ method: 'GET', path: `/v1/${name}/${ENCODED}`, accept: [404] });
    for (const body of [EXECUTION, PAGE_EXECUTION])
      expect(form.byId.otherwise?.observe(body, itemContext())).toMatchObject({ observation: { hasForeignWord: true } });
  });
});

describe('the detail', () => {
  const isWanted = (changes: Partial<RecordState>, engine_status: string | null = null): boolean | undefined =>
    newer.detail?.isWanted({ isPresent: true, isTerminal: false, facts: { ...NO_FACTS, engine_status }, ...changes } as RecordState);

  it('is wanted of what is open, and of what the engine last said to be at work', () => {
    expect([isWanted({}), isWanted({}, 'COMPLETED')]).toEqual([true, true]);
    expect(['RUNNING', 'CONTINUED_AS_NEW'].map((word) => isWanted({ isTerminal: true }, word))).toEqual([true, true]);
  });

  it('is not wanted of what is over or gone: each is a live call', () => {
    for (const word of [null, 'COMPLETED', 'FAILED', 'TIMED_OUT', 'CANCELED', 'CANCELLED', 'TERMINATED', 'PAUSED'])
      expect(isWanted({ isTerminal: true }, word)).toBe(false);
    expect([isWanted({ isPresent: false }), isWanted({ isPresent: false }, 'RUNNING')]).toEqual([false, false]);
  });

  it('is no longer wanted of a finished document once it has shown the engine at rest', () => {
    const result = newer.detail?.observe(DETAIL, itemContext());
    if (result?.kind !== 'observation') throw new Error('not observed');
    expect(isWanted({ isTerminal: true }, result.observation.facts.engine_status ?? null)).toBe(false);
  });
});

it('nothing reads several ingestions at once', () => {
  expect(documents.map(({ inBulk }) => inBulk)).toEqual([null, null]);
});
