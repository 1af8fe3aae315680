import { describe, expect, it } from 'vitest';
import { noxus } from '../../../src/connectors/noxus/noxus.ts';
import { runs } from '../../../src/connectors/noxus/runs.ts';
import type { FeedList, ListFeed } from '../../../src/model/connector.ts';
import { NO_FACTS } from '../../../src/model/facts.ts';
import type { RecordState } from '../../../src/model/record.ts';
import { itemContext } from '../../observe/evidence.ts';
import { pageExample, runExample } from './page-example.ts';

const ID = '3c90c3cc-0d44-4b50-8888-8dd25736052a';
const TARGET = { recordId: 'run/1', workflowId: 'w?', collectionId: 'kb#1' };
const [knowledgeBaseRuns, allRuns] = runs.feeds as [(typeof runs.feeds)[0], (typeof runs.feeds)[0]];
const listOf = (feed: ListFeed, parentId: string | null): FeedList => feed.lists(parentId)[0] as FeedList;
const { inBulk, detail } = runs as { inBulk: NonNullable<typeof runs.inBulk>; detail: NonNullable<typeof runs.detail> };

describe('the list of all runs', () => {
  const list = listOf(allRuns, null);

  it('is asked for in pages of 100', () => {
    expect(list).toMatchObject({
      request: { method: 'GET', path: '/v1/runs' },
      pagination: { style: 'page', pageParameter: 'page', sizeParameter: 'size', size: 100 },
    });
    expect(allRuns.showsAll).toBe(true);
  });

  it('reads the page’s example', () => {
    const page = list.parse(pageExample('noxus-runs'));
    expect(page).toMatchObject({ total: 1, position: 2, size: 2 });
    expect(page.items.map((item) => allRuns.observe(item, itemContext()).kind)).toEqual(['observation']);
  });

  it('needs only the items', () => {
    expect(list.parse({ items: [null] })).toEqual({ items: [null], total: null, position: null, size: null });
    expect(list.parse({ items: [], total: 'many', page: -1, size: 1.5 })).toEqual({ items: [], total: null, position: null, size: null });
  });

  it('that is none says what was found', () => {
    expect(() => list.parse([])).toThrow('expected a page, an object with a list "items", found array');
    expect(() => list.parse({ detail: 'x', items: null })).toThrow('found object with "detail","items"');
    expect(() => list.parse(null)).toThrow(
      expect.objectContaining({ code: 'source_bad_shape', hint: expect.stringContaining('base_url') as string }) as Error,
    );
  });
});

describe('the runs of knowledge bases', () => {
  it('are asked for knowledge base by knowledge base, and prove no absence', () => {
    const { parents, showsAll } = knowledgeBaseRuns;
    expect(parents?.list.request.path).toBe('/v1/knowledge-bases');
    const item = { id: 'kb#1', group_id: ID };
    expect([parents?.idOf(item), parents?.accountIdOf(item)]).toEqual(['kb#1', ID]);
    expect([parents?.idOf(null), parents?.idOf({ id: 7 }), parents?.idOf({ id: '..' }), parents?.accountIdOf('x')]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(listOf(knowledgeBaseRuns, 'kb#1')).toMatchObject({
      request: { method: 'GET', path: '/v1/knowledge-bases/kb%231/runs' },
      pagination: { style: 'array' },
    });
    expect(showsAll).toBe(false);
    expect(() => knowledgeBaseRuns.lists(null)).toThrow();
  });

  it.each(['noxus-knowledge-base-runs', 'noxus-knowledge-base-runs-reference'] as const)('read the example of %s', (name) => {
    const { items } = listOf(knowledgeBaseRuns, 'kb').parse(pageExample(name));
    expect(items.map((item) => knowledgeBaseRuns.observe(item, itemContext({ parentId: 'kb' })))).toMatchObject([
      { kind: 'observation', observation: { recordId: ID, facts: { collection_id: 'kb' } } },
    ]);
  });

  it('in a page, where a bare list was expected, are refused: more could be behind it', () => {
    expect(() => listOf(knowledgeBaseRuns, 'kb').parse({ items: [] })).toThrow('expected a list, found object with "items"');
  });
});

describe('reading open runs', () => {
  it('one by one encodes the id, and takes a 404 for an answer', () => {
    expect(runs.byId.request(TARGET)).toEqual({ method: 'GET', path: '/v1/runs/run%2F1', accept: [404] });
    expect(runs.byId.observe(runExample('noxus-runs'), itemContext()).kind).toBe('observation');
    expect(runs.byId.observe({ detail: 'Not Found' }, itemContext())).toMatchObject({ kind: 'rejection' });
  });

  it('of one knowledge base at once keeps the URL short', () => {
    const ids = Array.from({ length: inBulk.max }, () => ID);
    const request = inBulk.request(ID, ids);
    expect(request).toMatchObject({ path: `/v1/knowledge-bases/${ID}/runs`, query: { run_ids: ids.join(',') } });
    expect(
      `https://backend.noxus.ai${request.path}?${new URLSearchParams(request.query as Record<string, string>).toString()}`.length,
    ).toBeLessThan(2_000);
  });

  it('of one knowledge base at once is for ids that a comma-joined list can hold', () => {
    const parentOf = (recordId: string, collectionId: string | null = 'kb') =>
      inBulk.parentOf({ recordId, workflowId: null, collectionId });
    expect([parentOf(ID), parentOf(ID, null), parentOf('a,b'), parentOf('x'.repeat(37))]).toEqual(['kb', null, null, null]);
  });

  it('of one knowledge base at once shows nothing where the answer is no list', () => {
    expect(inBulk.items([1, 2])).toEqual([1, 2]);
    expect(inBulk.items({ detail: 'Not Found' })).toEqual([]);
    expect(inBulk.observe(runExample('noxus-knowledge-base-runs'), itemContext({ parentId: 'kb' }))).toMatchObject({
      observation: { facts: { collection_id: 'kb' } },
    });
  });
});

describe('the detail of a run', () => {
  it('is wanted once, of failed runs whose workflow is known', () => {
    const failed = record({});
    expect(detail.isWanted(failed)).toBe(true);
    for (const other of [
      record({ status: 'cancelled' }),
      record({ status: null }),
      record({ isPresent: false }),
      record({ facts: { ...failed.facts, workflow_id: null } }),
      record({ facts: { ...failed.facts, errored_node_count: 0 } }),
      record({ facts: { ...failed.facts, warning_kinds: [] } }),
    ])
      expect(detail.isWanted(other)).toBe(false);
  });

  it('is no longer wanted after any answer that shows the run', () => {
    for (const progress_details of [undefined, null, {}, { per_node_progress: null }, { per_node_progress: {} }, 'odd']) {
      const result = detail.observe({ id: ID, status: 'failed', progress_details }, itemContext());
      if (result.kind !== 'observation') throw new Error('not observed');
      const failed = record({});
      expect(detail.isWanted(record({ facts: { ...failed.facts, ...result.observation.facts } }))).toBe(false);
    }
  });

  it('is read below its workflow', () => {
    expect(detail.request(TARGET)).toEqual({ method: 'GET', path: '/v1/workflows/w%3F/runs/run%2F1', accept: [404, 405] });
    expect(() => detail.request({ ...TARGET, workflowId: null })).toThrow();
  });
});

describe('the connector', () => {
  it('sends the key in its header and nowhere else', () => {
    expect(noxus.headers('key-1')).toEqual({ 'X-API-Key': 'key-1' });
  });

  it('learns the workspace from the cheapest request', () => {
    expect(noxus.probe.request).toEqual({ method: 'GET', path: '/v1/runs', query: { page: 1, size: 1 } });
    expect(noxus.probe.accountIdOf(pageExample('noxus-runs'))).toBe(ID);
    for (const body of [{ items: [] }, { items: [{ group_id: 7 }] }, { items: [{}] }, null, 'html', []])
      expect(noxus.probe.accountIdOf(body)).toBeNull();
  });

  it.each([
    [{ detail: 'Invalid API key' }, 'Invalid API key'],
    [
      { detail: [{ loc: ['query', 'size'], msg: 'Input should be less than 101', type: 'x', input: 'SECRET' }] },
      'query.size: Input should be less than 101',
    ],
    [{ detail: ['a', { msg: 'b' }, {}, 7] }, 'a; b'],
    [{ detail: { message: 'nested' } }, 'nested'],
    [{ detail: '', message: 'second' }, 'second'],
    [{ error: 'third' }, 'third'],
    [{ error: { message: 'fourth' } }, 'fourth'],
    [{ detail: [], message: 7 }, null],
    [{}, null],
    [null, null],
    ['text', null],
    [[{ msg: 'x' }], null],
  ])('takes the source’s words out of an error answer (%#)', (body, text) => {
    expect(noxus.errorText(body)).toBe(text);
  });
});

function record(changes: Partial<RecordState>): RecordState {
  const facts = { ...NO_FACTS, workflow_id: 'w' };
  return { status: 'failed', isPresent: true, facts, ...changes } as RecordState;
}
