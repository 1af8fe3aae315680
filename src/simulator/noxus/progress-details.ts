import type { Run } from '../run.ts';
import { noxusWarning } from './words.ts';

/**
 * The state of a run's nodes, one after another. Of the failed ones the last that ran are `errored`; the run's warnings stand at the first
 * of them.
 */
export function progressDetails(run: Run, nodeIds: readonly string[], percent: number): object {
  const failedCount = Math.min(run.failure?.failedSteps ?? 0, nodeIds.length);
  const reached = Math.max(failedCount, Math.floor((percent * nodeIds.length) / 100));
  const isUnderWay = run.state === 'running' || run.state === 'waiting';
  const isOver = run.finishedAt !== null;
  const executed = nodeIds.slice(0, reached);
  const running = isUnderWay ? nodeIds.slice(reached, reached + 1) : [];
  const remaining = isOver ? [] : nodeIds.slice(reached + running.length);
  const skipped = isOver ? nodeIds.slice(reached) : [];
  const succeededCount = executed.length - failedCount;
  const warnings =
    run.failure?.warnings.map((warning) => ({ type: noxusWarning(warning, run.workflow), message: run.failure?.error })) ?? [];

  return {
    executed_nodes: executed,
    running_nodes: running,
    remaining_nodes: remaining,
    skipped_nodes: skipped,
    error_handler_nodes: [],
    per_node_progress: Object.fromEntries([
      ...executed.map((id, index) => [
        id,
        { status: index < succeededCount ? 'succeeded' : 'errored', warnings: index === succeededCount ? warnings : [] },
      ]),
      ...running.map((id) => [id, { status: 'running', warnings: [] }]),
      ...skipped.map((id) => [id, { status: 'skipped', warnings: [] }]),
    ]) as Record<string, unknown>,
    per_edge_progress: {},
    total_progress: percent,
  };
}
