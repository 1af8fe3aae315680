import { describe, expect, it } from 'vitest';
import { runs } from '../../../src/connectors/knowledge-stack/runs.ts';
import type { FeedList, ListFeed, Parents, StreamSource } from '../../../src/model/connector.ts';
import { parseInstant, type Instant } from '../../../src/model/instant.ts';
import { KINDS } from '../../diff/kinds.ts';
import { itemContext } from '../../observe/evidence.ts';
import { DEFINITION_ID, FIRST_DEFINITION, FIRST_RUN, ID, SECOND_DEFINITION, SECOND_RUN, TENANT_ID } from './run-examples.ts';

const [second, between, first] = runs as readonly [StreamSource, StreamSource, StreamSource];
const TARGET = { recordId: 'run/1', workflowId: null, collectionId: null };
const OTHER_FORM = expect.objectContaining({ code: 'source_other_form' }) as Error;
const pageOf = (...items: unknown[]) => ({ items, total: items.length, limit: 100, offset: 0 });
const feedOf = (form: StreamSource) => form.feeds[0] as ListFeed & { readonly parents: Parents };
const listOf = (form: StreamSource, parentId: string | null) => feedOf(form).lists(parentId)[0] as FeedList;

describe('the forms of a server', () => {
  it('are tried the newest first, and the oldest is taken where none answers', () => {
    expect(runs.map(({ generation }) => generation)).toEqual(['2', '2-by-definition', '1']);
    expect(runs.map(({ recognition }) => recognition?.request ?? null)).toEqual([
      { method: 'GET', path: '/v1/workflow-runs', query: { limit: 1 } },
      { method: 'GET', path: '/v1/workflow-definitions', query: { limit: 1 } },
      { method: 'GET', path: '/v1/workflow-definitions', query: { limit: 1 } },
    ]);
    // Definitions of the second generation are those of both of its forms.
    expect(runs.map(({ recognition }) => recognition?.mayTakeOver)).toEqual([true, false, true]);
  });

  it('of the second generation have a list of all runs, empty or not', () => {
    const isSpoken = second.recognition?.isSpoken;
    expect([pageOf(SECOND_RUN), pageOf()].map((body) => isSpoken?.(body))).toEqual([true, true]);
    expect([pageOf(FIRST_RUN), [], { detail: 'x' }, null, 'html'].map((body) => isSpoken?.(body))).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  it('between the generations have the second’s definitions; an empty list does not tell', () => {
    const isSpoken = between.recognition?.isSpoken;
    expect(isSpoken?.(pageOf(SECOND_DEFINITION))).toBe(true);
    expect([pageOf(FIRST_DEFINITION), pageOf(), [SECOND_DEFINITION], null].map((body) => isSpoken?.(body))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it('of the first generation have its definitions; an empty list does not tell', () => {
    const isSpoken = runs[2]?.recognition?.isSpoken;
    expect([pageOf(FIRST_DEFINITION), pageOf(), pageOf(SECOND_DEFINITION), null].map((body) => isSpoken?.(body))).toEqual([
      true,
      null,
      false,
      false,
    ]);
  });

  it('have the lifecycles that the diff is tested with', () => {
    const laterKind = { ...KINDS['knowledge stack run, second generation'], name: 'knowledge_stack_run_2' };
    expect([second.kind, between.kind]).toEqual([laterKind, laterKind]);
    expect(first.kind).toEqual({ ...KINDS['knowledge stack run, first generation'], name: 'knowledge_stack_run_1' });
  });

  it('tell why a run failed in every answer', () => {
    expect(runs.map(({ inBulk, detail }) => [inBulk, detail])).toEqual(runs.map(() => [null, null]));
  });
});

describe('the list of all runs', () => {
  const [feed, ...others] = second.feeds as readonly [ListFeed];

  it('is read by offset, the newest first', () => {
    expect(feed.lists(null)).toMatchObject([
      {
        request: { method: 'GET', path: '/v1/workflow-runs', query: { sort_by: 'CREATED_AT', sort_dir: 'DESC' } },
        pagination: { style: 'offset', offsetParameter: 'offset', limitParameter: 'limit', limit: 100 },
      },
    ]);
    expect(listOf(second, null).pagination).not.toHaveProperty('alsoAsPage');
    expect([feed.parents, feed.showsAll, others]).toEqual([null, true, []]);
  });

  it('is asked for what changed in a window, which its end is no part of', () => {
    const [from, until] = ['2026-04-01T10:00:00.000000Z', '2026-04-01T11:00:00.123456Z'].map(instant) as [Instant, Instant];
    expect(feed.changedSince?.(from, null).request).toEqual({
      method: 'GET',
      path: '/v1/workflow-runs',
      query: { sort_by: 'CREATED_AT', sort_dir: 'ASC', updated_after: '2026-04-01T10:00:00.000000Z' },
    });
    expect(feed.changedSince?.(from, until).request.query).toEqual({
      sort_by: 'CREATED_AT',
      sort_dir: 'ASC',
      updated_after: '2026-04-01T10:00:00.000000Z',
      updated_before: '2026-04-01T11:00:00.123456Z',
    });
  });

  it('shows runs with the names that their workflows had, and whose they are', () => {
    const page = listOf(second, null).parse(pageOf(SECOND_RUN));
    expect(page).toMatchObject({ total: 1, position: 0, size: 100 });
    expect(page.items.map((item) => feed.observe(item, itemContext()))).toMatchObject([
      { kind: 'observation', accountId: TENANT_ID, observation: { recordId: ID, workflow: { id: DEFINITION_ID, name: 'Invoices' } } },
    ]);
    expect(listOf(second, null).keyOf?.(SECOND_RUN)).toBe(ID);
  });

  it('with runs of the first generation is of another form', () => {
    for (const list of [listOf(second, null), feed.changedSince?.(instant('2026-04-01T10:00:00Z'), null)])
      expect(() => list?.parse(pageOf(SECOND_RUN, FIRST_RUN))).toThrow(OTHER_FORM);
    expect(listOf(second, null).parse(pageOf(null, {}, 'odd')).items).toHaveLength(3);
  });
});

describe.each([
  ['between the generations', between, SECOND_DEFINITION, SECOND_RUN, TENANT_ID],
  ['of the first generation', first, FIRST_DEFINITION, FIRST_RUN, null],
])('the runs of each workflow definition, %s', (_title, form, definition, run, account) => {
  const feed = feedOf(form);

  it('are pages under both pairs of names, in no order that is known', () => {
    const pagination = {
      style: 'offset',
      offsetParameter: 'offset',
      limitParameter: 'limit',
      limit: 100,
      alsoAsPage: { pageParameter: 'page', sizeParameter: 'page_size' },
    };
    expect(listOf(form, 'def/1')).toMatchObject({
      request: { method: 'GET', path: '/v1/workflow-definitions/def%2F1/runs' },
      pagination,
    });
    expect(listOf(form, 'def/1').request).not.toHaveProperty('query');
    expect(feed.parents.list).toMatchObject({ request: { method: 'GET', path: '/v1/workflow-definitions' }, pagination });
    expect([feed.showsAll, feed.changedSince, form.feeds.length]).toEqual([true, null, 1]);
    expect(() => feed.lists(null)).toThrow();
  });

  it('are found by the definitions, which name workflow and tenant, and whose 404 says nothing of their runs', () => {
    const { parents } = feed;
    expect(parents.list.parse(pageOf(definition)).items).toEqual([definition]);
    expect([parents.idOf(definition), parents.accountIdOf(definition), parents.versionOf(definition)]).toEqual([
      DEFINITION_ID,
      account,
      null,
    ]);
    expect(parents.workflowOf?.(definition)).toEqual({ id: DEFINITION_ID, name: 'Invoices', type: null });
    expect([{ id: DEFINITION_ID }, { name: 'x' }, null].map((item) => parents.workflowOf?.(item))).toEqual([null, null, null]);
    expect(parents.byId('def/1')).toEqual({ method: 'GET', path: '/v1/workflow-definitions/def%2F1', accept: [404] });
    expect([parents.takesRecordsAlong, parents.recordFact]).toEqual([false, 'workflow_id']);
  });

  it('are observed without the name that the definition had: it may have another by now', () => {
    const { items } = listOf(form, DEFINITION_ID).parse(pageOf(run));
    const [result] = items.map((item) => feed.observe(item, itemContext({ parentId: DEFINITION_ID })));
    expect(result).toMatchObject({ kind: 'observation', observation: { recordId: ID, facts: { workflow_id: DEFINITION_ID } } });
    expect(result).not.toHaveProperty('observation.workflow');
  });
});

describe('a server that was upgraded', () => {
  it('is noticed by its definitions', () => {
    const { list } = feedOf(first).parents;
    expect(() => list.parse(pageOf(FIRST_DEFINITION, SECOND_DEFINITION))).toThrow(OTHER_FORM);
    expect(list.parse(pageOf(FIRST_DEFINITION, null, {})).items).toHaveLength(3);
  });

  it('is understood meanwhile: a run’s words are told from each other by themselves', () => {
    expect(listOf(first, 'd').parse(pageOf(SECOND_RUN)).items).toEqual([SECOND_RUN]);
    expect(feedOf(first).observe(SECOND_RUN, itemContext())).toMatchObject({ observation: { reading: { status: 'succeeded' } } });
  });
});

describe('a run read by id', () => {
  it.each(runs.map((form) => [form.generation, form]))(
    'is asked for by its id alone, in form %s, and is gone where it is unknown',
    (_name, form) => {
      expect(form.byId.request(TARGET)).toEqual({ method: 'GET', path: '/v1/workflow-runs/run%2F1', accept: [404] });
      expect([form.byId.absence, form.byId.otherwise]).toEqual(['at_once', null]);
      for (const run of [FIRST_RUN, SECOND_RUN]) expect(form.byId.observe(run, itemContext()).kind).toBe('observation');
      expect(form.byId.observe({ detail: 'Workflow run not found', code: 'not_found' }, itemContext()).kind).toBe('rejection');
    },
  );
});

function instant(text: string): Instant {
  const parsed = parseInstant(text);
  if (parsed === null) throw new Error(`no time: ${text}`);
  return parsed;
}
