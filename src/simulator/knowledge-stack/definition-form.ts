import type { Workflow } from '../workflow.ts';
import { pathPartIdOf } from './ids.ts';
import type { Asked } from './knowledge-stack-source.ts';
import { listedRuns } from './knowledge-stack-source.ts';
import { personOf } from './people.ts';
import { runViewOf, timeLimitOf } from './run-form.ts';
import { PRIVATE } from './words.ts';

/** A definition in the fields of the generation that is asked. Nothing of it tells that one of its runs changed, but for the last one that generation 2 shows. */
export function definitionForm(asked: Asked, workflow: Workflow): object {
  const common = {
    id: workflow.id,
    name: workflow.name,
    description: null,
    max_run_duration_seconds: timeLimitOf(workflow),
    is_active: true,
    created_at: workflow.createdAt,
    updated_at: workflow.createdAt,
  };
  return asked.generation === 1
    ? { ...common, ...firstGenerationFields(workflow) }
    : { ...common, ...secondGenerationFields(asked, workflow) };
}

function firstGenerationFields({ id }: Workflow): object {
  return {
    runner_type: 'SELF_HOSTED',
    runner_config: { url: 'https://runner.example/hook' },
    source_path_part_ids: [pathPartIdOf(`sources of ${id}`)],
    instruction_path_part_ids: [pathPartIdOf(`instructions of ${id}`)],
    output_path_part_ids: [pathPartIdOf(`outputs of ${id}`)],
    template_path_part_id: null,
  };
}

function secondGenerationFields(asked: Asked, workflow: Workflow): object {
  const { source } = asked;
  const runs = listedRuns(source).filter((run) => run.workflow === workflow);
  const last = runs.at(-1);
  const lastView = last && runViewOf(asked, last);
  return {
    part_type: 'WORKFLOW_DEFINITION',
    path_part_id: pathPartIdOf(workflow.id),
    parent_path_part_id: null,
    materialized_path: `${PRIVATE.path}/${workflow.name}`,
    tenant_id: source.settings.tenantId,
    instruction_path_part_id: pathPartIdOf(`instructions of ${workflow.id}`),
    approval_required: runs.some((run) => source.settings.needsApproval(run)),
    is_template: false,
    selected_skill_ids: [],
    common_file_path_part_ids: [pathPartIdOf(`sources of ${workflow.id}`)],
    created_from_id: null,
    copy_count: 0,
    last_run:
      last === undefined || lastView === undefined
        ? null
        : {
            id: last.id,
            execution_state: lastView.status,
            approval_state: lastView.approvalState,
            created_at: last.createdAt,
            started_at: lastView.startedAt,
            completed_at: lastView.completedAt,
            error: lastView.error,
          },
    pending_approval_count: runs.filter((run) => runViewOf(asked, run).approvalState === 'pending').length,
    approval_state: 'not_required',
    owner: personOf(source, { trigger: 'person' }),
    permissions: null,
  };
}
