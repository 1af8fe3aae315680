import { expect, it } from 'vitest';
import { at, observe } from '../diff/observe.ts';
import { workflowsOf } from '../../src/sync/workflows-of.ts';

const named = (name: string, received: number, namedAt?: number) =>
  observe('running', { received, workflow: { id: 'w', name, type: null, ...(namedAt !== undefined && { namedAt: at(namedAt) }) } });

it('a workflow has the name of the latest answer', () => {
  expect(workflowsOf([named('now', 20), named('before', 10)])).toEqual([{ workflow_id: 'w', name: 'now', type: null, seen_at: at(20) }]);
});

it('a workflow whose runs keep the name that it had then has that of the latest run, whatever their order', () => {
  const runs = [named('new', 30, 9), named('old', 30, 3)];
  for (const listed of [runs, runs.toReversed()]) expect(workflowsOf(listed)).toMatchObject([{ name: 'new', seen_at: at(9) }]);
});
