import { describe, expect, it } from 'vitest';
import { runs } from '../../../src/connectors/morphik/runs.ts';
import type { ListFeed, Parents } from '../../../src/model/connector.ts';
import { KINDS } from '../../diff/kinds.ts';
import { itemContext } from '../../observe/evidence.ts';
import { runExample } from './page-example.ts';

const [feed] = runs.feeds as readonly [ListFeed & { readonly parents: Parents }];

describe('the workflows', () => {
  const { parents } = feed;
  const workflow = { id: 'wf/1', name: 'Invoices', owner_id: 'o', app_id: 'app-1', steps: [{ action_id: 'a', parameters: { key: 'k' } }] };

  it('are a bare list, and name their app', () => {
    expect(parents.list).toMatchObject({ request: { method: 'GET', path: '/workflows' }, pagination: { style: 'array' } });
    expect(parents.list.parse([workflow])).toEqual({ items: [workflow], total: null, position: null, size: null });
    expect([parents.idOf(workflow), parents.accountIdOf(workflow), parents.versionOf(workflow)]).toEqual(['wf/1', 'app-1', null]);
    expect([parents.idOf({ id: '..' }), parents.idOf(null), parents.accountIdOf({ app_id: null })]).toEqual([null, null, null]);
  });

  it('that are something else are refused', () => {
    expect(() => parents.list.parse({ items: [] })).toThrow('expected a list, found object with "items"');
    expect(() => parents.list.parse(null)).toThrow(
      expect.objectContaining({ code: 'source_bad_shape', hint: expect.stringContaining('Morphik') as string }) as Error,
    );
  });

  it('leave their runs behind when they are deleted', () => {
    expect(parents.byId('wf/1')).toEqual({ method: 'GET', path: '/workflows/wf%2F1', accept: [404] });
    expect([parents.takesRecordsAlong, parents.recordFact]).toEqual([false, 'workflow_id']);
  });
});

describe('the runs of a workflow', () => {
  it('are one bare list, which shows all of them', () => {
    const [list, ...others] = feed.lists('wf/1');
    expect(list?.request).toEqual({ method: 'GET', path: '/workflows/wf%2F1/runs' });
    expect(list?.pagination).toEqual({ style: 'array' });
    expect([feed.showsAll, feed.changedSince, others, runs.feeds.length]).toEqual([true, null, [], 1]);
    expect(list?.parse([runExample()]).items.map((item) => feed.observe(item, itemContext()).kind)).toEqual(['observation']);
    expect(list?.keyOf?.({ id: 'run-1' })).toBe('run-1');
    expect(() => feed.lists(null)).toThrow();
  });
});

describe('a run read by id', () => {
  it('is asked for by its id alone, and its 404 proves little', () => {
    expect(runs.byId.request({ recordId: 'run/1', workflowId: null, collectionId: null })).toEqual({
      method: 'GET',
      path: '/workflows/runs/run%2F1',
      accept: [404],
    });
    expect([runs.byId.absence, runs.byId.otherwise]).toEqual(['twice', null]);
    expect(runs.byId.observe(runExample(), itemContext()).kind).toBe('observation');
    expect(runs.byId.observe({ detail: 'Workflow run not found' }, itemContext()).kind).toBe('rejection');
  });
});

it('runs have one form, and the lifecycle that the diff is tested with', () => {
  expect(runs.kind).toEqual({ ...KINDS['morphik run'], name: 'morphik_run' });
  expect([runs.recognition, runs.inBulk, runs.detail]).toEqual([null, null, null]);
});
