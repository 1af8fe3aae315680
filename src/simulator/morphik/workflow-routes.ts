import type { Run } from '../run.ts';
import type { SourceRequest } from '../source-server.ts';
import { notFound } from './answers.ts';
import type { MorphikHandler, MorphikSource } from './morphik-source.ts';

export const workflows: MorphikHandler = (source, request) => {
  const listed = source.isDown(request) ? [] : source.world.workflows.filter(({ id }) => !source.deletedWorkflows.has(id));
  return { status: 200, body: listed.map(source.runForm.workflow) };
};

export const workflow: MorphikHandler = (source, request, id) => {
  const found = source.world.workflows.find((candidate) => candidate.id === id && !source.deletedWorkflows.has(id));
  if (found === undefined || source.isDown(request)) return notFound('Workflow');
  return { status: 200, body: source.runForm.workflow(found) };
};

/** Of a workflow that is not there, or not any more, there are none. */
export const workflowRuns: MorphikHandler = (source, request, id) => {
  const isThere = !source.deletedWorkflows.has(id) && !source.isDown(request);
  const runs = isThere ? source.runLists.ofWorkflow(id).filter(source.isVisible) : [];
  return { status: 200, body: runs.map(source.runForm.run) };
};

/** Answered also when its workflow is gone. */
export const workflowRun: MorphikHandler = (source, request, id) => {
  const run = runById(source, request, id);
  return run === null ? notFound('Workflow run') : { status: 200, body: source.runForm.run(run) };
};

/** Really deletes it, out of the world too. */
export const deleteWorkflowRun: MorphikHandler = (source, request, id) => {
  if (runById(source, request, id) === null) return notFound('Workflow run');
  source.world.deleteRun(id);
  return { status: 200, body: { success: 'Workflow run deleted successfully' } };
};

function runById(source: MorphikSource, request: SourceRequest, id: string): Run | null {
  const run = source.world.run(id);
  return run?.deletedAt === null && source.isVisible(run) && !source.isDown(request) ? run : null;
}
