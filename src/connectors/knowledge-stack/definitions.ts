import type { PageEnvelope, Parents } from '../../model/connector.ts';
import type { Observation } from '../../model/observation.ts';
import { readId } from '../../observe/read-id.ts';
import { readText } from '../../observe/read-text.ts';
import { fieldOf, keyOfField } from '../item-field.ts';
import { pathSegment } from '../path-segment.ts';
import { BY_OFFSET_OR_PAGE } from './page-envelope.ts';

export const DEFINITIONS = '/v1/workflow-definitions';

export const idOf = keyOfField('id');

/**
 * Workflow definitions, as the parents of lists of runs. The second generation leaves out templates, which have no runs.
 *
 * @param parse as the form reads the list
 */
export function definitions(parse: (body: unknown) => PageEnvelope): Parents {
  return {
    list: { request: { method: 'GET', path: DEFINITIONS }, pagination: BY_OFFSET_OR_PAGE, parse, keyOf: idOf },
    idOf,
    accountIdOf: (item) => readId(fieldOf(item, 'tenant_id')),
    workflowOf,
    // Nothing of a definition moves with each of its runs.
    versionOf: () => null,
    byId: (id) => ({ method: 'GET', path: `${DEFINITIONS}/${pathSegment(id)}`, accept: [404] }),
    // Two documents of the vendor contradict each other about it.
    takesRecordsAlong: false,
    recordFact: 'workflow_id',
  };
}

/** Whether a definition is of the second generation's form: a place in the tenant's tree, and no runner of its own. */
export function isOfSecondGeneration(definition: unknown): boolean {
  const isPlaced = readId(fieldOf(definition, 'tenant_id')) !== null || readId(fieldOf(definition, 'path_part_id')) !== null;
  return isPlaced && fieldOf(definition, 'runner_type') === undefined;
}

/** The name as it is now: the snapshots of its runs keep those that it had. */
function workflowOf(item: unknown): Observation['workflow'] | null {
  const id = idOf(item);
  const name = readText(fieldOf(item, 'name'));
  return id === null || name === null ? null : { id, name, type: null };
}
