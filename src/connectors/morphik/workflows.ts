import type { Parents } from '../../model/connector.ts';
import { readId } from '../../observe/read-id.ts';
import { readText } from '../../observe/read-text.ts';
import { fieldOf, keyOfField } from '../item-field.ts';
import { pathSegment } from '../path-segment.ts';
import { readArray } from './read-array.ts';

export const idOf = keyOfField('id');

/** Workflows, as the parents of lists of runs. */
export const workflows: Parents = {
  list: { request: { method: 'GET', path: '/workflows' }, pagination: { style: 'array' }, parse: readArray, keyOf: idOf },
  idOf,
  accountIdOf: (item) => readId(fieldOf(item, 'app_id')),
  workflowOf: (item) => {
    const id = idOf(item);
    return id === null ? null : { id, name: readText(fieldOf(item, 'name')), type: null };
  },
  // Nothing of a workflow moves with its runs.
  versionOf: () => null,
  byId: (id) => ({ method: 'GET', path: `/workflows/${pathSegment(id)}`, accept: [404] }),
  // Read by their ids, the runs of a deleted workflow are still there.
  takesRecordsAlong: false,
  recordFact: 'workflow_id',
};
