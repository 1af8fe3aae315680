import type { Observation } from '../model/observation.ts';
import type { WorkflowRow } from '../record/upsert-workflows.ts';

/** The workflows that observations name, each once, as the latest answer shows it. */
export function workflowsOf(observations: readonly Observation[]): readonly WorkflowRow[] {
  const rows = new Map<string, WorkflowRow>();
  for (const { workflow, response } of observations) {
    if (workflow === undefined) continue;
    const known = rows.get(workflow.id);
    if (known !== undefined && known.seen_at > response.receivedAt) continue;
    rows.set(workflow.id, {
      workflow_id: workflow.id,
      name: workflow.name ?? known?.name ?? null,
      type: workflow.type ?? known?.type ?? null,
      seen_at: response.receivedAt,
    });
  }
  return [...rows.values()];
}
