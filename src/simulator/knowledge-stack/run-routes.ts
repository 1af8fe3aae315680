import type { Instant } from '../../model/instant.ts';
import type { Run } from '../run.ts';
import { isFinished } from '../run.ts';
import type { SourceAnswer } from '../source-server.ts';
import { notFound } from './answers.ts';
import { pathPartIdOf } from './ids.ts';
import type { Asked, KnowledgeStackHandler } from './knowledge-stack-source.ts';
import { definitions, foundRun, listedRuns } from './knowledge-stack-source.ts';
import { listPage } from './list-page.ts';
import type { QueryReader } from './query-reader.ts';
import { readCallback } from './read-callback.ts';
import type { SortDirection } from './row-order.ts';
import { inOrder, sortedBy } from './row-order.ts';
import { nameOf, runForm, runViewOf } from './run-form.ts';
import type { RunView } from './run-view.ts';
import { lastChangeOf } from './run-view.ts';
import { APPROVAL_STATES, EXECUTION_STATES, PRIVATE } from './words.ts';

/** Only the generation with a tenant-wide list can sort and filter the runs of one definition. */
export const definitionRuns: KnowledgeStackHandler = (asked) => {
  const { source, id } = asked;
  if (!definitions(source).some((definition) => definition.id === id)) return notFound(asked);
  const select = (query: QueryReader): readonly Run[] => {
    const runs = listedRuns(source).filter((run) => run.workflow.id === id);
    return asked.generation === 2
      ? sortedRuns(asked, query, within(asked, query, runs))
      : inOrder(runs, source.settings.runOrder, lastChangeOf);
  };
  return listPage(asked, select, (run) => runForm(asked, run));
};

export const allRuns: KnowledgeStackHandler = (asked) => {
  const select = (query: QueryReader): readonly Run[] => {
    const states = query.choices('state', EXECUTION_STATES);
    const approvals = query.choices('approval_state', APPROVAL_STATES);
    const definitionId = query.text('definition_id');
    const runs = within(asked, query, listedRuns(asked.source)).filter((run) => {
      if (definitionId !== null && run.workflow.id !== definitionId) return false;
      if (states === null && approvals === null) return true;
      const { status, approvalState } = runViewOf(asked, run);
      return (states?.includes(status) ?? true) && (approvals?.includes(approvalState) ?? true);
    });
    return sortedRuns(asked, query, runs);
  };
  return listPage(asked, select, (run) => runForm(asked, run));
};

export const singleRun: KnowledgeStackHandler = (asked) => {
  const run = foundRun(asked.source, asked.id);
  return run === null ? notFound(asked) : { status: 200, body: runForm(asked, run) };
};

/** Any run, whether it is under way or not. */
export const deleteRun: KnowledgeStackHandler = (asked) => {
  const run = foundRun(asked.source, asked.id);
  if (run === null) return notFound(asked);
  asked.source.world.deleteRun(run.id);
  return { status: 204, body: undefined };
};

/** How a runner tells the end of a run. What is answered to it is documented by name only, but for the word that an ended run gets. */
export const runCallback: KnowledgeStackHandler = (asked) => {
  const run = foundRun(asked.source, asked.id);
  if (run === null) return notFound(asked);
  const callback = readCallback(asked);
  if ('refusal' in callback) return callback.refusal;
  if (isFinished(run.state)) return { status: 200, body: { detail: 'already_terminal' } };
  const { state, error } = callback;
  asked.source.world.moveRun(run.id, state, error === null ? undefined : { error, failedSteps: 1, warnings: [] });
  return { status: 200, body: {} };
};

/** Deleted runs, each with no more than what names it: the fields of the trash are not documented. */
export const trash: KnowledgeStackHandler = (asked): SourceAnswer => {
  const { world, settings } = asked.source;
  const select = (query: QueryReader): readonly Run[] => {
    const isAskedFor = (query.text('part_type') ?? 'WORKFLOW_RUN') === 'WORKFLOW_RUN';
    return isAskedFor ? world.runs.filter((run) => run.deletedAt !== null && settings.isVisible(run)).reverse() : [];
  };
  return listPage(asked, select, (run) => ({
    part_type: 'WORKFLOW_RUN',
    id: run.id,
    path_part_id: pathPartIdOf(run.id),
    materialized_path: `${PRIVATE.path}/run ${run.number}`,
    tenant_id: settings.tenantId,
    name: nameOf(run),
  }));
};

/** Each window begins with its `after` and ends before its `before`. */
function within(asked: Asked, query: QueryReader, runs: readonly Run[]): readonly Run[] {
  const isCreatedWithin = window(query, 'created');
  const isUpdatedWithin = window(query, 'updated');
  return runs.filter((run) => isCreatedWithin(run.createdAt) && isUpdatedWithin(runViewOf(asked, run).updatedAt));
}

function window(query: QueryReader, name: string): (at: Instant) => boolean {
  const [after, before] = [query.instant(`${name}_after`), query.instant(`${name}_before`)];
  return (at) => (after === null || at >= after) && (before === null || at < before);
}

function sortedRuns(asked: Asked, query: QueryReader, runs: readonly Run[]): readonly Run[] {
  const sortBy = query.choice('sort_by', ['STARTED_AT', 'CREATED_AT', 'COMPLETED_AT'], 'STARTED_AT');
  const direction: SortDirection = query.choice('sort_dir', ['ASC', 'DESC'], 'DESC');
  if (sortBy === 'CREATED_AT') return direction === 'ASC' ? runs : runs.toReversed();
  const keyOf = ({ startedAt, completedAt }: RunView): Instant | null => (sortBy === 'STARTED_AT' ? startedAt : completedAt);
  return sortedBy(runs, (run) => keyOf(runViewOf(asked, run)), direction);
}
