import type { Observation } from '../model/observation.ts';
import type { Instant } from '../model/instant.ts';
import type { WorkflowRow } from '../record/upsert-workflows.ts';

/** The workflows that observations name, each once, as the latest answer shows it. */
export function workflowsOf(observations: readonly Observation[]): readonly WorkflowRow[] {
  const rows = new Map<string, WorkflowRow>();
  for (const { workflow, response } of observations) {
    if (workflow === undefined) continue;
    const known = rows.get(workflow.id);
    const seenAt = workflow.namedAt ?? response.receivedAt;
    if (known !== undefined && known.seen_at > seenAt) continue;
    const { id, name, type } = workflow;
    rows.set(id, workflowRow({ id, name: name ?? known?.name ?? null, type: type ?? known?.type ?? null }, seenAt));
  }
  return [...rows.values()];
}

export function workflowRow({ id, name, type }: NonNullable<Observation['workflow']>, seenAt: Instant): WorkflowRow {
  return { workflow_id: id, name, type, seen_at: seenAt };
}
